"""Rules over HTTP: what is in force, what ever was, and changes that know what they change."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from core.answers.rules import Rule, RuleHappening, RuleHistory, RulePreview, Rules
from core.domain.events import RuleExpired, RuleRemoved, RuleSet
from core.domain.recorded import Recorded
from core.domain.rules import RuleBook
from core.errors import InvalidInput
from core.projections.cells import instant, text
from core.projections.rules import PREFIX
from core.query.parameters import AS_OF, Parameters
from core.query.standing import moment_of
from core.rules.desk import Changed, Done, Full, RuleDesk
from core.rules.preview import Previews
from core.rules.reading import check_id, read_rule
from core.rules.shapes import criteria_of, preview_of, rule_of
from core.storage.interface import Rows, Where
from core.storage.reading import every

_SUBSCRIPTION = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ETAG = re.compile(r'"([0-9]{1,9})"')


class RuleQueries:
    """Answers about rules, and takes them in."""

    def __init__(self, desk: RuleDesk, books: Rows, previews: Previews) -> None:
        """`books` is the view of subscriptions that have rules."""
        self._desk = desk
        self.previews = previews
        self._books = books

    async def all(self, given: Mapping[str, str]) -> Rules:
        """The rules in force, of one subscription or of all; or those that were, at a moment."""
        asked = Parameters(given, known=frozenset({"subscription", AS_OF}))
        moment = moment_of(asked)
        if asked.text("subscription") is not None:
            return Rules(value=await self._of(subscription_of(asked), moment))
        books = every(self._books, (Where("RowKey", "ge", PREFIX),))
        names = sorted({text(row.cells, "subscription") async for row in books})
        return Rules(value=[rule for name in names for rule in await self._of(name, moment)])

    async def one(self, rule: str, given: Mapping[str, str]) -> Rule | None:
        """A rule in force, or that was at a moment; `None` where there is none of that name."""
        asked = Parameters(given, known=frozenset({"subscription", AS_OF}))
        subscription = subscription_of(asked)
        book = await self._book(subscription, moment_of(asked))
        found = book.rules.get(check_id(rule))
        return rule_of(found, subscription) if found else None

    async def history(self, given: Mapping[str, str]) -> RuleHistory:
        """All that happened to a subscription's rules, or to one of them."""
        asked = Parameters(given, known=frozenset({"subscription", "rule"}))
        rule = asked.text("rule")
        events = [
            _moment(recorded, recorded.event)
            for recorded in await self._desk.history(subscription_of(asked))
            if isinstance(recorded.event, RuleSet | RuleRemoved | RuleExpired)
            and rule in (None, recorded.event.rule)
        ]
        return RuleHistory(value=events)

    async def preview(self, document: bytes, given: Mapping[str, str]) -> RulePreview:
        """What a rule would do. InvalidRule when it makes no sense."""
        subscription = subscription_of(_only_subscription(given))
        draft = read_rule(document, now=datetime.now(UTC))
        return preview_of(await self.previews.of(subscription, draft.criteria))

    async def put(
        self,
        rule: str,
        document: bytes,
        given: Mapping[str, str],
        headers: Mapping[str, str],
        by: str,
    ) -> Done | Changed | Full:
        """Put a rule in force. InvalidRule when it makes no sense."""
        subscription = subscription_of(_only_subscription(given))
        now, expected = datetime.now(UTC), expected_of(headers)
        draft = read_rule(document, now=now)
        return await self._desk.put(
            subscription, check_id(rule), draft, by=by, now=now, expected=expected
        )

    async def remove(
        self, rule: str, given: Mapping[str, str], headers: Mapping[str, str], by: str
    ) -> Done | Changed | None:
        """Take a rule back; `None` where there is none of that name."""
        subscription = subscription_of(_only_subscription(given))
        expected = expected_of(headers)
        return await self._desk.remove(subscription, check_id(rule), by=by, expected=expected)

    async def _of(self, subscription: str, moment: datetime | None) -> list[Rule]:
        book = await self._book(subscription, moment)
        return [rule_of(book.rules[name], subscription) for name in sorted(book.rules)]

    async def _book(self, subscription: str, moment: datetime | None) -> RuleBook:
        if moment is None:
            return await self._desk.book(subscription)
        return await self._desk.book_at(subscription, moment)


def subscription_of(asked: Parameters) -> str:
    """The subscription that is asked about, which must be named."""
    name = (asked.text("subscription") or "").lower()
    if not _SUBSCRIPTION.fullmatch(name):
        raise InvalidInput("subscription must name a subscription by its GUID")
    return name


def expected_of(headers: Mapping[str, str]) -> int | None:
    """The version that the author has seen (`If-Match`), 0 for none (`If-None-Match: *`)."""
    given = {name.lower(): value.strip() for name, value in headers.items()}
    match, none = given.get("if-match"), given.get("if-none-match")
    if match is not None and none is not None:
        raise InvalidInput("give If-Match or If-None-Match, not both")
    if none is not None:
        if none != "*":
            raise InvalidInput("If-None-Match must be *, which asks that there be no such rule yet")
        return 0
    if match in (None, "*"):
        return None
    found = _ETAG.fullmatch(match or "")
    if found is None:
        raise InvalidInput('If-Match must be an ETag that a rule was given out with, such as "3"')
    return int(found[1])


def _only_subscription(given: Mapping[str, str]) -> Parameters:
    return Parameters(given, known=frozenset({"subscription"}))


def _moment(recorded: Recorded, event: RuleSet | RuleRemoved | RuleExpired) -> RuleHappening:
    moment = RuleHappening(
        at=instant(recorded.at),
        event=type(event).__name__,
        rule=event.rule,
        version=recorded.version,
    )
    match event:
        case RuleSet():
            return replace(
                moment,
                author=event.author,
                reason=event.reason,
                expires=instant(event.expires) if event.expires else None,
                criteria=criteria_of(event.criteria),
            )
        case RuleRemoved(author=author):
            return replace(moment, author=author)
        case RuleExpired(expired=expired):
            return replace(moment, expires=instant(expired))
