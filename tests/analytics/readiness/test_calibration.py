"""The nightly fit: what it recovers, what it does without evidence, and how it is linked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.readiness.calibration import (
    BLOCK,
    LABEL_SD,
    Answers,
    Labels,
    Link,
    calibrate,
    first_answers,
    label_means,
    linked,
    mean_sigma,
    pseudo_persons,
    sort_answers,
    start_ability,
)

QUESTIONS = 60


def cohort(persons: int, each: int, *, seed: int = 1, mean: float = 0.0) -> tuple[np.ndarray, np.ndarray, Answers]:
    """True slopes and difficulties of 60 questions, and the answers of persons with abilities N(mean, 1)."""
    rng = np.random.default_rng(seed)
    slope, difficulty = np.exp(rng.normal(0, 0.3, QUESTIONS)), rng.normal(-0.2, 1, QUESTIONS)
    ability = rng.normal(mean, 1, persons)
    question = np.array([rng.permutation(QUESTIONS)[:each] for _ in range(persons)])
    right = rng.random(question.shape) < 1 / (1 + np.exp(-slope[question] * (ability[:, None] - difficulty[question])))
    person = np.repeat(np.arange(persons), each)
    return slope, difficulty, sort_answers(person, question.ravel(), right.ravel())


def medium(sd: float = LABEL_SD) -> Labels:
    return Labels(np.full(QUESTIONS, -0.2), sd)


def test_calibration_recovers_what_is_true():
    slope, difficulty, answers = cohort(3000, 30)
    fit = calibrate(answers, medium())
    assert fit.converged
    assert np.corrcoef(fit.difficulty, difficulty)[0, 1] > 0.98
    assert np.corrcoef(fit.slope, slope)[0, 1] > 0.85
    assert np.sqrt(np.mean((fit.difficulty - difficulty) ** 2)) < 0.12
    inside = np.abs(fit.difficulty - difficulty) < 1.645 * fit.uncertainty
    assert inside.mean() > 0.8


def test_extrapolated_fit_is_that_of_patient_steps():
    _slope, _difficulty, answers = cohort(800, 20)
    quick, patient = calibrate(answers, medium()), calibrate(answers, medium(), tolerance=1e-12)
    assert quick.cycles < patient.cycles
    assert np.abs(quick.difficulty - patient.difficulty).max() < 0.02


def test_question_without_answers_keeps_its_label_and_its_doubt():
    _slope, _difficulty, answers = cohort(300, 20)
    chosen = answers.question != 7
    fewer = sort_answers(answers.person[chosen], answers.question[chosen], answers.correct[chosen])
    labels = Labels(np.where(np.arange(QUESTIONS) == 7, 0.45, -0.2))
    fit = calibrate(fewer, labels)
    assert fit.answers[7] == 0
    assert fit.difficulty[7] == pytest.approx(0.45 + fit.shift, abs=1e-3)
    assert fit.uncertainty[7] == pytest.approx(LABEL_SD, abs=1e-6)
    assert fit.slope[7] == pytest.approx(1.0, abs=1e-6)


def test_no_answers_at_all_give_the_labels():
    empty = Answers(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, bool))
    fit = calibrate(empty, medium())
    assert fit.difficulty == pytest.approx(np.full(QUESTIONS, -0.2))
    assert fit.persons == 0


def test_more_answers_leave_less_doubt():
    few, many = (calibrate(cohort(persons, 20)[2], medium()).uncertainty.mean() for persons in (60, 1200))
    assert many < few / 2


def test_chunks_do_not_change_the_fit(monkeypatch):
    _slope, _difficulty, answers = cohort(400, 20)
    whole = calibrate(answers, medium())
    monkeypatch.setattr("analytics.readiness.calibration._DENSE", 700)
    parts = calibrate(answers, medium())
    assert parts.difficulty == pytest.approx(whole.difficulty, abs=1e-6)


def test_progress_is_told_and_may_interrupt():
    _slope, _difficulty, answers = cohort(100, 20)
    told = []

    def stop_at_two(cycle: int, change: float) -> None:
        told.append(cycle)
        if cycle == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(answers, medium(), progress=stop_at_two)
    assert told == [1, 2]


def test_answer_to_a_question_without_label_is_refused():
    answers = sort_answers(np.array([0]), np.array([QUESTIONS]), np.array([True]))
    with pytest.raises(ValueError, match="without a label"):
        calibrate(answers, medium())


def test_sorting_keeps_the_first_answer_of_a_person_to_a_question():
    answers = sort_answers(np.array([1, 0, 1, 1]), np.array([5, 2, 5, 3]), np.array([True, False, False, True]))
    assert answers.person.tolist() == [0, 1, 1]
    assert answers.question.tolist() == [2, 5, 3]
    assert answers.correct.tolist() == [False, True, True]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=200), st.integers(1, 40))
def test_pseudo_persons_are_blocks_of_one_learner_in_one_domain(given_answers, block):
    learner = np.array([who for who, _ in given_answers], dtype=np.int64)
    domain = np.array([where for _, where in given_answers], dtype=np.int64)
    person = pseudo_persons(learner, domain, block)
    for number in np.unique(person):
        inside = np.flatnonzero(person == number)
        assert len({(learner[i], domain[i]) for i in inside}) == 1
        assert len(inside) <= block
    for who, where in set(given_answers):
        own = person[(learner == who) & (domain == where)]
        assert (np.diff(own) >= 0).all()
        assert len(np.unique(own)) == -(-len(own) // block)


def test_blocks_hold_thirty_answers():
    assert BLOCK == 30
    assert np.bincount(pseudo_persons(np.zeros(70, int), np.zeros(70, int))).tolist() == [30, 30, 10]


def test_link_gives_the_new_scale_the_spread_and_mean_of_the_old():
    old = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 2.0])
    link = mean_sigma(old * 2 + 0.7, old)
    assert (link.scale, link.shift) == (pytest.approx(0.5), pytest.approx(-0.35))
    fit = calibrate(cohort(200, 20)[2], medium())
    moved = linked(fit, link)
    assert moved.slope * moved.difficulty - (moved.slope * link.shift) == pytest.approx(fit.slope * fit.difficulty)


def test_link_takes_back_the_drift_of_a_stronger_cohort():
    """A cohort .8 stronger makes every question look easier; the link knows the questions and says it was the cohort."""
    _slope, difficulty, answers = cohort(2500, 30, seed=2)
    first = calibrate(answers, Labels(np.full(QUESTIONS, -0.2)))
    _slope, _difficulty, stronger = cohort(2500, 30, seed=2, mean=0.8)
    second = calibrate(stronger, Labels(np.full(QUESTIONS, -0.2)))
    assert np.mean(second.difficulty - first.difficulty) == pytest.approx(-0.8, abs=0.12)
    again = linked(second, mean_sigma(second.difficulty, first.difficulty))
    assert np.mean(again.difficulty - first.difficulty) == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(again.difficulty, difficulty)[0, 1] > 0.98


def test_too_few_common_questions_give_no_link():
    assert mean_sigma(np.array([1.0, 2.0]), np.array([0.0, 3.0])) == Link(questions=2)


def test_start_ability_is_found_from_first_answers():
    slope, difficulty, _answers = cohort(10, 5)
    rng = np.random.default_rng(3)
    ability = rng.normal(-0.7, 1.1, 2000)
    question = np.array([rng.permutation(QUESTIONS)[:10] for _ in range(2000)])
    right = rng.random(question.shape) < 1 / (1 + np.exp(-slope[question] * (ability[:, None] - difficulty[question])))
    fit = calibrate(cohort(3000, 30)[2], medium())
    answers = sort_answers(np.repeat(np.arange(2000), 10), question.ravel(), right.ravel())
    assert start_ability(answers, fit, sd=1.1) == pytest.approx(-0.7, abs=0.1)


def test_start_ability_without_answers_is_the_prior():
    empty = Answers(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, bool))
    assert start_ability(empty, calibrate(empty, medium()), sd=1.0, prior=0.3) == 0.3


def test_first_answers_are_those_that_open_a_domain():
    learner = np.array([0, 0, 1, 0, 0, 1])
    domain = np.array([0, 0, 0, 1, 0, 0])
    assert first_answers(learner, domain, 2).tolist() == [True, True, True, True, False, True]


def test_label_means_move_only_with_enough_questions():
    label = np.array(["easy"] * 6 + ["hard"] * 2)
    means = label_means(np.arange(8.0), label, np.full(8, 100))
    assert means["easy"] == pytest.approx(2.5)
    assert means["hard"] == 0.45
    assert means["medium"] == -0.2


def test_question_whose_key_is_wrong_does_not_keep_the_fit_from_resting():
    """Its slope wants to vanish; the others are fitted as if it were not there."""
    slope, difficulty, answers = cohort(1500, 30)
    turned = answers.correct.copy()
    bad = answers.question < 3
    turned[bad] = ~turned[bad]
    fit = calibrate(Answers(answers.person, answers.question, turned), medium())
    assert fit.converged
    assert fit.cycles < 40
    assert (fit.slope[:3] < 0.5).all()
    assert np.corrcoef(fit.difficulty[3:], difficulty[3:])[0, 1] > 0.97
    assert np.corrcoef(fit.slope[3:], slope[3:])[0, 1] > 0.8
