"""The fleet that is measured is the same every time, and made of what advisories name."""

from itertools import islice
from pathlib import Path

from bench.fleet import named_for
from bench.fleet_data import FleetData, made_up
from core.advisories.compiler import compile_database
from core.advisories.database import Advisories
from core.advisories.matching import Matcher
from core.inventory.reader import read

RECORDS = list(made_up(900))


def data() -> FleetData:
    return FleetData(RECORDS, images=30, packages=50, distinct=1_000)


def test_the_same_fleet_is_made_every_time() -> None:
    one, other = data(), data()
    assert [one.image(n).sbom() for n in range(30)] == [other.image(n).sbom() for n in range(30)]


def test_every_image_has_its_packages_and_some_have_findings(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n".join(RECORDS))
    database = compile_database([file], tmp_path / "advisories.sqlite").path
    found = 0
    with Advisories.open(database) as advisories:
        matcher = Matcher(advisories)
        for number in range(30):
            inventory = read(data().image(number).sbom())
            assert (len(inventory.packages), inventory.unidentified) == (50, 0)
            assert len({package.layer for package in inventory.packages}) == 2
            found += len(matcher.match(inventory).findings)
    assert found > 0


def test_images_share_packages() -> None:
    made = data()
    held = [package for number in range(30) for package in made.image(number).packages]
    assert len(set(held)) < len(held)


def test_advisories_name_packages_that_few_images_have() -> None:
    made = data()
    records = named_for(made.rare(), 5, 100, "FEW")
    named = {(one.ecosystem, one.name) for one, _ in islice(made.rare(), len(records))}
    held = [package for number in range(30) for package in made.image(number).packages]
    touched = [one for one in held if (one.ecosystem, one.name) in named]
    assert 0 < len(touched) <= 5
    assert len(named_for(made.rare(), 100, 3, "FEW")) == 3
