"""The whole story once over the storage emulator: rows and transactions as Azure has them."""

from pathlib import Path

import pytest

from core.domain.values import Health
from core.storage.account import open_account
from dev.stack.azurite import Azurite
from tests.support.advisories import below, record
from tests.support.fleet import deb, fleet, vast

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
CURL = record("DEBIAN-CVE-2026-2", below("Debian:12", "curl", "8.0"), upstream=["CVE-2026-2"])


@pytest.mark.azurite
async def test_a_fleet_is_assessed_anew(own_azurite: Azurite, tmp_path: Path) -> None:
    async with open_account(own_azurite.connection_string) as account:
        world = await fleet(account, tmp_path)
        for number in range(1, 36):
            version = "1.2" if number % 7 == 0 else "1.4"
            await world.take(number, deb("zlib", version), deb(f"package-{number}", "1"))
        await world.take(99, deb("zlib", "1.2"), *vast())
        await world.publish(CURL)
        first = await world.reassessor.run()
        assert first is not None
        assert (first.changed, first.complete) == (36, True)
        await world.publish(CURL, ZLIB)
        late = await fleet(account, tmp_path)
        second = await late.reassessor.run()
        assert second is not None
        assert (second.looked_at, second.changed, second.complete) == (36, 6, True)
        assert await world.claim_holds()
        assert (await world.state(7)).health is Health.UNHEALTHY
        assert (await world.state(99)).health is Health.UNHEALTHY
        assert (await world.state(1)).health is Health.HEALTHY
