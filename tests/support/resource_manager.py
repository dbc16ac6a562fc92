"""Azure Resource Manager's wire format, as far as container groups go.

What is asked is held against the shape of API version 2023-05-01: an unknown property is refused,
as Azure refuses it. Groups are made and deleted in the background, and how far that is stands at
the address in `Azure-AsyncOperation`. Containers run until a test ends them.
"""

import json
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import jsonschema
from aiohttp import web

type Json = dict[str, object]

HOST = "management.usgovcloudapi.net"
VERSION = "2023-05-01"
_ROOT = re.compile(
    r"/subscriptions/([-0-9a-f]{36})/resourceGroups/([-\w]+)"
    r"/providers/Microsoft\.ContainerInstance/containerGroups(?:/([a-z0-9-]{1,63}))?"
)
_PAGE = 2


def _shape(required: str = "", **properties: object) -> Json:
    return {
        "type": "object",
        "required": required.split(),
        "additionalProperties": False,
        "properties": properties,
    }


def _list(items: object) -> Json:
    return {"type": "array", "minItems": 1, "items": items}


_TEXT = {"type": "string", "minLength": 1}
_RESOURCES = _shape(
    "requests",
    requests=_shape(
        "memoryInGB cpu",
        memoryInGB={"type": "number", "minimum": 0.1, "multipleOf": 0.1},
        cpu={"type": "number", "exclusiveMinimum": 0},
    ),
)
_VARIABLE = _shape("name secureValue", name=_TEXT, secureValue=_TEXT)
_CONTAINER = _shape(
    "name properties",
    name={"pattern": "^[a-z0-9-]{1,63}$"},
    properties=_shape(
        "image resources",
        image=_TEXT,
        resources=_RESOURCES,
        environmentVariables=_list(_VARIABLE),
    ),
)
_GROUP = _shape(
    "location properties identity",
    location=_TEXT,
    tags={"type": "object", "additionalProperties": {"type": "string", "maxLength": 256}},
    identity=_shape(
        "type userAssignedIdentities",
        type={"const": "UserAssigned"},
        userAssignedIdentities={"type": "object", "maxProperties": 1},
    ),
    properties=_shape(
        "containers osType",
        containers={**_list(_CONTAINER), "maxItems": 60},
        osType={"const": "Linux"},
        sku={"const": "Standard"},
        restartPolicy={"const": "Never"},
        imageRegistryCredentials=_list(_shape("server identity", server=_TEXT, identity=_TEXT)),
        subnetIds=_list(_shape("id", id=_TEXT)),
        dnsConfig=_shape("nameServers", nameServers=_list(_TEXT)),
    ),
)
"""What this app may ask for: the published shape, less what it must never set (ports, volumes, a
plain value where a secret is)."""


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
        if found is None or request.rel_url.query.get("api-version") != VERSION:
            return _error(400, "InvalidRequest")
        name = found[3] or ""
        self.requests.append((request.method, name))
        if self.answers and self.answers[0].method == request.method:
            said = self.answers.popleft()
            return _error(said.status, said.code, said.retry_after)
        match request.method:
            case "PUT":
                return self._put(name, await request.json())
            case "DELETE":
                return self._delete(name)
            case _ if name:
                return self._get(name)
            case _:
                return self._list(request)

    def _put(self, name: str, asked: Json) -> web.Response:
        try:
            jsonschema.validate(asked, _GROUP)
        except jsonschema.ValidationError as error:
            return _error(400, error.message)
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
