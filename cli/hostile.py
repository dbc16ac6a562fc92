"""Makes text harmless that came out of an image: names there are anybody's.

A terminal obeys control characters. Bidirectional marks show one name as another. A pipeline's log
is read by its runner, which obeys workflow commands: GitHub `::…` at a line's beginning, and both
GitHub and Azure Pipelines `##[…` and `##vso[…` anywhere in it.
"""

import json
import re
import unicodedata

_SURROGATES = "surrogatepass"
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Categories of characters that are not seen, and are obeyed by what shows them."""
_COMMAND = re.compile(r"##(?=vso\[|\[)", re.IGNORECASE)
_LEADING = re.compile(r"^(\s*):(?=:)")


def harmless(text: str) -> str:
    """The text on one line, with what is obeyed rather than seen written out."""
    seen = "".join(_seen(one) for one in text)
    return _LEADING.sub(r"\1: ", _COMMAND.sub("# #", seen))


def harmless_json(value: object) -> str:
    """The value as JSON of ASCII alone, in which no log reader finds a command. Whoever decodes it
    gets the very same value."""
    written = json.dumps(value, indent=2)
    return written.replace("##", "#\\u0023")  # stands in strings alone


def _seen(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape", _SURROGATES).decode()
