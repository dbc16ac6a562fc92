"""The door: how somebody says who they are, and where they go then."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the page shows to somebody who has not signed in."""

    platform: bool
    """Whether App Service authentication signs people in; else a token does."""
    trouble: str = ""
    """Why they were not let in."""


def inside(address: str) -> str:
    """An address of ours to go on to, whatever was asked for: a link to the door must not lead
    through it to another site."""
    parts = urlsplit(address.replace("\\", "/"))
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    plain = ours and not parts.path.startswith(("//", "/sign-")) and address.isprintable()
    return address if plain else "/"
