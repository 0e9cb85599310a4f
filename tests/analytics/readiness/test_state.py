"""The state and its bytes."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.readiness.filter import QuestionParameters, update
from analytics.readiness.state import Hyperparameters, Layout, LayoutMismatch, ability_model, pack, unpack

DOMAINS = ("1", "1", "1", "2", "2", "2", "3", "3", "3", "3", "4", "4", "5", "5")
LAYOUT = Layout(tuple(f"t{index}" for index in range(14)), DOMAINS, tuple(f"s{index}" for index in range(11)))


def used_state():
    model = ability_model(LAYOUT)
    state = model.prior()
    rng = np.random.default_rng(1)
    for number in range(50):
        question = QuestionParameters(int(rng.integers(14)), 1.2, 0.1, 0.3, int(rng.integers(11)))
        update(state, model, question, correct=bool(rng.integers(2)), day=number / 7)
    return state


def test_packed_state_comes_back_to_the_last_bit():
    state = used_state()
    back = unpack(pack(state, LAYOUT), LAYOUT)
    for name in ("mean", "cov", "stage_mean", "stage_var", "first_answers", "stage_answers"):
        assert (getattr(back, name) == getattr(state, name)).all(), name
    assert (back.day, back.pending) == (state.day, state.pending)
    assert pack(back, LAYOUT) == pack(state, LAYOUT)


def test_packed_state_with_stages_fits_into_a_kilobyte_and_a_half():
    assert len(pack(used_state(), LAYOUT)) <= 1536


def test_state_before_the_first_answer_has_no_day():
    assert unpack(pack(ability_model(LAYOUT).prior(), LAYOUT), LAYOUT).day is None


def test_unpacked_state_may_be_changed():
    state = unpack(pack(used_state(), LAYOUT), LAYOUT)
    update(state, ability_model(LAYOUT), QuestionParameters(0, 1.0, 0.0, 0.0, 1), correct=True, day=99.0)


@pytest.mark.parametrize(
    "other",
    [
        Layout(LAYOUT.tasks[::-1], DOMAINS, LAYOUT.stages),
        Layout(LAYOUT.tasks, DOMAINS, LAYOUT.stages[:-1]),
        Layout(LAYOUT.tasks, ("9", *DOMAINS[1:]), LAYOUT.stages),
    ],
)
def test_state_of_another_layout_is_refused(other):
    with pytest.raises(LayoutMismatch):
        unpack(pack(used_state(), LAYOUT), other)


@pytest.mark.parametrize("cut", [3, 400, -1])
def test_damaged_bytes_are_refused(cut):
    with pytest.raises(ValueError, match="packed state"):
        unpack(pack(used_state(), LAYOUT)[:cut], LAYOUT)


def test_prior_spreads_as_the_hyperparameters_say():
    cov = ability_model(LAYOUT).prior_cov
    assert cov[0, 0] == pytest.approx(1 + 0.45**2 + 0.25**2)
    assert cov[0, 1] == pytest.approx(1 + 0.45**2)
    assert cov[0, 3] == pytest.approx(1)
    assert cov[14, 14] == pytest.approx(0.008**2)
    assert cov[0, 14] == 0


@pytest.mark.parametrize("wrong", [{"tau_g": -1.0}, {"q_a": float("nan")}, {"tau_g": 0.0, "tau_d": 0.0, "tau_t": 0.0}])
def test_impossible_hyperparameters_are_refused(wrong):
    with pytest.raises(ValueError, match=r"negative|finite|variance"):
        Hyperparameters(**wrong)


@pytest.mark.parametrize(
    ("tasks", "domains", "stages"),
    [((), (), ()), (("a",), (), ()), (("a", "a"), ("1", "1"), ()), (("a",), ("1",), ("s", "s"))],
)
def test_impossible_layouts_are_refused(tasks, domains, stages):
    with pytest.raises(ValueError, match=r"tasks|domain|unique"):
        Layout(tasks, domains, stages)
