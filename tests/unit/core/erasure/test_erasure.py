"""A copy without a subscription is whole, has no word of it, and an app lives on with it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.backup.copying import copy
from core.backup.verifying import verify
from core.domain.events import Erased
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import RecordPush
from core.domain.values import Health, Origin
from core.erasure.__main__ import FROM, TO, run
from core.erasure.belongings import belongings
from core.erasure.copying import copy_without
from core.erasure.verifying import prove
from core.errors import ConfigurationError, StorageUnavailable
from core.log.handle import Cause, handle
from core.log.sharded import open_log
from core.storage.account import Account, open_account
from core.storage.interface import Put, artifact_of
from dev.inprocess import memory_account
from dev.stack.azurite import Azurite
from tests.faults.storage import Faults, Loss, intercepted
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.images import inventory, push
from tests.support.ruling import ZLIB_IS_FINE, rule
from tests.support.samples import SUBSCRIPTION, digest, image_name
from tests.support.sandboxes import VULNERABLE
from tests.support.tables import BILLING, IMAGES, all_rows

OTHER = "00000000-0000-0000-0000-00000000000b"
"""A subscription beside the one that is erased: its registry is another."""


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


def others(number: int) -> RecordPush:
    """A push to the other subscription's registry."""
    image = replace(image_name(number), registry="other.azurecr.io", repository="their/app")
    return replace(push(number=number), image=image, subscription=OTHER)


async def busy(advisories: Path) -> Desk:
    """An app that has seen images of two subscriptions, one digest in both."""
    app = await desk(advisories)
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await rule(app, "zlib", ZLIB_IS_FINE)
    for number in (1, 2, 3):
        await app.push(number)
    await app.app.drain()
    for number in (3, 4):
        stream = image_stream(others(number).image)
        cause = Cause(command=command_id("others", number), correlation="", causation="")
        shard = (await handle(app.app.services.log, IMAGE, stream, others(number), cause)).shard
        await app.app.services.following.runner.catch_up(shard)
    await app.app.drain()
    return app


async def contents(account: Account) -> dict[tuple[str, str], Mapping[str, object]]:
    """The rows of its log."""
    rows = await all_rows(await account.tables.open("log"))
    return {(row.partition, row.key): dict(row.cells) for row in rows}


async def erased(app: Desk) -> Account:
    """Another account, without the subscription."""
    target = memory_account()
    await copy_without(app.account, target, await belongings(app.account, SUBSCRIPTION))
    return target


async def test_no_word_of_it_is_left_and_all_others_are_as_they_were(advisories: Path) -> None:
    app = await busy(advisories)
    found = await belongings(app.account, SUBSCRIPTION)
    target = await erased(app)
    proved = await prove(app.account, target, found)
    assert proved.problems == []
    assert proved.erased == found.events > 10
    assert found.kept > 4
    for row in (await contents(target)).values():
        assert all(
            word not in str(cell)
            for cell in row.values()
            for word in (SUBSCRIPTION, digest(1), "team/app", "zlib")
        )
    log = await open_log(await target.tables.open("log"), target.artifacts)
    history = await log.history(image_stream(image_name(1)))
    assert {type(one.event) for one in history} == {Erased}
    kept = await log.history(image_stream(others(4).image))
    assert [one.event for one in kept] == [
        one.event for one in await app.app.services.log.history(image_stream(others(4).image))
    ]


async def test_artifacts_and_inventories_that_nobody_else_has_are_left_behind(
    advisories: Path,
) -> None:
    app = await busy(advisories)
    target = await erased(app)
    kept = [row.key for row in await all_rows(await target.tables.open("inventories"))]
    assert digest(1) not in kept
    assert (await verify(target)).artifacts < (await verify(app.account)).artifacts


async def test_where_layers_were_seen_is_forgotten_with_the_image(advisories: Path) -> None:
    app = await desk(advisories)
    origin = Origin(layers=(digest(71), digest(72)))
    app.sandboxes.brings[digest(3)] = replace(VULNERABLE, parts={"origin": origin})
    await app.push(3)
    await app.app.drain()
    stream = image_stream(others(3).image)
    cause = Cause(command=command_id("others", 3), correlation="", causation="")
    await handle(app.app.services.log, IMAGE, stream, others(3), cause)
    await app.app.services.scanning.stacks.remember(
        others(3).image,
        replace(inventory(), bom=artifact_of(VULNERABLE.sbom or b""), origin=origin),
    )
    taken = replace(inventory(), bom=artifact_of(VULNERABLE.sbom or b""))
    target = memory_account()
    found = await belongings(app.account, SUBSCRIPTION)
    await copy_without(app.account, target, replace(found, inventories=frozenset({taken.bom})))
    rows = await all_rows(await target.tables.open("inventories"))
    places = [row.cells.get("repository") for row in rows if row.key.startswith("stack|")]
    assert places == ["their/app"]


