"""What may be asked, read strictly: a parameter that is unknown or makes no sense is an error."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.errors import InvalidInput

AS_OF = "asOf"
"""Names the moment of the past that is asked of."""
MAX_LIMIT = 500
DEFAULT_LIMIT = 100
_LENGTH = 512
_LIMIT = re.compile(r"[0-9]{1,3}")
_OFFSET = re.compile(r"[0-9]{1,9}")
MOMENT_PATTERN = r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z"
"""How a moment is written. Years far from ours are none: days are added to moments, and taken from
them, and a calendar ends somewhere."""
MONTH_PATTERN = r"2[0-9]{3}-(0[1-9]|1[0-2])"
"""How a month is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which page is asked for."""

    limit: int
    token: str | None
    """The place to go on from, as the page before gave it; `None` for the first page."""


class Parameters:
    """A request's query string."""

    def __init__(self, given: Mapping[str, str], *, known: frozenset[str]) -> None:
        """InvalidInput names every parameter that is not known here."""
        unknown = sorted(set(given) - known)
        if unknown:
            there_are = f"known are {', '.join(sorted(known))}" if known else "none is known here"
            raise InvalidInput(f"unknown parameter {', '.join(unknown)}; {there_are}")
        self._given = given

    def text(self, name: str) -> str | None:
        """A parameter's text, or `None` where it is not given. Empty is an error, and so are
        control characters, which storage's own questions could not carry."""
        value = self._given.get(name)
        if value is not None and not (1 <= len(value) <= _LENGTH and value.isprintable()):
            raise InvalidInput(f"{name} must have 1 to {_LENGTH} printable characters")
        return value

    def choice(self, name: str, choices: Mapping[str, str]) -> str | None:
        """One of several words, whatever its case, or `None` where it is not given."""
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in choices:
            raise InvalidInput(f"{name} must be one of {', '.join(choices.values())}")
        return choices[value.lower()]

    def month(self, name: str) -> str:
        """A month, `2026-11`."""
        value = self.text(name)
        if value is None or not re.fullmatch(MONTH_PATTERN, value):
            raise InvalidInput(f"{name} must be a month such as 2026-11")
        return value

    def moment(self, name: str) -> datetime | None:
        """A moment, `2026-11-22T08:30:00Z`, or `None` where it is not given. Always in UTC, so that
        nobody has to guess whose day it is."""
        value = self.text(name)
        if value is None:
            return None
        try:
            if not re.fullmatch(MOMENT_PATTERN, value):
                raise ValueError("not of that form")
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError as error:
            raise InvalidInput(
                f"{name} must be a moment in UTC such as 2026-11-22T08:30:00Z"
            ) from error

    def paging(self) -> Paging:
        """Limit and continuation token; the token must come from a page of the same question."""
        limit = self._given.get("limit", str(DEFAULT_LIMIT))
        if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= MAX_LIMIT:
            raise InvalidInput(f"limit must be a number from 1 to {MAX_LIMIT}")
        token = self._given.get("continuationToken")
        return Paging(limit=int(limit), token=None if token is None else self._open(token))

    def seal(self, place: str) -> str:
        """A continuation token: a place, and which question it belongs to."""
        sealed = json.dumps([self._question(), place]).encode()
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _open(self, token: str) -> str:
        try:
            padded = token.encode("ascii") + b"=" * (-len(token) % 4)
            question, place = json.loads(base64.urlsafe_b64decode(padded))
        except (ValueError, TypeError, RecursionError) as error:  # whatever JSON may hold
            raise InvalidInput("continuationToken is not one that was given out") from error
        if question != self._question():
            raise InvalidInput("continuationToken belongs to another question")
        if not isinstance(place, str) or not (place.isascii() and place.isprintable()):
            raise InvalidInput("continuationToken is not one that was given out")
        return place

    def _question(self) -> str:
        """A short hash of all that is asked, but for the page."""
        asked = sorted((k, v) for k, v in self._given.items() if k not in _PAGE)
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


_PAGE = frozenset({"limit", "continuationToken"})


def known(*names: str) -> frozenset[str]:
    """The parameters of a question that is answered in pages."""
    return frozenset(names) | _PAGE


def offset(token: str | None) -> int:
    """Where in a list a page begins, by a continuation token's place."""
    if token is None:
        return 0
    if not _OFFSET.fullmatch(token):
        raise InvalidInput("continuationToken is not one that was given out")
    return int(token)
