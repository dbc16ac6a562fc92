"""A report is a hint, and an outcome is hostile until it is read: what is wrong fails the attempt,
what is late is still welcome, and a slot is freed in every case."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from core.domain import events as e
from core.domain.values import FailureCause, Health, NotApplicableCause
from core.errors import SandboxError
from core.sandbox.interface import MIB, Child, ChildKind, Order, Status
from core.sandbox.orders import outcome_path, sbom_path
from core.sandbox.outcomes import MAX_OUTCOME_BYTES, encode_outcome
from core.storage.interface import artifact_of
from dev.inprocess import Delivered
from tests.support.desk import Desk
from tests.support.indexes import index_of
from tests.support.samples import MANIFEST, digest, image_name
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.tables import FINDINGS, OPEN_SCANS

SBOM = CLEAN.sbom or b""


async def running(app: Desk, number: int = 1) -> Order:
    """Image `number` is pushed, and its sandbox runs."""
    app.sandboxes.patient = True
    await app.push(number)
    await app.app.drain()
    return app.sandboxes.started[-1]


async def deliver(app: Desk, order: Order, outcome: bytes, sbom: bytes | None = None) -> None:
    """What the sandbox writes, whatever it is; then its report."""
    app.sandboxes.running.pop((order.scan, order.attempt), None)
    app.sandboxes.inbox.blobs[outcome_path(order.scan, order.attempt)] = outcome
    if sbom is not None:
        app.sandboxes.inbox.blobs[sbom_path(order.scan, order.attempt)] = sbom
    await app.sandboxes.report(order.scan, order.attempt)
    await app.app.drain()


def outcome(order: Order, delivered: Delivered = CLEAN) -> bytes:
    return encode_outcome(delivered.of(order)[0])


async def failure(app: Desk) -> e.ScanFailed:
    """How the attempt failed, as the last event says."""
    event = (await app.history())[-1].event
    assert isinstance(event, e.ScanFailed)
    return event


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"not JSON",
        b"{}",
        b'{"scan": 1, "attempt": 1}',
        b'{"scan": "x", "attempt": 0}',
        b'{"scan": "../../etc", "attempt": 1}',
        b'{"scan": "' + b"x" * 2000 + b'", "attempt": 1}',
        b"\xff\xfe",
        b"[" * 500,
    ],
)
async def test_a_malformed_report_is_dropped_and_counted(app: Desk, message: bytes) -> None:
    await app.app.services.scanning.reports.take(message)
    assert app.counted() == {"report-malformed": 1}


@pytest.mark.parametrize("scan", ["no-scan", "0" * 32 + "-1", "0" * 32 + "-1x", "f" * 64])
async def test_a_report_of_nothing_that_is_known_is_dropped_and_counted(
    app: Desk, scan: str
) -> None:
    message = json.dumps({"scan": scan, "attempt": 1}).encode()
    await app.app.services.scanning.reports.take(message)
    assert app.counted() == {"report-unfounded": 1}


async def test_a_report_without_an_outcome_changes_nothing(app: Desk) -> None:
    order = await running(app)
    await app.sandboxes.report(order.scan, order.attempt)
    await app.sandboxes.report(order.scan, 2)
    await app.app.drain()
    assert app.counted() == {"report-unfounded": 2}
    assert (len(await app.taken()), len(app.sandboxes.running)) == (1, 1)
    assert (await app.story())[-1] == "ScanStarted"


def tampered(order: Order, **changes: object) -> bytes:
    """An outcome with some of its fields changed."""
    document = json.loads(outcome(order))
    return json.dumps({**document, **changes}).encode()


WINDOWS = Delivered(
    status=Status.NOT_APPLICABLE,
    parts={"cause": NotApplicableCause.WINDOWS, "message": "It is Windows.", "os": "windows"},
)
UNBELIEVABLE: Mapping[str, Callable[[Order], bytes]] = {
    "another attempt": lambda order: outcome(replace(order, attempt=2)),
    "another attempt that says little": lambda order: outcome(replace(order, attempt=2), WINDOWS),
    "another scan": lambda order: tampered(order, scan="f" * 32 + "-1"),
    "another image": lambda order: outcome(replace(order, image=image_name(2))),
    "not JSON": lambda order: b"not JSON",
    "nothing": lambda order: b"",
    "too long": lambda order: b" " * (MAX_OUTCOME_BYTES + 1),
    "nested": lambda order: b"[" * 100_000,
    "an unknown field": lambda order: tampered(order, trust="me"),
    "no inventory": lambda order: tampered(order, sbom=None),
    "half a character": lambda order: b'{"scan": "\\ud800"}',
    "a message that is none": lambda order: tampered(order, message="\x1b[31m"),
}


@pytest.mark.parametrize("wrong", UNBELIEVABLE)
async def test_an_outcome_that_cannot_be_believed_fails_the_attempt(app: Desk, wrong: str) -> None:
    order = await running(app)
    await deliver(app, order, UNBELIEVABLE[wrong](order), SBOM)
    failed = await failure(app)
    assert (failed.cause, failed.retry_at is not None) == (FailureCause.REPORT_INVALID, True)
    assert failed.message.isprintable()
    assert await app.taken() == []


@pytest.mark.parametrize(
    "document",
    [
        b"not JSON",
        b"[]",
        b'{"bomFormat": "SPDX", "specVersion": "1.6"}',
        b'{"bomFormat": "CycloneDX", "specVersion": "9.9"}',
        b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": "\x00"}',
        b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": ' + b"[" * 50_000,
        SBOM.replace(b"zlib", b"z" * 5000),
        SBOM.replace(b"CycloneDX", "Cyclone\u202e".encode()),
        b"",
    ],
)
async def test_an_inventory_that_cannot_be_read_fails_the_attempt(
    app: Desk, document: bytes
) -> None:
    order = await running(app)
    await deliver(app, order, outcome(order, Delivered(sbom=document)), document)
    failed = await failure(app)
    assert failed.cause is FailureCause.REPORT_INVALID
    assert failed.message.isprintable()
    assert await app.taken() == []
    assert await app.table("inventories") == {}


async def test_an_inventory_that_is_not_the_one_named_fails_the_attempt(app: Desk) -> None:
    order = await running(app)
    await deliver(app, order, outcome(order), SBOM + b" ")
    assert (await failure(app)).cause is FailureCause.REPORT_INVALID


async def test_an_inventory_that_is_not_there_fails_the_attempt(app: Desk) -> None:
    order = await running(app)
    await deliver(app, order, outcome(order))
    assert (await failure(app)).cause is FailureCause.REPORT_INVALID


async def test_an_inventory_beyond_its_limit_fails_the_attempt(app: Desk) -> None:
    order = await running(app)
    document = SBOM + b" " * (64 * MIB)
    await deliver(app, order, outcome(order, Delivered(sbom=document)), document)
    assert (await failure(app)).cause is FailureCause.REPORT_INVALID


async def test_a_report_that_is_invalid_three_times_gives_the_scan_up(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = Delivered(sbom=b"not JSON")
    await app.push()
    await app.app.drain()
    for minutes in (1, 10, 100):
        await app.look(minutes=minutes)
    assert (await app.story()).count("ScanFailed") == 3
    assert (await failure(app)).retry_at is None
    assert len(app.sandboxes.started) == 3
    assert (await app.image()).failure is FailureCause.REPORT_INVALID


async def test_the_next_attempt_may_be_believed(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = Delivered(sbom=b"not JSON")
    await app.push()
    await app.app.drain()
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.look(minutes=1)
    assert (await app.image()).health is Health.UNHEALTHY
    assert len(await app.bills()) == 1


async def test_what_the_sandbox_found_out_is_recorded(app: Desk) -> None:
    app.sandboxes.brings = {
        digest(1): WINDOWS,
        digest(2): Delivered(
            status=Status.FAILED,
            parts={"cause": FailureCause.MANIFEST_UNKNOWN, "message": "No such manifest."},
        ),
        digest(3): index_of(CHILD, ATTESTATION),
    }
    for number in (1, 2, 3):
        await app.push(number, f"v{number}")
        await app.app.drain()
    assert (await app.image(1)).not_applicable is NotApplicableCause.WINDOWS
    failed = (await app.history(2))[-1].event
    assert isinstance(failed, e.ScanFailed)
    assert (failed.cause, failed.message) == (FailureCause.MANIFEST_UNKNOWN, "No such manifest.")
    assert list((await app.image(3)).children or {}) == [digest(5)]
    assert (await app.image(5)).health is Health.HEALTHY
    assert (await app.image(3)).health is Health.HEALTHY
    billed = {row["digest"] for row in await app.bills()}
    assert billed == {digest(5)}


CHILD = Child(digest=digest(5), media_type=MANIFEST, kind=ChildKind.IMAGE, os="linux")
ATTESTATION = Child(digest=digest(6), media_type=MANIFEST, kind=ChildKind.ATTESTATION)


async def test_the_report_of_an_image_that_was_deleted_frees_its_slot(app: Desk) -> None:
    order = await running(app)
    await app.delete()
    await app.app.drain()
    await app.sandboxes.finish(order)
    await app.app.drain()
    assert await app.taken() == []
    assert (await app.story())[-1] == "ImageDeleted"
    assert await app.table(FINDINGS) == {}
    assert app.counted() == {}


async def test_a_late_report_of_a_scan_that_was_given_up_is_welcome(app: Desk) -> None:
    orders = [await running(app)]
    for minutes in (20, 40, 60, 80, 100):
        await app.look(minutes=minutes)
    orders = list(app.sandboxes.started)
    assert (await app.image()).failure is FailureCause.TIMEOUT
    await app.sandboxes.finish(orders[0])
    await app.app.drain()
    image = await app.image()
    assert (image.health, image.failure) == (Health.HEALTHY, None)
    assert len(await app.bills()) == 1


async def test_a_late_report_of_an_earlier_attempt_is_taken_and_the_later_one_ended(
    app: Desk,
) -> None:
    await running(app)
    await app.look(minutes=20)
    await app.look(minutes=21)
    first, second = app.sandboxes.started
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.sandboxes.finish(first)
    await app.app.drain()
    assert (await app.image()).health is Health.UNHEALTHY
    assert list(app.sandboxes.running) == [(second.scan, 2)]
    await app.look(minutes=22)
    assert app.sandboxes.running == {}
    assert await app.taken() == []
    assert (await app.story()).count("ScanCompleted") == 1


async def anew(app: Desk) -> tuple[Order, Order]:
    """Image 1 was deleted and pushed again while its sandbox ran: the orders of both scans."""
    order = await running(app)
    await app.delete()
    await app.push()
    await app.app.drain()
    assert [one.scan[-2:] for one in app.sandboxes.started] == ["-1", "-2"]
    return order, app.sandboxes.started[-1]


async def test_a_late_inventory_of_an_old_scan_serves_the_new_one_and_is_billed_once(
    app: Desk,
) -> None:
    old, new = await anew(app)
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.sandboxes.finish(old)
    await app.app.drain()
    image = await app.image()
    assert (image.health, image.open_scan) == (Health.UNHEALTHY, None)
    assert [claim.scan[-2:] for claim in await app.taken()] == ["-2"]
    await app.sandboxes.finish(new)
    await app.app.drain()
    assert await app.taken() == []
    assert (await app.story())[-2:] == ["InventoryTaken", "ScanCompleted"]
    assert (await app.table(OPEN_SCANS), len(await app.bills())) == ({}, 1)


@pytest.mark.parametrize(
    "late",
    [
        Delivered(sbom=b"not JSON"),
        Delivered(status=Status.FAILED, parts={"cause": FailureCause.TIMEOUT}),
        Delivered(status=Status.NOT_APPLICABLE, parts={"cause": NotApplicableCause.WINDOWS}),
    ],
    ids=["unreadable", "failed", "not applicable"],
)
async def test_anything_else_of_an_old_scan_changes_nothing_but_frees_its_slot(
    app: Desk, late: Delivered
) -> None:
    old, _ = await anew(app)
    app.sandboxes.brings[digest(1)] = late
    await app.sandboxes.finish(old)
    await app.app.drain()
    assert [claim.scan[-2:] for claim in await app.taken()] == ["-2"]
    assert (await app.story())[-1] == "ScanStarted"


async def test_a_late_inventory_that_is_older_than_the_images_leaves_no_trace(app: Desk) -> None:
    old, new = await anew(app)
    await app.sandboxes.finish(new)
    await app.app.drain()
    before = (await app.story(), await app.table("inventories"))
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.sandboxes.finish(old)
    await app.app.drain()
    assert (await app.story(), await app.table("inventories")) == before


async def test_while_a_sandbox_cannot_be_ended_its_slot_is_not_freed(app: Desk) -> None:
    order = await running(app)
    app.sandboxes.stuck = True
    await app.sandboxes.finish(order, report=False)
    with pytest.raises(SandboxError):
        await app.app.services.scanning.reports.conclude(order.scan, order.attempt)
    assert (await app.image()).health is Health.HEALTHY
    assert len(await app.taken()) == 1
    app.sandboxes.stuck = False
    assert await app.app.services.scanning.reports.conclude(order.scan, order.attempt)
    assert await app.taken() == []
    assert (await app.story()).count("ScanCompleted") == 1


async def test_the_inventory_is_kept_by_its_hash(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    assert await app.account.artifacts.get(artifact_of(SBOM)) == SBOM
