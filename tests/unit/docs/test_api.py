"""Each route has an example in docs/api.md, which is asked, and answered as it is shown there."""

import re
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from core.openapi.operations import Operation
from functions.openapi import described
from tests.support.examples import Example, blocks, examples
from tests.support.furnished import Furnished, furnished
from tests.support.samples import digest
from tests.support.served import handlers

handlers()
API = list(examples("docs/api.md"))
GRAPH = list(examples("docs/resource-graph.md"))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished(tmp_path_factory.mktemp("advisories")) as there:
        yield there


def target_of(one: Example, there: Furnished) -> str:
    """Where it is asked for: of an image that there is, in this month."""
    target = one.target.replace("sha256:…", digest(1))
    target = target.replace("{name}", there.names["subscriptions"]["name"])
    month = time.strftime("%Y-%m", time.gmtime())
    return quote(target.replace("{this month}", month), safe="/:?&=$*-._~")


def test_every_example_is_answered_as_it_is_shown(there: Furnished) -> None:
    wrong = []
    for one in (*API, *GRAPH):
        told = there.ask_when_ready(
            target_of(one, there), method=one.method, headers=one.headers, body=one.body
        )
        if told.status_code != one.status:
            wrong.append(f"{one.where}: {told.status_code} {told.get_body()[:300]!r}")
        elif why := one.unlike(told.get_body()):
            wrong.append(f"{one.where}: {why}")
    assert not wrong, "\n".join(wrong)


def test_no_json_is_shown_that_nothing_answers() -> None:
    answers = {str(one.shown) for one in (*API, *GRAPH)}
    documents = ("api", "access", "exports", "gate", "cli", "resource-graph")
    loose = [
        one
        for name in documents
        for one in blocks(f"docs/{name}.md")
        if one.language == "json" and str(one) not in answers
    ]
    assert [one.document for one in loose] == ["docs/access.md"], "the scopes, which are a setting"


def test_every_operation_has_an_example() -> None:
    """Those in Azure's shapes in any scope: what stands behind it is the same in all."""
    missing = [
        f"{one.operation.method} /api/{one.operation.path}"
        for one in described()
        if not any(_is_of(one.operation, example) for example in API)
    ]
    assert not missing, "docs/api.md shows no example of " + ", ".join(missing)


def _is_of(operation: Operation, example: Example) -> bool:
    _, provider, below = operation.path.rpartition("providers/Microsoft.Security")
    anything = ".+" if provider else "/api/"
    pattern = re.sub(r"\\{(\w+)\\}", _segment, re.escape(provider + below))
    path = example.target.partition("?")[0]
    return operation.method == example.method and bool(re.fullmatch(anything + pattern, path))


def _segment(found: re.Match[str]) -> str:
    return ".+" if found[1] == "repository" else "[^/]+"
