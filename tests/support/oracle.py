"""What every view must show, worked out from the log alone: each stream folded by its decider, each
blob read, everything counted anew. No view's code has a part in it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from core.domain import events as e
from core.domain.ids import StreamId, image_stream
from core.domain.image import IMAGE, Image
from core.domain.image.state import Stage
from core.domain.recorded import Recorded
from core.domain.values import ImageName, SeverityCounts
from core.log.interface import EventLog
from core.storage.interface import Artifacts
from tests.support.ladders import Table

SEVERITIES = tuple(field.name for field in fields(SeverityCounts))
"""The names by which findings are counted."""

type Shown = dict[str, object]
"""What is compared of a row."""

type Indexed = tuple[str, str, str, str, str]
"""A finding across images: kind and name it is found under, image, finding, rule or nothing."""


DISABLES: Mapping[str, Callable[[ImageName, bool, Mapping[str, object]], bool]] = {
    "one": lambda name, debian, found: found["id"] == "CVE-2026-0001",
    "low": lambda name, debian, found: found["severity"] in ("Low", "Negligible"),
    "fixed": lambda name, debian, found: debian and found["package"] == "jinja2",
    "elsewhere": lambda name, debian, found: name.repository == "another/place",
    "nofix": lambda name, debian, found: found["fixed"] is None and name.digest[-1] in "26",
}
"""What the rules of `tests/support/world.py` disable, by their names: in which image, whether that
is built on Debian, and which finding."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """All that the log says."""

    events: Sequence[Recorded]
    images: Mapping[ImageName, Image]
    findings: Mapping[str, list[dict[str, object]]]
    """What the blobs say that assessments name, by hash."""
    exemptions: Mapping[str, Mapping[int, str]]
    """Which rule disables which of them by its place, as further blobs say, by hash."""

    def rows(self) -> dict[str, Shown]:
        """The images that are there."""
        return {
            image_stream(name): _image(image)
            for name, image in self.images.items()
            if image.present
        }

    def scans(self) -> dict[str, Shown]:
        """The scans that have no end, or were given up."""
        return {
            image_stream(name): _scan(image)
            for name, image in self.images.items()
            if image.scan is not None and (image.scan.open or image.scan.stage is Stage.FAILED)
        }

    def totals(self) -> dict[tuple[str, str], Counter[str]]:
        """Images by subscription and registry."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for name, image in self.images.items():
            if image.present:
                total = found.setdefault((image.subscription, name.registry), Counter())
                total.update(_share(image))
        return found

    def index(self) -> Counter[Indexed]:
        """Under which kind and name which image is found, with which finding, and the rule that
        disables it there."""
        return Counter(
            (kind, word, image_stream(name), _shown(finding), self._rules(image).get(place, ""))
            for name, image in self.images.items()
            if image.present and image.assessment is not None
            for place, finding in enumerate(self.findings[image.assessment.findings.sha256])
            for kind, word in _words(finding)
        )

    def _rules(self, image: Image) -> Mapping[int, str]:
        blob = image.assessment.disabled.exemptions if image.assessment else None
        return {} if blob is None else self.exemptions[blob.sha256]

    def bills(self) -> list[e.ImageBilled]:
        """What was charged."""
        return [one.event for one in self.events if isinstance(one.event, e.ImageBilled)]

    def due(self) -> set[tuple[str, str]]:
        """Subscription and digest of each scan that was completed while the plan was on, of the
        images that have always been in one subscription."""
        owners: dict[str, set[str]] = {}
        for one in self.events:
            if isinstance(one.event, e.ImagePushed):
                owners.setdefault(one.stream, set()).add(one.event.subscription)
        digests = {image_stream(name): name.digest for name in self.images}
        return {
            (subscription, digests[one.stream])
            for one in self.events
            if isinstance(one.event, e.ScanCompleted) and len(owners[one.stream]) == 1
            for subscription in owners[one.stream]
            if self._plan_on(subscription, one.at)
        }

    def _plan_on(self, subscription: str, at: datetime) -> bool:
        switches = [
            (one.event.switched_at, isinstance(one.event, e.PlanSwitchedOn))
            for one in self.events
            if isinstance(one.event, e.PlanSwitchedOn | e.PlanSwitchedOff)
            and one.event.subscription == subscription
            and one.event.switched_at <= at
        ]
        return max(switches)[1] if switches else False

    def rules(self, subscription: str) -> set[str]:
        """The rules in force, by name."""
        names: set[str] = set()
        for one in self.events:
            match one.event:
                case e.RuleSet(subscription=whose, rule=rule) if whose == subscription:
                    names.add(rule)
                case e.RuleRemoved(subscription=whose, rule=rule) if whose == subscription:
                    names.discard(rule)
                case e.RuleExpired(subscription=whose, rule=rule) if whose == subscription:
                    names.discard(rule)
        return names

    def counted(self, name: ImageName) -> Counter[str]:
        """An image's findings that no rule in force disables, by severity."""
        image = self.images[name]
        if image.assessment is None:
            return Counter()
        rules = self.rules(image.subscription)
        debian = image.inventory is not None and image.inventory.distribution == "debian 12"
        return Counter(
            str(finding["severity"]).lower()
            for finding in self.findings[image.assessment.findings.sha256]
            if not any(DISABLES[rule](name, debian, finding) for rule in rules)
        )

    def completed(self) -> set[tuple[str, str]]:
        """The scans that were completed: name, and digest of the image."""
        streams = {image_stream(name): name.digest for name in self.images}
        return {
            (one.event.scan, streams[one.stream])
            for one in self.events
            if isinstance(one.event, e.ScanCompleted)
        }


