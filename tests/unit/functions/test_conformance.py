"""The app answers as it describes itself: schemathesis asks whatever the description allows, and
what it does not.

Few examples of each operation here, always the same ones; `make fuzz` asks for many, by chance.
Behind the real host, tests/e2e/push_to_findings/test_conformance.py asks whatever changes nothing,
so what reads do not allow, which takes longest to be thought of, is left to it but for the fuzz.
"""

from collections.abc import Iterator

import pytest
import schemathesis
from schemathesis import GenerationMode

from tests.support.access import signed_in
from tests.support.conforming import Interview, asked_of
from tests.support.furnished import furnished
from tests.support.operations import OPERATIONS, READS


@pytest.fixture(scope="module")
def interview(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Interview]:
    with furnished(tmp_path_factory.mktemp("advisories")) as there:
        yield Interview(
            schema=schemathesis.openapi.from_wsgi("/api/openapi.json", there.app),
            names=there.names,
            headers=signed_in(),
            by_chance=int(pytestconfig.getoption("--fuzz")),
        )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is asked in this run."""
    fuzz = metafunc.config.getoption("--fuzz")
    asked = [
        (name, mode)
        for name, mode in asked_of(OPERATIONS)
        if fuzz or name not in READS or mode is GenerationMode.POSITIVE
    ]
    metafunc.parametrize(("name", "mode"), asked, ids=lambda one: getattr(one, "value", one))


def test_every_answer_is_as_described(
    interview: Interview, name: str, mode: GenerationMode
) -> None:
    answered = interview.of(name, mode)
    if name in READS and mode is GenerationMode.POSITIVE:
        assert 200 in answered, "it names what is there"
