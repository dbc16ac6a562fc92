"""What makes no sense is told so: a problem below 500, whatever was asked of whichever route, and
one that the API's description has.

Each test asks every operation, and names all that answered otherwise.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import azure.functions as func
import pytest

from core.openapi.operations import Operation, Parameter, Place
from core.query.asked import LIMIT, TOKEN, Guid, Instant, Month, Tag, Text
from functions.guard import LARGEST_BODY, LONGEST_URL
from functions.openapi import description
from functions.routes import ROUTES
from tests.support.furnished import Furnished, furnished
from tests.support.operations import OPERATIONS
from tests.support.samples import REGISTRY, digest

PAGES = {name: one for name, one in ROUTES.items() if one.path.startswith("/")}
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS")
LONG = "a" * 7000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that makes no sense."""

    what: str
    """Of which operation, and what is wrong with it."""
    target: str
    method: str
    statuses: tuple[int, ...] = (400,)
    """Those that it may be told by."""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    described: frozenset[int] | None = None
    """Those that its operation is described with; `None` where there is no such operation."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished(tmp_path_factory.mktemp("advisories")) as there:
        yield there


@pytest.fixture(scope="module")
def plain(there: Furnished) -> list[tuple[Operation, Asked]]:
    """Every operation, and a request for it that makes sense but for its body."""
    paths = json.loads(json.dumps(description()))["paths"]
    return [
        (
            one,
            Asked(
                what=name,
                target=there.target(one),
                method=one.method,
                described=frozenset(
                    map(int, paths[f"/{one.path}"][one.method.lower()]["responses"])
                ),
            ),
        )
        for name, one in OPERATIONS.items()
    ]


def more(target: str, **asked: str) -> str:
    """An address that asks something else besides."""
    return f"{target}{'&' if '?' in target else '?'}{urlencode(asked)}"


def all_refused(there: Furnished, cases: Iterable[Asked]) -> None:
    """Each is a problem of the asker's, and says so in words."""
    wrong = [f"{one.what}: {why}" for one in cases if (why := _unlike(there, one))]
    assert not wrong, "\n".join(wrong)


def _unlike(there: Furnished, one: Asked) -> str:
    """How its answer is not what it should be."""
    told = there.app.ask(one.target, method=one.method, headers=one.headers, body=one.body)
    if told is None:
        return "" if 404 in one.statuses else f"there is no route for {one.target[:80]}"
    if told.status_code not in one.statuses:
        return f"{told.status_code}: {told.get_body()[:200]!r}"
    if one.described is not None and told.status_code not in one.described:
        return f"{told.status_code} is described nowhere"
    return "" if _is_problem(told) else f"no problem: {told.get_body()[:200]!r}"


def _is_problem(told: func.HttpResponse) -> bool:
    if str(told.mimetype).startswith("text/html"):
        return b"<h1" in told.get_body()
    body = json.loads(told.get_body())
    if "error" in body:
        return bool(body["error"]["message"] and body["error"]["code"])
    fits = told.mimetype == "application/problem+json" and body["status"] == told.status_code
    return bool(fits and body["detail"] and body["title"])


def test_an_operation_takes_the_parameters_that_it_describes_and_no_other(
    there: Furnished, plain: list[tuple[Operation, Asked]]
) -> None:
    wrong = []
    for one, asked in plain:
        told = there.ask(more(asked.target, nope="1"), method=one.method)
        named = sorted(given.name for given in one.parameters if given.place is Place.QUERY)
        known = f"known are {', '.join(named)}" if named else "none is known here"
        if told.status_code != 400 or f"nope; {known}".encode() not in told.get_body():
            wrong.append(f"{asked.what}: {told.get_body()[:200]!r} tells of others than {known}")
    assert not wrong, "\n".join(wrong)


