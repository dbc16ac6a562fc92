"""Every source that skopeo knows gets a name that the registry takes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.values import Health, is_repository, is_tag
from dev.demo.sources import name_of, own_image, samples
from dev.images.catalogue import CATALOGUE

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("docker://registry.example/team/app:v1", ("own/app", "v1")),
        ("docker://registry.example:5000/app", ("own/app", "latest")),
        (f"docker://registry.example/app@{DIGEST}", ("own/app", "latest")),
        (f"docker://registry.example/app:v1@{DIGEST}", ("own/app", "v1")),
        ("docker://ubuntu", ("own/ubuntu", "latest")),
        ("oci:folder", ("own/folder", "latest")),
        ("oci:some/folder:1.2_x", ("own/folder", "1.2_x")),
        ("dir:/tmp/My Image/", ("own/my-image", "latest")),
        ("oci-archive:/tmp/app.tar", ("own/app-tar", "latest")),
        ("", ("own/image", "latest")),
        ("dir:/", ("own/image", "latest")),
    ],
)
def test_an_image_keeps_as_much_of_its_name_as_it_can(source: str, name: tuple[str, str]) -> None:
    assert name_of(source) == name


@given(st.text())
def test_whatever_the_source_its_name_follows_the_grammar(source: str) -> None:
    repository, tag = name_of(source)
    assert is_repository(repository)
    assert is_tag(tag)


def test_ones_own_image_may_come_to_any_verdict() -> None:
    assert own_image("oci:folder").expected is None


def test_the_demos_images_are_the_catalogues(tmp_path: Path) -> None:
    subjects = samples(tmp_path)
    assert [subject.repository for subject in subjects] == [one.repository for one in CATALOGUE]
    assert {subject.expected for subject in subjects} >= {Health.HEALTHY, Health.UNHEALTHY}
    assert all(Path(one.source.removeprefix("oci:"), "index.json").exists() for one in subjects)
