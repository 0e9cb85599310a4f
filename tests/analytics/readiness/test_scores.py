"""Scores, intervals, the scale, the chance to pass, the verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.readiness.curves import Bank, response_curves
from analytics.readiness.filter import QuestionParameters, settled, update
from analytics.readiness.outcomes import Recalibration
from analytics.readiness.scores import (
    ExamForm,
    ExamScore,
    Standard,
    Verdict,
    chance_of,
    chance_to_pass,
    chance_with_domain_at,
    domains_missing,
    dots,
    estimate,
    moments,
    report,
    stage_estimates,
    verdict,
)
from analytics.readiness.state import Layout, ability_model

LAYOUT = Layout(
    tuple(f"{domain}.{task}" for domain, tasks in zip("12345", (3, 3, 4, 2, 2), strict=True) for task in range(1, tasks + 1)),
    tuple("11122233334455"),
    ("eda", "monitoring", "empty"),
)
FORM = ExamForm.from_domains(
    LAYOUT, dict(zip("12345", (20, 24, 28, 14, 14), strict=True)), dict(zip("12345", (10, 12, 14, 7, 7), strict=True))
)
MODEL = ability_model(LAYOUT)


def standard() -> Standard:
    rng = np.random.default_rng(1)
    task = np.repeat(np.arange(14), 24)
    stage = np.where(task == 2, np.arange(len(task)) % 2, -1)
    bank = Bank(task, stage, np.ones(len(task)), rng.normal(-0.2, 1, len(task)), np.full(len(task), 0.2))
    return Standard(LAYOUT, FORM, response_curves(LAYOUT, bank))


STANDARD = standard()


def learner(share_right: float, answers: int, seed: int = 1):
    rng = np.random.default_rng(seed)
    state = MODEL.prior()
    for number in range(answers):
        question = QuestionParameters(number % 14, 1.0, -0.2, 0.2, 0 if number % 14 == 2 else None)
        update(state, MODEL, question, correct=rng.random() < share_right, day=number / 10)
    return settled(state, MODEL)


def test_form_of_the_exam_adds_up():
    assert sum(FORM.weights) == pytest.approx(1)
    assert FORM.questions == pytest.approx(50)
    assert FORM.cut_questions == 35


def test_cut_of_odd_shares_is_rounded_up():
    assert replace(FORM, cut=0.71).cut_questions == 36


@pytest.mark.parametrize(("share", "scaled"), [(0, 100), (0.35, 400), (0.7, 700), (0.85, 850), (1, 1000)])
def test_scale_is_linear_below_and_above_the_cut(share, scaled):
    assert FORM.scaled(share) == pytest.approx(scaled)


@pytest.mark.parametrize("wrong", [{"cut": 0.0}, {"cut": 1.0}, {"pass_mark": 50.0}, {"weights": (1.0,)}, {"weights": (0.1,) * 14}])
def test_impossible_forms_are_refused(wrong):
    with pytest.raises(ValueError, match=r"cut|pass mark|weights"):
        replace(FORM, **wrong)


def test_chance_at_the_cut_is_that_of_the_readings():
    """At a predicted share of .70 to .75 and other cuts, as READINESS lists them, without doubt about the cut."""
    score = ExamScore(mean=50 * 0.725, variance=50 * 0.725 * 0.275 + 8)
    chances = [chance_to_pass(score, replace(FORM, cut=cut / 50)) for cut in (33, 34, 35, 36, 37)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == pytest.approx(0.84, abs=0.03)
    assert chances[4] == pytest.approx(0.48, abs=0.03)


@settings(max_examples=100)
@given(st.floats(0.001, 0.999), st.floats(1e-8, 0.2))
def test_interval_holds_its_score_and_stays_inside(score, variance):
    shown = estimate(score, variance)
    assert 0 <= shown.low <= score <= shown.high <= 1


@settings(max_examples=60)
@given(st.floats(5, 48), st.floats(2, 60))
def test_as_many_dots_pass_as_the_chance_says(mean, variance):
    score = ExamScore(mean, variance)
    chance = chance_to_pass(score, FORM)
    drawn = dots(score, FORM)
    assert len(drawn) == 20
    assert list(drawn) == sorted(drawn)
    assert all(100 <= dot <= 1000 for dot in drawn)
    passing = sum(dot >= 700 - 1e-9 for dot in drawn)
    assert abs(passing - 20 * chance) <= 0.5 + 1e-6


def test_recalibrated_dots_agree_with_the_recalibrated_chance():
    score, bent = ExamScore(36.0, 20.0), Recalibration(-0.8, 0.9)
    passing = sum(dot >= 700 - 1e-9 for dot in dots(score, FORM, bent))
    assert abs(passing - 20 * chance_to_pass(score, FORM, bent)) <= 0.5


def test_moments_are_those_of_a_sample():
    mean = np.linspace(-1, 1, 14)
    draws = np.random.default_rng(2).multivariate_normal(mean, MODEL.prior_cov[:14, :14], 40_000)
    parts = moments(mean, MODEL.prior_cov[:14, :14], STANDARD.curves.task)
    shares = np.array([np.interp(draws[:, task], np.arange(281) * 0.05 - 7, STANDARD.curves.task[task]) for task in range(14)])
    assert parts.first == pytest.approx(shares.mean(axis=1), abs=0.01)
    assert np.diag(parts.cov) == pytest.approx(shares.var(axis=1), rel=0.05)
    assert parts.cov == pytest.approx(np.cov(shares), rel=0.15)


def test_report_of_a_strong_learner_beats_that_of_a_weak_one():
    strong, weak = report(learner(0.95, 200), STANDARD), report(learner(0.3, 200), STANDARD)
    assert strong.chance > 0.9
    assert weak.chance < 0.1
    assert strong.scaled > 700 > weak.scaled
    assert strong.verdict is Verdict.READY
    assert weak.verdict is Verdict.NOT_YET
    assert all(strong.domains[key].score > weak.domains[key].score for key in "12345")


def test_overall_is_the_weighted_mean_of_tasks():
    shown = report(learner(0.6, 80), STANDARD)
    expected = sum(weight * shown.tasks[key].score for weight, key in zip(FORM.weights, LAYOUT.tasks, strict=True))
    assert shown.overall.score == pytest.approx(expected)
    assert shown.domains["1"].score == pytest.approx(np.mean([shown.tasks[key].score for key in ("1.1", "1.2", "1.3")]))


def test_marks_to_gain_are_the_questions_now_missed():
    shown = report(learner(0.6, 80), STANDARD)
    assert sum(shown.marks_to_gain.values()) == pytest.approx(50 - shown.exam.mean)


def test_more_answers_narrow_the_interval():
    widths = [report(learner(0.6, answers), STANDARD) for answers in (0, 10, 50, 200)]
    assert [round(shown.scaled_high - shown.scaled_low) for shown in widths] == sorted(
        (round(shown.scaled_high - shown.scaled_low) for shown in widths), reverse=True
    )


def test_stages_without_questions_are_left_out_and_deviations_show():
    state = learner(0.6, 80)
    before = stage_estimates(state, LAYOUT, STANDARD.curves)
    assert set(before) == {"eda", "monitoring"}
    state.stage_mean[0] += 0.4
    after = stage_estimates(state, LAYOUT, STANDARD.curves)
    assert after["eda"].score > before["eda"].score
    assert after["monitoring"] == before["monitoring"]


def test_stage_interval_is_wider_than_that_of_its_task():
    state = learner(0.6, 80)
    stage, task = stage_estimates(state, LAYOUT, STANDARD.curves)["monitoring"], report(state, STANDARD).tasks["1.3"]
    assert stage.high - stage.low > task.high - task.low


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"answers": 24, "missing": {}, "width": 200, "chance": 0.9}, Verdict.TOO_EARLY),
        ({"answers": 25, "missing": {"4": 1}, "width": 200, "chance": 0.9}, Verdict.TOO_EARLY),
        ({"answers": 25, "missing": {}, "width": 250.1, "chance": 0.9}, Verdict.TOO_EARLY),
        ({"answers": 25, "missing": {}, "width": 250, "chance": 0.8}, Verdict.READY),
        ({"answers": 25, "missing": {}, "width": 200, "chance": 0.79}, Verdict.CLOSE),
        ({"answers": 25, "missing": {}, "width": 200, "chance": 0.5}, Verdict.CLOSE),
        ({"answers": 25, "missing": {}, "width": 200, "chance": 0.49}, Verdict.NOT_YET),
    ],
)
def test_verdicts(facts, expected):
    assert verdict(**facts) is expected


def test_missing_domains_say_how_many_answers():
    state = MODEL.prior()
    state.first_answers[:] = [1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]
    assert domains_missing(state, LAYOUT) == {"2": 1, "3": 2, "5": 2}


def test_if_a_domain_reached_the_target_the_chance_rises():
    state = learner(0.55, 100)
    now = report(state, STANDARD)
    assert now.domains["3"].score < 0.7
    lifted = chance_with_domain_at(state, STANDARD, "3")
    assert lifted > now.chance
    assert chance_with_domain_at(state, STANDARD, "3", target=0.6) < lifted


def test_domain_already_there_changes_nothing():
    state = learner(0.95, 200)
    assert chance_with_domain_at(state, STANDARD, "3", target=0.5) == pytest.approx(
        chance_of(state.mean[:14], state.cov[:14, :14], STANDARD)
    )


def test_unknown_domain_is_refused():
    with pytest.raises(ValueError, match="no domain"):
        chance_with_domain_at(MODEL.prior(), STANDARD, "9")
