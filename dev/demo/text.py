"""Makes foreign text fit to be shown in a terminal.

Names and versions come from inside of images, summaries from advisories: whoever wrote them may
have wished to move the cursor, change colours, or turn the reading direction around.
"""

import unicodedata

from rich.text import Text

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SEPARATORS = ("Zl", "Zp")


def clean(text: str, *, most: int = 60) -> str:
    """The text on one line of at most `most` characters, without any that is not plainly visible:
    no controls, no invisible formatting, no surrogates, no unassigned ones."""
    seen = "".join(_visible(character) for character in text[: most + 1])
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


def shown(text: str, style: str = "", *, most: int = 60) -> Text:
    """The cleaned text for a cell or a line; brackets in it are no markup."""
    return Text(clean(text, most=most), style=style)


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    return _REPLACEMENT if kind.startswith("C") or kind in _SEPARATORS else character
