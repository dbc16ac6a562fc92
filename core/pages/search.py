"""What somebody looked for, and what was found."""

from dataclasses import dataclass

from core.answers.catalogue import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What the page shows."""

    sought: str
    found: Found
