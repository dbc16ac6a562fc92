"""The app answers as it describes itself: schemathesis asks whatever the description allows, and
what it does not. No answer is a 5xx, and each has a status, a type and a shape that is described.

Few examples of each operation here, always the same ones; `make fuzz` asks for many, by chance.
"""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from functions.openapi import described
from tests.support.desk import VULNERABLE, ZLIB, Desk, compiled, desk
from tests.support.samples import digest
from tests.support.served import handlers, serve

handlers()
OPERATIONS = {
    one.id: one.operation
    for one in described()
    if not one.operation.arm or "/registries/" in one.operation.path
}
"""Every operation; those in Azure's shapes in the narrowest scope."""
ASKED = [
    *((name, GenerationMode.POSITIVE) for name in sorted(OPERATIONS)),
    *(
        (name, GenerationMode.NEGATIVE)
        for name, one in sorted(OPERATIONS.items())
        if one.parameters or one.body
    ),
]
"""What is asked of which operation: what it allows, and what it does not where it allows
anything."""
FEW = 2
"""Examples of each operation. The first takes most of the time."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


if TYPE_CHECKING:
    from schemathesis.specs.openapi.schemas import OpenApiCase, OpenApiSchema


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def app(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An unhealthy image, and a healthy one."""
    return runner.run(_scanned(tmp_path_factory))


async def _scanned(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    app = await desk(compiled(tmp_path_factory.mktemp("advisories"), ZLIB))
    app.sandboxes.brings[digest(1)] = VULNERABLE
    for number in (1, 2):
        await app.push(number)
    await app.app.drain()
    return app


@pytest.fixture(scope="module")
def schema(app: Desk, runner: asyncio.Runner) -> Iterator["OpenApiSchema"]:
    """The description, as the app serves it."""
    with pytest.MonkeyPatch.context() as patch:
        served = serve(app, runner, patch)
        yield schemathesis.openapi.from_wsgi("/api/openapi.json", served)


@pytest.mark.parametrize(("name", "mode"), ASKED, ids=lambda one: getattr(one, "value", one))
def test_every_answer_is_as_described(
    schema: "OpenApiSchema", name: str, mode: GenerationMode, request: pytest.FixtureRequest
) -> None:
    operation, examples = OPERATIONS[name], int(request.config.getoption("--fuzz"))
    asked = schema[f"/{operation.path}"][operation.method]

    @settings(
        max_examples=examples or FEW,
        derandomize=not examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(asked.as_strategy(generation_mode=mode))
    def ask(case: "OpenApiCase") -> None:
        case.validate_response(case.call(), checks=CHECKS)

    ask()
