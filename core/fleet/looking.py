"""Looks at images and says which of them should have another verdict."""

from collections.abc import Iterator, Mapping, Sequence

from core.fleet.images import FleetImage
from core.fleet.recording import Changed
from core.fleet.touching import Touching
from core.fleet.verdicts import Verdicts, together
from core.scanning.assessment import Verdict
from core.storage.interface import artifact_of

type Packages = Mapping[bytes, bytes]
"""Contents of distinct packages, by short name."""


class Looker:
    """Looks at images of one shard, from rows alone."""

    def __init__(self, packages: Packages, verdicts: Verdicts) -> None:
        self._packages = packages
        self._verdicts = verdicts

    def readable(self, image: FleetImage) -> bool:
        """Whether the rows tell all of its packages; else its inventory must be read."""
        return image.packages is not None and all(
            short in self._packages for short in image.short_names
        )

    def changed(self, images: Sequence[FleetImage]) -> Iterator[Changed]:
        """Those of the readable images whose verdict is another now."""
        for image in images:
            verdict = self._verdict(image)
            if differs(image, verdict):
                yield Changed(image=image, verdict=verdict)

    def touched(self, images: Sequence[FleetImage], touching: Touching) -> list[FleetImage]:
        """Those that have a package which a difference touches, or must be read to know."""
        touched = {short for short, content in self._packages.items() if touching.touches(content)}
        return [
            image
            for image in images
            if not self.readable(image) or not touched.isdisjoint(image.short_names)
        ]

    def _verdict(self, image: FleetImage) -> Verdict:
        contents = [self._packages[short] for short in image.short_names]
        verdicts = (self._verdicts.of(content) for content in contents)
        return together(zip(verdicts, image.layer_of_each(len(contents)), strict=True))


def differs(image: FleetImage, verdict: Verdict) -> bool:
    """Whether that is not what was last said of the image."""
    known = (image.findings, image.uncompared)
    return image.version == 0 or known != (
        artifact_of(verdict.findings).sha256,
        verdict.uncompared,
    )
