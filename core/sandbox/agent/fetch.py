"""The first stage: what is this, and if it is an image, bring its layers.

Everything is asked of the registry by digest, so nothing can be exchanged on the way; what kind of
thing it is follows from the verified bytes. Layers go into an OCI layout of this one image, and are
measured unpacked, though never unpacked here.
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from core.domain.values import ImageName, NotApplicableCause, Origin
from core.errors import InvalidManifest
from core.registry.classification import Kind, classify, classify_child
from core.registry.interface import RawManifest, Registry
from core.registry.manifests import (
    MAX_CONFIG,
    Descriptor,
    ImageConfig,
    Index,
    Manifest,
    parse_config,
    parse_manifest,
)
from core.sandbox.agent.built import origin_of
from core.sandbox.agent.layout import begin_layout, blob_path
from core.sandbox.agent.unpacking import DAMAGED, unpacked_sizes
from core.sandbox.interface import Child, ChildKind, Limits
from core.sandbox.outcomes import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What an image says that it runs on."""

    os: str = ""
    architecture: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An image, all of it, in its layout."""

    platform: Platform
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFound:
    """No image, but a list of manifests."""

    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """Nothing that can be scanned, and why."""

    cause: NotApplicableCause
    message: str
    platform: Platform = Platform()


_WHY = {
    Kind.WINDOWS: "It is an image for Windows, whose packages no cataloger lists.",
    Kind.FOREIGN_LAYERS: "It has layers that the registry does not hold, only links to them.",
    Kind.UNREADABLE: "It has layers of a type that cannot be read, or not those that it names.",
    Kind.LEGACY: "It is in Docker's schema 1, superseded in 2016: push it again.",
    Kind.ATTESTATION: "It is a statement about another image, not an image.",
    Kind.SIGNATURE: "It is a signature of another image, not an image.",
    Kind.ARTIFACT: "It is an artifact, not an image.",
}
_CHILDREN = {Kind.IMAGE: ChildKind.IMAGE, Kind.INDEX: ChildKind.INDEX} | {
    Kind.ATTESTATION: ChildKind.ATTESTATION
}


async def fetch(
    registry: Registry, image: ImageName, limits: Limits, layout: Path
) -> Fetched | IndexFound | NotApplicable:
    """Look at the manifest, and bring an image's content to `layout`, a folder to be made.

    Raises what the registry raises, a `RegistryError`.
    """
    try:
        raw = await registry.manifest(image.repository, image.digest)
        document = parse_manifest(raw.data)
        if isinstance(document, Index):
            return IndexFound(children=_children(document))
        kind = classify(document)
        if not isinstance(document, Manifest) or kind.cause is not None:
            return _unfit(kind, Platform())
        return await _Download(registry, image.repository, limits, layout).image(raw, document)
    except InvalidManifest as error:
        return _malformed(clean(str(error), 200))


class _Download:
    """Brings one image; the budget of unpacked bytes is one for all layers."""

    def __init__(self, registry: Registry, repository: str, limits: Limits, layout: Path) -> None:
        self._registry = registry
        self._repository = repository
        self._limits = limits
        self._layout = layout
        self._budget = limits.unpacked_bytes

    async def image(self, raw: RawManifest, manifest: Manifest) -> Fetched | NotApplicable:
        described = manifest.config
        if described.size > MAX_CONFIG:
            return _too_large(f"its configuration has {described.size} bytes")
        content = await self._registry.blob(self._repository, described.digest, described.size)
        config = parse_config(content)
        platform = _platform(config)
        kind = classify(manifest, config)
        if kind.cause is not None:
            return _unfit(kind, platform)
        if manifest.size > self._limits.compressed_bytes:
            return _too_large(f"its layers have {manifest.size} bytes", platform)
        begin_layout(self._layout, raw.data, manifest.media_type, raw.digest)
        blob_path(self._layout, described.digest).write_bytes(content)
        for layer in {layer.digest: layer for layer in manifest.layers}.values():
            problem = await self._layer(layer)
            if problem is not None:
                return replace(problem, platform=platform)
        return Fetched(platform=platform, origin=origin_of(manifest, config))

    async def _layer(self, layer: Descriptor) -> NotApplicable | None:
        place = blob_path(self._layout, layer.digest)
        await self._registry.save_blob(self._repository, layer.digest, layer.size, place)
        try:
            for size in unpacked_sizes(place):
                self._budget -= size
                if self._budget < 0:
                    limit = self._limits.unpacked_bytes
                    return _too_large(f"unpacked it has more than {limit} bytes")
                await asyncio.sleep(0)  # so that time can run out in between
        except DAMAGED:
            return _malformed(f"layer {layer.digest} is no whole gzip or Zstandard stream")
        return None


def _platform(config: ImageConfig) -> Platform:
    return Platform(
        os=clean(config.os),
        architecture=clean(config.architecture),
        variant=clean(config.variant),
    )


def _children(index: Index) -> tuple[Child, ...]:
    """The children, each once. An index may name one again, for another platform or as something
    else; then it is an image if it is called one anywhere."""
    children: dict[str, Child] = {}
    for child in map(_child, index.children):
        known = children.setdefault(child.digest, child)
        if child.kind is ChildKind.IMAGE is not known.kind:
            children[child.digest] = child
    return tuple(children.values())


def _child(child: Descriptor) -> Child:
    platform = child.platform
    return Child(
        digest=child.digest,
        media_type=clean(child.media_type),
        kind=_CHILDREN.get(classify_child(child), ChildKind.ARTIFACT),
        os=clean(platform.os) if platform else "",
        architecture=clean(platform.architecture) if platform else "",
        variant=clean(platform.variant) if platform else "",
    )


def _unfit(kind: Kind, platform: Platform) -> NotApplicable:
    return NotApplicable(
        cause=kind.cause or NotApplicableCause.ARTIFACT, message=_WHY[kind], platform=platform
    )


def _malformed(why: str) -> NotApplicable:
    return NotApplicable(
        cause=NotApplicableCause.MALFORMED, message=f"The image is malformed: {why}."
    )


def _too_large(why: str, platform: Platform = Platform()) -> NotApplicable:
    return NotApplicable(
        cause=NotApplicableCause.TOO_LARGE,
        message=f"The image is too large: {why}.",
        platform=platform,
    )
