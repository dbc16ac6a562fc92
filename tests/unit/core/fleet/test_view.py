"""The fleet's view shows what each image has, and what was last said of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from core.domain import events as e
from core.domain.ids import CommandId, image_stream
from core.domain.recorded import Recorded
from core.domain.values import Artifact, Platform, ScanId, SeverityCounts
from core.fleet.dictionary import by_short_name
from core.fleet.distinct import contents
from core.fleet.images import FleetImage, image_key, image_of
from core.fleet.view import FleetView
from core.inventory.reader import read
from core.projections.interface import Change, Drop, Set
from core.storage.interface import Cells, Put, Row, artifact_of
from core.storage.limits import check_transaction
from tests.support.fleet import deb, pypi, sbom, vast
from tests.support.samples import MANIFEST, SUBSCRIPTION, artifact, at, image_name

STREAM = image_stream(image_name(1))
PUSHED = e.ImagePushed(
    image=image_name(1),
    subscription=SUBSCRIPTION,
    tag="latest",
    media_type=MANIFEST,
    size=1,
    source=e.Source.PUSH,
    pushed_at=at(0),
)
DELETED = e.ImageDeleted(deleted_at=at(9))
SBOM = sbom(deb("zlib", "1.2", "sha256:aa"), deb("curl", "7.0", "sha256:bb"), pypi("jinja2", "3"))


def taken(document: bytes) -> e.InventoryTaken:
    return e.InventoryTaken(
        scan=ScanId("scan-1"),
        attempt=1,
        bom=artifact_of(document),
        platform=Platform(os="linux", architecture="amd64"),
        distribution=None,
        cataloger="trivy 0.76.0",
        packages=1,
        unidentified=0,
    )


def completed(version: int, findings: Artifact | None = None) -> e.ScanCompleted:
    return e.ScanCompleted(
        scan=ScanId("scan-1"),
        findings=findings or artifact(version),
        counts=SeverityCounts(),
        patchable=0,
        uncompared=3,
        advisories=artifact(200),
        advisories_version=version,
    )


def told(*events: e.ImageEvent, documents: Sequence[bytes] = (SBOM,)) -> dict[str, Cells]:
    """The rows after these events."""
    rows: dict[str, Cells] = {}
    for position, event in enumerate(events, start=1):
        tell(rows, position, event, documents)
    return rows


def tell(
    rows: dict[str, Cells], position: int, event: e.ImageEvent, documents: Sequence[bytes] = (SBOM,)
) -> Sequence[Change]:
    """One event, applied as a runner would."""
    view = FleetView()
    recorded = Recorded(
        shard=0,
        position=position,
        stream=STREAM,
        version=position,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        command=CommandId("command"),
        correlation="",
        causation="",
        event=event,
    )
    known: Mapping[str, Cells] = {key: rows[key] for key in view.keys(recorded) if key in rows}
    needs = view.needs(recorded, known)
    prefixes = tuple(needs.prefixes)
    known = {**known, **{key: rows[key] for key in rows if key.startswith(prefixes)}}
    by_hash = {artifact_of(document).sha256: document for document in documents}
    needed = {one.sha256: by_hash[one.sha256] for one in needs.artifacts}
    changes = view.apply(recorded, known, needed)
    for change in changes:
        if isinstance(change, Set):
            check_transaction("000", [Put(change.key, change.cells)])
            rows[change.key] = change.cells
        else:
            rows.pop(change.key, None)
    return changes


def shown(rows: Mapping[str, Cells]) -> FleetImage | None:
    """The image that the rows show."""
    cells = rows.get(image_key(STREAM))
    return None if cells is None else image_of(Row("000", image_key(STREAM), cells, ""))


def packages(rows: Mapping[str, Cells]) -> list[tuple[bytes, str | None]]:
    """What the image has, each with its layer, in order."""
    image = shown(rows)
    assert image is not None
    known = by_short_name(cells for key, cells in rows.items() if key.startswith("d|"))
    held = [known[short] for short in image.short_names]
    return list(zip(held, image.layer_of_each(len(held)), strict=True))


def test_an_image_is_shown_once_its_packages_are_known() -> None:
    assert shown(told(PUSHED)) is None
    rows = told(PUSHED, taken(SBOM))
    layers = ("sha256:aa", "sha256:bb", None)
    assert packages(rows) == list(zip(contents(read(SBOM)), layers, strict=True))
    image = shown(rows)
    assert image is not None
    assert (image.stream, image.name, image.bom) == (STREAM, image_name(1), artifact_of(SBOM))
    assert (image.version, image.findings, image.position) == (0, "", 2)


def test_a_verdict_stands_beside_them_with_its_place_in_the_log() -> None:
    image = shown(told(PUSHED, taken(SBOM), completed(4)))
    assert image is not None
    assert (image.version, image.findings, image.uncompared, image.position) == (
        4,
        artifact(4).sha256,
        3,
        3,
    )


def test_what_was_said_of_an_earlier_inventory_is_no_verdict_on_the_next() -> None:
    other = sbom(deb("zlib", "1.4"))
    rows = told(PUSHED, taken(SBOM), completed(4), taken(other), documents=(SBOM, other))
    image = shown(rows)
    assert image is not None
    assert (image.version, image.findings, image.position) == (0, "", 4)
    assert packages(rows) == [(content, None) for content in contents(read(other))]


def test_an_image_that_was_deleted_is_gone_and_comes_back_with_a_push() -> None:
    assert shown(told(PUSHED, taken(SBOM), DELETED, completed(4), taken(SBOM))) is None
    again = told(PUSHED, taken(SBOM), DELETED, PUSHED, taken(SBOM))
    assert packages(again) == packages(told(PUSHED, taken(SBOM)))


def test_a_further_push_changes_nothing() -> None:
    rows = told(PUSHED, taken(SBOM), completed(4))
    before = dict(rows)
    assert tell(rows, 4, PUSHED) == ()
    assert rows == before


def test_events_that_come_again_give_the_same_rows() -> None:
    rows = told(PUSHED, taken(SBOM), completed(4))
    before = dict(rows)
    tell(rows, 2, taken(SBOM))
    tell(rows, 3, completed(4))
    assert rows == before
    assert tell(rows, 9, DELETED) == (Drop(image_key(STREAM)),)


def test_an_inventory_that_no_row_holds_is_to_be_read() -> None:
    large = sbom(*vast())
    image = shown(told(PUSHED, taken(large), completed(1), documents=(large,)))
    assert image is not None
    assert image.packages is None
    assert (image.bom, image.version) == (artifact_of(large), 1)


def test_an_inventory_that_cannot_be_read_any_more_is_left_to_whoever_needs_it() -> None:
    broken = b"{}"
    image = shown(told(PUSHED, taken(broken), documents=(broken,)))
    assert image is not None
    assert image.packages is None


def test_other_streams_are_none_of_its_business() -> None:
    rows: dict[str, Cells] = {}
    assert tell(rows, 1, completed(1)) == ()
    assert tell(rows, 2, e.ImagePulled(day=at(0).date())) == ()
    assert rows == {}
