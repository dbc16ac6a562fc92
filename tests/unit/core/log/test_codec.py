"""What does not decode is told, and what cannot be encoded is refused."""

import pytest

from core.domain.events import TagMoved
from core.errors import CorruptLog, InvalidInput
from core.log import codec
from core.log.codec import Encoded, Fields
from tests.support.samples import at


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