async def test_an_app_lives_on_with_it_and_the_subscription_may_come_back(
    advisories: Path,
) -> None:
    app = await busy(advisories)
    restored = await desk(account=await erased(app))
    await restored.app.services.following.runner.sweep()
    shown = (await restored.table(IMAGES)).items()
    assert {row["registry"] for key, row in shown if key.startswith("i|")} == {"other.azurecr.io"}
    assert SUBSCRIPTION not in str(await restored.table(BILLING))
    restored.sandboxes.brings[digest(1)] = VULNERABLE
    await restored.push(1, minute=500)
    await restored.app.drain()
    image = await restored.image(1)
    assert image.health is Health.UNHEALTHY, "no rule disables it, and no old receipt stops it"
    assert {row["digest"] for row in await restored.bills()} == {digest(1)}
    assert (await verify(restored.account)).problems == []


@pytest.mark.parametrize("loss", list(Loss))
@pytest.mark.parametrize("nth", range(1, 60, 12))
async def test_a_copy_that_is_cut_short_goes_on(advisories: Path, nth: int, loss: Loss) -> None:
    app, target = await busy(advisories), memory_account()
    found = await belongings(app.account, SUBSCRIPTION)
    with pytest.raises(StorageUnavailable):
        await copy_without(
            app.account, intercepted(target, Faults(at=frozenset({nth}), loss=loss)), found
        )
    await copy_without(app.account, target, await belongings(app.account, SUBSCRIPTION))
    assert (await prove(app.account, target, found)).problems == []
    assert await contents(target) == await contents(await erased(app))


async def test_an_app_that_goes_on_writing_is_told(advisories: Path) -> None:
    app, target = await busy(advisories), memory_account()
    found = await belongings(app.account, SUBSCRIPTION)
    await app.push(9)
    with pytest.raises(ConfigurationError, match="stop the app"):
        await copy_without(app.account, target, found)
    again = await belongings(app.account, SUBSCRIPTION)
    with pytest.raises(ConfigurationError, match="choose an empty one"):
        await copy_without(app.account, target, again)


async def test_no_backup_of_the_original_goes_on_with_it(advisories: Path) -> None:
    app, backup = await busy(advisories), memory_account()
    await copy(app.account, backup)
    with pytest.raises(ConfigurationError, match="another log"):
        await copy(await erased(app), backup)


async def test_an_image_that_has_moved_belongs_to_whom_it_moved_to(advisories: Path) -> None:
    app = await busy(advisories)
    await app.tell(2, replace(push(900, number=2), subscription=OTHER))
    found = await belongings(app.account, SUBSCRIPTION)
    moved = image_stream(image_name(2))
    assert found.moved == {moved}
    assert moved not in found.streams
    assert (await prove(app.account, await erased(app), found)).problems == []


async def test_what_was_not_erased_is_found(advisories: Path) -> None:
    app, target = await busy(advisories), memory_account()
    found = await belongings(app.account, SUBSCRIPTION)
    await copy(app.account, target)
    problems = (await prove(app.account, target, found)).problems
    assert any("belongs to the subscription, and is there" in one for one in problems)
    assert any("names the subscription" in one for one in problems)
    assert any("0 events are erased" in one for one in problems)


async def test_a_kept_event_that_was_changed_is_found(advisories: Path) -> None:
    app = await busy(advisories)
    found, target = await belongings(app.account, SUBSCRIPTION), await erased(app)
    log = await target.tables.open("log")
    row = next(
        one
        for one in await all_rows(log)
        if one.cells.get("stream") == image_stream(others(4).image)
    )
    await log.commit(row.partition, [Put(row.key, {**row.cells, "correlation": "other"})])
    assert any(
        "it is not what it was" in one for one in (await prove(app.account, target, found)).problems
    )


async def test_a_subscription_that_nobody_knows_is_a_mistake(advisories: Path) -> None:
    app = await busy(advisories)
    found = await belongings(app.account, "nobody")
    with pytest.raises(ConfigurationError, match="is its id right"):
        await copy_without(app.account, memory_account(), found)


@pytest.mark.azurite
async def test_the_command_plans_and_says_so(
    own_azurite: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {FROM: own_azurite.connection_string, TO: own_azurite.connection_string}
    async with open_account(own_azurite.connection_string) as account:
        await open_log(await account.tables.open("log"), account.artifacts)
    assert await run("plan", SUBSCRIPTION, settings) == 0
    assert "0 events are to be erased" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match=FROM):
        await run("copy", SUBSCRIPTION, {})
