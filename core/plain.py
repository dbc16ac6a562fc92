"""Text of anybody's on one line.

Whoever builds an image chooses its packages' names. A control character can move a terminal's
cursor or end a line of a log, a bidirectional override can show a name backwards: none of them says
anything, so none is passed on.
"""

REPLACEMENT = "\ufffd"
"""Stands where something unprintable stood."""


def plain(text: str) -> str:
    """The text on one line, printable from end to end."""
    if text.isprintable():
        return text
    line = " ".join(text.split())
    return "".join(one if one.isprintable() else REPLACEMENT for one in line)
