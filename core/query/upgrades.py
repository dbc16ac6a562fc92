"""Upgrades as the JSON that people get, and where they come from."""

import asyncio
from collections.abc import Iterable, Sequence

from core.advisories.remediation import Upgrade, upgrades
from core.domain.findings import Finding
from core.query.shapes import Json
from core.scanning.published import PublishedAdvisories


async def upgrades_in_force(
    advisories: PublishedAdvisories, findings: Sequence[Finding]
) -> tuple[Upgrade, ...] | None:
    """What to upgrade by the advisories in force; `None` where there are none to ask."""
    in_force = await advisories.in_force()
    if in_force is None:
        return None
    return await asyncio.to_thread(upgrades, findings, in_force.matcher.advisories)


def upgrade_of(upgrade: Upgrade) -> dict[str, Json]:
    """One upgrade."""
    return {
        "sentence": upgrade.sentence,
        "ecosystem": upgrade.ecosystem,
        "package": upgrade.package,
        "components": _words(upgrade.components),
        "installed": upgrade.installed,
        "target": upgrade.target,
        "severity": upgrade.severity.value,
        "resolves": _words(upgrade.resolved),
        "leaves": _words(upgrade.remaining),
    }


def _words(words: Iterable[str]) -> Json:
    return list[Json](words)
