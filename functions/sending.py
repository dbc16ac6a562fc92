"""What every response has in common, whatever it says."""

import json
from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func
import msgspec

from core.query.shapes import Json

type Body = Json | msgspec.Struct
"""What is sent as JSON: one of the types of `core/answers`, or what is JSON already."""

SAFE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
"""What every response says, unless it says something else: a browser keeps nothing, guesses
nothing, runs nothing, tells no other site where it was, and comes over TLS alone."""


def response(
    body: bytes, status: HTTPStatus, media_type: str, headers: Mapping[str, str]
) -> func.HttpResponse:
    """That body, with those headers besides."""
    return func.HttpResponse(
        body=body,
        status_code=status.value,
        mimetype=media_type,
        headers={**SAFE, **headers},
    )


def json_of(body: Body) -> bytes:
    """The body as JSON. Whoever reads it gets the very same texts; but characters that a terminal
    would obey are written as escapes, since answers are also looked at as they are."""
    written = msgspec.json.encode(body)
    text = written.decode()
    return written if text.isprintable() else "".join(map(_seen, text)).encode()


def _seen(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
