"""Matches an image's findings with the rules in force, and keeps what comes of it."""

import msgspec

from core.domain.criteria import Subject
from core.domain.findings import Finding
from core.domain.image import Image
from core.domain.rules import RuleBook
from core.domain.values import Artifact, Disabled
from core.errors import ArtifactMissing
from core.rules.books import RuleBooks
from core.rules.evaluation import Exempted, concerned, exempt
from core.rules.interface import Forecast, Forecasts
from core.storage.interface import Artifacts

_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])


def subject_of(image: Image, system: str | None) -> Subject | None:
    """An image on that distribution, as rules see it; `None` for one of which nothing is known."""
    if image.name is None:
        return None
    return Subject(image=image.name, subscription=image.subscription, system=system)


def known_subject(image: Image) -> Subject | None:
    """An image as rules see it, by its inventory; `None` while it has none."""
    return subject_of(image, image.inventory.distribution) if image.inventory else None


def read_findings(document: bytes) -> tuple[Finding, ...]:
    """Findings as an assessment has stored them."""
    try:
        return _FINDINGS.decode(document)
    except msgspec.MsgspecError as error:
        raise ArtifactMissing(f"a blob of findings that is none: {error}") from error


class Rulings:
    """Says what the rules disable."""

    def __init__(self, books: RuleBooks, forecasts: Forecasts, artifacts: Artifacts) -> None:
        self.books = books
        self._forecasts = forecasts
        self._artifacts = artifacts

    async def on(self, subject: Subject, document: bytes) -> Disabled:
        """What the rules in force disable of these findings."""
        book = await self.books.current(subject.subscription)
        return await self.by(book, subject, document)

    async def on_stored(self, subject: Subject, findings: Artifact) -> Disabled:
        """The same, of findings that are read only when a rule may touch them."""
        book = await self.books.current(subject.subscription)
        return await self.by_stored(book, subject, findings)

    async def by_stored(self, book: RuleBook, subject: Subject, findings: Artifact) -> Disabled:
        """The same, by those rules."""
        if not concerned(book.rules.values(), subject):
            return _nothing(subject, book)
        return await self.by(book, subject, await self._artifacts.get(findings))

    async def by(self, book: RuleBook, subject: Subject, document: bytes) -> Disabled:
        """What those rules disable of these findings, the exemptions stored."""
        rules = concerned(book.rules.values(), subject)
        if not rules:
            return _nothing(subject, book)
        forecast = await self.forecast(book)
        exempted = exempt(rules, read_findings(document), forecast.probability)
        return Disabled(
            subscription=subject.subscription,
            rules_version=book.version,
            forecast=forecast.name,
            exemptions=await self._keep(exempted),
            counts=exempted.counts,
            patchable=exempted.patchable,
        )

    async def forecast(self, book: RuleBook) -> Forecast:
        """The forecast, should one of the rules ask for it."""
        asked = any(rule.criteria.epss_below is not None for rule in book.rules.values())
        return await self._forecasts.current() if asked else Forecast()

    async def _keep(self, exempted: Exempted) -> Artifact | None:
        return await self._artifacts.put(exempted.document) if exempted.exemptions else None


def _nothing(subject: Subject, book: RuleBook) -> Disabled:
    return Disabled(subscription=subject.subscription, rules_version=book.version)
