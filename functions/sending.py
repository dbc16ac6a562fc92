"""What every response has in common, whatever it says."""

from collections.abc import Mapping
from http import HTTPStatus

import azure.functions as func

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
