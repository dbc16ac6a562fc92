"""Every route, asked by everybody: who may not see something cannot tell that it is there.

The app over memory holds one team's images and another's. The questions are asked over HTTP's own
functions, behind the guard, by callers of every role and scope.
"""

import asyncio
import base64
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import azure.functions as func
import pytest

import function_app
from core.access.roles import Role
from core.domain.ids import image_stream
from core.domain.values import ImageName
from dev.issuer.issuer import TENANT
from functions import bootstrap
from functions.guard import Route
from functions.routes import ROUTES, Handler
from tests.support.access import URL, issuer, signed_in, stand_guard
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.samples import REGISTRY, SUBSCRIPTION, digest
from tests.support.sandboxes import VULNERABLE

assert function_app.app is not None, "it registers every route"

OURS, THEIRS = "team/app", "other/secret"
NOBODY, NOTHING = "team/nothing", digest(99)
SCOPES = json.dumps(
    [
        {"who": "one", "registry": REGISTRY, "repository": "team/*"},
        {"who": "two", "registry": "*", "repository": "*/app"},
        {"who": "two", "registry": "elsewhere.example"},
        {"who": "all"},
        {"who": "other", "registry": REGISTRY, "repository": "other/*"},
    ]
)
SECURITY = f"subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security"
NOW: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back."""

    status: int
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        """The body, as the object that it is."""
        told = json.loads(self.body)
        assert isinstance(told, dict)
        return told


def handlers() -> dict[str, Handler]:
    """The app's HTTP functions by name, as the worker calls them."""
    modules = [one for one in vars(function_app).values() if hasattr(one, "blueprint")]
    return {name: value for one in modules for name, value in vars(one).items() if name in ROUTES}


HANDLERS = handlers()


async def send(
    function: str,
    headers: Mapping[str, str],
    *,
    method: str = "GET",
    path: str = "",
    params: Mapping[str, str] = NOW,
    body: bytes = b"",
) -> Answered:
    """A request to the function of a route, and its answer."""
    request = func.HttpRequest(
        method=method,
        url=f"https://app.example/{ROUTES[function].path}",
        headers=headers,
        params=params,
        route_params=dict.fromkeys(("path", "name", "rule", "subscription", "id"), path),
        body=body,
    )
    response = await HANDLERS[function](request)
    return Answered(status=response.status_code, body=response.get_body())


def reader(*groups: str) -> Mapping[str, str]:
    return signed_in(Role.READER, *groups)


