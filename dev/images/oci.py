"""Writes images as OCI layouts: layers, configuration, manifest, index. The same input gives the
same bytes, hence the same digests.

Source: OCI image specification v1.1 (image-layout, manifest, config, image-index); the form of an
attestation is BuildKit's (its docs/attestations/attestation-storage.md).
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

type Json = Mapping[str, object]

_OCI = "application/vnd.oci.image"
INDEX = f"{_OCI}.index.v1+json"
MANIFEST = f"{_OCI}.manifest.v1+json"
CONFIG = f"{_OCI}.config.v1+json"
LAYER = f"{_OCI}.layer.v1.tar+gzip"
IN_TOTO = "application/vnd.in-toto+json"

_FILE_MODE = 0o644
_PROGRAM_MODE = 0o755


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one step of a build adds."""

    files: Mapping[str, bytes]
    """Contents by path, without a leading slash."""
    programs: frozenset[str] = frozenset()
    """Those of the paths that may be executed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image for one platform."""

    layers: Sequence[Layer]
    os: str = "linux"
    architecture: str = "amd64"
    os_version: str | None = None
    """Windows alone names its build here."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One name for several platforms."""

    images: Sequence[Image]
    attested: bool = False
    """Whether each image is followed by a provenance attestation, as BuildKit does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """A blob that was written: what it is and how it is addressed."""

    media_type: str
    digest: str
    size: int

    def json(self, **more: object) -> Json:
        """The descriptor as manifests and indexes write it."""
        return {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
            **{name: value for name, value in more.items() if value},
        }


def build_layout(path: Path, content: Image | Index) -> Descriptor:
    """Write an OCI layout with this one image or index in it, and say what its digest is.

    A layout holds one image, since Syft reads no other.
    """
    writer = _Writer(path)
    written = writer.index(content) if isinstance(content, Index) else writer.image(content)
    (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    top = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [written.json()]}
    (path / "index.json").write_bytes(_encode(top))
    return written


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes blobs below one layout."""

    path: Path

    def index(self, index: Index) -> Descriptor:
        manifests: list[Json] = []
        for image in index.images:
            manifest = self.image(image)
            manifests.append(manifest.json(platform=_platform(image)))
            if index.attested:
                manifests.append(self._attestation(manifest))
        return self._json(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})

    def image(self, image: Image) -> Descriptor:
        archives = [_archive(layer) for layer in image.layers]
        layers = [self._blob(LAYER, gzip.compress(archive, mtime=0)) for archive in archives]
        config = {
            **_platform(image),
            "config": {"Labels": image.labels} if image.labels else {},
            "rootfs": {"type": "layers", "diff_ids": [_digest(archive) for archive in archives]},
        }
        return self._manifest(self._json(CONFIG, config), [layer.json() for layer in layers])

    def _attestation(self, subject: Descriptor) -> Json:
        """A manifest that only looks like an image's: it says how `subject` was built."""
        statement = {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://slsa.dev/provenance/v0.2",
            "subject": [{"name": "_", "digest": {"sha256": subject.digest.partition(":")[2]}}],
            "predicate": {"buildType": "https://mobyproject.org/buildkit@v1"},
        }
        layer = self._json(IN_TOTO, statement)
        unknown = {"architecture": "unknown", "os": "unknown"}
        rootfs = {"type": "layers", "diff_ids": [layer.digest]}
        config = self._json(CONFIG, {**unknown, "config": {}, "rootfs": rootfs})
        predicate = {"in-toto.io/predicate-type": statement["predicateType"]}
        manifest = self._manifest(config, [layer.json(annotations=predicate)])
        return manifest.json(
            annotations={
                "vnd.docker.reference.digest": subject.digest,
                "vnd.docker.reference.type": "attestation-manifest",
            },
            platform=unknown,
        )

    def _manifest(self, config: Descriptor, layers: Sequence[Json]) -> Descriptor:
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.json(),
            "layers": layers,
        }
        return self._json(MANIFEST, manifest)

    def _json(self, media_type: str, document: Json) -> Descriptor:
        return self._blob(media_type, _encode(document))

    def _blob(self, media_type: str, content: bytes) -> Descriptor:
        digest = _digest(content)
        file = self.path / "blobs" / digest.replace(":", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return Descriptor(media_type=media_type, digest=digest, size=len(content))


def _platform(image: Image) -> Json:
    named = {"architecture": image.architecture, "os": image.os, "os.version": image.os_version}
    return {name: value for name, value in named.items() if value}


def _archive(layer: Layer) -> bytes:
    """The layer as a tar archive: sorted, owned by root, from no particular time.

    Folders are listed like files: Syft finds nothing in a folder that is not.
    """
    folders = {str(folder) for path in layer.files for folder in PurePosixPath(path).parents}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folders - {"."} | set(layer.files)):
            content = layer.files.get(path)
            entry = tarfile.TarInfo(path)
            entry.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            entry.size = len(content or b"")
            executable = content is None or path in layer.programs
            entry.mode = _PROGRAM_MODE if executable else _FILE_MODE
            archive.addfile(entry, io.BytesIO(content or b""))
    return buffer.getvalue()


def _encode(document: Json) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
