"""Indexes, as a sandbox delivers them: what they list."""

from core.sandbox.interface import Child, ChildKind, Status
from dev.inprocess import Delivered
from tests.support.samples import MANIFEST, digest


def listed(number: int, architecture: str, kind: ChildKind = ChildKind.IMAGE) -> Child:
    """Image `number`, as an index lists it."""
    return Child(
        digest=digest(number),
        media_type=MANIFEST,
        os="linux",
        architecture=architecture,
        kind=kind,
    )


def index_of(*children: Child) -> Delivered:
    """An index that lists them."""
    return Delivered(status=Status.INDEX, parts={"children": children})
