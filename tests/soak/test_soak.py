"""A short voyage with every run of the tests; `make soak` takes a long one."""

from pathlib import Path

import pytest

from tests.soak.checker import check
from tests.soak.voyage import embark


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_a_stormy_voyage_everything_is_in_its_place(tmp_path: Path, seed: int) -> None:
    async with embark(seed, tmp_path) as voyage:
        for _ in range(1500):
            await voyage.sail()
        await voyage.arrive()
        found = await check(voyage)
    assert min(found["images"], found["billed"], found["notices"]) > 5
    assert min(voyage.post.dropped, voyage.post.doubled, voyage.storms[0].lost) > 0
