"""What a browser shows of whoever looks at a page: it sends no header of its own, but a cookie.

The cookie holds a token like any other. It counts for reading; for changing something only where
the browser says that one of our own pages asks for that, so that no other site can.
"""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

import azure.functions as func

COOKIE = "pratique-token"
"""The name of the cookie."""
READING = ("GET", "HEAD")


def shown(request: func.HttpRequest) -> Mapping[str, str]:
    """The headers by which somebody is known, those that a cookie stands for among them."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if "authorization" in headers or "cookie" not in headers:
        return headers
    if request.method not in READING and headers.get("sec-fetch-site") != "same-origin":
        return headers
    token = _token(headers["cookie"])
    return {**headers, "authorization": f"Bearer {token}"} if token else headers


def keeping(token: str, *, seconds: int) -> str:
    """The `Set-Cookie` by which a browser keeps a token: no script sees it, no other site sends it.
    Zero seconds make it forget."""
    return f"{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict"


def _token(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
