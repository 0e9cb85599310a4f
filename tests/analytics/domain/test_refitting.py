"""What is re-fitted monthly, and when it is not."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from analytics.domain import refitting
from analytics.domain.calibrating import calibrate_exam
from analytics.domain.refitting import refit
from analytics.instrument import instrument_of
from analytics.models import ExamResult, ModelSettings, ParameterVersion
from quizzes.models import Question
from tests.analytics.conftest import START, spread, take

pytestmark = pytest.mark.django_db


def test_nothing_to_go_by_changes_nothing(exam):
    assert refit(exam_id=exam.pk) is None
    assert not ModelSettings.objects.exists()


@pytest.fixture
def results(exam):
    """Reported results: results(number, share of passes) with a predicted score of 36 of 50."""

    def make(number: int, passes: float) -> None:
        users = User.objects.bulk_create(User(username=f"sat{index}", email=f"sat{index}@example.org") for index in range(number))
        ExamResult.objects.bulk_create(
            ExamResult(
                user=user,
                exam=exam,
                taken_on=date(2026, 11, 1),
                passed=index < passes * number,
                reported_at=timezone.now(),
                stated_chance=0.63,
                expected_score=36.0,
                expected_variance=17.0,
            )
            for index, user in enumerate(users)
        )

    return make


def test_two_hundred_results_move_the_cut_and_the_chance(results, exam):
    results(240, passes=0.3)
    settings = refit(exam_id=exam.pk)
    assert settings.results == 240
    assert settings.cut > 0.72  # three in ten passed where six in ten were promised: the cut lies higher
    instrument = instrument_of(exam.pk)
    assert instrument.form.cut == settings.cut
    assert instrument.recalibration.slope == settings.recalibration_slope


def test_too_few_results_move_nothing(results, exam):
    results(199, passes=0.3)
    assert refit(exam_id=exam.pk) is None


def test_settings_stay_when_nothing_changed(results, exam):
    results(240, passes=0.3)
    first = refit(exam_id=exam.pk)
    assert first is not None
    assert refit(exam_id=exam.pk) is None
    assert refit(exam_id=exam.pk, monthly=False) is None


def test_night_heeds_results_and_leaves_the_rest_to_the_month(results, exam, people, sitting):
    for user in people(30):
        take(sitting(40, user=user))
    calibrate_exam(exam_id=exam.pk)
    results(240, passes=0.3)
    settings = refit(exam_id=exam.pk, monthly=False)
    assert settings.cut > 0.72
    assert (settings.label_means, settings.hyper) == ({}, {})


def test_label_means_follow_the_calibrated_difficulties(exam, people, sitting):
    rng = random.Random(2)
    questions = spread(exam)[:16]
    Question.objects.filter(pk__in=[question.pk for question in questions[:8]]).update(difficulty="easy")
    Question.objects.filter(pk__in=[question.pk for question in questions[8:]]).update(difficulty="hard")
    for user in people(80):
        take(sitting(questions=questions, user=user, right=lambda position: rng.random() < (0.9 if position <= 8 else 0.3)))
    calibrate_exam(exam_id=exam.pk)
    settings = refit(exam_id=exam.pk)
    assert settings.label_means["easy"] < -1
    assert settings.label_means["hard"] > 0.3
    assert instrument_of(exam.pk).label_means == settings.label_means


def test_hyperparameters_are_taken_only_when_they_predict_better(exam, people, sitting, monkeypatch):
    monkeypatch.setattr(refitting, "LEARNERS", 12)
    monkeypatch.setattr(refitting, "ANSWERS_EACH", 20)
    rng = random.Random(4)
    for user in people(12):
        skill = rng.choice([0.15, 0.9])
        for day in range(2):
            take(sitting(20, user=user, right=lambda _, skill=skill: rng.random() < skill, at=START + timedelta(days=day)))
    settings = refit(exam_id=exam.pk, evaluations=40)
    assert settings.log_loss < settings.log_loss_before
    assert settings.hyper["tau_g"] > 1.0  # learners differ more than the defaults expect
    assert instrument_of(exam.pk).hyper.tau_g == settings.hyper["tau_g"]
    monkeypatch.setattr(refitting, "tune", lambda _layout, hyper, *_: _worse(hyper))
    assert refit(exam_id=exam.pk, evaluations=40) is None


def _worse(hyper):
    from analytics.readiness.tuning import Tuning

    return Tuning(hyper, before=0.5, after=0.6)


def test_start_ability_of_the_calibration_is_the_prior_mean(exam):
    ParameterVersion.objects.create(
        exam=exam,
        created_at=START,
        parameters={},
        answers=0,
        persons=0,
        cycles=1,
        converged=True,
        log_likelihood=0.0,
        start_ability=-0.4,
        seconds=0.1,
    )
    assert instrument_of(exam.pk).hyper.mu0 == -0.4
