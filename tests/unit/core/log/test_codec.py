"""What does not decode is told, and what cannot be encoded is refused."""

import hashlib

import pytest

from core.domain.events import TagMoved
from core.domain.image.state import ChildVerdict, Image
from core.domain.values import SeverityCounts
from core.errors import CorruptLog, InvalidInput
from core.log import codec
from core.log.codec import Encoded, Fields
from core.log.layout import FOLD
from core.sandbox.outcomes import MAX_CHILDREN
from tests.support.samples import at, image_name


@pytest.mark.parametrize(
    "encoded",
    [
        Encoded(type="NeverHeardOf", schema=1, data=b"{}"),
        Encoded(type="TagMoved", schema=2, data=b"{}"),
        Encoded(type="TagMoved", schema=0, data=b"{}"),
        Encoded(type="TagMoved", schema=-1, data=b"{}"),
        Encoded(type="TagMoved", schema=1, data=b""),
        Encoded(type="TagMoved", schema=1, data=b"{}"),
        Encoded(type="TagMoved", schema=1, data=b"[]"),
        Encoded(type="TagMoved", schema=1, data=b"\xff"),
        Encoded(type="TagMoved", schema=1, data=b'{"tag":1,"to":"x","moved_at":"2026-01-01"}'),
        Encoded(type="ImagePulled", schema=1, data=b'{"day":"2026-02-30"}'),
    ],
)
def test_what_is_no_event_of_ours_is_a_corrupt_log(encoded: Encoded) -> None:
    with pytest.raises(CorruptLog):
        codec.decode(encoded)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"digest":1}', b"\xff"])
def test_what_is_no_state_is_a_corrupt_log(data: bytes) -> None:
    with pytest.raises(CorruptLog):
        codec.decode_state(data, TagMoved)


def test_the_state_of_an_index_of_as_many_children_as_may_be_fits_beside_its_stream() -> None:
    digests = [
        f"sha256:{hashlib.sha256(bytes([n % 256, n // 256])).hexdigest()}"
        for n in range(MAX_CHILDREN)
    ]
    counted = SeverityCounts(critical=3, high=17, medium=120, low=41, negligible=9, unknown=1)
    children = {
        digest: ChildVerdict(counts=counted, disabled=counted, position=100_000 + 7 * number)
        for number, digest in enumerate(digests)
    }
    data = codec.encode_state(Image(name=image_name(), children=children))
    assert len(data) <= FOLD
    assert codec.decode_state(data, Image).children == children


def test_a_compressed_state_that_was_cut_off_is_a_corrupt_log() -> None:
    data = codec.encode_state(Image(tags=tuple(str(number) for number in range(10_000))))
    with pytest.raises(CorruptLog, match="a snapshot of Image"):
        codec.decode_state(data[:-100], Image)


def test_a_text_that_is_no_unicode_is_invalid_input() -> None:
    with pytest.raises(InvalidInput):
        codec.encode(TagMoved(tag="\ud800", to="x", moved_at=at(0)))


def test_an_older_schema_is_lifted_step_by_step_before_it_is_decoded() -> None:
    def rename(fields: Fields) -> Fields:
        return {"tag": fields["label"], "target": fields["target"]}

    def complete(fields: Fields) -> Fields:
        return {"tag": fields["tag"], "to": fields["target"], "moved_at": "2026-01-01T00:00:00Z"}

    ladder = {("TagMoved", -1): rename, ("TagMoved", 0): complete}
    oldest = Encoded(type="TagMoved", schema=-1, data=b'{"label":"v1","target":"x"}')
    older = Encoded(type="TagMoved", schema=0, data=b'{"tag":"v1","target":"x"}')
    for encoded in (oldest, older):
        assert codec.decode(encoded, upcasters=ladder) == TagMoved(tag="v1", to="x", moved_at=at(0))
    with pytest.raises(CorruptLog, match="nothing lifts TagMoved from schema -1"):
        codec.decode(oldest, upcasters={("TagMoved", 0): complete})
