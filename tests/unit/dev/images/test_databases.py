"""The databases say what their package managers write; the catalogers' view is in test_samples."""

import pytest

from dev.images.databases import Package, dist_info, dpkg_paragraph, parse_table
from dev.images.hand import hand_image


def test_a_table_has_a_package_a_line() -> None:
    table = """
    # name version source source-version
    zlib1g 1:1.2.11 zlib     # the epoch belongs to the version
    bash 5.1-2+b3 bash 5.1-2

    sudo 1.9.5
    """
    assert parse_table(table) == (
        Package(name="zlib1g", version="1:1.2.11", source="zlib"),
        Package(name="bash", version="5.1-2+b3", source="bash", source_version="5.1-2"),
        Package(name="sudo", version="1.9.5"),
    )


@pytest.mark.parametrize(
    ("package", "source"),
    [
        (Package(name="libc6", version="2.31-13", source="glibc"), "Source: glibc\n"),
        (
            Package(name="bash", version="5.1-2+b3", source="bash", source_version="5.1-2"),
            "Source: bash (5.1-2)\n",
        ),
        (Package(name="sudo", version="1.9.5p2-3"), ""),
    ],
)
def test_dpkg_names_the_source_only_where_it_differs(package: Package, source: str) -> None:
    paragraph = dpkg_paragraph(package)
    stated = [line for line in paragraph.splitlines(keepends=True) if line.startswith("Source")]
    assert "".join(stated) == source


def test_a_project_is_recorded_under_its_normalised_name() -> None:
    [(path, metadata)] = dist_info({"typing-extensions": "4.0.0"}).items()
    assert path.endswith("/typing_extensions-4.0.0.dist-info/METADATA")
    assert b"Name: typing-extensions\n" in metadata


def test_no_more_packages_can_be_vulnerable_than_there_are() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        hand_image(packages=2, vulnerable=3)
