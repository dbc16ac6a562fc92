"""Azure Resource Manager's wire format, as far as container groups go.

What is asked is held against its published shape (`tests.support.arm_shapes`). Groups are made and
deleted in the background, and how far that is stands at the address in `Azure-AsyncOperation`.
Containers run until a test ends them.
"""

import json
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web

from tests.support.arm_shapes import CONTAINER_GROUP, Json, refusal

HOST = "management.usgovcloudapi.net"
_ROOT = re.compile(
    r"/subscriptions/([-0-9a-f]{36})/resourceGroups/([-\w]+)"
    r"/providers/Microsoft\.ContainerInstance/containerGroups(?:/([a-z0-9-]{1,63}))?"
)
_PAGE = 2


@dataclass(slots=True)
class Group:
    """A container group that is there."""

    asked: Json
    """As it was asked for."""
    provisioning: str = "Succeeded"
    ended: set[str] = field(default_factory=set)
    """Containers that have terminated."""

    @property
    def containers(self) -> list[Json]:
        properties = self.asked["properties"]
        assert isinstance(properties, dict)
        return list(properties["containers"])

    def end(self, name: str) -> None:
        """Let a container terminate."""
        self.ended.add(name)


@dataclass(slots=True)
class Answer:
    """What the next request of a method is answered with, whatever it is."""

    method: str
    status: int
    code: str = "Failure"
    retry_after: str | None = None


class ResourceManager:
    """The server. Its groups are for tests to look at and to change."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self.requests: list[tuple[str, str]] = []
        """Method and name of the group, if any."""
        self.answers: deque[Answer] = deque()
        self.hosts: set[str] = set()
        self.polls = 0
        self.slow = 0
        """How often a deletion is still under way when it is asked about."""

    @property
    def created(self) -> list[str]:
        """Names of the groups that were asked for."""
        return [name for method, name in self.requests if method == "PUT"]

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.hosts.add(request.host)
        assert request.headers["Authorization"] == "Bearer worthless"
        if request.path == "/operations/1":
            return self._poll()
        found = _ROOT.fullmatch(request.path)
        if found is None or request.rel_url.query.get("api-version") != CONTAINER_GROUP.version:
            return _error(400, "InvalidRequest")
        name = found[3] or ""
        self.requests.append((request.method, name))
        if self.answers and self.answers[0].method == request.method:
            said = self.answers.popleft()
            return _error(said.status, said.code, said.retry_after)
        match request.method:
            case "PUT":
                return self._put(name, request.path, await request.json())
            case "DELETE":
                return self._delete(name)
            case _ if name:
                return self._get(name)
            case _:
                return self._list(request)

    def _put(self, name: str, path: str, asked: Json) -> web.Response:
        if why := refusal(path, CONTAINER_GROUP.version, asked):
            return _error(400, why)
        self.groups[name] = Group(asked)
        shown = self._shown(name, "Pending")
        return web.json_response(shown, status=201, headers=_operation())

    def _get(self, name: str) -> web.Response:
        group = self.groups.get(name)
        if group is None:
            return _error(404, "ResourceNotFound")
        return web.json_response(self._shown(name, group.provisioning))

    def _list(self, request: web.BaseRequest) -> web.Response:
        """In pages, and without what only a single group shows: how its containers are."""
        first = int(request.rel_url.query.get("from", "0"))
        names = list(self.groups)[first : first + _PAGE]
        groups = [self._shown(name, self.groups[name].provisioning, view=False) for name in names]
        answer: Json = {"value": groups}
        if first + _PAGE < len(self.groups):
            more = request.url.with_scheme("https").update_query({"from": str(first + _PAGE)})
            answer["nextLink"] = str(more)
        return web.json_response(answer)

    def _delete(self, name: str) -> web.Response:
        if self.groups.pop(name, None) is None:
            return web.Response(status=204)
        return web.json_response({}, status=202, headers=_operation())

    def _poll(self) -> web.Response:
        self.polls += 1
        status = "InProgress" if self.polls <= self.slow else "Succeeded"
        return web.json_response({"id": "1", "status": status}, headers={"Retry-After": "0"})

    def _shown(self, name: str, provisioning: str, *, view: bool = True) -> Json:
        """A group as Azure shows it: secrets stay with it."""
        group = self.groups[name]
        asked = json.loads(json.dumps(group.asked))
        for container in asked["properties"]["containers"]:
            for variable in container["properties"]["environmentVariables"]:
                variable.pop("secureValue")
            if view and provisioning == "Succeeded":
                state = "Terminated" if container["name"] in group.ended else "Running"
                container["properties"]["instanceView"] = {"currentState": {"state": state}}
        asked["properties"]["provisioningState"] = provisioning
        return {**asked, "name": name, "id": f"/{name}", "type": "containerGroups"}


def secrets(group: Group) -> Iterable[str]:
    """The orders that a group's containers were given."""
    for container in group.containers:
        properties = container["properties"]
        assert isinstance(properties, dict)
        yield from (one["secureValue"] for one in properties["environmentVariables"])


def _operation() -> dict[str, str]:
    return {"Azure-AsyncOperation": f"https://{HOST}/operations/1", "Retry-After": "0"}


def _error(status: int, code: str, retry_after: str | None = None) -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    body = {"error": {"code": code, "message": f"It is {code}."}}
    return web.json_response(body, status=status, headers=headers)