async def consult(log: EventLog, artifacts: Artifacts, names: Sequence[ImageName]) -> Oracle:
    """Read everything."""
    shards = [await log.read(shard, after=0, limit=100_000) for shard in range(log.shards)]
    events = [one for shard in shards for one in shard]
    images = {name: _folded(events, image_stream(name)) for name in names}
    blobs = [image.assessment.findings for image in images.values() if image.assessment]
    contents = {one.sha256: json.loads(await artifacts.get(one)) for one in blobs}
    judged = [image.assessment.disabled for image in images.values() if image.assessment]
    rules = [one.exemptions for one in judged if one.exemptions is not None]
    exemptions = {one.sha256: json.loads(await artifacts.get(one)) for one in rules}
    return Oracle(
        events=events,
        images=images,
        findings=contents,
        exemptions={
            sha256: {int(one["finding"]): str(one["rule"]) for one in said}
            for sha256, said in exemptions.items()
        },
    )


def _folded(events: Sequence[Recorded], stream: StreamId) -> Image:
    image = IMAGE.initial
    for one in events:
        if one.stream == stream:
            image = IMAGE.evolve(image, one.event)  # type: ignore[arg-type]  # an image's stream
    return image


def _image(image: Image) -> Shown:
    shown: Shown = {
        "health": image.health,
        "freshness": image.freshness,
        "counts": _numbers(image.counts),
        "disabled": _numbers(image.disabled),
        "tags": list(image.tags),
        "parents": sorted(image.parents),
        "subscription": image.subscription,
        "pulled_on": image.pulled_on.isoformat() if image.pulled_on else "",
        "worst": 9 if image.counts.worst is None else image.counts.worst.rank,
        "findings": image.assessment.findings.sha256 if image.assessment else "",
        "sbom": image.inventory.bom.sha256 if image.inventory else "",
        "distribution": (image.inventory.distribution or "") if image.inventory else "",
        "failure": image.failure or "",
        "children": _children(image),
    }
    if image.scan is not None:
        shown |= {"scan": image.scan.id, "stage": image.scan.stage, "attempt": image.scan.attempt}
    return shown


def _children(image: Image) -> dict[str, tuple[str, dict[str, int], dict[str, int]]]:
    return {
        digest: (child.health, _numbers(child.counts), _numbers(child.disabled))
        for digest, child in (image.children or {}).items()
    }


def _scan(image: Image) -> Shown:
    assert image.scan is not None
    shown: Shown = {
        "scan": image.scan.id,
        "stage": image.scan.stage,
        "attempt": image.scan.attempt,
        "priority": image.scan.priority,
        "advisories": image.scan.advisories,
    }
    if image.scan.stage is Stage.RUNNING:
        shown["deadline"] = _instant(image.scan.deadline)
    if image.scan.stage is Stage.WAITING:
        shown["retry_at"] = _instant(image.scan.retry_at)
    return shown


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z" if at else ""


def _share(image: Image) -> Counter[str]:
    share = Counter({"images": 1, str(image.health): 1})
    share["waiting"] = int(image.freshness == "Delayed")
    share["failed"] = int(image.freshness == "Failed")
    if image.children is None:
        share.update(_numbers(image.counts))
        share.update({f"disabled_{name}": n for name, n in _numbers(image.disabled).items()})
    return share


def _numbers(counts: SeverityCounts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in SEVERITIES}


def _words(finding: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    aliases = finding["aliases"]
    assert isinstance(aliases, list)
    cves = [str(one) for one in aliases if str(one).startswith("CVE-")]
    yield from {("c", name) for name in [*cves, str(finding["id"])]}
    yield from {("p", str(finding[name])) for name in ("package", "component")}


def _shown(finding: Mapping[str, object]) -> str:
    names = ("id", "package", "component", "version", "fixed", "severity", "purl", "ecosystem")
    return json.dumps([finding[name] for name in names])


def index_of(rows: Table) -> Counter[Indexed]:
    """The view of findings, in the oracle's words."""
    found: Counter[Indexed] = Counter()
    for _, key, cells in rows:
        kind, *rest = key.split("|")
        if kind != "m":
            word, stream, _ = rest
            rule = str(cells.get("rule", ""))
            found[kind, word, stream, _shown({"fixed": None, **cells}), rule] += 1
    return found


def scans_of(rows: Table, like: Mapping[str, Shown]) -> dict[str, Shown]:
    """The view of open scans, in the oracle's words."""
    found: dict[str, Shown] = {}
    for _, key, cells in rows:
        if key.startswith("o|"):
            stream = key.removeprefix("o|")
            found[stream] = {name: cells[name] for name in like.get(stream, cells)}
    return found


def queues_of(rows: Table) -> list[tuple[str, str]]:
    """Who waits in the view's queues: the queue, and the scan."""
    return sorted(
        (key.split("|")[1], str(cells["scan"])) for _, key, cells in rows if key.startswith("w|")
    )


def totals_of(rows: Table) -> dict[tuple[str, str], Counter[str]]:
    """The view's totals over all shards, where there is an image."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for _, key, cells in rows:
        if key.startswith("t|"):
            place = (str(cells["subscription"]), str(cells["registry"]))
            counted = {name: int(str(n)) for name, n in cells.items() if isinstance(n, int)}
            found.setdefault(place, Counter()).update(counted)
    return {place: total for place, total in found.items() if total["images"]}
