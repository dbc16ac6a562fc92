"""Who asks: what is written down as the author of a rule, of a plan, of a retry."""

import azure.functions as func

KEY_HOLDER = "function-key"
"""Whoever holds a function key. A key is shared, so it names nobody."""


def caller(request: func.HttpRequest) -> str:
    """The caller's name, as facts record it: 1 to 200 printable characters."""
    return KEY_HOLDER
