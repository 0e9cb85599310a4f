"""Sums in whole numbers: any order of adding gives the same."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import ledger
from analytics.tallies import BINS, EDGES, Sitting, Tally, strata, tally, thirds
from tests.analytics.conftest import START

records = st.lists(
    st.tuples(
        st.integers(1, 65),
        st.integers(1, 3),
        st.integers(1, 3),
        st.integers(0, 31),
        st.sampled_from([0, 1, 4]),
        st.floats(0.01, 0.99),
        st.floats(-5, 5),
        st.integers(0, 90),
        st.integers(0, 700),
        st.sampled_from([0, 1, 2, 4, 5]),
    ),
    min_size=1,
    max_size=8,
)
sittings = st.lists(st.tuples(records, st.one_of(st.none(), st.floats(2, 5)), st.sampled_from(["a", "b"])), min_size=1, max_size=8)


def made(parts) -> list[Sitting]:
    return [
        Sitting(number, START + timedelta(minutes=number), np.array(data, dtype=ledger.RECORD), pace, (group,))
        for number, (data, pace, group) in enumerate(parts)
    ]


def added(groups: list[list[Sitting]]) -> dict[int, dict]:
    totals: dict[int, Tally] = {}
    for group in groups:
        for version, part in tally(group).items():
            totals.setdefault(version, Tally()).add(part)
    return {version: total.as_json() for version, total in totals.items()}


@settings(max_examples=80)
@given(sittings, st.randoms(use_true_random=False))
def test_any_order_and_any_batches_give_the_same(parts, shuffler):
    whole = made(parts)
    one_by_one = [[sitting] for sitting in whole]
    shuffler.shuffle(one_by_one)
    assert added([whole]) == added(one_by_one)


@settings(max_examples=80)
@given(sittings)
def test_what_is_taken_back_leaves_nothing(parts):
    whole = tally(made(parts))
    for total in whole.values():
        copy = Tally.from_json(total.as_json())
        copy.add(total, sign=-1)
        assert copy.as_json() == Tally().as_json()


def test_thirds_split_the_bin_they_end_in():
    bins, part = [0] * BINS, [0] * BINS
    bins[3], bins[10], bins[15] = 10, 10, 10
    part[3], part[10], part[15] = 2, 5, 9
    assert thirds(bins, part) == (pytest.approx(0.2), pytest.approx(0.9))
    bins[3], part[3] = 30, 6
    bins[10] = bins[15] = part[10] = part[15] = 0
    assert thirds(bins, part) == (pytest.approx(0.2), pytest.approx(0.2))
    assert np.isnan(thirds([0] * BINS, part)).all()


@given(st.lists(st.integers(0, 50), min_size=BINS, max_size=BINS))
def test_strata_cover_every_answer_once(bins):
    runs = strata(bins)
    assert len(runs) <= 10
    assert all(first < end for first, end in runs)
    assert sum(sum(bins[first:end]) for first, end in runs) == sum(bins)


def test_edges_of_the_bins():
    assert (EDGES[0], EDGES[-1], BINS) == (-2.25, 2.25, 20)
