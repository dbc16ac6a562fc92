"""One event of every type and one state of every aggregate: what the golden files hold."""

from dataclasses import replace
from datetime import UTC, date, datetime

from core.domain import events as e
from core.domain.advisories import ADVISORIES, Assessed, Published
from core.domain.bill import BILL, Bill
from core.domain.criteria import Criteria
from core.domain.findings import Category
from core.domain.image import IMAGE as IMAGES
from core.domain.image import state as s
from core.domain.plan import PLAN, Plan, Switch
from core.domain.registries import REGISTRIES, Registered, Registries
from core.domain.rules import RULES, Rule, RuleBook
from core.domain.tag import TAG, Tag
from core.domain.upkeep import UPKEEP, Upkeep
from core.domain.values import (
    Artifact,
    Disabled,
    FailureCause,
    Health,
    ImageName,
    NotApplicableCause,
    NotBilledReason,
    Origin,
    Platform,
    ScanId,
    Severity,
    SeverityCounts,
    Unsupported,
)

IMAGE = ImageName(registry="demo.azurecr.io", repository="team/app", digest=f"sha256:{'a1' * 32}")
OTHER = f"sha256:{'b2' * 32}"
SCAN = ScanId("0123456789abcdef0123456789abcdef-2")
BOM = Artifact(sha256="c3" * 32, size=48_213)
FINDINGS = Artifact(sha256="d4" * 32, size=1_024)
DATABASE = Artifact(sha256="e5" * 32, size=73_400_320)
ARM = Platform(os="linux", architecture="arm64", variant="v8")
COUNTS = SeverityCounts(critical=1, high=2, medium=3, low=4, negligible=5, unknown=6)
EXEMPTIONS = Artifact(sha256="f6" * 32, size=512)
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
RESOURCE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/demo"
    "/providers/Microsoft.ContainerRegistry/registries/demo"
)
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NOON = datetime(2026, 3, 4, 12, 0, 0, 123_456, tzinfo=UTC)
DISABLED = Disabled(
    subscription=SUBSCRIPTION,
    rules_version=5,
    forecast=FINDINGS.sha256,
    exemptions=EXEMPTIONS,
    counts=SeverityCounts(low=4, negligible=5),
    patchable=3,
)
CRITERIA = Criteria(
    vulnerabilities=("CVE-2026-0001", "GHSA-1111-2222-3333"),
    packages=("pkg:deb/debian/openssl@*",),
    category=Category.OS,
    severity_at_most=Severity.LOW,
    cvss_below=6.5,
    epss_below=0.01,
    not_patchable=True,
    repositories=("*/team/*",),
    digests=(IMAGE.digest,),
    systems=("debian 12*",),
    everything=True,
)

EVENTS: tuple[e.Event, ...] = (
    e.ImagePushed(
        image=IMAGE,
        subscription=SUBSCRIPTION,
        tag="v1.2.3",
        media_type=MANIFEST,
        size=1_234,
        source=e.Source.PUSH,
        pushed_at=NOON,
    ),
    e.ImagePulled(day=date(2026, 3, 4)),
    e.ImageDeleted(deleted_at=NOON),
    e.PushOutdated(image=IMAGE, tag="v1.2.3", pushed_at=NOON),
    e.DeletionOutdated(deleted_at=NOON, tags=("v1", "v1.2.3")),
    e.TagMoved(tag="v1.2.3", to=OTHER, moved_at=NOON),
    e.TagRemoved(tag="v1.2.3", removed_at=NOON),
    e.ScanRequested(
        scan=SCAN,
        reason=e.ScanReason.REQUEST,
        priority=e.Priority.PUSH,
        advisories=17,
        by="somebody",
    ),
    e.ScanStarted(scan=SCAN, attempt=2, deadline=NOON),
    e.InventoryTaken(
        scan=SCAN,
        attempt=2,
        bom=BOM,
        platform=ARM,
        distribution="debian 12.15",
        cataloger="trivy 0.76.0",
        packages=111,
        unidentified=3,
        origin=Origin(
            layers=(f"sha256:{'a7' * 32}", f"sha256:{'b8' * 32}"),
            base_name="docker.io/library/debian:12",
            base_digest=OTHER,
        ),
    ),
    e.IndexRead(
        scan=SCAN,
        attempt=1,
        children=(e.Child(digest=OTHER, media_type=MANIFEST, platform=ARM),),
    ),
    e.ScanCompleted(
        scan=SCAN,
        findings=FINDINGS,
        counts=COUNTS,
        patchable=9,
        uncompared=1,
        advisories=DATABASE,
        advisories_version=17,
        disabled=DISABLED,
    ),
    e.RulesApplied(scan=SCAN, disabled=DISABLED),
    e.ScanFailed(
        scan=SCAN,
        attempt=2,
        cause=FailureCause.TIMEOUT,
        message="The scan ran for 15 minutes: “too long”.",
        retry_at=NOON,
    ),
    e.ScanWithdrawn(scan=SCAN, message="The plan of the subscription is off."),
    e.ImageNotApplicable(
        scan=SCAN,
        cause=NotApplicableCause.WINDOWS,
        platform=Platform(os="windows", architecture="amd64"),
        message="Windows images are not scanned.",
    ),
    e.ParentFound(parent=OTHER, pushed_at=NOON),
    e.ChildAssessed(
        child=OTHER,
        health=Health.UNHEALTHY,
        counts=COUNTS,
        position=4_294_967_296,
        disabled=DISABLED.counts,
    ),
    e.TagPointed(
        registry=IMAGE.registry,
        repository=IMAGE.repository,
        tag="v1.2.3",
        digest=IMAGE.digest,
        previous=OTHER,
        pointed_at=NOON,
    ),
    e.ImageBilled(subscription=SUBSCRIPTION, image=IMAGE, scan=SCAN, billed_at=NOON),
    e.ImageNotBilled(
        subscription=SUBSCRIPTION,
        image=IMAGE,
        scan=SCAN,
        reason=NotBilledReason.FAILED,
        cause="timeout",
        decided_at=NOON,
    ),
    e.PlanSwitchedOn(subscription=SUBSCRIPTION, by="function-key", switched_at=NOON),
    e.PlanSwitchedOff(subscription=SUBSCRIPTION, by="function-key", switched_at=NOON),
    e.RegistryFound(
        subscription=SUBSCRIPTION,
        registry=RESOURCE,
        login_server=IMAGE.registry,
        plain_http=True,
        location="westeurope",
        unsupported=Unsupported.FIREWALLED,
        message="Its firewall lets nobody in.",
        found_at=NOON,
    ),
    e.RegistryGone(subscription=SUBSCRIPTION, registry=RESOURCE, gone_at=NOON),
    e.AdvisoriesPublished(version=17, database=DATABASE, records=123_456),
    e.ExploitationPublished(known=FINDINGS, probabilities=300_000, exploited=1_400),
    e.FleetAssessed(version=17, database=DATABASE, positions=(4_294_967_296, 7), assessed_at=NOON),
    e.RebuildRequested(
        follower="images", version=1, generation=3, by="function-key", reason="Rows were lost."
    ),
    e.RebuildCancelled(
        follower="images", generation=3, by="function-key", reason="The wrong view."
    ),
    e.EventRetried(
        follower="images",
        shard=3,
        position=17,
        by="function-key",
        reason="The code is mended.",
        retried_at=NOON,
    ),
    e.EventSkipped(
        follower="bills", shard=3, position=17, by="function-key", reason="It cannot be mended."
    ),
    e.RuleSet(
        subscription=SUBSCRIPTION,
        rule="no-fix-yet",
        criteria=CRITERIA,
        reason="Nothing can be done about these.",
        author="function-key",
        expires=NOON,
    ),
    e.RuleRemoved(subscription=SUBSCRIPTION, rule="no-fix-yet", author="function-key"),
    e.RuleExpired(subscription=SUBSCRIPTION, rule="no-fix-yet", expired=NOON),
    e.Erased(),
)
"""In the order of `EVENT_TYPES`. When a schema grows, the value changes with it: the file of the
older schema stays, and is lifted to this value as far as it can be."""

