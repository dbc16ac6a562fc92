"""How long a developer waits: from a push to the first answer with all findings, stage by stage."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.by_hand import by_hand
from bench.figures import ratio, seconds, share, spread
from bench.sections import Section
from bench.served import Served, served
from bench.timeline import Stage, first_run, own_share, runs, split, total
from core.domain.values import ScanId
from core.errors import PratiqueError
from core.sandbox.orders import outcome_path
from core.sandbox.outcomes import MAX_OUTCOME_BYTES, decode_outcome
from dev.images.hand import hand_image
from dev.images.oci import build_layout
from dev.stack.skopeo import push

IMAGES = 15
PACKAGES = 250
VULNERABLE = 100

_POLL = 0.05
_PATIENCE = 60.0
"""Seconds after which an image is given up: everything else stops with it."""
_SETTLING = 5.0
"""Seconds that the host's log is given to say when its functions ran."""


class NoAnswer(PratiqueError):
    """An image's findings did not come in time."""


@dataclass(frozen=True, slots=True)
class Waited:
    """One image's way."""

    stages: Mapping[Stage, float]
    by_hand: float


class _Findings(msgspec.Struct):
    total: int


class _Moment(msgspec.Struct):
    at: datetime
    event: str


class _Scan(msgspec.Struct):
    id: str
    attempt: int


class _Image(msgspec.Struct, rename="camel"):
    health: str
    pushed_at: datetime
    scan: _Scan
    timeline: list[_Moment]


async def measure(folder: Path) -> Sequence[Section]:
    """Push images one at a time; the first one only warms up."""
    async with served(folder, vulnerable=VULNERABLE) as product:
        waited = [await _one(product, folder, number) for number in range(IMAGES + 1)]
    return _sections(waited[1:])


async def _one(product: Served, folder: Path, number: int) -> Waited:
    layout = folder / f"image-{number}"
    image = hand_image(packages=PACKAGES, vulnerable=VULNERABLE, label=f"latency-{number}")
    digest = build_layout(layout, image).digest
    repository, registry = f"latency/image-{number}", product.stack.registry
    await push(f"oci:{layout}", registry, repository, "v1")
    path = f"images/{registry}/{repository}/{digest}"
    answered = await _answered(product, path)
    stages = await _stages(product, path, answered)
    return Waited(stages, await by_hand(f"{registry}/{repository}@{digest}", folder))


async def _answered(product: Served, path: str) -> datetime:
    """When an answer with all findings had arrived."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        findings = await product.ask(f"{path}/findings", _Findings, {"limit": "500"})
        if findings is not None and findings.total >= VULNERABLE:
            return datetime.now(UTC)
        await asyncio.sleep(_POLL)
    raise NoAnswer(f"{path} shows no findings after {_PATIENCE:g} s")


async def _stages(product: Served, path: str, answered: datetime) -> dict[Stage, float]:
    shown = await product.ask(path, _Image)
    if shown is None or shown.health != "Unhealthy":
        raise NoAnswer(f"{path} has findings, and is not called unhealthy")
    at = {moment.event: moment.at for moment in shown.timeline}
    content = await product.account.inbox.read(
        outcome_path(ScanId(shown.scan.id), shown.scan.attempt), limit=MAX_OUTCOME_BYTES
    )
    outcome = decode_outcome(content or b"")
    report, hint = await _host_times(product, outcome.finished_at, at["ScanCompleted"])
    ends = {
        Stage.NOTIFY: at["ScanRequested"],
        Stage.QUEUE: at["ScanStarted"],
        Stage.ENTER: outcome.started_at,
        Stage.FETCH: outcome.fetched_at,
        Stage.CATALOGUE: outcome.finished_at,
        Stage.REPORT: report,
        Stage.MATCH: at["ScanCompleted"],
        Stage.APPEND: hint if hint is not None and hint < answered else None,
        Stage.PROJECT: answered,
    }
    return split(shown.pushed_at, ends)


async def _host_times(
    product: Served, finished: datetime, completed: datetime
) -> tuple[datetime | None, datetime | None]:
    """When the report's function began, and the projection that the verdict led to.

    They may still be running: the answer comes before they are done with everything.
    """
    end = time.monotonic() + _SETTLING
    while True:
        known = runs(await product.host_log())
        report = first_run(known, "take_report", finished)
        hint = first_run(known, "project", completed)
        if (report and hint) or time.monotonic() > end:
            return report, hint
        await asyncio.sleep(0.1)


def _sections(waited: Sequence[Waited]) -> Sequence[Section]:
    whole = spread(total(one.stages) for one in waited)
    own = spread(own_share(one.stages) for one in waited)
    hand = spread(one.by_hand for one in waited)
    stages = {stage: spread(one.stages[stage] for one in waited) for stage in Stage}
    rows = [
        (
            stage.value,
            seconds(taken.median),
            seconds(taken.worst),
            share(taken.median, whole.median),
        )
        for stage, taken in stages.items()
    ]
    whole_row = ("from the push to the answer", seconds(whole.median), seconds(whole.worst), "100%")
    where = Section(
        title="From a push to its findings",
        measured=f"{len(waited)} images ({PACKAGES} packages, {VULNERABLE} vulnerable) were pushed"
        " one at a time; from the registry's own time of the push to the first HTTP answer with"
        f" all {VULNERABLE} findings, asked for every {_POLL * 1000:.0f} ms.",
        columns=("stage", "median", "worst", "share"),
        rows=[*rows, whole_row],
    )
    both = hand.median + own.median
    compared = Section(
        title="The pipeline's own share",
        measured="The own share is the whole without pull and inventory (target: at most 1 s at the"
        " median on two quiet cores); by hand is `skopeo copy` and `trivy image --input` on the"
        " same images, right after each of them.",
        columns=("", "median", "worst", "to by hand"),
        rows=[
            ("own share", seconds(own.median), seconds(own.worst), ratio(own.median, hand.median)),
            ("by hand", seconds(hand.median), seconds(hand.worst), "1.00 x"),
            (
                "whole",
                seconds(whole.median),
                seconds(whole.worst),
                ratio(whole.median, hand.median),
            ),
            ("whole : by hand + own share", "", "", ratio(whole.median, both)),
        ],
    )
    return where, compared
