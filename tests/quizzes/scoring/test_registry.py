"""Tables of answers and what they earn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.scoring import BadAnswer, Shape, check_answer, is_answered, score_answer

KEYS = frozenset("abcde")
SHAPES = {
    "multiple_choice": Shape("multiple_choice", KEYS, frozenset(), 1),
    "multiple_response": Shape("multiple_response", KEYS, frozenset(), 2),
    "case_study": Shape("case_study", KEYS, frozenset(), 1),
    "ordering": Shape("ordering", KEYS, frozenset(), 3),
    "matching": Shape("matching", KEYS, frozenset({"p1", "p2", "p3"}), 3),
}


@pytest.mark.parametrize(
    ("kind", "key", "answer", "whole", "partial"),
    [
        ("multiple_choice", ["c"], ["c"], 1, 1),
        ("multiple_choice", ["c"], ["a"], 0, 0),
        ("multiple_choice", ["c"], None, 0, 0),
        ("case_study", ["a"], ["a"], 1, 1),
        ("case_study", ["a", "b"], ["a", "c"], 0, 0.5),
        ("multiple_response", ["a", "c"], ["a", "c"], 1, 1),
        ("multiple_response", ["a", "c"], ["a"], 0, 0.5),
        ("multiple_response", ["a", "c"], ["a", "b"], 0, 0.5),
        ("multiple_response", ["a", "c"], ["b", "d"], 0, 0),
        ("ordering", ["c", "a", "b"], ["c", "a", "b"], 1, 1),
        ("ordering", ["c", "a", "b"], ["c", "b", "a"], 0, 1 / 3),
        ("ordering", ["c", "a", "b"], ["c", "a"], 0, 2 / 3),
        ("ordering", ["c", "a", "b"], [None, "a"], 0, 1 / 3),
        ("matching", {"p1": "a", "p2": "b"}, {"p1": "a", "p2": "b"}, 1, 1),
        ("matching", {"p1": "a", "p2": "b"}, {"p1": "a"}, 0, 0.5),
        ("matching", {"p1": "a", "p2": "b"}, {"p1": "b", "p2": "a"}, 0, 0),
        ("matching", {"p1": "a", "p2": "b"}, {}, 0, 0),
    ],
)
def test_score_answer_whole_and_partial(kind, key, answer, whole, partial):
    assert score_answer(kind, key, answer).credit == whole
    assert score_answer(kind, key, answer, partial=True).credit == pytest.approx(partial)


@pytest.mark.parametrize(
    ("kind", "answer", "stored"),
    [
        ("multiple_choice", ["a"], ["a"]),
        ("multiple_choice", [], None),
        ("multiple_response", ["d", "a"], ["a", "d"]),
        ("ordering", ["c", None, "a"], ["c", None, "a"]),
        ("ordering", ["c", None, None], ["c"]),
        ("ordering", [None, None], None),
        ("matching", {"p2": "a", "p1": None}, {"p2": "a"}),
        ("matching", {"p1": None}, None),
        ("matching", {}, None),
        ("case_study", None, None),
    ],
)
def test_check_answer_gives_the_stored_form(kind, answer, stored):
    assert check_answer(answer, SHAPES[kind]) == stored


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("multiple_choice", ["a", "b"]),
        ("multiple_choice", ["z"]),
        ("multiple_choice", [None]),
        ("multiple_choice", {"p1": "a"}),
        ("multiple_choice", [["a"]]),
        ("multiple_response", ["a", "a"]),
        ("multiple_response", ["a", "b", "c"]),
        ("ordering", ["a", "a", None]),
        ("ordering", ["a", "b", "c", "d"]),
        ("matching", ["a"]),
        ("matching", {"p9": "a"}),
        ("matching", {"p1": "z"}),
        ("matching", {"p1": ["a"]}),
    ],
)
def test_check_answer_refuses_what_does_not_fit(kind, answer):
    with pytest.raises(BadAnswer):
        check_answer(answer, SHAPES[kind])


@given(
    st.lists(st.sampled_from(sorted(KEYS)), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(sorted(KEYS)), max_size=3, unique=True),
)
def test_partial_credit_lies_between_nothing_and_all(key, answer):
    for kind in ("multiple_response", "ordering"):
        credit = score_answer(kind, key, answer, partial=True)
        assert 0 <= score_answer(kind, key, answer).credit <= credit.credit <= 1
        assert (credit.credit == 1) == credit.right


def test_is_answered_sees_only_what_was_chosen():
    assert [is_answered(a) for a in (None, [], {}, [None], {"p1": None}, ["a"], {"p1": "a"})] == [False] * 5 + [True] * 2