@pytest.fixture(scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two images of ours, two of theirs; one digest is in both repositories."""
    app = await desk(compiled(tmp_path_factory.mktemp("advisories"), ZLIB))
    for number, repository in ((1, OURS), (2, OURS), (1, THEIRS), (3, THEIRS)):
        app.sandboxes.brings[digest(number)] = VULNERABLE
        pushed = replace(app.pushed(number, f"v{number}"), repository=repository)
        await app.app.services.scanning.intake.take(pushed)
        await app.app.drain()
    await app.app.services.following.runner.sweep()
    return app


@pytest.fixture(autouse=True, scope="module")
def _here(fleet: Desk) -> Iterator[None]:
    """That app is this process's, and limits readers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "_services", [fleet.app.services])
        stand_guard(patch, PRATIQUE_SCOPES=SCOPES, PRATIQUE_REQUESTS_PER_MINUTE="9999999")
        yield


IMAGE = f"{REGISTRY}/{OURS}/{digest(2)}"
MONTH = "2026-01"
LISTS = {
    "images": ("image_list", "", {}),
    "images by repository": ("image_list", "", {"repository": THEIRS}),
    "images by health": ("image_list", "", {"health": "unhealthy", "limit": "1"}),
    "findings by CVE": ("finding_list", "", {"cve": "CVE-2026-1"}),
    "findings by package": ("finding_list", "", {"package": "zlib", "limit": "1"}),
    "recommendations": ("recommendation_list", "", {}),
    "by repository": ("recommendation_list", "", {"by": "repository"}),
    "by registry": ("recommendation_list", "", {"by": "registry"}),
    "summary": ("summary", "", {}),
    "score": ("score", "", {}),
    "attention": ("attention", "", {}),
    "billing": ("billing_month", "", {"month": "{month}"}),
    "billing sheet": ("billing_month", "", {"month": "{month}", "format": "csv"}),
    "csv": ("export", "", {"format": "csv"}),
    "cyclonedx": ("export", "", {"format": "cyclonedx"}),
    "sarif": ("export", "", {"format": "sarif"}),
    "sub-assessments": ("security", f"{SECURITY}/subAssessments"[14:], {"api-version": "{sub}"}),
    "assessments": ("security", f"{SECURITY}/assessments"[14:], {"api-version": "{above}"}),
    "image": ("image_one", IMAGE, {}),
    "image's findings": ("image_one", f"{IMAGE}/findings", {}),
    "image's layers": ("image_one", f"{IMAGE}/layers", {}),
    "page": ("page_overview", "", {}),
    "page of images": ("page_image_list", "", {}),
    "page of an image": ("page_image_one", IMAGE, {}),
    "page of what is urgent": ("page_attention", "", {}),
    "trend": ("trend", "", {"days": "3"}),
    "changes": ("changes", "", {}),
    "page of the trend": ("page_trend", "", {}),
    "page of changes": ("page_changes", "", {}),
    "page of the ledger": ("page_billing", "", {"month": "{month}"}),
    "sheet of the ledger": ("page_billing_sheet", "", {"month": "{month}"}),
    "repositories": ("repository_list", "", {}),
    "registries": ("registry_list", "", {}),
    "advisories": ("advisories", "", {}),
    "search": ("search", "", {"q": "app"}),
    "search of all": ("search", "", {"q": "v"}),
    "tag": ("tag_history", "", {"registry": REGISTRY, "repository": OURS, "tag": "v1"}),
    "page of a search": ("page_search", "", {"q": "v"}),
    "page of a tag": ("page_tag", "", {"registry": REGISTRY, "repository": OURS, "tag": "v1"}),
    "page of a package": ("page_package", "", {"name": "zlib"}),
    "page of a vulnerability": ("page_vulnerability", "CVE-2026-1", {}),
}
WORDS = {"month": time.strftime("%Y-%m"), "sub": "2019-01-01-preview", "above": "2021-06-01"}
CHANGING = {"trend", "changes"}
"""Routes whose answers name the moment at which they were asked."""
AS_OF = CHANGING | {
    "image_list",
    "finding_list",
    "summary",
    "score",
    "attention",
    "billing_month",
    "export",
}

OF_ONE = {"image_one", "page_image_one", "tag_history", "page_tag", "registry_list", "advisories"}
"""Routes that tell of one thing, which is ours, or of what everybody may know."""


def function_of(question: str) -> str:
    return LISTS[question][0]


async def ask(question: str, headers: Mapping[str, str], **more: str) -> Answered:
    function, path, params = LISTS[question]
    asked = {name: value.format(**WORDS) for name, value in params.items()}
    return await send(function, headers, path=path, params={**asked, **more})


@pytest.mark.parametrize("question", LISTS)
async def test_what_lies_outside_a_scope_is_in_no_answer(question: str) -> None:
    everything = await ask(question, reader("all"))
    assert everything.status == 200
    for groups in ("one", "two"):
        answer = await ask(question, reader(groups))
        assert answer.status == 200, answer.body
        assert THEIRS.encode() not in answer.body.replace(b"repository=other%2Fsecret", b"")
        assert digest(3)[7:].encode() not in answer.body
        if function_of(question) not in OF_ONE and question != "search":
            assert everything.body != answer.body, "there is something to hide"


@pytest.mark.parametrize("question", [one for one in LISTS if not one.startswith("page")])
async def test_an_administrator_and_a_reader_of_everything_are_told_the_same(question: str) -> None:
    then = {"asOf": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}
    moment = then if function_of(question) in CHANGING else {}
    theirs = await ask(question, signed_in(), **moment)
    all_ = await ask(question, reader("all"), **moment)
    assert theirs.status == all_.status == 200
    assert _timeless(theirs) == _timeless(all_)


async def test_the_past_has_the_same_scope() -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    for question in (one for one in LISTS if LISTS[one][0] in AS_OF):
        answer = await ask(question, reader("one"), asOf=moment)
        assert answer.status == 200, (question, answer.body)
        told = answer.body.replace(b"repository=other%2Fsecret", b"")
        assert THEIRS.encode() not in told, question


async def test_who_is_named_by_no_scope_sees_nothing() -> None:
    for question in LISTS:
        answer = await ask(question, reader())
        if question == "page of a tag":
            assert answer.status == 404, "it repeats what was asked for"
            continue
        told = answer.body.replace(b"repository=other%2Fsecret", b"")
        assert OURS.encode() not in told, question
        assert THEIRS.encode() not in told, question
        assert answer.status in (200, 404), question


def _timeless(answer: Answered) -> bytes:
    """The body, less what differs from one moment to the next."""
    if not answer.body.startswith(b"{"):
        return answer.body
    told = answer.json
    for name in ("metadata", "serialNumber", "runs"):
        told.pop(name, None)
    return json.dumps(told, sort_keys=True).encode()


async def test_a_registry_is_shown_to_who_may_see_something_of_it() -> None:
    for groups, servers in (("one", [REGISTRY]), ("two", [REGISTRY]), ("nobody", [])):
        found = (await ask("registries", reader(groups))).json["value"]
        assert isinstance(found, list)
        assert [one["loginServer"] for one in found] == servers


async def test_sums_are_of_what_may_be_seen() -> None:
    whole = (await ask("summary", reader("all"))).json
    mine = (await ask("summary", reader("one"))).json
    assert (whole["images"], mine["images"]) == (4, 2)
    assert mine["stale"] is None
    score = (await ask("score", reader("one"))).json
    assert (score["healthy"], score["unhealthy"]) == (0, 2)
    assert (await ask("summary", reader("other"))).json["images"] == 2
    assert (await ask("summary", reader("one", "other"))).json["images"] == 4


async def test_every_day_of_a_trend_adds_up_what_may_be_seen() -> None:
    async def last(groups: str) -> dict[str, object]:
        trend = (await ask("trend", reader(groups))).json["value"]
        assert isinstance(trend, list)
        first, *_, day = trend
        assert first["images"] == 0, "there was none the day before yesterday"
        return dict(day)

    for groups, images in (("one", 2), ("other", 2), ("all", 4), ("two", 2)):
        day, summary = await last(groups), (await ask("summary", reader(groups))).json
        assert day["images"] == images
        assert (day["health"], day["findings"]) == (summary["health"], summary["findings"])


async def test_changes_count_no_image_that_may_not_be_seen() -> None:
    for groups, images in (("one", 2), ("other", 2), ("all", 4)):
        answer = (await ask("changes", reader(groups))).json
        assert isinstance(answer["value"], list)
        assert (len(answer["value"]), answer["total"]) == (images, images)


async def test_a_page_leads_nobody_to_pages_that_refuse_them() -> None:
    closed = [f'href="/{one}"'.encode() for one in ("registries", "rules", "operations")]
    limited, whole = await ask("page", reader("one")), await ask("page", signed_in())
    assert not any(one in limited.body for one in closed)
    assert all(one in whole.body for one in closed)


async def test_the_ledger_adds_up_to_what_may_be_seen() -> None:
    answer = (await ask("billing", reader("one"))).json
    assert isinstance(answer["value"], list)
    lines = {line["digest"]: line for line in answer["value"]}
    assert set(lines) == {digest(1), digest(2)}
    assert lines[digest(1)]["alsoIn"] == [], "it is in their repository, too"
    assert isinstance(answer["totals"], list)
    [total] = answer["totals"]
    assert total["billed"] == 2
    whole = (await ask("billing", reader("all"))).json
    assert isinstance(whole["value"], list)
    assert [one["alsoIn"] for one in whole["value"] if one["digest"] == digest(1)] == [
        [f"{REGISTRY}/{THEIRS}"]
    ]


@pytest.mark.parametrize("part", ["", "/findings", "/layers", "/sbom", "/export"])
@pytest.mark.parametrize("function", ["image_one", "page_image_one"])
async def test_an_image_that_may_not_be_seen_is_as_one_that_is_not_there(
    function: str, part: str
) -> None:
    mine = reader("one")
    hidden = await send(function, mine, path=f"{REGISTRY}/{THEIRS}/{digest(3)}{part}")
    missing = await send(function, mine, path=f"{REGISTRY}/{NOBODY}/{NOTHING}{part}")
    both = await send(function, mine, path=f"{REGISTRY}/{THEIRS}/{digest(1)}{part}")
    assert hidden.status == missing.status == both.status == 404
    assert _pathless(hidden) == _pathless(missing)


def _pathless(answer: Answered) -> bytes:
    """The body, less what was asked for."""
    body = answer.body.replace(digest(3).encode(), b"").replace(NOTHING.encode(), b"")
    return body.replace(THEIRS.encode(), b"").replace(NOBODY.encode(), b"")


async def test_a_tag_that_may_not_be_seen_is_as_one_that_is_not_there() -> None:
    bodies = set()
    for repository, tag in ((THEIRS, "v3"), (NOBODY, "v3")):
        asked = {"registry": REGISTRY, "repository": repository, "tag": tag}
        answer = await send("tag_history", reader("one"), params=asked)
        assert answer.status == 404
        bodies.add(answer.body)
    assert len(bodies) == 1


@pytest.mark.parametrize("reference", [f"@{digest(3)}", ":v3", f":v3@{digest(3)}"])
async def test_the_gate_knows_nothing_of_what_may_not_be_seen(reference: str) -> None:
    async def gate(repository: str, reference: str) -> dict[str, object]:
        body = json.dumps({"image": f"{REGISTRY}/{repository}{reference}"}).encode()
        answer = await send("gate", reader("one"), method="POST", body=body)
        assert answer.status == 200, answer.body
        return answer.json

    hidden = await gate(THEIRS, reference)
    missing = await gate(NOBODY, reference)
    assert json.dumps(hidden).replace(THEIRS, NOBODY) == json.dumps(missing)


async def test_resource_graph_tells_only_of_what_may_be_seen() -> None:
    query = {"query": "securityresources", "subscriptions": [SUBSCRIPTION]}
    asked: Mapping[str, str] = {"api-version": "2022-10-01"}

    async def rows(groups: str) -> bytes:
        for _ in range(100):
            answer = await send(
                "resource_graph",
                reader(groups),
                method="POST",
                params=asked,
                body=json.dumps(query).encode(),
            )
            if answer.status != 503:  # it is filled when it is asked first
                break
            await asyncio.sleep(0.1)
        assert answer.status == 200, answer.body
        return answer.body

    everything, mine = await rows("all"), await rows("one")
    assert digest(3).encode() in everything
    assert OURS.encode() in mine
    assert THEIRS.encode() not in mine
    assert digest(3).encode() not in mine


async def test_a_sub_assessment_that_may_not_be_seen_is_not_there() -> None:
    async def listed(groups: str) -> list[str]:
        rows = (await ask("sub-assessments", reader(groups))).json["value"]
        assert isinstance(rows, list)
        return [str(row["id"]).strip("/") for row in rows]

    [hidden, *_] = set(await listed("all")) - set(await listed("one"))
    for groups, status in (("one", 404), ("all", 200)):
        path = hidden.removeprefix("subscriptions/")
        asked = {"api-version": WORDS["sub"]}
        answer = await send("security", reader(groups), path=path, params=asked)
        assert answer.status == status, answer.body


async def test_all_pages_together_hold_what_may_be_seen_and_tokens_widen_nothing() -> None:
    async def pages(question: str, groups: str) -> tuple[list[str], list[str]]:
        digests: list[str] = []
        tokens: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = (await ask(question, reader(groups), **more)).json
            assert isinstance(answer["value"], list)
            digests += [one["digest"] for one in answer["value"]]
            if not (token := answer.get("continuationToken")):
                return digests, tokens
            tokens.append(str(token))
            more = {"continuationToken": str(token)}

    for question in ("images by health", "findings by package"):
        everything, tokens = await pages(question, "all")
        assert len(everything) == 4
        assert sorted((await pages(question, "one"))[0]) == [digest(1), digest(2)]
        for token in tokens:
            answer = await ask(question, reader("one"), continuationToken=token)
            assert THEIRS.encode() not in answer.body


async def test_no_token_names_what_may_not_be_seen_or_is_given_because_of_it() -> None:
    hidden = [
        image_stream(ImageName(registry=REGISTRY, repository=THEIRS, digest=digest(number)))
        for number in (1, 3)
    ]
    for question in ("images", "findings by package", "recommendations"):
        tokens: list[str] = []
        while len(tokens) < 4:
            further = {"continuationToken": tokens[-1]} if tokens else {}
            answer = (await ask(question, reader("one"), **{"limit": "1", **further})).json
            if not answer.get("continuationToken"):
                break
            tokens.append(str(answer["continuationToken"]))
        assert len(tokens) == 1, f"{question}: there are two of ours, a page each"
        place = json.loads(_decoded(tokens[0]))[1]
        told = place if question.startswith("findings") else _decoded(place)
        assert "image-" in told
        assert not any(one in told for one in hidden), question


def _decoded(token: str) -> str:
    return base64.urlsafe_b64decode(token + "==").decode()


STRANGERS = {
    "no token": {},
    "no role": {"Authorization": f"Bearer {issuer().token(None)}"},
    "expired": {"Authorization": f"Bearer {issuer().token(seconds=-3600)}"},
    "another tenant": {"Authorization": f"Bearer {issuer().token(claims={'tid': SUBSCRIPTION})}"},
    "another audience": {"Authorization": f"Bearer {issuer().token(claims={'aud': 'x'})}"},
    "another issuer": {
        "Authorization": f"Bearer {issuer().token(claims={'iss': f'{URL}/x/{TENANT}'})}"
    },
    "a key of its own": {"Authorization": f"Bearer {issuer('http://127.0.0.1:1').token()}"},
    "alg none": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    "the platform's header": {"x-ms-client-principal": "e30="},
    "a function key": {"x-functions-key": "key"},
}
GUARDED = sorted(one.name for one in ROUTES.values() if not one.open)


def first(route: Route) -> str:
    """A method that the route takes."""
    return next(iter(route.needs))


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_every_route_is_closed_to_every_stranger(stranger: str) -> None:
    expected = 403 if stranger == "no role" else 401
    for name in GUARDED:
        method = first(ROUTES[name])
        answer = await send(name, STRANGERS[stranger], method=method, path=IMAGE)
        assert answer.status == expected, name
        assert OURS.encode() not in answer.body, name
        assert b"zlib" not in answer.body, name


async def test_every_method_takes_the_role_that_its_route_names() -> None:
    methods = [(name, method) for name in GUARDED for method in ROUTES[name].needs]
    for name, method in methods:
        if ROUTES[name].needs[method] is Role.ADMINISTRATOR:
            path = f"{IMAGE}/scan" if name == "image_one" else "nothing"
            answer = await send(name, reader("all"), method=method, path=path, body=b"{")
            assert answer.status == 403, (name, method)


async def test_what_cannot_be_cut_to_a_scope_is_for_those_who_have_none() -> None:
    for name in (one for one in GUARDED if not ROUTES[one].scoped):
        for method in ROUTES[name].needs:
            answer = await send(name, reader("one"), method=method, path="nothing", body=b"{")
            assert answer.status == 403, (name, method)


def test_the_questions_cover_every_route_that_honours_a_scope() -> None:
    asked = {function for function, _, _ in LISTS.values()} | {"gate", "resource_graph"}
    assert asked >= {one.name for one in ROUTES.values() if one.scoped}
