"""Continuation tokens: where a scan goes on, as one opaque word that travels through a browser.

A token comes back from outside, so reading one is as strict as it can be: whatever was not written
here is InvalidInput, and never reaches storage.
"""

import base64
import binascii

import msgspec

from core.errors import InvalidInput

type Place = tuple[str, str | None]
"""Partition and key of the row to go on with, in the words of the storage that gave them."""

MAX_TOKEN = 8192
"""Characters; a service's own words for two keys of 1 KiB are shorter."""


def encode_place(place: Place) -> str:
    """The place as a token."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def decode_place(token: str) -> Place:
    """The place that a token stands for. InvalidInput when it is none."""
    if len(token) > MAX_TOKEN:
        raise InvalidInput("this continuation token is not one of ours")
    try:
        text = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=tuple[str, str | None])
    except (UnicodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise InvalidInput("this continuation token is not one of ours") from error
