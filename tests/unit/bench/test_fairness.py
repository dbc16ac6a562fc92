"""A push behind waiting rescans is started by the slots that are kept for pushes."""

from bench.fairness import PUSHES, Started, sections, started


async def test_pushes_have_sandboxes_though_more_rescans_wait_than_there_are_slots() -> None:
    told = await started(20)
    assert (told.rescans, len(told.pushes)) == (6, PUSHES)


def test_every_queue_is_compared_with_the_shortest() -> None:
    measured = [
        Started(waiting=0, rescans=0, pushes=[0.01, 0.01]),
        Started(waiting=5000, rescans=6, pushes=[0.01, 0.02]),
    ]
    (section,) = sections(measured)
    assert section.rows[1] == ("5,000", "6", "15 ms", "1.50 x")
