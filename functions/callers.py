"""Who asks: what is written down as the author of a rule, of a plan, of a retry; and what they may
see. The guard remembers it with the request; where it has not, there is nobody to speak of."""

from weakref import WeakKeyDictionary

import azure.functions as func

from core.access.grants import Caller
from core.access.roles import Role
from core.access.scope import NOWHERE, Scope

_admitted: WeakKeyDictionary[func.HttpRequest, Caller] = WeakKeyDictionary()
"""Who sent each request that is being answered."""


def admit(request: func.HttpRequest, who: Caller) -> None:
    """Remember who sent that request, which the guard has let in."""
    _admitted[request] = who


def caller(request: func.HttpRequest) -> str:
    """The caller's name, as facts record it: 1 to 200 printable characters."""
    return _admitted[request].signature


def role_of(request: func.HttpRequest) -> Role:
    """What the caller may do."""
    return _admitted[request].role


def scope_of(request: func.HttpRequest) -> Scope:
    """What the caller may see; nothing, where nobody had to say who they are."""
    known = _admitted.get(request)
    return NOWHERE if known is None else known.scope
