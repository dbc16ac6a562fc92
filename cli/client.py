"""The HTTP API, as the command asks it; what goes wrong is told in words and by an exit code."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote

import httpx

from cli.exits import Exit, Stopped

type Params = Mapping[str, str]
type Fields = Mapping[str, object]

PATIENCE = httpx.Timeout(60.0, connect=10.0)
PAGE = "500"
"""Rows of a page, where all are wanted."""


class Client:
    """Asks. Every method raises Stopped where there is no good answer."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, params: Params | None = None) -> Fields:
        """The answer to a question."""
        return _fields(self._send("GET", path, params, None))

    def post(self, path: str, body: object, params: Params | None = None) -> Fields:
        """The answer to a question that has a body."""
        return _fields(self._send("POST", path, params, json.dumps(body).encode()))

    def post_file(self, path: str, content: bytes, params: Params | None = None) -> Fields:
        """The answer to a question whose body is a file's content."""
        return _fields(self._send("POST", path, params, content))

    def text(self, path: str, params: Params) -> str:
        """An answer that is no JSON."""
        return self._send("GET", path, params, None).text

    def pages(self, path: str, params: Params, *, most: int | None = None) -> Iterator[Fields]:
        """The values of a list, page by page, up to so many."""
        asked = {**params, "limit": PAGE if most is None else str(min(most, int(PAGE)))}
        count = 0
        while True:
            page = self.get(path, asked)
            for value in objects(page, "value"):
                yield value
                count += 1
                if count == most:
                    return
            token = page.get("continuationToken")
            if not isinstance(token, str):
                return
            asked["continuationToken"] = token

    def _send(
        self, method: str, path: str, params: Params | None, content: bytes | None
    ) -> httpx.Response:
        headers = {} if content is None else {"content-type": "application/json"}
        try:
            answer = self._http.request(
                method, path, params=params, content=content, headers=headers
            )
        except httpx.HTTPError as error:
            said = f"{self._http.base_url} does not answer: {type(error).__name__} {error}".rstrip()
            raise Stopped(said, Exit.SERVICE, passing=True) from error
        if answer.is_success:
            return answer
        raise _stopped(answer)


def path_of(*parts: str) -> str:
    """A path below `/api/`; slashes of a repository stay."""
    return "/api/" + "/".join(quote(part, safe="/:") for part in parts)


def objects(fields: Fields, name: str) -> list[Fields]:
    """The objects of a list in an answer."""
    found = fields.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def part(fields: Fields, name: str) -> Fields:
    """An object in an answer; empty where there is none."""
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _fields(answer: httpx.Response) -> Fields:
    try:
        found = answer.json()
    except ValueError as error:
        raise Stopped(f"{answer.url} answered no JSON", Exit.SERVICE) from error
    if not isinstance(found, dict):
        raise Stopped(f"{answer.url} answered no object", Exit.SERVICE)
    return found


def _stopped(answer: httpx.Response) -> Stopped:
    """What a status means to whoever typed the command."""
    status, said = answer.status_code, _detail(answer)
    match status:
        case HTTPStatus.UNAUTHORIZED:
            hint = "sign in: --token, --key, or --audience; see `pratique --help`"
            return Stopped(f"the service does not know who asks: {hint}", Exit.SERVICE)
        case HTTPStatus.FORBIDDEN:
            return Stopped(f"this may not be done with these permissions: {said}", Exit.SERVICE)
        case HTTPStatus.NOT_FOUND:
            return Stopped(said or "there is nothing of that name", Exit.UNKNOWN)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Stopped("the service is asked too often; try again", Exit.SERVICE, passing=True)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            passing = status != HTTPStatus.INTERNAL_SERVER_ERROR
            return Stopped(f"the service failed ({status}): {said}", Exit.SERVICE, passing=passing)
        case _ if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return Stopped(f"{answer.url} leads elsewhere: is it the address?", Exit.SERVICE)
        case _:
            return Stopped(said or f"the service refused it ({status})", Exit.USAGE)


def _detail(answer: httpx.Response) -> str:
    """What a problem document says (RFC 9457)."""
    try:
        problem = answer.json()
    except ValueError:
        return ""
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return detail if isinstance(detail, str) else ""
