"""How pages read answers: as any client of the API does, by the names that go over the wire.

An answerer may give plain JSON values or structs of its own; a page declares the part that it
shows, and nothing else of it can break the page.
"""

import msgspec

from core.errors import UnreadableAnswer


def read[Shown](answer: object, kind: type[Shown]) -> Shown:
    """What a page shows of an answer."""
    try:
        return msgspec.convert(msgspec.to_builtins(answer), kind)
    except msgspec.ValidationError as error:
        raise UnreadableAnswer(f"{kind.__name__}: {error}") from error
