"""What is compiled and searched agrees with the specification followed to the letter."""

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.advisories.matching import match
from tests.support import osv_oracle
from tests.support.advisories import inventory, opened, package, record
from tests.support.osv_oracle import Affected, Contradictory, Range


class World(NamedTuple):
    """An ecosystem, and how its packages are installed."""

    ecosystem: str
    kind: str
    system: str | None
    pool: tuple[str, ...]


WORLDS = (
    World("PyPI", "pypi", None, ("0.9", "1.0a1", "1.0", "1.0.0", "1.0.post1", "1.1", "1.10", "2")),
    World("npm", "npm", None, ("0.9.0", "1.0.0-0", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0")),
    World(
        "Debian:12",
        "deb",
        "debian 12.1",
        ("1.0~rc1-1", "1.0-1", "1.0-1+deb12u1", "1.0-1.1", "1.0a-1", "1:0.1-1"),
    ),
    World("Alpine:v3.19", "apk", "alpine 3.19.1", ("1.0_rc1-r0", "1.0-r1", "1.0-r2", "1.0_p1-r1")),
    World(
        "AlmaLinux:9", "rpm", "almalinux 9.1", ("1.0-1.el9", "1.0-1.el9_1", "1.0-2.el9", "1:1-1")
    ),
)


def _events(pool: tuple[str, ...]) -> st.SearchStrategy[list[dict[str, str]]]:
    versions = st.sampled_from(pool)
    event = st.one_of(
        st.builds(lambda version: {"introduced": version}, versions),
        st.just({"introduced": "0"}),
        st.builds(lambda version: {"fixed": version}, versions),
        st.builds(lambda version: {"last_affected": version}, versions),
        st.builds(lambda version: {"limit": version}, versions | st.just("*")),
    )
    return st.lists(event, min_size=1, max_size=6)


def _entry(world: World, name: str) -> st.SearchStrategy[Affected]:
    ranges = st.lists(
        st.builds(lambda events: Range(type="ECOSYSTEM", events=events), _events(world.pool)),
        max_size=2,
    )
    return st.builds(
        lambda ranges, versions: Affected(
            package={"ecosystem": world.ecosystem, "name": name}, ranges=ranges, versions=versions
        ),
        ranges,
        st.lists(st.sampled_from(world.pool), max_size=3),
    )


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.ecosystem)
@given(data=st.data())
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_version_is_judged_as_the_specification_says(
    tmp_path: Path, world: World, data: st.DataObject
) -> None:
    records = {
        f"X-{number}": data.draw(st.lists(_entry(world, f"p{number % 4}"), min_size=1, max_size=2))
        for number in range(12)
    }
    with opened(tmp_path, *(record(name, *entries) for name, entries in records.items())) as db:
        for name in ("p0", "p1", "p2", "p3"):
            for version in world.pool:
                installed = inventory(package(world.kind, name, version), system=world.system)
                matched = match(db, installed)
                found = {each for finding in matched.findings for each in finding.advisories}
                for advisory, entries in records.items():
                    expected = _expected(entries, world.ecosystem, name, version)
                    if expected is None:
                        assert matched.unknown or advisory in found
                    else:
                        assert (advisory in found) is expected, (advisory, name, version)


def _expected(entries: list[Affected], ecosystem: str, name: str, version: str) -> bool | None:
    """What the specification says, or `None` where a range says nothing."""
    try:
        return osv_oracle.affects(entries, ecosystem, name, version)
    except Contradictory:
        return None
