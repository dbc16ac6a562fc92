"""What the demo pushes: its own images, or the one that somebody names."""

import re
from pathlib import Path

from core.domain.values import is_repository, is_tag
from dev.demo.journey import Subject
from dev.images.catalogue import CATALOGUE, Sample
from dev.images.oci import build_layout

_MAX_NAME = 100
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_TAG = re.compile(r":([A-Za-z0-9_][A-Za-z0-9._-]{0,127})$")


def samples(folder: Path) -> list[Subject]:
    """The demo's own images, built in a folder each."""
    return [_built(sample, folder / str(number)) for number, sample in enumerate(CATALOGUE)]


def _built(sample: Sample, layout: Path) -> Subject:
    build_layout(layout, sample.build())
    return Subject(
        name=sample.name,
        source=f"oci:{layout}",
        repository=sample.repository,
        tag=sample.tag,
        expected=sample.health,
    )


def own_image(source: str) -> Subject:
    """The image at a source that skopeo knows, `docker://…`, `oci:folder:tag`, `dir:folder`."""
    repository, tag = name_of(source)
    return Subject(
        name=f"{repository}:{tag}", source=source, repository=repository, tag=tag, expected=None
    )


def name_of(source: str) -> tuple[str, str]:
    """A repository and a tag for the image at that source, as like its own as the grammar allows.

    `docker://registry/team/app:v1` becomes `own/app` and `v1`; `dir:some/folder` `own/folder` and
    `latest`.
    """
    source = source.rstrip("/")
    _, _, place = source.rpartition("/") if "/" in source else source.partition(":")
    place = _DIGEST.sub("", place)
    tag = _TAG.search(place)
    name = re.sub(r"[^a-z0-9]+", "-", place[: tag.start()].lower() if tag else place.lower())
    repository = f"own/{name.strip('-')[:_MAX_NAME].strip('-') or 'image'}"
    assert is_repository(repository)  # noqa: S101 - whatever the source, the name is made so
    return repository, tag[1] if tag and is_tag(tag[1]) else "latest"
