"""An index is what its children are: the worst of them, and undecided while one is."""

import itertools

import pytest

from core.domain import events as e
from core.domain.image import IMAGE
from core.domain.values import Health, SeverityCounts
from tests.support.images import (
    BAD,
    INDEX,
    RUNNING,
    adopt,
    child,
    delete,
    given,
    names,
    push,
    read_index,
    start,
    then,
)
from tests.support.samples import digest

U, H, N, X = Health.UNHEALTHY, Health.HEALTHY, Health.NOT_APPLICABLE, Health.UNSCANNED


def test_an_index_that_was_read_is_unscanned_until_its_children_are_known() -> None:
    image = given(*INDEX)
    assert image.health is Health.UNSCANNED
    assert image.open_scan is None


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        ((H, H), H),
        ((H, U), U),
        ((H, X), X),
        ((U, X), U),
        ((N, H), H),
        ((N, U), U),
        ((N, X), X),
        ((N, N), N),
    ],
)
def test_an_index_is_as_its_worst_child_and_never_clean_by_omission(
    verdicts: tuple[Health, Health], worst: Health
) -> None:
    for first, second in itertools.permutations(enumerate(verdicts, start=2)):
        image = given(*INDEX, child(*first, position=1), child(*second, position=1))
        assert image.health is worst


def test_an_index_without_images_is_not_applicable() -> None:
    assert given(*RUNNING, read_index()).health is Health.NOT_APPLICABLE


def test_an_index_counts_the_findings_of_all_children() -> None:
    image = given(*INDEX, child(2, U, 1, BAD), child(3, U, 1, SeverityCounts(high=1, low=1)))
    assert image.counts == SeverityCounts(critical=1, high=1, low=3)


def test_an_older_verdict_never_replaces_a_newer() -> None:
    image = given(*INDEX, child(2, U, 7, BAD))
    assert IMAGE.decide(image, child(2, H, 7)) == ()
    assert IMAGE.decide(image, child(2, H, 6)) == ()
    assert names(then(image, child(2, H, 8))[0]) == ["ChildAssessed"]


def test_a_verdict_as_before_keeps_out_what_is_older_than_it() -> None:
    image = given(*INDEX, child(2, U, 5, BAD), child(2, U, 12, BAD))
    assert IMAGE.decide(image, child(2, H, 9)) == (), "told by a follower that was stalled"


def test_a_verdict_on_an_image_that_the_index_does_not_list_is_refused() -> None:
    assert IMAGE.decide(given(*INDEX), child(4, U, 1)) == ()
    assert IMAGE.decide(given(push()), child(2, U, 1)) == ()


def test_a_child_that_was_deleted_leaves_the_index_undecided() -> None:
    assert given(*INDEX, child(2, H, 1), child(3, H, 1), child(3, X, 2)).health is X


def test_an_index_that_was_deleted_and_pushed_anew_asks_anew() -> None:
    image = given(*INDEX, child(2, U, 1, BAD), child(3, H, 1), delete(5), push(9))
    assert image.health is Health.UNSCANNED
    assert image.children is None
    image = then(then(image, start(of=2, minute=9))[1], read_index(2, 3, of=2))[1]
    assert image.health is Health.UNSCANNED
    assert names(then(image, child(2, U, 1, BAD))[0]) == ["ChildAssessed"]


def test_an_index_is_read_once() -> None:
    (read,), image = then(given(*RUNNING), read_index(2, 3))
    assert isinstance(read, e.IndexRead)
    assert [one.digest for one in read.children] == [digest(2), digest(3)]
    assert IMAGE.decide(image, read_index(2, 3)) == ()


def test_an_index_is_never_the_child_of_its_own_child() -> None:
    index = given(*RUNNING, read_index(2, 3))
    assert then(index, adopt(2))[0] == ()
    assert then(index, adopt(9))[0] != ()
