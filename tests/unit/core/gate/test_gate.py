"""The gate over the app: what it says of images on their way, by tag and by digest."""

from dataclasses import replace

import msgspec
import pytest

from core.access.scope import EVERYWHERE, Place, Scope
from core.answers.gate import GateAnswer, Verdict
from core.domain.ids import image_stream, scan_id
from core.domain.values import FailureCause
from core.errors import InvalidInput
from core.gate.policy import MAX_BYTES
from tests.support.desk import Desk
from tests.support.images import fail, start
from tests.support.indexes import index_of, listed
from tests.support.ruling import rule, scanned
from tests.support.samples import REGISTRY, REPOSITORY, digest, image_name
from tests.support.sandboxes import CLEAN, VULNERABLE

TAGGED = f"{REGISTRY}/{REPOSITORY}:latest"


async def asked(app: Desk, image: str = TAGGED, **more: object) -> GateAnswer:
    """The gate's answer, by default about findings of any severity."""
    question = msgspec.json.encode({"image": image, "failOn": "unknown", **more})
    return await app.app.services.answers.gate.ask(question, {}, EVERYWHERE)


def nameless(answer: GateAnswer) -> GateAnswer:
    """The answer without the image that was asked about, and its digest."""
    reasons = [msgspec.structs.replace(one, digest=None) for one in answer.reasons]
    image = msgspec.structs.replace(answer.image, digest=None, tag=None)
    return msgspec.structs.replace(answer, image=image, reasons=reasons)


def codes(answer: GateAnswer) -> list[str]:
    return [one.code for one in answer.reasons]


async def test_a_vulnerable_image_fails_and_says_what_to_upgrade(app: Desk) -> None:
    answer = await asked(await scanned(app, 1))
    assert (answer.verdict, answer.assessed, codes(answer)) == (Verdict.FAIL, True, ["findings"])
    (found,) = answer.findings
    assert (found.id, found.package, found.fixed) == ("CVE-2026-1", "zlib", "1.3")
    assert (answer.health, answer.freshness, answer.total) == ("Unhealthy", "Current", 1)
    assert answer.image.digest == found.digest == digest(1)
    assert answer.retry_after is None


