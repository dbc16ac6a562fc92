"""Somebody's look at a page: who, at which address, and of which moment.

The moment stands in the address of every page and in every link, so that it can be shared, and goes
along until somebody comes back to now.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from core.errors import InvalidInput
from core.pages.addressing import path
from core.query.parameters import AS_OF, Parameters

LOCAL = "local"
"""What the date control sends where no script has turned it into a moment: a time in UTC."""

_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")
_FIRST = 2013
"""The year of the first container images as we know them."""
_DAY = timedelta(days=1)
_STEPS = (
    ("An hour ago", timedelta(hours=1)),
    ("Yesterday", timedelta(days=1)),
    ("A week ago", timedelta(weeks=1)),
    ("A month ago", timedelta(days=30)),
    ("A quarter ago", timedelta(days=91)),
)

SECTIONS = (
    ("/", "Overview"),
    ("/images", "Images"),
    ("/registries", "Registries"),
    ("/rules", "Rules"),
    ("/billing", "Billing"),
    ("/operations", "Operations"),
)
"""The pages that every page leads to."""
_OF_ALL = {"/registries", "/rules", "/operations"}
"""Those of the whole fleet, closed to whoever sees part of it."""


class InRepository(Protocol):
    """An image, a finding, a tag: what says which repository it is in."""

    @property
    def registry(self) -> str:
        """Login server."""

    @property
    def repository(self) -> str:
        """Its name there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at one page."""

    path: str
    asked: Mapping[str, str] = field(default_factory=dict)
    """The query string, one value a name."""
    now: datetime
    name: str = ""
    """Who looks; empty for somebody who has not signed in."""
    administrator: bool = False
    limited: bool = False
    """Whether they see no more than part of the fleet."""
    can_leave: bool = False
    """Whether there is a session of ours to end."""

    @property
    def as_of(self) -> str | None:
        """The moment that is looked at; `None` for now."""
        return self.asked.get(AS_OF)

    @property
    def moment(self) -> datetime:
        """The same as a time. InvalidInput when nothing can be known of it."""
        moment = Parameters(self.asked, known=frozenset(self.asked)).moment(AS_OF) or self.now
        if moment.year < _FIRST:
            raise InvalidInput(f"{AS_OF} lies before there were any images")
        if moment > self.now:
            raise InvalidInput(f"{AS_OF} lies in the future: nothing is known of it yet")
        return moment

    @property
    def acts(self) -> bool:
        """Whether they may change something: the past cannot be changed."""
        return self.administrator and self.as_of is None

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """The pages that are open to them, by address, each with its name."""
        return tuple(one for one in SECTIONS if not (self.limited and one[0] in _OF_ALL))

    @property
    def called(self) -> str:
        """The name without the id behind it."""
        return self.name.partition(" (")[0]

    @property
    def dated(self) -> dict[str, str]:
        """The moment, as an answerer is asked about it."""
        return {} if self.as_of is None else {AS_OF: self.as_of}

    def to(self, place: str, **asked: str | int | None) -> str:
        """An address of ours, at the same moment."""
        return _address(place, {**asked, AS_OF: self.as_of})

    def image(self, place: InRepository, digest: str) -> str:
        """Where an image is shown, of the repository that something else is in."""
        return self.to(path("images", place.registry, place.repository, digest))

    def but(self, **changes: str | int | None) -> str:
        """This page, asked something else; `None` takes a word back. The page of a list begins
        anew, unless a change names it."""
        kept = {name: value for name, value in self.asked.items() if name != "after"}
        return _address(self.path, {**kept, **changes})

    def at(self, moment: datetime) -> str:
        """This page as it stood then."""
        return self.but(asOf=stamp(moment))

    @property
    def back(self) -> str:
        """This page as it stands now."""
        return self.but(asOf=None)

    @property
    def earlier(self) -> str:
        """This page a day before."""
        return self.at(self.moment - _DAY)

    @property
    def later(self) -> str:
        """This page a day after, which may be now."""
        moment = self.moment + _DAY
        return self.back if moment >= self.now else self.at(moment)

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """Moments of the past that people ask for."""
        return tuple((words, self.at(self.now - length)) for words, length in _STEPS)

    @property
    def local(self) -> str | None:
        """Where to go instead, when the date control was sent without a script."""
        given = self.asked.get(LOCAL)
        if given is None:
            return None
        if not _LOCAL.fullmatch(given):
            return self.but(local=None)
        try:
            moment = datetime.fromisoformat(given).replace(tzinfo=UTC)
        except ValueError:
            return self.but(local=None)
        return self.but(local=None, asOf=stamp(min(moment, self.now)))


def stamp(moment: datetime) -> str:
    """A moment as addresses have it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _address(place: str, asked: Mapping[str, str | int | None]) -> str:
    given = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    return f"{place}?{urlencode(given)}" if given else place
