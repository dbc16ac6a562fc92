"""Which ecosystem orders how."""

import pytest

from core.advisories import versions
from core.advisories.versions import Unparsable


@pytest.mark.parametrize("ecosystem", ["Debian", "Debian:12", "Alpine:v3.19", "Red Hat:x::y"])
def test_an_ecosystem_is_known_with_and_without_its_release(ecosystem: str) -> None:
    assert versions.known(ecosystem)


def test_an_unheard_of_ecosystem_is_not_known() -> None:
    assert not versions.known("Nixpkgs:24.05")
    with pytest.raises(KeyError):
        versions.compare("Nixpkgs", "1", "2")


def test_the_second_version_is_named_where_it_is_the_one_that_cannot_be_compared() -> None:
    compared = versions.compare("PyPI", "1.0", "not a version")

    assert isinstance(compared, Unparsable)
    assert compared.version == "not a version"


def test_a_number_of_thousands_of_digits_is_refused_not_computed() -> None:
    assert isinstance(versions.compare("Debian", "9" * 100_000, "1"), Unparsable)
