"""Rules take effect on what they touch, whoever is slow, dies, or comes in between."""

import itertools
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.criteria import Criteria
from core.domain.events import RulesApplied, ScanCompleted
from core.domain.ids import rules_stream
from core.domain.image.commands import Reassess
from core.domain.values import Disabled, Health, SeverityCounts
from core.errors import StorageUnavailable
from core.processes.dispatch import RULES
from core.projections.cells import number, text
from core.rules.applying import Applied
from core.rules.touching import names_of
from core.storage.account import Account
from core.storage.interface import Cells
from dev.inprocess import memory_account
from tests.faults.storage import Calls, Faults, Interceptor, Loss, ProcessDied
from tests.support.desk import Desk, desk
from tests.support.images import push
from tests.support.ruling import OF_ANOTHER, ZLIB_IS_FINE, apply, rule, scanned
from tests.support.samples import SUBSCRIPTION, artifact, at, digest
from tests.support.tables import IMAGES, all_rows

FOREVER = 10_000


async def image_rows(app: Desk) -> list[Cells]:
    """The images as the view has them."""
    rows = await all_rows(await app.account.tables.open(IMAGES))
    return [row.cells for row in rows if row.key.startswith("i|")]


async def healths(app: Desk) -> list[str]:
    """What the view says of the images."""
    return sorted(text(row, "health") for row in await image_rows(app))


async def test_a_rule_takes_effect_at_once_and_until_it_is_taken_back(app: Desk) -> None:
    await scanned(app, 1)
    await rule(app)
    await app.app.drain()
    image = await app.image()
    assert (image.health, image.counts.total, image.disabled.total) == (Health.HEALTHY, 0, 1)
    assert await healths(app) == ["Healthy"]
    await app.app.services.ruling.desk.remove(SUBSCRIPTION, "zlib", by="ada")
    await app.app.drain()
    assert (await app.image()).health is Health.UNHEALTHY
    assert await healths(app) == ["Unhealthy"]


async def test_a_rule_that_names_vulnerabilities_reads_only_the_images_that_have_them(
    app: Desk,
) -> None:
    await scanned(app, 1, 2)
    await rule(app, "elsewhere", Criteria(vulnerabilities=("CVE-2026-404",)))
    assert (await apply(app)).looked_at == 0
    await rule(app)
    done = await apply(app)
    assert (done.looked_at, done.changed) == (2, 2)
    await app.app.services.following.runner.sweep()
    await app.app.services.ruling.desk.remove(SUBSCRIPTION, "zlib", by="ada")
    assert (await apply(app)).changed == 2, "what is disabled is found as well"


@pytest.mark.parametrize(
    ("touched", "names"),
    [
        (
            [Criteria(vulnerabilities=("CVE-1", "CVE-2")), ZLIB_IS_FINE],
            {"CVE-1", "CVE-2", "CVE-2026-1"},
        ),
        ([Criteria(vulnerabilities=("CVE-1", "GHSA-2"))], None),
        ([ZLIB_IS_FINE, Criteria(not_patchable=True)], None),
        ([], set()),
    ],
)
def test_only_where_all_rules_name_cves_are_these_all_that_matters(
    touched: list[Criteria], names: set[str] | None
) -> None:
    assert names_of(touched) == names


async def test_a_scan_that_completes_under_a_rule_is_never_unhealthy_for_a_moment(
    app: Desk,
) -> None:
    await rule(app)
    await scanned(app, 1)
    (completed,) = [
        one.event for one in await app.history() if isinstance(one.event, ScanCompleted)
    ]
    assert (completed.counts.total, completed.disabled.counts.total) == (1, 1)
    assert "RulesApplied" not in await app.story()
    assert (await app.image()).health is Health.HEALTHY


async def test_a_rule_expires_by_itself(app: Desk) -> None:
    await scanned(app, 1)
    await rule(app, expires=at(60))
    await apply(app, now=at(59))
    assert (await app.image()).health is Health.HEALTHY
    await apply(app, now=at(60))
    assert (await app.image()).health is Health.UNHEALTHY
    history = await app.app.services.ruling.desk.history(SUBSCRIPTION)
    assert [type(one.event).__name__ for one in history] == ["RuleSet", "RuleExpired"]


async def test_only_images_that_a_rule_can_touch_are_looked_at(app: Desk) -> None:
    await scanned(app, 1, 2, 3)
    await rule(app, "two", replace(ZLIB_IS_FINE, digests=(digest(2),)))
    app.sandboxes.queues.messages[RULES].clear()
    done = await apply(app)
    assert (done.looked_at, done.changed) == (1, 1)
    assert "RulesApplied" not in await app.story(1)
    await rule(app, "another", OF_ANOTHER)
    app.sandboxes.queues.messages[RULES].clear()
    assert (await apply(app)).looked_at == 0


async def test_a_second_rule_for_the_same_finding_is_no_event(app: Desk) -> None:
    await scanned(app, 1)
    await rule(app, "a")
    await app.app.drain()
    before = len(await app.history())
    await rule(app, "b")
    await app.app.drain()
    await apply(app)
    assert len(await app.history()) == before


