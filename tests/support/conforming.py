"""What the API's description allows, and what it does not, asked of an app; and what each answer
must be: no 5xx, with a status, a type and a shape that is described.

What is read has names of what is there, so that answers are checked and not only how they are
refused. The app may be in this process, or behind a real host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.openapi.operations import Operation, Place
from tests.support.furnished import Names, named
from tests.support.operations import OPERATIONS

if TYPE_CHECKING:
    from schemathesis.specs.openapi.schemas import OpenApiCase, OpenApiSchema

type Asked = tuple[str, GenerationMode]
"""An operation's name, and whether it is asked what it allows."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FEW = 2
"""Examples of each operation, always the same ones. The first takes most of the time."""


def asked_of(operations: Mapping[str, Operation]) -> list[Asked]:
    """What is asked of them: what each allows, and what it does not where it allows anything."""
    return [
        (name, mode)
        for name, one in sorted(operations.items())
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        if mode is GenerationMode.POSITIVE or one.parameters or one.body
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """An app that is asked."""

    schema: "OpenApiSchema"
    """The description, as the app serves it."""
    names: Names
    headers: Mapping[str, str]
    """What signs a request in."""
    by_chance: int = 0
    """Examples of each operation, where they are not to be the same few; then under names by
    chance, too."""

    def of(self, name: str, mode: GenerationMode) -> set[int]:
        """Asks an operation, looks at each answer, and tells which statuses there were. Something
        that is there, and is read as it may be, is answered."""
        answered: set[int] = set()
        operation = OPERATIONS[name]
        asked = partial(
            self.schema[f"/{operation.path}"][operation.method].as_strategy,
            generation_mode=mode,
            headers=dict(self.headers),
        )
        names = self._chosen(operation, mode)
        cases = asked(path_parameters=names.get(Place.PATH), query=names.get(Place.QUERY))

        @settings(
            max_examples=self.by_chance or FEW,
            derandomize=not self.by_chance,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases | asked() if self.by_chance else cases)
        def ask(case: "OpenApiCase") -> None:
            answer = case.call()
            case.validate_response(answer, checks=CHECKS)
            answered.add(answer.status_code)

        ask()
        return answered

    def _chosen(self, operation: Operation, mode: GenerationMode) -> Mapping[Place, dict[str, str]]:
        """The parameters that are not by chance, since they name what is there: none where
        something is to be changed, and where nothing else could be wrong."""
        there = {place: named(self.names, operation, place) for place in Place}
        free = len(operation.parameters) - sum(map(len, there.values()))
        if operation.method != "GET" or not (free or mode is GenerationMode.POSITIVE):
            return {}
        return there if mode is GenerationMode.POSITIVE else {Place.PATH: there[Place.PATH]}
