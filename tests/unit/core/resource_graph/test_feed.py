"""The database follows the fleet: what is new, what changes, what goes; and it reads little."""

from core.access.scope import Place, Scope
from core.azure_shapes.keys import AssessmentKey
from core.query.shapes import Json
from core.resource_graph.feed import Feed
from core.resource_graph.graph import Answered, ResourceGraph
from tests.support.desk import Desk
from tests.support.graph import answer, asked, question
from tests.support.ruling import apply, rule, scanned
from tests.support.samples import REGISTRY, REPOSITORY, SUBSCRIPTION, digest
from tests.support.sandboxes import CLEAN, VULNERABLE

SUB = "securityresources | where type has 'subassessments'"
CODES = f"{SUB} | summarize count() by code = tostring(properties.status.code) | order by code asc"
HEALTH = "securityresources | where type == 'microsoft.security/assessments' | distinct tostring(properties.status.code)"  # noqa: E501 (one query)


async def codes(app: Desk) -> dict[Json, Json]:
    """How many sub-assessments there are of each code."""
    return {row["code"]: row["count_"] for row in await asked(app, CODES)}


async def test_what_is_found_in_an_image_can_be_asked_for_at_once(app: Desk) -> None:
    assert await codes(app) == {}
    await scanned(app, 1)
    assert await codes(app) == {"Unhealthy": 2}
    await scanned(app, 2)
    assert await codes(app) == {"Unhealthy": 4}


async def test_an_image_that_is_deleted_is_gone(app: Desk) -> None:
    await scanned(app, 1, 2)
    assert await codes(app) == {"Unhealthy": 4}
    await app.delete(1)
    await app.app.drain()
    assert await codes(app) == {"Unhealthy": 2}
    rows = await asked(app, f"{SUB} | distinct tostring(properties.additionalData.imageDigest)")
    assert digest(1) not in str(rows)


async def test_a_rule_disables_a_finding_and_lets_it_go_again(app: Desk) -> None:
    await scanned(app, 1)
    assert await asked(app, HEALTH) == [{"properties_status_code": "Unhealthy"}]
    await rule(app)
    await apply(app)
    await app.app.drain()
    assert await codes(app) == {"Healthy": 2, "NotApplicable": 2}
    assert await asked(app, HEALTH) == [{"properties_status_code": "Healthy"}]


async def test_a_tag_that_moves_is_told(app: Desk) -> None:
    await scanned(app, 1)
    tags = f"{SUB} | where id has '{AssessmentKey.NEWER}' | project tags = properties.additionalData.artifactDetails.tags"  # noqa: E501 (one query)
    assert await asked(app, tags) == [{"tags": ["latest"]}]
    await app.push(1, "v2")
    await app.app.drain()
    assert await asked(app, tags) == [{"tags": ["latest", "v2"]}]


async def test_a_new_process_reads_what_another_has_followed(app: Desk) -> None:
    app.sandboxes.brings |= {digest(1): VULNERABLE, digest(2): CLEAN}
    for number in (1, 2, 3):
        await app.push(number)
        await app.app.drain()
        await codes(app)
    await app.delete(3)
    await app.app.drain()
    everything = f"{SUB} | order by id asc"
    followed = await asked(app, everything)
    core = app.app.services
    feed = Feed(
        core.log,
        core.answers.resource_graph.feed.images,
        core.plans,
        app.account.artifacts,
        core.advice.exploitation,
    )
    told = await ResourceGraph(feed).answer(question(everything), Scope(places=None))
    assert isinstance(told, Answered)
    assert told.body["data"] == followed


async def test_every_sub_assessment_is_what_the_api_tells(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    for number in (1, 2):
        await app.push(number)
    await rule(app)
    await app.app.drain()
    await apply(app)
    await app.app.drain()
    path = f"subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/subAssessments"
    shown = await app.app.services.answers.security.answer(
        path, {"api-version": "2019-01-01-preview"}, ""
    )
    assert isinstance(shown, dict)
    rows = shown["value"]
    assert isinstance(rows, list)
    assert rows
    told = await asked(app, f"{SUB} | project id, name, properties")
    by_id = {row["id"]: row for row in told}
    for row in rows:
        assert isinstance(row, dict)
        assert by_id.pop(row["id"]) == {name: row[name] for name in ("id", "name", "properties")}
    assert by_id == {}


async def test_an_answer_says_of_when_it_is_and_what_it_may_lack(app: Desk) -> None:
    await scanned(app, 1)
    graph = app.app.services.answers.resource_graph
    await app.app.services.following.runner.sweep()
    told = await graph.answer(question(CODES), Scope(places=None))
    assert isinstance(told, Answered)
    assert told.brought.headers["Pratique-Events-Behind"] == "0"
    await app.push(2)
    graph.forget()
    told = await graph.answer(question(CODES), Scope(places=None))
    assert isinstance(told, Answered)
    assert int(told.brought.headers["Pratique-Events-Behind"]) > 0


async def test_what_lies_outside_of_a_scope_is_as_if_it_were_not_there(fleet: Desk) -> None:
    count = f"{SUB} | count"
    everything = "union securityresources, resources, resourcecontainers | count"
    for places, findings, rows in (
        ((Place(),), 6, 9),
        ((Place(registry=REGISTRY),), 6, 9),
        ((Place(registry=REGISTRY, repository=REPOSITORY),), 6, 6),
        ((Place(registry=REGISTRY, repository="other/*"),), 0, 0),
        ((Place(registry="other.azurecr.io"),), 0, 0),
        ((), 0, 0),
    ):
        scope = Scope(places=places)
        assert await asked(fleet, count, scope) == [{"Count": findings}]
        assert await asked(fleet, everything, scope) == [{"Count": rows}]


async def test_a_question_may_name_its_subscriptions(fleet: Desk) -> None:
    count = f"{SUB} | count"
    assert await asked(fleet, count, subscriptions=[SUBSCRIPTION.upper()]) == [{"Count": 6}]
    assert await asked(fleet, count, subscriptions=["another"]) == [{"Count": 0}]
    assert await asked(fleet, count, managementGroups=["root"]) == [{"Count": 6}]
    assert (await answer(fleet, count, subscriptions=[]))["totalRecords"] == 1
