"""The parts of answers that pages show, under the names that the API gives them."""

from msgspec import UNSET, Struct, UnsetType, field

type Counts = dict[str, int]
"""Findings by severity, worst first."""


class Wire(Struct, frozen=True, rename="camel"):
    """A part of an answer; what a page does not show is not read."""


class Health(Wire, frozen=True, rename=None):
    """Images by verdict. Its words are the API's own."""

    Healthy: int = 0
    Unhealthy: int = 0
    NotApplicable: int = 0
    Unscanned: int = 0


class RegistryTotals(Wire, frozen=True):
    """One registry's share of the summary."""

    subscription: str
    registry: str
    images: int
    health: Health
    findings: Counts
    waiting: int
    failed: int
    stale: int | None = None


class Summary(Wire, frozen=True):
    """`GET /api/summary`."""

    images: int
    health: Health
    findings: Counts
    disabled: Counts
    waiting: int
    failed: int
    stale: int | None
    stale_counted_at: str | None
    registries: list[RegistryTotals]


class Score(Wire, frozen=True):
    """`GET /api/score`."""

    max: int
    current: float | None
    percentage: float | None
    healthy: int
    unhealthy: int
    unscanned: int
    coverage: float | None


class Scan(Wire, frozen=True):
    """The scan that an image's row speaks of."""

    id: str
    stage: str
    reason: str
    priority: str
    attempt: int
    requested_at: str | None
    started_at: str | None
    completed_at: str | None


class Inventory(Wire, frozen=True):
    """What is known of an image's packages."""

    packages: int
    unidentified: int
    uncompared: int
    cataloger: str
    advisories_version: int


class Child(Wire, frozen=True):
    """An image that an index lists."""

    digest: str
    platform: str | None
    health: str | None
    severities: Counts


class Moment(Wire, frozen=True):
    """One event of a timeline."""

    at: str
    event: str
    position: str
    details: dict[str, object]


class Image(Wire, frozen=True):
    """An image, as lists and its own page show it."""

    registry: str
    repository: str
    digest: str
    tags: list[str]
    subscription: str
    platform: str | None
    distribution: str | None
    health: str
    freshness: str
    freshness_cause: str | None
    cause: str | None
    message: str | None
    health_since: str
    freshness_since: str
    severities: Counts
    disabled: Counts
    worst_severity: str | None
    patchable: int
    source: str
    pushed_at: str
    pulled_on: str | None
    pulls_known_since: str | None
    scan: Scan | None
    inventory: Inventory | None
    children: list[Child] | None
    parents: list[str]
    timeline: list[Moment] = []

    @property
    def path(self) -> str:
        """Its name in addresses, not escaped."""
        return f"{self.registry}/{self.repository}/{self.digest}"


class Images(Wire, frozen=True):
    """`GET /api/images`."""

    value: list[Image]
    continuation_token: str | None = None


class Epss(Wire, frozen=True):
    """How likely exploitation is."""

    score: float
    percentile: float | None


class Exploited(Wire, frozen=True):
    """Since when a vulnerability is known to be exploited."""

    added: str | None
    due: str | None


class SourceSeverity(Wire, frozen=True):
    """What one source says of a severity."""

    source: str
    value: str


class Cvss(Wire, frozen=True):
    """A CVSS vector with its score."""

    version: str
    vector: str
    score: float


class Status(Wire, frozen=True):
    """Whether a rule disables a finding, and which."""

    code: str
    rule: str | None


class Place(Wire, frozen=True):
    """The image that a finding is in."""

    digest: str
    platform: str | None


class Finding(Wire, frozen=True):
    """One finding of an image."""

    id: str
    aliases: list[str]
    ecosystem: str
    category: str
    package: str
    component: str
    purl: str
    version: str
    fixed: str | None
    severity: str
    severity_source: str
    severities: list[SourceSeverity]
    cvss: list[Cvss]
    summary: str
    references: list[str]
    status: Status
    epss: Epss | None
    exploited: Exploited | None
    image: Place
    layer: str | None = None
    published: str | None = None

    @property
    def score(self) -> float | None:
        """The highest CVSS base score that any source gives."""
        return max((one.score for one in self.cvss), default=None)


class Upgrade(Wire, frozen=True):
    """One upgrade of one package."""

    sentence: str
    package: str
    installed: str
    target: str | None
    severity: str
    resolves: list[str]
    leaves: list[str]


class Findings(Wire, frozen=True):
    """`GET /api/images/{image}/findings`."""

    value: list[Finding]
    total: int
    upgrades: list[Upgrade] | UnsetType | None = UNSET
    continuation_token: str | None = None


class Carrier(Wire, frozen=True):
    """An image that has a vulnerability, as the index across images shows it."""

    registry: str
    repository: str
    digest: str
    package: str
    version: str
    severity: str
    id: str
    status: Status
    fixed: str = ""
    purl: str = ""

    @property
    def path(self) -> str:
        """Its name in addresses, not escaped."""
        return f"{self.registry}/{self.repository}/{self.digest}"


class Carriers(Wire, frozen=True):
    """`GET /api/findings?cve=`."""

    value: list[Carrier]
    epss: Epss | None = None
    exploited: Exploited | None = None
    continuation_token: str | None = None


class Registry(Wire, frozen=True):
    """A registry: scanned, or why not."""

    name: str
    subscription: str
    login_server: str
    location: str | None
    scanned: bool
    supported: bool
    reason: str | None
    message: str | None