async def test_where_nothing_changed_nothing_is_read_but_the_rules(advisories: Path) -> None:
    account, calls = memory_account(), Calls()
    app = await desk(advisories, account=account, by=calls)
    await scanned(app, 1, 2)
    await rule(app)
    await app.app.drain()
    await apply(app)
    calls.take()
    assert await app.app.services.ruling.applier.run(now=at(1)) == Applied()
    made = calls.take()
    assert f"get s|{rules_stream(SUBSCRIPTION)}" in made
    assert len(made) <= 6
    assert not [one for one in made if "i|" in one or "artifact" in one]


async def test_what_was_left_out_stays_unscanned_whatever_is_disabled(app: Desk) -> None:
    await scanned(app, 1)
    await rule(app)
    await app.app.drain()
    image = await app.image()
    assert image.inventory is not None
    left_out = replace(image, inventory=replace(image.inventory, unidentified=1))
    assert left_out.health is Health.UNSCANNED


async def test_a_scan_that_read_older_rules_comes_under_the_newer_ones(app: Desk) -> None:
    """The rules change, are applied, and only then is the scan's completion recorded."""
    await scanned(app, 1)
    await rule(app)
    await app.app.drain()
    image = await app.image()
    assert image.inventory is not None
    assert image.assessment is not None
    slow = Reassess(
        bom=image.inventory.bom,
        findings=image.assessment.findings,
        counts=image.assessment.counts,
        patchable=1,
        uncompared=0,
        advisories=artifact(1),
        advisories_version=2,
        disabled=Disabled(subscription=SUBSCRIPTION),
    )
    assert (await app.tell(1, slow)).health is Health.UNHEALTHY
    await app.app.drain()
    assert (await app.image()).health is Health.HEALTHY
    assert (await apply(app)).changed == 0


async def test_an_image_that_comes_to_another_subscription_comes_under_its_rules(
    app: Desk,
) -> None:
    await rule(app)
    await scanned(app, 1)
    assert (await app.image()).health is Health.HEALTHY
    await app.tell(1, replace(push(100), subscription="another"))
    await app.app.drain()
    assert (await app.image()).health is Health.UNHEALTHY


async def test_what_a_rule_disables_is_named_with_its_rule(app: Desk) -> None:
    await scanned(app, 1)
    await rule(app)
    await app.app.drain()
    applied = [one.event for one in await app.history() if isinstance(one.event, RulesApplied)]
    assert applied[-1].disabled.counts == SeverityCounts(unknown=1)
    exemptions = applied[-1].disabled.exemptions
    assert exemptions is not None
    document = (await app.account.artifacts.get(exemptions)).decode()
    assert '"id":"CVE-2026-1"' in document
    assert '"rule":"zlib"' in document


async def test_counts_and_changes_of_the_verdict_stand_in_the_row(app: Desk) -> None:
    await scanned(app, 1)
    (before,) = await image_rows(app)
    await rule(app)
    await app.app.drain()
    (after,) = await image_rows(app)
    assert (number(after, "unknown"), number(after, "disabled_unknown")) == (0, 1)
    assert (number(after, "patchable"), number(after, "disabled_patchable")) == (0, 1)
    assert text(after, "health_since") > text(before, "health_since")
    assert text(after, "freshness_since") == text(before, "freshness_since")


@pytest.mark.parametrize("error", [StorageUnavailable, ProcessDied])
@pytest.mark.parametrize("loss", Loss)
async def test_whichever_call_of_storage_is_lost_rules_are_applied_in_the_end(
    advisories: Path, loss: Loss, error: type[BaseException]
) -> None:
    """The four walks begin at four neighbouring calls, so that together they meet most of them."""
    offset = 2 * (loss is Loss.ANSWER) + (error is ProcessDied)
    opening = Calls()
    await desk(by=opening)
    before = await before_rules(advisories)
    for first in itertools.count(len(opening.made) + 1 + offset, 6):
        length = FOREVER if error is ProcessDied else 1
        faults = Faults(frozenset(range(first, first + length)), loss, error)
        app = await story(before, faults)
        assert await healths(app) == ["Healthy", "Healthy"], f"call {first}"
        told = [(await app.story(number)).count("RulesApplied") for number in (1, 2)]
        assert told == [1, 1], f"call {first}"
        if faults.calls < first:
            break
    assert first > len(opening.made) + 30, "the walk went over the calls"


async def before_rules(advisories: Path) -> Account:
    """Two images that were scanned, and a rule on which nobody has acted yet."""
    app = await desk(advisories)
    await scanned(app, 1, 2)
    await rule(app)
    await app.app.services.following.runner.sweep()
    return app.account


async def story(before: Account, by: Interceptor) -> Desk:
    """The rule is applied with faults, then without; the app afterwards."""
    account = deepcopy(before)
    quiet = await desk(account=account)
    faulty = await desk(account=account, sandboxes=quiet.sandboxes, by=by)
    with suppress(StorageUnavailable, ProcessDied, ExceptionGroup):
        await faulty.app.services.ruling.applier.run(now=at(1))
    await apply(quiet)
    await quiet.app.services.following.runner.sweep()
    return quiet
