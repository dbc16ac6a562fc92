"""Regular expressions that only the beginning of a row's id decides.

A sub-assessment's id ends in a GUID of its own, and begins like those of all others of its image.
People ask ids for what stands in the beginning: an assessment's key, a registry. Where the last
thing that an expression wants to see is a text that no GUID ends with, all before it stands in the
beginning; and where anything may follow, it does not matter which GUID does. Then a table need not
ask every row, but only every beginning.
"""

import re

from core.resource_graph.kql.syntax import Expression, Literal

_GUIDS = frozenset("0123456789abcdefABCDEF-")
_SPECIAL = frozenset("\\.^$*+?{}[]|()")
_TAIL = re.compile(r"(?:\.\*|\.\+|\(\[\^[/\\\s?#&]+\][*+]\)|\[\^[/?#&]+\][*+])?\$?$")
"""What may follow: anything, or anything but what no GUID has."""
_FLAGS = re.compile(r"\(\?[is]+\)")


def is_of_beginning(pattern: Expression, group: int) -> bool:
    """Whether the beginning alone decides if the regular expression matches, which stands in the
    query itself, and what that group is."""
    written = pattern.value if isinstance(pattern, Literal) else None
    return isinstance(written, str) and decides(written, group)


def decides(pattern: str, group: int) -> bool:
    """The same of its text."""
    body = _FLAGS.sub("", pattern, count=1) if _FLAGS.match(pattern) else pattern
    tail = _TAIL.search(body)
    head = body[: tail.start()] if tail else body
    if body.endswith("$") and not (body.endswith(".*$") and pattern.startswith("(?s)")):
        return False
    if not head or head[-1] in _SPECIAL | _GUIDS or head.endswith(("\\d", "\\w", "\\D", "\\W")):
        return False
    if len(head) > 1 and head[-2] == "\\" and head[-1].isalnum():
        return False
    return _is_flat(head) and group <= _groups(head)


def _is_flat(head: str) -> bool:
    """Whether what stands last must be there: it is no branch, and in no parentheses."""
    depth = 0
    escaped = within = False
    for character in head:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif within:
            within = character != "]"
        elif character == "[":
            within = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            return False
    return depth == 0 and not within and not escaped


def _groups(head: str) -> int:
    """How many groups it has."""
    try:
        return re.compile(head).groups
    except re.error:
        return -1
