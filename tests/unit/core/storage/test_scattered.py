"""Who reads all rows that match finds those behind a page that is short, or empty."""

from dataclasses import replace

import pytest

from core.domain.criteria import Criteria
from core.projections.interface import table_name
from core.rebuilding.rebuilder import PATIENCE
from core.rebuilding.state import Phase, Rebuilds
from core.rules.reading import Draft
from core.storage.memory import MemoryTables
from dev.inprocess import memory_account
from tests.support.desk import Desk, desk
from tests.support.rebuilding import Process, Site
from tests.support.samples import at
from tests.support.scattered import ScatteredTables

SUBSCRIPTIONS = tuple(f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))


@pytest.fixture
async def ruled() -> Desk:
    """An app with a rule in each of three subscriptions, which ends at the fifth minute."""
    account = memory_account()
    app = await desk(account=replace(account, tables=ScatteredTables(account.tables)))
    draft = Draft(criteria=Criteria(everything=True), reason="A test.", expires=at(5))
    for subscription in SUBSCRIPTIONS:
        await app.app.services.ruling.desk.put(subscription, "all", draft, by="a test", now=at(0))
    await app.app.services.following.runner.sweep()
    return app


async def test_the_list_of_rules_has_those_of_every_subscription(ruled: Desk) -> None:
    listed = await ruled.app.services.ruling.queries.all({})
    assert [one.subscription for one in listed.value] == list(SUBSCRIPTIONS)


async def test_what_expires_ends_in_every_subscription(ruled: Desk) -> None:
    await ruled.app.services.ruling.applier.run(now=at(6))
    for subscription in SUBSCRIPTIONS:
        book = await ruled.app.services.ruling.desk.book(subscription)
        assert book.rules == {}


@pytest.fixture
async def site() -> Site:
    return Site(tables=ScatteredTables(MemoryTables()))


@pytest.fixture
async def process(site: Site) -> Process:
    """A process whose view is to be made anew."""
    await site.say(3)
    process = await site.process()
    await process.runner.sweep()
    await process.rebuilder.ask(process.projection, by="a test", reason="to see")
    return process


async def test_whoever_reads_a_view_finds_the_table_that_counts(
    site: Site, process: Process
) -> None:
    await process.rebuilder.work(process.projection)
    assert (await site.rebuild()).phase is Phase.RETIRING
    active = await (await site.process()).views.active.of(process.projection)
    assert active.table == table_name(process.projection, 2)


async def test_a_rebuild_that_nobody_works_on_is_found(site: Site, process: Process) -> None:
    assert [one.projection for one in await Rebuilds(site.tables).running()] == ["ladder"]
    site.clock.pass_by(PATIENCE)
    await process.rebuilder.look()
    assert (await site.rebuild()).phase is Phase.RETIRING
