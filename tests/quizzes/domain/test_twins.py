"""Near-duplicates by character 5-grams."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.twins import GRAM, group_twins, likeness, near_pairs, shingles


def plain_likeness(one: str, other: str) -> float:
    """Jaccard's index of the sets of 5-grams, straight from its definition."""
    import re

    def grams(text: str) -> set[str]:
        plain = re.sub(r"[^\w]+", " ", text.casefold()).strip()
        return {plain[start : start + GRAM] for start in range(max(len(plain) - GRAM + 1, 1))}

    return len(grams(one) & grams(other)) / len(grams(one) | grams(other))


@given(st.lists(st.text(alphabet="abc ,.", max_size=30), min_size=2, max_size=8), st.sampled_from([0.2, 0.45, 0.6]))
def test_pairs_are_those_of_the_definition(texts, above):
    found = {(one, other): value for one, other, value in near_pairs(texts, above)}
    wanted = {
        (one, other): plain_likeness(texts[one], texts[other])
        for one, other in combinations(range(len(texts)), 2)
        if plain_likeness(texts[one], texts[other]) > above
    }
    assert found == pytest.approx(wanted)


def test_likeness_of_the_same_and_of_strangers():
    same, again, other = shingles(["What has changed?", "what has  changed", "Price of storage"])
    assert likeness(same, again) == 1
    assert likeness(same, other) == 0


def test_groups_hang_together():
    """One is like two, two is like three: all three are one group, though one and three differ."""
    one = "alpha beta gamma delta epsilon zeta"
    two = "beta gamma delta epsilon zeta eta theta"
    three = "gamma delta epsilon zeta eta theta iota kappa"
    assert plain_likeness(one, three) < 0.5 < plain_likeness(one, two)
    assert group_twins([one, "something else entirely", two, three], above=0.5) == [[0, 2, 3]]
