"""Every metric there is. `docs/telemetry.md` tells operators of each, and a test compares."""

from core.telemetry.interface import Kind, Metric

REFUSED = Metric(
    name="pratique.refused",
    kind=Kind.COUNTER,
    unit="{refusal}",
    meaning="Input that was refused or dropped",
    label="kind",
)
DECISIONS = Metric(
    name="pratique.decisions",
    kind=Kind.COUNTER,
    unit="{event}",
    meaning="Events that were recorded",
    label="type",
)
LOST_RACES = Metric(
    name="pratique.lost_races",
    kind=Kind.COUNTER,
    unit="{race}",
    meaning="Commands that were decided again, because somebody else had written first",
)
PUSH_TO_FINDINGS = Metric(
    name="pratique.push_to_findings",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="From a push, by the registry's clock, to the findings",
    bounds=(5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 14400, 86400),
)
BACKLOG = Metric(
    name="pratique.backlog",
    kind=Kind.GAUGE,
    unit="{scan}",
    meaning="Scans that wait for a sandbox",
    label="queue",
)
BACKLOG_AGE = Metric(
    name="pratique.backlog_age",
    kind=Kind.GAUGE,
    unit="s",
    meaning="How long the oldest of them has waited; 0 while none does",
    label="queue",
)
OVERDUE = Metric(
    name="pratique.overdue",
    kind=Kind.GAUGE,
    unit="{attempt}",
    meaning="Attempts past their deadline; above 0 for long, the watch-dog does not run",
)
SLOTS_TAKEN = Metric(
    name="pratique.slots_taken",
    kind=Kind.GAUGE,
    unit="{slot}",
    meaning="Sandboxes that are out",
)
LAG = Metric(
    name="pratique.lag",
    kind=Kind.GAUGE,
    unit="{event}",
    meaning="Events that a view or process manager has not followed",
    label="follower",
)
STUCK = Metric(
    name="pratique.stuck",
    kind=Kind.GAUGE,
    unit="{event}",
    meaning="Events that a view or process manager stumbled over: parked, or halting it",
    label="follower",
)
OUTBOX = Metric(
    name="pratique.outbox",
    kind=Kind.GAUGE,
    unit="{notice}",
    meaning="Notices that are still to be told",
)
OUTBOX_AGE = Metric(
    name="pratique.outbox_age",
    kind=Kind.GAUGE,
    unit="s",
    meaning="How long the oldest of them has waited; 0 while none does",
)
IMAGES = Metric(
    name="pratique.images",
    kind=Kind.GAUGE,
    unit="{image}",
    meaning="Images that are in their registries",
    label="health",
)
COVERAGE = Metric(
    name="pratique.coverage",
    kind=Kind.GAUGE,
    unit="1",
    meaning="Share of the images that can be scanned whose verdict is Current",
)

METRICS = (
    REFUSED,
    DECISIONS,
    LOST_RACES,
    PUSH_TO_FINDINGS,
    BACKLOG,
    BACKLOG_AGE,
    OVERDUE,
    SLOTS_TAKEN,
    LAG,
    STUCK,
    OUTBOX,
    OUTBOX_AGE,
    IMAGES,
    COVERAGE,
)
