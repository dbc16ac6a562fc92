"""How each fact changes what is known of an image. Total: every event has its place."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from core.domain import events as e
from core.domain.image.state import Assessment, ChildVerdict, Image, Inventory, Scan, Stage


def evolve(image: Image, event: e.ImageEvent) -> Image:
    """The state after the event."""
    match event:
        case e.ImagePushed():
            return _pushed(image, event)
        case e.ImageDeleted():
            return _deleted(image, event)
        case e.PushOutdated():
            pushes = _newest(image, event.tag, event.pushed_at)
            return replace(image, name=event.image, pushes=pushes)
        case e.DeletionOutdated():
            kept = tuple(tag for tag in image.tags if tag not in event.tags)
            return replace(image, deleted_at=event.deleted_at, tags=kept)
        case e.ImagePulled():
            return replace(image, pulled_on=event.day)
        case e.TagMoved() | e.TagRemoved():
            return replace(image, tags=tuple(tag for tag in image.tags if tag != event.tag))
        case e.ParentFound():
            return replace(image, parents={**image.parents, event.parent: event.pushed_at})
        case e.ChildAssessed():
            return _child_assessed(image, event)
        case e.RulesApplied():
            return _ruled(image, event)
        case _:
            return _scanned(image, event)


type ScanEvent = (
    e.ScanRequested
    | e.ScanStarted
    | e.InventoryTaken
    | e.IndexRead
    | e.ScanCompleted
    | e.ScanFailed
    | e.ScanWithdrawn
    | e.ImageNotApplicable
)


def _scanned(image: Image, event: ScanEvent) -> Image:
    match event:
        case e.ScanRequested():
            return _requested(image, event)
        case e.ScanStarted():
            started = {"attempt": event.attempt, "deadline": event.deadline, "retry_at": None}
            return _at_stage(image, Stage.RUNNING, **started)
        case e.InventoryTaken():
            return _inventoried(image, event)
        case e.IndexRead():
            return _index_read(image, event)
        case e.ScanCompleted():
            return _completed(image, event)
        case e.ScanFailed(retry_at=None):
            return replace(_at_stage(image, Stage.FAILED), failure=event.cause)
        case e.ScanFailed():
            return _at_stage(image, Stage.WAITING, retry_at=event.retry_at)
        case e.ScanWithdrawn():
            return _at_stage(image, Stage.WITHDRAWN)
        case e.ImageNotApplicable():
            ended = _at_stage(image, Stage.COMPLETED)
            return replace(ended, not_applicable=event.cause, failure=None)
        case _:
            assert_never(event)


def _pushed(image: Image, event: e.ImagePushed) -> Image:
    tags = {*image.tags, event.tag} if event.tag else {*image.tags}
    return replace(
        image,
        name=event.image,
        subscription=event.subscription,
        moved=image.moved or image.subscription not in ("", event.subscription),
        media_type=event.media_type,
        pushes=_newest(image, event.tag, event.pushed_at),
        tags=tuple(sorted(tags)),
        present=True,
    )


def _newest(image: Image, tag: str | None, pushed_at: datetime) -> Mapping[str, datetime]:
    """The newest push under each tag, with one more considered."""
    key = tag or ""
    return {**image.pushes, key: max(pushed_at, image.pushes.get(key, pushed_at))}


def _deleted(image: Image, event: e.ImageDeleted) -> Image:
    """Gone, but for what must outlive it: the clock of pushes, the count of scans, the indexes."""
    return Image(
        name=image.name,
        subscription=image.subscription,
        moved=image.moved,
        media_type=image.media_type,
        pushes=image.pushes,
        deleted_at=event.deleted_at,
        scans=image.scans,
        parents=image.parents,
        pulled_on=image.pulled_on,
    )


def _requested(image: Image, event: e.ScanRequested) -> Image:
    if image.open_scan is not None and image.open_scan.id == event.scan:
        raised = replace(image.open_scan, priority=event.priority, advisories=event.advisories)
        return replace(image, scan=raised)
    scan = Scan(
        id=event.scan,
        reason=event.reason,
        priority=event.priority,
        advisories=event.advisories,
    )
    return replace(image, scan=scan, scans=image.scans + 1)


def _inventoried(image: Image, event: e.InventoryTaken) -> Image:
    inventory = Inventory(
        scan=event.scan,
        bom=event.bom,
        platform=event.platform,
        distribution=event.distribution,
        cataloger=event.cataloger,
        unidentified=event.unidentified,
    )
    return replace(_at_stage(image, Stage.INVENTORIED), inventory=inventory)


def _index_read(image: Image, event: e.IndexRead) -> Image:
    known = image.children or {}
    children = {child.digest: known.get(child.digest, ChildVerdict()) for child in event.children}
    return replace(_at_stage(image, Stage.COMPLETED), children=children, failure=None)


def _completed(image: Image, event: e.ScanCompleted) -> Image:
    assessment = Assessment(
        scan=event.scan,
        findings=event.findings,
        counts=event.counts,
        uncompared=event.uncompared,
        advisories_version=event.advisories_version,
        disabled=event.disabled,
    )
    assessed = replace(image, assessment=assessment, failure=None)
    demanded = image.scan.advisories if image.scan else 0
    if event.advisories_version < demanded:
        return _at_stage(assessed, Stage.INVENTORIED)
    return _at_stage(assessed, Stage.COMPLETED)


def _child_assessed(image: Image, event: e.ChildAssessed) -> Image:
    if image.children is None:
        return image
    verdict = ChildVerdict(
        health=event.health,
        counts=event.counts,
        disabled=event.disabled,
        position=event.position,
    )
    return replace(image, children={**image.children, event.child: verdict})


def _ruled(image: Image, event: e.RulesApplied) -> Image:
    if image.assessment is None:
        return image
    return replace(image, assessment=replace(image.assessment, disabled=event.disabled))


def _at_stage(image: Image, stage: Stage, **changes: object) -> Image:
    """The latest scan comes to a stage; an image without one stays as it is."""
    if image.scan is None:
        return image
    return replace(image, scan=replace(image.scan, stage=stage, **changes))  # type: ignore[arg-type]
