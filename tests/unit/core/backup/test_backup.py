"""A copy of the log is a prefix of it at every moment, proves itself, and can be lived on."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.backup.__main__ import FROM, TO, run
from core.backup.copying import copy
from core.backup.verifying import verify
from core.domain.values import Health
from core.errors import ConfigurationError, StorageUnavailable
from core.log import layout
from core.log.sharded import open_log
from core.storage.account import Account, open_account
from core.storage.interface import Delete, Put
from dev.inprocess import memory_account
from dev.stack.azurite import Azurite
from tests.faults.storage import Faults, Loss, intercepted
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE
from tests.support.tables import BILLING, IMAGES, all_rows


@pytest.fixture
def advisories(tmp_path: Path) -> Path:
    return compiled(tmp_path, ZLIB)


async def busy(advisories: Path) -> Desk:
    """An app that has seen a few images."""
    app = await desk(advisories)
    app.sandboxes.brings[digest(1)] = VULNERABLE
    for number in range(1, 6):
        await app.push(number)
    await app.app.drain()
    return app


async def log_of(account: Account) -> dict[tuple[str, str], object]:
    rows = await all_rows(await account.tables.open("log"))
    return {(row.partition, row.key): dict(row.cells) for row in rows}


async def test_a_copy_has_the_same_rows_and_is_whole(advisories: Path) -> None:
    app, target = await busy(advisories), memory_account()
    copied = await copy(app.account, target)
    assert copied.events > 20
    assert await log_of(target) == await log_of(app.account)
    verified = await verify(target)
    assert (verified.events, verified.problems) == (copied.events, [])
    assert verified.artifacts == copied.artifacts >= 5


async def test_an_app_lives_on_with_a_copy_and_its_views_are_folded_anew(
    advisories: Path,
) -> None:
    app, target = await busy(advisories), memory_account()
    await copy(app.account, target)
    restored = await desk(account=target)
    await restored.app.services.following.runner.sweep()
    assert (await restored.image(1)).health is Health.UNHEALTHY
    assert await restored.table(IMAGES) == await app.table(IMAGES)
    assert await restored.table(BILLING) == await app.table(BILLING)
    await restored.push(9, minute=500)
    await restored.app.drain()
    assert (await restored.image(9)).health is Health.HEALTHY
    assert (await verify(target)).problems == []


async def test_copying_again_brings_what_is_new(advisories: Path) -> None:
    app, target = await busy(advisories), memory_account()
    await copy(app.account, target)
    assert (await copy(app.account, target)).events == 0
    await app.push(1, "again")
    await app.push(7)
    await app.app.drain()
    assert (await copy(app.account, target)).events > 3
    assert await log_of(target) == await log_of(app.account)


@pytest.mark.parametrize("loss", list(Loss))
@pytest.mark.parametrize("nth", range(1, 60, 9))
async def test_a_copy_that_is_cut_short_is_whole_and_goes_on(
    advisories: Path, nth: int, loss: Loss
) -> None:
    app, target = await busy(advisories), memory_account()
    with pytest.raises(StorageUnavailable):
        await copy(app.account, intercepted(target, Faults(at=frozenset({nth}), loss=loss)))
    if await (await target.tables.open("log")).get("!meta", "!meta") is not None:
        assert (await verify(target)).problems == []
    await copy(app.account, target)
    assert await log_of(target) == await log_of(app.account)


async def test_a_stream_that_goes_on_meanwhile_is_folded_from_its_history(
    advisories: Path,
) -> None:
    """The snapshot of the original is of a later version than the copy's events."""
    app, target = await busy(advisories), memory_account()
    log = await app.account.tables.open("log")
    for row in await all_rows(log):
        if row.key.startswith("s|"):
            later = {**row.cells, "version": layout.integer(row.cells, "version") + 1}
            await log.commit(row.partition, [Put(row.key, later)])
    await copy(app.account, target)
    assert (await verify(target)).problems == []
    assert (await (await desk(account=target)).image(1)).health is Health.UNHEALTHY


async def test_another_log_is_never_written_into(advisories: Path) -> None:
    app, other = await busy(advisories), memory_account()
    await open_log(await other.tables.open("log"), other.artifacts)
    with pytest.raises(ConfigurationError, match="another log"):
        await copy(app.account, other)


async def test_a_copy_that_somebody_wrote_to_is_not_gone_on_with(advisories: Path) -> None:
    app, target = await busy(advisories), memory_account()
    await copy(app.account, target)
    restored = await desk(account=target)
    for number in range(20, 40):
        await restored.push(number, minute=500)
    with pytest.raises(ConfigurationError, match="no prefix"):
        await copy(app.account, target)


@pytest.mark.parametrize("kind", ["e|", "v|", "s|", "i|", "!head"])
async def test_a_row_that_is_missing_is_found(advisories: Path, kind: str) -> None:
    app = await busy(advisories)
    log = await app.account.tables.open("log")
    row = next(one for one in await all_rows(log) if one.key.startswith(kind))
    await log.commit(row.partition, [Delete(row.key)])
    assert (await verify(app.account)).problems


async def test_an_artifact_that_is_missing_is_found(advisories: Path) -> None:
    app, target = await busy(advisories), memory_account()
    await copy(app.account, target)
    bare = replace(target, artifacts=memory_account().artifacts)
    problems = (await verify(bare)).problems
    assert len(problems) == (await verify(target)).artifacts
    assert "is not there" in problems[0]


@pytest.mark.azurite
async def test_the_command_copies_between_accounts_and_says_so(
    azurite: Azurite, advisories: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are the emulator's one account here, so there is nothing to bring."""
    settings = {FROM: azurite.connection_string, TO: azurite.connection_string}
    async with open_account(azurite.connection_string) as account:
        await open_log(await account.tables.open("log"), account.artifacts)
    assert await run("copy", settings) == 0
    assert "copied 0 events" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match=TO):
        await run("verify", {})
