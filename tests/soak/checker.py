"""What must be true when all is calm: worked out from the log by the oracle, not by any view."""

from collections.abc import Sequence

import msgspec

from core.domain.events import ImageNotBilled
from core.domain.findings import Finding
from core.domain.ids import image_stream, rules_stream
from core.domain.image import IMAGE, Image
from core.domain.rules import RULES
from core.domain.values import Health, NotBilledReason, SeverityCounts
from core.log.handle import current
from core.notifications.outbox import Outbox
from core.projections.interface import table_name
from tests.soak.voyage import IMAGES, Voyage
from tests.support.ladders import table
from tests.support.oracle import Oracle, consult
from tests.support.samples import image_name
from tests.support.shown import check_views
from tests.support.world import PROJECTIONS


async def check(voyage: Voyage) -> dict[str, int]:
    """Everything that is promised. AssertionError for what does not hold; else what was found."""
    log = voyage.desks[0].app.services.log
    names = [image_name(number) for number in range(1, IMAGES + 1)]
    oracle = await consult(log, voyage.account.artifacts, names)
    await _views(voyage, oracle)
    _bills(oracle)
    _present(voyage, oracle)
    for name in names:
        image = oracle.images[name]
        assert await current(log, IMAGE, image_stream(name)) == image, name
        _ended(image)
        await _verdict(voyage, image)
    await _nothing_is_left(voyage)
    told = {notice.id for notice in voyage.topic.sent}
    return {
        "events": len(oracle.events),
        "images": sum(image.present for image in oracle.images.values()),
        "billed": len(oracle.bills()),
        "not billed, as the plan was off": _unbilled(oracle),
        "notices": len(told),
        "repeated notices": len(voyage.topic.sent) - len(told),
    }


async def _views(voyage: Voyage, oracle: Oracle) -> None:
    """P1: every view shows what the log says."""
    tables = voyage.account.tables
    shown = {one.name: await table(await tables.open(table_name(one))) for one in PROJECTIONS}
    check_views(shown, oracle)


def _bills(oracle: Oracle) -> None:
    """B1: once, what was completed while the plan was on; nothing else, and nothing too little."""
    billed = [(bill.subscription, bill.image.digest) for bill in oracle.bills()]
    assert len(set(billed)) == len(billed)
    assert {(bill.scan, bill.image.digest) for bill in oracle.bills()} <= oracle.completed()
    assert set(billed) == oracle.due()


def _unbilled(oracle: Oracle) -> int:
    """Digests whose bill says so."""
    return sum(
        isinstance(one.event, ImageNotBilled) and one.event.reason is NotBilledReason.PLAN_OFF
        for one in oracle.events
    )


def _present(voyage: Voyage, oracle: Oracle) -> None:
    """What is known to be there is what the registry has, under the same tags."""
    held = {name: one.tags for images in voyage.held().values() for name, one in images.items()}
    known = {name.digest: set(image.tags) for name, image in oracle.images.items() if image.present}
    assert known == held


def _ended(image: Image) -> None:
    """B2: what is there has a verdict, or says why not; and nothing is under way for ever."""
    assert image.open_scan is None, image
    if image.present:
        decided = image.assessment or image.not_applicable or image.failure
        assert decided is not None, image


async def _verdict(voyage: Voyage, image: Image) -> None:
    """B3, B4: the counts are those of the findings, and healthy is what has none."""
    if image.assessment is None:
        assert image.health in (Health.UNSCANNED, Health.NOT_APPLICABLE)
        return
    content = await voyage.account.artifacts.get(image.assessment.findings)
    findings = msgspec.json.decode(content, type=list[Finding])
    assert image.assessment.counts == _counted(findings)
    assert image.inventory is not None
    rules = await _rules(voyage, image)
    left = [one for one in findings if rules.isdisjoint((one.id, *one.aliases))]
    assert image.counts == _counted(left), image.name
    if image.not_applicable is None:
        assert (image.health is Health.UNHEALTHY) == bool(left)


async def _rules(voyage: Voyage, image: Image) -> frozenset[str]:
    """The vulnerabilities that rules disable now: those of the soak name nothing else."""
    rules = RULES.initial
    for recorded in await voyage.desks[0].app.services.log.history(
        rules_stream(image.subscription)
    ):
        rules = RULES.evolve(rules, recorded.event)  # type: ignore[arg-type]  # the rules' stream
    return frozenset(
        name for rule in rules.rules.values() for name in rule.criteria.vulnerabilities
    )


def _counted(findings: Sequence[Finding]) -> SeverityCounts:
    return SeverityCounts.of(one.severity for one in findings)


async def _nothing_is_left(voyage: Voyage) -> None:
    assert await voyage.desks[0].taken() == []
    assert voyage.sandboxes.running == {}
    assert not any(voyage.sandboxes.queues.messages.values())
    outbox = Outbox(await voyage.account.tables.open("outbox"))
    assert (await outbox.waiting(), await outbox.refused()) == ([], 0)
