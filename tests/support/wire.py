"""Answers as whoever asks gets them: JSON."""

import msgspec

from core.query.shapes import Json


def wire(answer: object) -> Json:
    """What goes over the wire, read again."""
    told: Json = msgspec.json.decode(msgspec.json.encode(answer))
    return told
