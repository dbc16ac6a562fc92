"""What a request asks, read strictly: its query, its scope, and which page of the rows."""

import base64
import hashlib
from typing import Annotated, Literal

import msgspec

from core.errors import InvalidInput

VERSIONS = (
    *("2018-09-01-preview", "2019-04-01", "2020-04-01-preview", "2021-03-01"),
    *("2021-06-01-preview", "2022-10-01", "2024-04-01"),
)
"""Versions of the API that are answered; all look the same here."""
MAX_PAGE = 1000
"""Rows of a page, and what a page has where nobody says."""
MAX_BODY = 1_000_000
"""Bytes of a request."""

type Names = Annotated[list[str], msgspec.Meta(max_length=1000)]
type Rows = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)]


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How the answer shall look."""

    top: Rows | None = msgspec.field(default=None, name="$top")
    skip: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = msgspec.field(default=0, name="$skip")
    skip_token: str | None = msgspec.field(default=None, name="$skipToken")
    result_format: str = "objectArray"
    allow_partial_scopes: bool = False
    authorization_scope_filter: str = "AtScopeAndBelow"


class FacetOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How a facet shall look."""

    sort_by: str | None = None
    sort_order: Literal["asc", "desc"] = "desc"
    filter: str | None = None
    top: Rows = msgspec.field(default=10, name="$top")


class FacetAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A column of which the values are to be counted."""

    expression: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    options: FacetOptions | None = None


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A request's body (`QueryRequest` of Microsoft.ResourceGraph)."""

    query: Annotated[str, msgspec.Meta(min_length=1)]
    subscriptions: Names | None = None
    management_groups: Names | None = None
    options: Options | None = None
    facets: Annotated[list[FacetAsked], msgspec.Meta(max_length=10)] = []

    @property
    def asked(self) -> Options:
        """How the answer shall look."""
        return self.options or Options()

    @property
    def table(self) -> bool:
        """Whether rows are lists, with the columns beside them. InvalidInput for another form."""
        known = {"objectarray": False, "table": True}
        word = self.asked.result_format.lower()
        if word not in known:
            raise InvalidInput("resultFormat must be objectArray or table")
        return known[word]

    @property
    def page(self) -> tuple[int, int]:
        """How many rows, and how many before them. InvalidInput for the token of another
        question."""
        options = self.asked
        limit = options.top or MAX_PAGE
        if options.skip_token is None:
            return limit, options.skip
        place = _opened(options.skip_token)
        if place.question != self._identity():
            raise InvalidInput("$skipToken belongs to another question")
        return options.top or place.limit, place.offset

    def further(self, limit: int, offset: int) -> str:
        """The token of the page that begins at that row."""
        place = _Place(question=self._identity(), limit=limit, offset=offset)
        sealed = msgspec.json.encode(place)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _identity(self) -> str:
        """A short hash of all that is asked, but for the page."""
        asked = msgspec.json.encode((self.query, self.subscriptions, self.management_groups))
        return hashlib.sha256(asked).hexdigest()[:16]


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """What a token says."""

    question: str
    limit: Rows
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**40)]


_QUESTIONS = msgspec.json.Decoder(Question)
_PLACES = msgspec.json.Decoder(_Place)


def read_question(body: bytes) -> Question:
    """A request's body. InvalidInput says what is wrong with it."""
    if len(body) > MAX_BODY:
        raise InvalidInput(f"a request has at most {MAX_BODY} bytes")
    try:
        return _QUESTIONS.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the request's body makes no sense: {error}") from error


def _opened(token: str) -> _Place:
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        return _PLACES.decode(base64.urlsafe_b64decode(padded))
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidInput("$skipToken is not one that was given out") from error
