"""What an HTTP function returned, as the response that goes out."""

from email.utils import formatdate

from aiohttp import web

from dev.host.protos import RpcHttp, RpcHttpCookie, TypedData
from dev.host.worker import Outcome

_OURS = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that the server sets itself, from the body it really sends."""

_SAME_SITE = {
    RpcHttpCookie.SameSite.Lax: "Lax",
    RpcHttpCookie.SameSite.Strict: "Strict",
    RpcHttpCookie.SameSite.ExplicitNone: "None",
}


def response(outcome: Outcome) -> web.Response:
    """The response of an HTTP function: a 500 without a body when it failed."""
    returned = outcome.returned
    if not outcome.succeeded:
        return web.Response(status=500)
    if returned is None:
        return web.Response(status=204)
    if returned.http is not None:
        return _http(returned.http)
    return web.Response(text=returned.string or returned.json or "")


def _http(http: RpcHttp) -> web.Response:
    made = web.Response(status=int(http.status_code), body=_body(http.body))
    for name, value in http.headers.items():
        if name.lower() not in _OURS:
            made.headers[name] = value
    for cookie in http.cookies or ():
        made.headers.add("Set-Cookie", _cookie(cookie))
    return made


def _body(data: TypedData) -> bytes:
    if data.bytes is not None:
        return data.bytes
    return (data.string or data.json or "").encode()


def _cookie(cookie: RpcHttpCookie) -> str:
    parts = [f"{cookie.name}={cookie.value}"]
    if cookie.expires is not None:
        parts.append(f"expires={formatdate(cookie.expires.value.seconds, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={cookie.max_age.value:.0f}")
    if cookie.domain is not None and cookie.domain.value:
        parts.append(f"domain={cookie.domain.value}")
    if cookie.path is not None and cookie.path.value:
        parts.append(f"path={cookie.path.value}")
    if cookie.secure is not None and cookie.secure.value:
        parts.append("secure")
    if cookie.http_only is not None and cookie.http_only.value:
        parts.append("httponly")
    if cookie.same_site in _SAME_SITE:
        parts.append(f"samesite={_SAME_SITE[cookie.same_site]}")
    return "; ".join(parts)