STATES: dict[str, object] = {
    IMAGES.fold_schema: s.Image(
        name=IMAGE,
        subscription=SUBSCRIPTION,
        moved=True,
        media_type=MANIFEST,
        pushes={"v1.2.3": NOON, "": NOON},
        tags=("v1.2.3",),
        deleted_at=NOON,
        present=True,
        scans=2,
        scan=s.Scan(
            id=SCAN,
            reason=e.ScanReason.PULLED,
            priority=e.Priority.RESCAN,
            advisories=17,
            stage=s.Stage.RUNNING,
            attempt=2,
            deadline=NOON,
            retry_at=NOON,
        ),
        inventory=s.Inventory(
            scan=SCAN,
            bom=BOM,
            platform=ARM,
            distribution="debian 12.15",
            cataloger="trivy 0.76.0",
            unidentified=3,
        ),
        children={
            OTHER: s.ChildVerdict(
                health=Health.UNHEALTHY, counts=COUNTS, disabled=DISABLED.counts, position=7
            )
        },
        parents={OTHER: NOON},
        assessment=s.Assessment(
            scan=SCAN,
            findings=FINDINGS,
            counts=COUNTS,
            uncompared=2,
            advisories_version=17,
            disabled=DISABLED,
        ),
        not_applicable=NotApplicableCause.WINDOWS,
        failure=FailureCause.TIMEOUT,
        pulled_on=date(2026, 3, 4),
    ),
    TAG.fold_schema: Tag(digest=OTHER, pointed_at=NOON),
    BILL.fold_schema: Bill(
        scan=SCAN,
        image=IMAGE,
        declined=(NotBilledReason.FAILED, "timeout"),
        elsewhere=(replace(IMAGE, repository="other/app"),),
    ),
    PLAN.fold_schema: Plan(switches=(Switch(on=True, by="function-key", at=NOON),)),
    REGISTRIES.fold_schema: Registries(
        known={
            RESOURCE: Registered(
                login_server=IMAGE.registry,
                plain_http=True,
                location="westeurope",
                unsupported=Unsupported.FIREWALLED,
                message="Its firewall lets nobody in.",
            )
        }
    ),
    ADVISORIES.fold_schema: Published(
        version=17,
        database=DATABASE,
        assessed=Assessed(
            version=16, database=DATABASE, positions=(4_294_967_296, 7), assessed_at=NOON
        ),
        exploitation=FINDINGS,
    ),
    UPKEEP.fold_schema: Upkeep(
        generation=3, cancelled=2, skipped=("3.17",), retried={"3.17": NOON}
    ),
    RULES.fold_schema: RuleBook(
        version=5,
        rules={
            "no-fix-yet": Rule(
                id="no-fix-yet",
                criteria=CRITERIA,
                reason="Nothing can be done about these.",
                author="function-key",
                expires=NOON,
                version=4,
            )
        },
    ),
}
"""By what folds them. When a state's fields change, its decider's schema grows: a snapshot of the
old form would be read with the new fields silently left at their defaults."""