async def test_a_clean_image_passes_by_tag_and_by_digest(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = CLEAN
    await app.push()
    await app.app.drain()
    for image in (TAGGED, str(image_name(1)), f"{REGISTRY}/{REPOSITORY}:gone@{digest(1)}"):
        answer = await asked(app, image)
        assert (answer.verdict, answer.assessed, answer.reasons) == (Verdict.PASS, True, [])


async def test_a_tag_is_the_image_that_it_points_to_now(app: Desk) -> None:
    app.sandboxes.brings |= {digest(1): VULNERABLE, digest(2): CLEAN}
    await app.push(1)
    await app.push(2)
    await app.app.drain()
    answer = await asked(app)
    assert (answer.verdict, answer.image.digest) == (Verdict.PASS, digest(2))
    assert (await asked(app, str(image_name(1)))).verdict is Verdict.FAIL


@pytest.mark.parametrize("image", [TAGGED, str(image_name(7))])
async def test_what_nobody_has_heard_of_may_still_come(app: Desk, image: str) -> None:
    answer = await asked(app, image)
    assert (answer.verdict, codes(answer)) == (Verdict.PENDING, ["unknown"])
    assert answer.retry_after is not None


async def test_an_image_of_a_registry_that_is_not_enrolled_never_comes(app: Desk) -> None:
    answer = await asked(app, f"other.azurecr.io/team/app@{digest(1)}")
    assert (answer.verdict, answer.retry_after) == (Verdict.FAIL, None)
    assert "not enrolled" in answer.reasons[0].message


async def test_what_the_caller_may_not_see_is_as_if_nobody_had_heard_of_it(app: Desk) -> None:
    await scanned(app, 1)
    scope = Scope(places=(Place(repository="another/*"),))
    gate = app.app.services.answers.gate
    for image in (str(image_name(1)), str(image_name(7)), TAGGED):
        question = msgspec.json.encode({"image": image})
        answer = await gate.ask(question, {}, scope)
        known = await asked(app, str(image_name(7)), failOn="high")
        assert nameless(answer) == nameless(known)


async def test_a_deleted_image_never_comes(app: Desk) -> None:
    await scanned(app, 1)
    await app.delete(1)
    await app.app.drain()
    answer = await asked(app, str(image_name(1)))
    assert (answer.verdict, answer.assessed) == (Verdict.FAIL, False)
    assert "deleted" in answer.reasons[0].message


async def test_a_first_scan_is_waited_for(app: Desk) -> None:
    app.sandboxes.patient = True
    await app.push()
    await app.app.drain()
    answer = await asked(app)
    assert (answer.verdict, answer.health) == (Verdict.PENDING, "Unscanned")
    assert (await asked(app, allow=["unscanned"])).verdict is Verdict.PASS


async def test_during_a_rescan_the_last_verdict_holds(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = CLEAN
    await app.push()
    await app.app.drain()
    await app.ask()
    await app.app.services.following.runner.sweep()
    answer = await asked(app)
    assert (answer.verdict, answer.freshness) == (Verdict.PASS, "Delayed")


async def test_after_a_failed_rescan_the_last_verdict_is_not_enough(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = CLEAN
    await app.push()
    await app.app.drain()
    await app.ask()
    scan = scan_id(image_stream(image_name(1)), 2)
    await app.tell(1, replace(start(), scan=scan))
    await app.tell(1, replace(fail(FailureCause.PULL_DENIED), scan=scan))
    await app.app.services.following.runner.sweep()
    answer = await asked(app)
    assert (answer.verdict, codes(answer), answer.freshness) == (
        Verdict.FAIL,
        ["failed"],
        "Failed",
    )
    assert (await asked(app, allow=["failed"])).verdict is Verdict.PASS


async def test_an_index_fails_by_one_of_its_images(app: Desk) -> None:
    app.sandboxes.brings |= {
        digest(1): index_of(listed(2, "amd64"), listed(4, "arm64")),
        digest(2): CLEAN,
        digest(4): VULNERABLE,
    }
    await app.push()
    await app.app.drain()
    answer = await asked(app)
    assert (answer.verdict, [one.digest for one in answer.findings]) == (
        Verdict.FAIL,
        [digest(4)],
    )
    assert (await asked(app, str(image_name(2)))).verdict is Verdict.PASS


async def test_a_disabled_finding_lets_it_pass_and_its_rule_is_named(app: Desk) -> None:
    await scanned(app, 1)
    await rule(app)
    await app.app.services.ruling.applier.run(now=app.now)
    await app.app.drain()
    answer = await asked(app)
    assert answer.verdict is Verdict.PASS
    assert [(one.rule, one.findings) for one in answer.overlooked.disabled] == [("zlib", 1)]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (b"", "no question"),
        (b"[]", "no question"),
        (b"\xff", "no question"),
        (b"{" * 5000, "no question"),
        (b"{}", "image"),
        (b'{"image": 1}', "image"),
        (b'{"image": "team/app:v1"}', "names no registry"),
        (b'{"image": "demo.azurecr.io/team/app"}', "did you mean demo.azurecr.io/team/app:latest"),
        (b'{"image": "demo.azurecr.io/team/app:v1", "failOn": "awful"}', "Critical, High"),
        (b'{"image": "demo.azurecr.io/team/app:v1", "allow": ["all"]}', "allow"),
        (b'{"image": "demo.azurecr.io/team/app:v1", "fialOn": "high"}', "fialOn"),
        (b'{"image": "demo.azurecr.io/../app:v1"}', "OCI grammar"),
        (b" " * (MAX_BYTES + 1), "bytes"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    app: Desk, question: bytes, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        await app.app.services.answers.gate.ask(question, {}, EVERYWHERE)


async def test_a_parameter_that_is_not_known_is_refused(app: Desk) -> None:
    with pytest.raises(InvalidInput, match="failOn"):
        await app.app.services.answers.gate.ask(b"{}", {"failOn": "high"}, EVERYWHERE)
