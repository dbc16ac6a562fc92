"""ETags: what has not changed since somebody asked is not sent again (RFC 9110, section 13).

An answer is made anew for every request, since it may change with any event; so a client may keep
it, and must ask before it uses it again. Its ETag is a hash of what is sent.
"""

import hashlib
from http import HTTPStatus

import azure.functions as func
from werkzeug.http import parse_etags

_READ = ("GET", "HEAD")
_KEEP = "private, no-cache"


def conditional(request: func.HttpRequest, response: func.HttpResponse) -> func.HttpResponse:
    """The response with its ETag; or that nothing has changed, if that is what the client has."""
    if request.method not in _READ or response.status_code != HTTPStatus.OK:
        return response
    found = hashlib.sha256(response.get_body()).hexdigest()[:32]
    tag = str(response.headers.get("ETag", f'"{found}"'))
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = _KEEP
    if not parse_etags(request.headers.get("if-none-match")).contains_weak(tag.strip('"')):
        return response
    headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
