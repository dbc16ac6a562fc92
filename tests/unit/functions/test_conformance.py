"""The app answers as it describes itself: schemathesis asks whatever the description allows, and
what it does not. No answer is a 5xx, and each has a status, a type and a shape that is described.

What is read has names of what is there, so that answers are checked and not only how they are
refused. Few examples of each operation here, always the same ones; `make fuzz` asks for many, by
chance, also under names by chance.
"""

from collections.abc import Iterator, Mapping
from functools import partial
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

from core.openapi.operations import Operation, Place
from functions.openapi import described
from tests.support.access import signed_in
from tests.support.furnished import Furnished, furnished
from tests.support.served import handlers

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
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished(tmp_path_factory.mktemp("advisories")) as there:
        yield there


@pytest.fixture(scope="module")
def schema(there: Furnished) -> "OpenApiSchema":
    """The description, as the app serves it."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", there.app)


def chosen(
    operation: Operation, mode: GenerationMode, there: Furnished
) -> Mapping[Place, dict[str, str]]:
    """The parameters that are not by chance, since they name what is there: none where something is
    to be changed, and where nothing else could be wrong."""
    named = {place: there.named(operation, place) for place in Place}
    free = len(operation.parameters) - sum(map(len, named.values()))
    if operation.method != "GET" or not (free or mode is GenerationMode.POSITIVE):
        return {}
    return named if mode is GenerationMode.POSITIVE else {Place.PATH: named[Place.PATH]}


@pytest.mark.parametrize(("name", "mode"), ASKED, ids=lambda one: getattr(one, "value", one))
def test_every_answer_is_as_described(
    schema: "OpenApiSchema",
    there: Furnished,
    name: str,
    mode: GenerationMode,
    request: pytest.FixtureRequest,
) -> None:
    operation, examples = OPERATIONS[name], int(request.config.getoption("--fuzz"))
    asked = partial(
        schema[f"/{operation.path}"][operation.method].as_strategy,
        generation_mode=mode,
        headers=dict(signed_in()),
    )
    names = chosen(operation, mode, there)
    cases = asked(path_parameters=names.get(Place.PATH), query=names.get(Place.QUERY))
    answered: set[int] = set()

    @settings(
        max_examples=examples or FEW,
        derandomize=not examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases | asked() if examples else cases)
    def ask(case: "OpenApiCase") -> None:
        answer = case.call()
        case.validate_response(answer, checks=CHECKS)
        answered.add(answer.status_code)

    ask()
    if operation.method == "GET" and mode is GenerationMode.POSITIVE:
        assert 200 in answered, "it names what is there"
