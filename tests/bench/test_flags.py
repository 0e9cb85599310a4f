"""The flags' rates on generated questions, through the packed evidence and its sums."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.statistics.flags import FEWEST
from bench.flags import KINDS, MOST_ACCUSED, WANTED, added_up, judged, rate, too_few

QUESTIONS = 200


@pytest.mark.parametrize(("name", "n"), WANTED, ids=[name for name, _n in WANTED])
def test_bad_questions_are_found_as_often_as_they_have_to_be(name, n):
    assert not too_few(rate(KINDS[name], n, questions=QUESTIONS), WANTED[name, n], QUESTIONS)


@pytest.mark.parametrize("n", [30, 100, 400])
def test_good_questions_are_hardly_accused(n):
    assert rate(KINDS["good"], n, questions=2 * QUESTIONS) <= MOST_ACCUSED


def test_nothing_is_raised_under_thirty_answers():
    rng = np.random.default_rng(4)
    assert not any(judged(kind(FEWEST - 1, rng)) for kind in KINDS.values() for _ in range(20))


def test_too_few_allows_for_chance_and_no_more():
    assert not too_few(0.64, 0.67, 600)
    assert too_few(0.55, 0.67, 600)
    assert too_few(0.64, 0.67, 1_000_000) is False  # what is wanted was itself measured on 600
    assert too_few(0.63, 0.67, 1_000_000)


def test_sums_hold_what_was_met():
    met = KINDS["wrong key"](120, np.random.default_rng(1))
    total = added_up(met)
    assert total.everyone.count == 120
    assert total.right.count == int((met.chosen == 1).sum())
    assert {place: cell.count for place, cell in total.options.items()} == {
        int(place): int(count) for place, count in zip(*np.unique(met.chosen, return_counts=True), strict=True)
    }
