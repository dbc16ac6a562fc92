"""Who is let in: the one place where it is decided whether a request is answered at all.

Nobody is let in by default. What a stranger is told is the same whatever they ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.access.allowance import Allowance
from core.access.grants import Caller, Grants
from core.access.identities import SignIn, Unproven
from core.access.roles import Role

STRANGERS = ""
"""By what name all who need not say who they are share one allowance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """Somebody who is known, and may not."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMany:
    """Somebody who asks too often."""

    seconds: int
    """After which to come back."""


class Doorman:
    """Lets in who may ask."""

    def __init__(self, sign_in: SignIn, grants: Grants, allowance: Allowance) -> None:
        self._sign_in = sign_in
        self._grants = grants
        self._allowance = allowance

    def strangers(self) -> TooMany | None:
        """Whether too much is asked that is open to all."""
        return self._spend(STRANGERS)

    async def know(self, headers: Mapping[str, str]) -> Caller | Unproven | Forbidden | TooMany:
        """Who asks, if they have a role at all and do not ask too often. KeysUnavailable where
        that cannot be found out for now."""
        identity = await self._sign_in.identify(headers)
        if isinstance(identity, Unproven):
            return identity
        caller = self._grants.caller(identity)
        if caller is None:
            return Forbidden(reason=f"you have no role here: ask for {Role.READER}")
        return self._spend(caller.subject) or caller

    def _spend(self, who: str) -> TooMany | None:
        seconds = self._allowance.take(who)
        return None if seconds is None else TooMany(seconds=seconds)


def may(caller: Caller, need: Role, *, within: bool) -> Forbidden | None:
    """Why this caller may not have what takes that role; `within` says whether its answer leaves
    out what a caller's scope does not hold."""
    if not caller.role.covers(need):
        return Forbidden(reason=f"this takes the role {need}")
    if not within and not caller.scope.whole:
        return Forbidden(
            reason="you may see some repositories, and this answer is about more than these"
        )
    return None
