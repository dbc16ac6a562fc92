"""Somebody pulls an image from the registry, and the image says when it was last pulled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dev.images.hand import hand_image
from dev.stack.skopeo import fetch
from tests.e2e.push_to_findings.client import Client, Json, until_run

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

REPOSITORY = "pulled/by-somebody"


async def test_a_pull_with_skopeo_is_shown_and_our_own_is_not(
    client: Client, tmp_path: Path
) -> None:
    """Scanned images were pulled by the sandbox alone: that is nobody's use."""
    before = datetime.now(UTC).date()
    used, unused = [
        await client.push(hand_image(packages=2, vulnerable=0, label=name), REPOSITORY, name)
        for name in ("used", "unused")
    ]
    for digest in (used, unused):
        assert (await client.settled(REPOSITORY, digest))["pulledOn"] is None
    await fetch(client.stack.registry, REPOSITORY, used, tmp_path / "layout")

    async def pulled() -> dict[str, Json] | None:
        image = await client.image(REPOSITORY, used)
        return image if image["pulledOn"] is not None else None

    days = {str(before + timedelta(days=one)) for one in (0, 1)}
    assert (await until_run(client, "pulls", pulled))["pulledOn"] in days
    assert (await client.timeline(REPOSITORY, used)).count("ImagePulled") == 1
    assert (await client.image(REPOSITORY, unused))["pulledOn"] is None
