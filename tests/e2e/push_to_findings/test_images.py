"""Every image of the catalogue comes to its verdict, and everything that is asked of it agrees."""

import pytest

from core.domain.values import Severity
from dev.images.catalogue import CATALOGUE, Sample
from tests.e2e.push_to_findings.client import Client, Json, listed, until

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

DEBIAN, ALPINE, INDEX = "demo/outdated-debian", "demo/alpine", "demo/two-architectures"
RANKS = list(Severity)


async def tagged(client: Client, repository: str) -> dict[str, Json]:
    """The image of a repository that has a tag: the demo gives one each."""
    [image] = [one for one in (await client.images(repository)).values() if one["tags"]]
    return image


@pytest.mark.parametrize("sample", CATALOGUE, ids=lambda sample: sample.repository)
async def test_an_image_reaches_its_verdict(client: Client, sample: Sample) -> None:
    image = await tagged(client, sample.repository)
    assert image["health"] == sample.health
    assert image["tags"] == [sample.tag]
    assert image["freshness"] == "Current"


@pytest.mark.parametrize("repository", [DEBIAN, ALPINE, "demo/almalinux", "demo/go-program"])
async def test_findings_are_as_many_as_counted_and_the_worst_come_first(
    client: Client, repository: str
) -> None:
    image = await tagged(client, repository)
    answer = await client.ask(client.path(repository, str(image["digest"]), "/findings"))
    severities = [Severity(str(one)) for one in listed(answer.value, "severity")]
    assert severities == sorted(severities, key=RANKS.index)
    counted = {one.name.lower(): severities.count(one) for one in Severity}
    assert counted == image["severities"]
    assert answer.json["total"] == len(severities) > 0


async def test_whoever_wants_to_know_is_told_of_what_needs_doing_and_of_nothing_else(
    client: Client,
) -> None:
    image = await tagged(client, DEBIAN)

    async def told() -> list[dict[str, Json]] | None:
        return await client.told(str(image["digest"])) or None

    [notice] = await until(told)
    assert notice["type"] == "Pratique.Image.BecameUnhealthy"
    data = notice["data"]
    assert isinstance(data, dict)
    assert data["counts"] == image["severities"]
    clean = await tagged(client, "demo/clean")
    assert await client.told(str(clean["digest"])) == []


async def test_findings_are_filtered(client: Client) -> None:
    image = await tagged(client, DEBIAN)
    path = client.path(DEBIAN, str(image["digest"]), "/findings")
    high = await client.ask(path, severity="high")
    assert set(listed(high.value, "severity")) == {"Critical", "High"}
    unfixed = await client.ask(path, patchable="false")
    assert set(listed(unfixed.value, "fixed")) == {None}
    fixed = await client.ask(path, patchable="true")
    assert fixed.json["total"] == image["patchable"]


async def test_an_index_is_as_bad_as_its_worst_image_and_lists_no_attestation(
    client: Client,
) -> None:
    index = await tagged(client, INDEX)
    children = index["children"]
    assert isinstance(children, list)
    shown = {
        str(one["platform"]): (one["health"], str(one["digest"]))
        for one in children
        if isinstance(one, dict)
    }
    assert {platform: health for platform, (health, _) in shown.items()} == {
        "linux/amd64": "Unhealthy",
        "linux/arm64": "Healthy",
    }
    everything = await client.images(INDEX)
    for _, digest in shown.values():
        assert everything[digest]["parents"] == [index["digest"]]
    others = set(everything) - {str(index["digest"])} - {digest for _, digest in shown.values()}
    assert {everything[one]["cause"] for one in others} == {"artifact"}


async def test_what_was_assessed_is_billed_once_and_nothing_else(client: Client) -> None:
    images = {
        digest: image
        for sample in CATALOGUE
        for digest, image in (await client.images(sample.repository)).items()
    }
    assessed = {
        digest
        for digest, image in images.items()
        if image["health"] in ("Healthy", "Unhealthy") and not image["children"]
    }
    lines = [digest for digest in await client.billed() if digest in images]
    assert sorted(lines) == sorted(assessed)


