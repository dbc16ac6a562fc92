"""The app's routes over memory, with something of everything: each question has an answer.

A healthy image and an unhealthy one, a rule, and a rebuild that was made. Whoever changes any of it
must not care what others find.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import azure.functions as func
import pytest

from core.azure_shapes.keys import AssessmentKey
from core.errors import RegistryUnavailable
from core.openapi.operations import Operation, Place
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint
from dev.inprocess import Delivered
from tests.support.advisories import below, record
from tests.support.desk import Desk, compiled, desk
from tests.support.fleet import deb, sbom
from tests.support.samples import REGISTRY, SUBSCRIPTION, digest
from tests.support.served import Served, serve

CVE = "CVE-2026-1"
ZLIB = record(
    "DEBIAN-CVE-2026-1",
    below("Debian:12", "zlib", "1.3"),
    upstream=[CVE],
    severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
)
_LAYERED = Delivered(sbom=sbom(deb("zlib", "1.2", layer=digest(71))))
SHORT = "app"
"""The repository of the image that is unhealthy, too, for clients that escape slashes."""
RULE = "later"
_RULE = {"criteria": {"vulnerabilities": ["CVE-2026-9"]}, "reason": "Nobody calls it."}


type Names = Mapping[str, Mapping[str, str]]
"""Parameters that name what is there, by what paths begin with."""

_IMAGE = {"registry": REGISTRY, "repository": SHORT, "digest": digest(3)}
_RESOURCE = {"subscription": SUBSCRIPTION, "group": "demo", "registry": "demo"}
_NAMES: Names = {
    "billing": {"month": time.strftime("%Y-%m", time.gmtime())},
    "findings": {"cve": CVE},
    "images": _IMAGE,
    "manage": {"name": "images"},
    "plans": {"subscription": SUBSCRIPTION},
    "providers": {"api-version": "2022-10-01"},
    "registries": {"name": REGISTRY},
    "rules": {"rule": RULE, "subscription": SUBSCRIPTION},
    "search": {"q": SHORT},
    "subscriptions": {**_RESOURCE, "key": AssessmentKey.OLDER, "api-version": "2019-01-01-preview"},
    "tags": {**_IMAGE, "tag": "latest"},
}


def named(names: Names, operation: Operation, place: Place) -> dict[str, str]:
    """The parameters of an operation, in that place, that name what is there."""
    known = names.get(operation.path.partition("/")[0], {})
    wanted = (one.name for one in operation.parameters if one.place is place)
    return {name: known[name] for name in wanted if name in known}


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """The app, and what there is."""

    app: Served
    names: Names

    def target(self, one: Operation, **other: str) -> str:
        """Where an operation is asked for, of what is there; other parameters win."""
        path = {**named(self.names, one, Place.PATH), **other}
        query = {**named(self.names, one, Place.QUERY), **other}
        asked = {name: value for name, value in query.items() if f"{{{name}}}" not in one.path}
        filled = re.sub(r"\{(\w+)\}", lambda found: path[found[1]], one.path)
        return f"/api/{filled}?{urlencode(asked)}".rstrip("?")

    def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> func.HttpResponse:
        """The response to an administrator, unless headers say who asks; there is such a route."""
        told = self.app.ask(target, method=method, headers=headers, body=body)
        assert told is not None, f"there is no route for {target}"
        return told

    def ask_when_ready(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> func.HttpResponse:
        """The same of what must be read first, and says so meanwhile."""
        for _ in range(200):
            told = self.ask(target, method=method, headers=headers, body=body)
            if told.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            self.app.runner.run(asyncio.sleep(0.05))
        return told


@contextmanager
def furnished(folder: Path) -> Iterator[Furnished]:
    """The app, which is this process's meanwhile; `folder` holds its advisories."""
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        app = runner.run(_scanned(folder))
        made = Furnished(app=serve(app, runner, patch), names=_NAMES)
        _put(made, "PUT", f"rules/{RULE}?subscription={SUBSCRIPTION}", _RULE)
        _put(made, "POST", "manage/projections/images/rebuild", {"reason": "To look at it."})
        runner.run(app.app.drain())
        resource = {**_NAMES["subscriptions"], "name": _sub_assessment(made)}
        yield replace(made, names={**_NAMES, "subscriptions": resource})


async def _scanned(folder: Path) -> Desk:
    app = await desk(compiled(folder, ZLIB), connect=_nowhere)
    for number, repository, tag in ((1, None, "v1"), (2, None, "latest"), (3, SHORT, "latest")):
        pushed = app.pushed(number, tag)
        app.sandboxes.brings |= {digest(number): _LAYERED} if number != 2 else {}
        await app.app.services.scanning.intake.take(
            replace(pushed, repository=repository or pushed.repository)
        )
    await app.app.drain()
    await app.app.services.following.runner.sweep()
    await app.app.services.reassessor.run()
    return app


def _nowhere(endpoint: Endpoint) -> AbstractAsyncContextManager[RegistryClient]:
    """No registry is within reach."""
    raise RegistryUnavailable(f"{endpoint} is nowhere")


def _put(made: Furnished, method: str, target: str, body: object) -> None:
    told = made.ask(f"/api/{target}", method=method, body=json.dumps(body).encode())
    assert told.status_code < 300, told.get_body()


def _sub_assessment(made: Furnished) -> str:
    """The name of one."""
    asked = _NAMES["subscriptions"]
    listed = made.ask(
        f"/api/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/assessments"
        f"/{asked['key']}/subAssessments?api-version={asked['api-version']}"
    )
    return str(json.loads(listed.get_body())["value"][0]["name"])
