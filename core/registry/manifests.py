"""Manifests, indexes and image configurations: read strictly, from bytes whose digest is known.

After the OCI image specification v1.1 and Docker's image manifest V2 schema 2. What a document is
follows from its own bytes, never from the registry's `Content-Type`, which no digest covers; where
the bytes could be read as two things (an index with layers), they are refused, since a runtime
might read the other one.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from core.domain.values import is_digest
from core.errors import InvalidManifest
from core.registry.media_types import INDEXES, MANIFESTS, OCI_ARTIFACT, OCI_INDEX, OCI_MANIFEST

MAX_MANIFEST = 4 * 1024 * 1024
"""Bytes of a manifest or index: what the OCI distribution specification asks registries to take,
and as much as they do take."""

MAX_CONFIG = 8 * 1024 * 1024
"""Bytes of an image's configuration. It is a blob, so no registry limits it; real ones, with all
their history, stay well below 1 MiB."""

MAX_LAYERS = 1_000
"""Layers of an image. Docker builds 127 at most."""

MAX_CHILDREN = 500
"""Manifests in an index."""

_Word = Annotated[str, Meta(max_length=255)]
_Size = Annotated[int, Meta(ge=0, lt=2**53)]
_Annotations = dict[str, str]


class DescribedPlatform(Struct, frozen=True, kw_only=True):
    """What an index says that a child runs on. The child's own configuration has the last word."""

    os: _Word = ""
    architecture: _Word = ""
    variant: _Word = ""


class Descriptor(Struct, frozen=True, kw_only=True, rename="camel"):
    """A reference to a blob or manifest: what it is, what it hashes to, how long it is."""

    media_type: _Word
    digest: _Word
    size: _Size
    platform: DescribedPlatform | None = None
    annotations: _Annotations | None = None

    def __post_init__(self) -> None:
        if not is_digest(self.digest):
            raise ValueError("`digest` is not sha256 and 64 hex digits")


class Manifest(Struct, frozen=True, kw_only=True, rename="camel"):
    """One image, or an artifact in the form of one."""

    media_type: _Word = OCI_MANIFEST
    config: Descriptor
    layers: Annotated[tuple[Descriptor, ...], Meta(max_length=MAX_LAYERS)]
    artifact_type: _Word | None = None
    subject: Descriptor | None = None
    """The manifest that this one says something about."""
    annotations: _Annotations | None = None

    @property
    def size(self) -> int:
        """Bytes of all layers, as the registry stores them."""
        return sum(layer.size for layer in self.layers)


class Index(Struct, frozen=True, kw_only=True, rename="camel"):
    """A list of manifests."""

    media_type: _Word = OCI_INDEX
    children: Annotated[tuple[Descriptor, ...], Meta(max_length=MAX_CHILDREN)] = field(
        name="manifests"
    )
    artifact_type: _Word | None = None
    annotations: _Annotations | None = None


class ArtifactManifest(Struct, frozen=True, kw_only=True):
    """A manifest of the withdrawn type that only artifacts have."""


class LegacyManifest(Struct, frozen=True, kw_only=True):
    """Docker's schema 1, superseded in 2016: recognised so that it can be named, and not read."""


type Document = Manifest | Index | ArtifactManifest | LegacyManifest


class _RootFs(Struct, frozen=True):
    diff_ids: Annotated[tuple[_Word, ...], Meta(max_length=MAX_LAYERS)] = ()


_ABSENT = msgspec.Raw()


class ImageConfig(Struct, frozen=True, kw_only=True):
    """The configuration of an image, as far as a scan needs it. Empty text is what it left out."""

    os: _Word = ""
    architecture: _Word = ""
    variant: _Word = ""
    created: _Word | None = None
    """As the image says: a build may write any time it likes."""
    rootfs: _RootFs = _RootFs()
    config: msgspec.Raw = _ABSENT
    """How a container of it runs, unread: an image must not get out of being scanned by what it
    writes there."""

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Digests of the layers' unpacked bytes, bottom layer first."""
        return self.rootfs.diff_ids

    @property
    def labels(self) -> Mapping[str, str]:
        """What it says of itself; nothing where that cannot be read."""
        if self.config is _ABSENT:
            return {}
        try:
            return msgspec.json.decode(self.config, type=_Running).labels or {}
        except (ValueError, RecursionError):
            return {}


class _Running(Struct, frozen=True, kw_only=True):
    """How a container of an image runs: no more than its labels."""

    labels: dict[str, str] | None = field(name="Labels", default=None)


class _Outline(Struct, frozen=True, kw_only=True, rename="camel"):
    """The fields that tell the documents apart, none of them read any deeper."""

    schema_version: int | None = None
    media_type: _Word | None = None
    config: msgspec.Raw = _ABSENT
    layers: msgspec.Raw = _ABSENT
    fs_layers: msgspec.Raw = _ABSENT
    manifests: msgspec.Raw = _ABSENT

    @property
    def like_index(self) -> bool:
        """Whether it has what only an index has."""
        return self.manifests is not _ABSENT

    @property
    def like_image(self) -> bool:
        """Whether it has what only an image has."""
        return any(part is not _ABSENT for part in (self.config, self.layers, self.fs_layers))


def parse_manifest(data: bytes) -> Document:
    """Read a manifest of any kind; raises InvalidManifest where it is none, or ambiguous."""
    outline = _decode(data, _Outline, limit=MAX_MANIFEST, what="manifest")
    if outline.media_type == OCI_ARTIFACT and not (outline.like_index or outline.like_image):
        return ArtifactManifest()
    if outline.schema_version == 1:
        return LegacyManifest()
    if outline.schema_version != 2:
        raise InvalidManifest(f"manifest: schemaVersion is {outline.schema_version}, not 2")
    if outline.like_index and outline.like_image:
        raise InvalidManifest("manifest: it reads as an index and as an image; neither is believed")
    if outline.media_type not in (INDEXES if outline.like_index else MANIFESTS) | {None}:
        raise InvalidManifest(f"manifest: it is no {outline.media_type}, though it says so")
    if outline.like_index:
        return _decode(data, Index, limit=MAX_MANIFEST, what="manifest")
    return _decode(data, Manifest, limit=MAX_MANIFEST, what="manifest")


def parse_config(data: bytes) -> ImageConfig:
    """Read an image's configuration; raises InvalidManifest where it is none."""
    return _decode(data, ImageConfig, limit=MAX_CONFIG, what="image configuration")


def _decode[T](data: bytes, schema: type[T], *, limit: int, what: str) -> T:
    if len(data) > limit:
        raise InvalidManifest(f"{what}: {len(data)} bytes, and at most {limit} are read")
    try:
        return msgspec.json.decode(data, type=schema)
    except (ValueError, RecursionError) as error:  # bad UTF-8 is a ValueError of its own
        raise InvalidManifest(f"{what}: {error}") from error