async def test_one_digest_in_two_repositories_is_two_images_and_one_line(client: Client) -> None:
    digest = str((await tagged(client, ALPINE))["digest"])
    assert digest in await client.images(INDEX)
    assert (await client.billed()).count(digest) == 1


async def test_a_timeline_tells_the_way_in_its_order(client: Client) -> None:
    image = await client.image(DEBIAN, str((await tagged(client, DEBIAN))["digest"]))
    timeline = image["timeline"]
    assert isinstance(timeline, list)
    moments = [one for one in timeline if isinstance(one, dict)]
    names = ["ImagePushed", "ScanRequested", "ScanStarted", "InventoryTaken", "ScanCompleted"]
    assert listed(moments, "event") == names
    times = [str(one) for one in listed(moments, "at")]
    assert times == sorted(times)
    scan = image["scan"]
    assert isinstance(scan, dict)
    assert [scan["requestedAt"], scan["startedAt"], scan["completedAt"]] == [
        times[1],
        times[2],
        times[4],
    ]


async def test_the_sbom_is_cyclonedx_with_the_packages_that_were_counted(client: Client) -> None:
    image = await tagged(client, ALPINE)
    answer = await client.ask(client.path(ALPINE, str(image["digest"]), "/sbom"))
    assert answer.headers["Content-Type"] == "application/vnd.cyclonedx+json"
    assert answer.json["bomFormat"] == "CycloneDX"
    components, inventory = answer.json["components"], image["inventory"]
    assert isinstance(components, list)
    assert isinstance(inventory, dict)
    purls = [one["purl"] for one in components if isinstance(one, dict) and "purl" in one]
    assert len(purls) == inventory["packages"]


async def test_what_has_no_inventory_has_no_sbom(client: Client) -> None:
    image = await tagged(client, "demo/windows")
    answer = await client.ask(client.path("demo/windows", str(image["digest"]), "/sbom"))
    assert answer.status == 404


async def test_a_cve_leads_to_every_image_that_has_it(client: Client) -> None:
    answer = await client.ask("/api/findings", cve="CVE-2024-5535")
    assert {ALPINE, INDEX} <= set(listed(answer.value, "repository"))


async def test_a_package_leads_to_every_image_in_which_it_is_vulnerable(client: Client) -> None:
    answer = await client.ask("/api/findings", package="openssl")
    assert {ALPINE, INDEX, DEBIAN} <= set(listed(answer.value, "repository"))
    assert set(listed(answer.value, "package")) == {"openssl"}


async def test_an_address_may_be_escaped_but_for_its_slashes(client: Client) -> None:
    digest = str((await tagged(client, ALPINE))["digest"])
    path = client.path(ALPINE, digest)
    plain = await client.ask(path)
    escaped = await client.ask(path.replace(":", "%3A").replace("alpine", "%61lpine"))
    assert (escaped.status, escaped.json) == (200, plain.json)
    assert (await client.ask(path.replace("demo/alpine", "demo%2Falpine"))).status == 404


async def test_links_lead_where_they_say(client: Client) -> None:
    links = (await tagged(client, ALPINE))["links"]
    assert isinstance(links, dict)
    for path in links.values():
        assert (await client.ask(str(path))).status == 200


async def test_the_summary_adds_up_to_the_images(client: Client) -> None:
    summary = (await client.ask("/api/summary")).json
    everything = await client.ask("/api/images", limit="500")
    assert summary["images"] == len(everything.value)
    healths = listed(everything.value, "health")
    counted = {name: healths.count(name) for name in ("Healthy", "Unhealthy", "NotApplicable")}
    totals = summary["health"]
    assert isinstance(totals, dict)
    assert {name: totals[name] for name in counted} == counted
