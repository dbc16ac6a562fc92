"""What pages send: forms, and whether they come from our own pages.

A browser sends its cookie with whatever any site makes it send. So a form is taken only from a page
of ours: the browser says where a request comes from, in headers that no script can write.
"""

from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from core.errors import InvalidInput

_MOST = 64 * 1024
"""Bytes of a form."""


def form_of(request: func.HttpRequest) -> dict[str, str]:
    """A form's fields. InvalidInput for what is none, or comes from elsewhere."""
    if not is_ours(request):
        raise InvalidInput(
            "this form was not sent from a page of ours; open the page and try again"
        )
    body = request.get_body()
    try:
        if len(body) > _MOST:
            raise ValueError("too long")
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise InvalidInput(f"this is no form: {error}") from error


def is_ours(request: func.HttpRequest) -> bool:
    """Whether a page of ours sent it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return str(site) == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == urlsplit(str(request.url)).netloc
