"""Who asks: what is written down as the author of a rule, of a plan, of a retry; and what they may
see."""

import azure.functions as func

from core.access.scope import EVERYWHERE, Scope

KEY_HOLDER = "function-key"
"""Whoever holds a function key. A key is shared, so it names nobody."""


def caller(request: func.HttpRequest) -> str:
    """The caller's name, as facts record it: 1 to 200 printable characters."""
    return KEY_HOLDER


def scope_of(request: func.HttpRequest) -> Scope:
    """What the caller may see."""
    return EVERYWHERE
