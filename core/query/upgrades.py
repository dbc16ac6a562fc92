"""Upgrades as the JSON that people get, and where they come from."""

import asyncio
from collections.abc import Sequence

from core.advisories.remediation import Upgrade, upgrades
from core.answers.findings import Upgrade as ShownUpgrade
from core.domain.findings import Finding
from core.scanning.published import PublishedAdvisories


async def upgrades_in_force(
    advisories: PublishedAdvisories, findings: Sequence[Finding]
) -> tuple[Upgrade, ...] | None:
    """What to upgrade by the advisories in force; `None` where there are none to ask."""
    in_force = await advisories.in_force()
    if in_force is None:
        return None
    return await asyncio.to_thread(upgrades, findings, in_force.matcher.advisories)


def upgrade_of(upgrade: Upgrade) -> ShownUpgrade:
    """One upgrade."""
    return ShownUpgrade(
        sentence=upgrade.sentence,
        ecosystem=upgrade.ecosystem,
        package=upgrade.package,
        components=upgrade.components,
        installed=upgrade.installed,
        target=upgrade.target,
        severity=upgrade.severity,
        resolves=upgrade.resolved,
        leaves=upgrade.remaining,
    )