SENSELESS: Mapping[object, tuple[str, ...]] = {
    LIMIT.kind: ("0", "-1", "1e9", "1.5", "9" * 5000, "501", "\u0661"),
    TOKEN.kind: ("x", "e30", "[" * 3000, "\u00e9", "bnVsbA", "WyJ4IiwgMV0"),
    Instant: (
        *("tomorrow", "2999-01-01T00:00:00Z", "2026-01-01", "0000-00-00T00:00:00Z", "1Z"),
        *("0001-01-01T00:00:00Z", "0999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
    ),
    Month: ("2026-13", "2026", "26-01", "2026-1", "0000-01", "0001-01", "9999-12"),
    Guid: ("1", "0" * 36),
    Tag: ("-", ":", "a" * 129),
}
"""What makes no sense, by what a parameter must be; of others, a word that nobody knows."""


def _senseless(given: Parameter) -> Iterable[str]:
    if given.kind is Text or given.name == "rule":
        return ()
    return SENSELESS.get(given.kind, ("nope",))


def test_what_a_parameter_cannot_be_is_refused(
    there: Furnished, plain: list[tuple[Operation, Asked]]
) -> None:
    all_refused(
        there,
        (
            replace(
                asked,
                what=f"{asked.what}, {given.name}={value[:20]!r}",
                target=there.target(one, **{given.name: value}),
            )
            for one, asked in plain
            for given in one.parameters
            if given.place is Place.QUERY
            for value in ("\x00\x1b[2J", LONG, *_senseless(given))
        ),
    )


def test_a_method_that_is_not_there_is_refused(
    there: Furnished, plain: list[tuple[Operation, Asked]]
) -> None:
    taken = {path: {one.method for one, _ in plain if one.path == path} for path in _paths(plain)}
    all_refused(
        there,
        (
            replace(asked, method=method, statuses=(405,), described=None)
            for one, asked in plain
            for method in METHODS
            if method not in taken[one.path]
        ),
    )


def _paths(plain: list[tuple[Operation, Asked]]) -> set[str]:
    return {one.path for one, _ in plain}


def test_what_is_too_large_is_refused(
    there: Furnished, plain: list[tuple[Operation, Asked]]
) -> None:
    large = b"[" * (LARGEST_BODY + 1)
    all_refused(there, (replace(one, body=large, statuses=(413,)) for _, one in plain))
    far = "a" * LONGEST_URL
    all_refused(
        there, (replace(one, target=more(one.target, x=far), statuses=(414,)) for _, one in plain)
    )


def test_a_key_in_the_address_is_no_part_of_the_question_where_keys_let_in(
    there: Furnished, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lists = ("/api/images?limit=1", "/api/export?format=csv&limit=1", "/api/attention?limit=1")
    plainly = [there.ask(target) for target in lists]
    for target in lists:
        refused = there.ask(more(target, code="secret"))
        assert refused.status_code == 400, "nobody has such a key"
        assert b"unknown parameter code" in refused.get_body()
        assert b"secret" not in refused.get_body()
    monkeypatch.setenv("PRATIQUE_SIGN_IN", "keys")
    for target, plain in zip(lists, plainly, strict=True):
        told = there.ask(more(target, code="secret"))
        assert told.status_code == 200
        assert told.get_body() == plain.get_body(), "its token serves whoever goes on without"
        assert "secret" not in str(dict(told.headers))
    page = there.ask("/images?code=secret&health=unhealthy").get_body()
    assert b"health=unhealthy" in page
    assert b"secret" not in page
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "*/*;q=0", "image/*, text/plain"]
)
def test_what_is_not_served_is_refused(
    there: Furnished, plain: list[tuple[Operation, Asked]], accept: str
) -> None:
    headers = {"Accept": accept}
    all_refused(there, (replace(one, headers=headers, statuses=(406,)) for _, one in plain))


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/*", "application/json", "text/html, */*;q=0.8", ";;;,q=,*/*"],
)
def test_what_is_served_is_given(there: Furnished, accept: str) -> None:
    headers = {"Accept": accept} if accept else {}
    assert there.ask("/api/summary", headers=headers).status_code == 200


def test_a_form_that_is_named_is_given_to_whoever_accepts_another(there: Furnished) -> None:
    told = there.ask("/api/export?format=csv", headers={"Accept": "text/html"})
    assert (told.status_code, told.mimetype) == (200, "text/csv")


BODIES = (b"", b"{", b"[" * 10_000, b"\xff\xfe", b"null", b"[]", b'"x"', b'{"nope": 1}')


def test_a_body_that_says_nothing_is_refused(
    there: Furnished, plain: list[tuple[Operation, Asked]]
) -> None:
    all_refused(
        there,
        (
            replace(asked, what=f"{asked.what} of {body[:12]!r}", body=body)
            for one, asked in plain
            if one.body is not None
            for body in BODIES
        ),
    )


PATHS = (
    "..",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "../../etc/passwd",
    "..%5c..%5cetc",
    "%00",
    "%0d%0aSet-Cookie:%20a=b",
    "%1b%5b2J",
    "%ff",
    "%252e%252e",
    "a;b=c",
    "a//b",
    LONG,
)
"""What leads nowhere, as it stands in an address."""


def test_a_path_that_leads_nowhere_is_refused(
    there: Furnished, plain: list[tuple[Operation, Asked]]
) -> None:
    all_refused(
        there,
        (
            replace(
                asked,
                what=f"{asked.what} at {given.name}={path[:20]}",
                target=there.target(one, **{given.name: path}),
                body=b"{}",
                statuses=(400, 404, 405),
                described=None,
            )
            for one, asked in plain
            for given in one.parameters
            if given.place is Place.PATH
            for path in PATHS
        ),
    )


@pytest.mark.parametrize(
    "path",
    [
        f"{REGISTRY}/team%2Fapp/{digest(1)}",
        f"{REGISTRY}/te%D0%B0m/app/{digest(1)}",
        f"{REGISTRY}/team/app/{digest(1)}/scan/..",
        f"{REGISTRY}/team/app/{digest(1)}/nope",
        f"{REGISTRY}/team/app/{digest(1)}%00",
        f"{REGISTRY}/team/app/sha256:zz",
        f"{REGISTRY}/team/app",
        REGISTRY,
        "//",
    ],
)
def test_an_image_that_is_misspelt_is_not_there(there: Furnished, path: str) -> None:
    target = f"/api/images/{path}"
    all_refused(there, [Asked(what=path, target=target, method="GET", statuses=(404,))])


def test_a_page_that_is_asked_for_in_a_way_that_makes_no_sense_says_so(there: Furnished) -> None:
    for name, one in PAGES.items():
        target = re.sub(r"\{\*?\w+\}", "nothing", one.path)
        asked = Asked(what=name, target=target, method=next(iter(one.needs)))
        far, much = more(target, x="a" * LONGEST_URL), b"a" * (one.largest + 1)
        all_refused(
            there,
            [
                replace(asked, target=far, statuses=(414,)),
                replace(asked, method="PATCH", statuses=(405,)),
                replace(asked, body=much, statuses=(413,)),
            ],
        )
