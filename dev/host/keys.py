"""The keys that callers must show, and what each of them opens."""

import secrets
from dataclasses import dataclass, field
from enum import StrEnum


class AuthLevel(StrEnum):
    """What an endpoint demands of its caller."""

    ANONYMOUS = "anonymous"
    FUNCTION = "function"
    ADMIN = "admin"
    SYSTEM = "system"
    """The webhooks of extensions; no function can demand it."""


def _new_key() -> str:
    return secrets.token_urlsafe(40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """One key of each kind, which is what a new function app in Azure has."""

    master: str = field(default_factory=_new_key)
    """Opens everything."""
    function: str = field(default_factory=_new_key)
    """Opens functions of the level `function`."""
    eventgrid: str = field(default_factory=_new_key)
    """The system key `eventgrid_extension`: opens the Event Grid webhook."""

    def open(self, level: AuthLevel, shown: str | None) -> bool:
        """Whether a caller that shows this key, or none, may pass."""
        if level is AuthLevel.ANONYMOUS:
            return True
        keys = {
            AuthLevel.FUNCTION: (self.master, self.function),
            AuthLevel.ADMIN: (self.master,),
            AuthLevel.SYSTEM: (self.master, self.eventgrid),
        }[level]
        return any(secrets.compare_digest((shown or "").encode(), key.encode()) for key in keys)