class Registries(Wire, frozen=True):
    """`GET /api/registries`."""

    value: list[Registry]


class Plan(Wire, frozen=True):
    """A subscription's plan."""

    subscription: str
    on: bool
    since: str | None
    by: str | None
    registries: int
    supported: int


class Plans(Wire, frozen=True):
    """`GET /api/plans`."""

    value: list[Plan]


class BillLine(Wire, frozen=True):
    """One line of the ledger."""

    subscription: str
    registry: str
    repository: str
    digest: str
    decided_at: str
    billed: bool
    amount: str
    currency: str
    reason: str
    cause: str | None
    also_in: list[str]

    @property
    def path(self) -> str:
        """Its name in addresses, not escaped."""
        return f"{self.registry}/{self.repository}/{self.digest}"


class Ledger(Wire, frozen=True):
    """`GET /api/billing?month=`."""

    month: str
    price: str
    currency: str
    totals: list[dict[str, int | str]]
    value: list[BillLine]
    continuation_token: str | None = None


class Rule(Wire, frozen=True):
    """A disable rule in force."""

    id: str
    subscription: str
    criteria: dict[str, object]
    reason: str
    author: str
    expires: str | None
    version: int


class Rules(Wire, frozen=True):
    """`GET /api/rules`."""

    value: list[Rule]


class RuleMoment(Wire, frozen=True):
    """What once happened to a rule."""

    at: str
    event: str
    rule: str
    version: int
    author: str | None = None
    reason: str | None = None
    expires: str | None = None
    criteria: dict[str, object] = field(default_factory=dict)


class RuleHistory(Wire, frozen=True):
    """`GET /api/rules/history`."""

    value: list[RuleMoment]


class Change(Wire, frozen=True):
    """An image that a rule would give another verdict."""

    registry: str
    repository: str
    digest: str
    from_: str = field(name="from")
    to: str


class Example(Wire, frozen=True):
    """A finding that a rule would disable."""

    registry: str
    repository: str
    digest: str
    id: str
    package: str
    version: str
    severity: str


class Preview(Wire, frozen=True):
    """`POST /api/rules/preview`."""

    findings: int
    severities: Counts
    images: int
    already_disabled: int
    health_changes: int
    changes: list[Change]
    examples: list[Example]
    looked_at: int
    complete: bool


class Repository(Wire, frozen=True):
    """A repository and its images."""

    registry: str
    repository: str
    images: int
    health: Health
    findings: Counts
    pushed_at: str


class Repositories(Wire, frozen=True):
    """`GET /api/repositories`."""

    value: list[Repository]
    total: int


class Found(Wire, frozen=True):
    """`GET /api/search`."""

    images: list[Image]
    total: int
    vulnerability: str | None
    package: str | None


class TagMoment(Wire, frozen=True):
    """A tag began to point to a digest."""

    pointed_at: str
    digest: str
    previous: str | None


class TagHistory(Wire, frozen=True):
    """`GET /api/tags`."""

    registry: str
    repository: str
    tag: str
    value: list[TagMoment]


class DayTotals(Wire, frozen=True):
    """The fleet at the end of a day."""

    day: str
    at: str
    images: int
    health: Health
    findings: Counts
    score: float | None


class Trend(Wire, frozen=True):
    """`GET /api/trend`."""

    value: list[DayTotals]


class ImageChange(Wire, frozen=True):
    """An image with another verdict."""

    image: Image
    before: str | None
    worse: bool


class Changes(Wire, frozen=True):
    """`GET /api/changes`."""

    since: str
    value: list[ImageChange]
    total: int


class Queue(Wire, frozen=True):
    """Scans of one priority that wait."""

    waiting: int
    oldest: str | None


class Taken(Wire, frozen=True):
    """A slot and who has it."""

    scan: str
    attempt: int
    seconds: int


class Slots(Wire, frozen=True):
    """The places for sandboxes."""

    total: int
    reserved_for_pushes: int
    taken: list[Taken]


class Backlog(Wire, frozen=True):
    """What waits."""

    push: Queue
    rescan: Queue
    inventoried: int


class Work(Wire, frozen=True):
    """`GET /api/health/operations`."""

    backlog: Backlog
    slots: Slots
    overdue: int


class Parked(Wire, frozen=True):
    """An event that a view could not take."""

    shard: int
    position: int
    event: str
    error: str


class Halted(Wire, frozen=True):
    """A shard at which a follower stands still."""

    shard: int
    position: int
    error: str


class Folded(Wire, frozen=True):
    """How far a rebuild is."""

    events: int
    of: int


class Rebuild(Wire, frozen=True):
    """A view that is being made anew, or was."""

    phase: str
    by: str
    reason: str
    asked_at: str
    flipped_at: str | None
    error: str | None
    folded: Folded | None


class Follower(Wire, frozen=True):
    """A view or a process manager."""

    name: str
    kind: str
    lag: int
    halted: list[Halted]
    parked: list[Parked]
    version: int | None = None
    rebuild: Rebuild | None = None


class Followers(Wire, frozen=True):
    """`GET /api/manage/projections`."""

    value: list[Follower]


class Source(Wire, frozen=True):
    """Where advisories come from."""

    name: str
    good_since: str | None
    failure: str | None
    failing_since: str | None


class Advisories(Wire, frozen=True):
    """`GET /api/advisories`."""

    version: int
    assessed_version: int
    last_run: str | None
    sources: list[Source]
