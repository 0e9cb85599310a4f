"""The nightly calibration over the database."""

from __future__ import annotations

import random
from datetime import timedelta
from math import hypot

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.domain.calibrating import calibrate_exam, read_evidence
from analytics.domain.gathering import gather_all
from analytics.domain.mastery import replay_all
from analytics.instrument import forget, instrument_of
from analytics.models import AttemptEvidence, Mastery, ParameterVersion
from quizzes.models import KeyRevision, Question, QuestionVersion
from tests.analytics.conftest import START, spread, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(exam, people, sitting):
    """Learners with abilities, questions with difficulties: cohort(learners, answers, mean)."""
    rng = random.Random(5)
    questions = spread(exam)[:40]
    difficulty = {question.pk: rng.gauss(0, 1) for question in questions}

    def make(users, mean=0.0, at=START):
        for user in users:
            ability = rng.gauss(mean, 1)
            asked = rng.sample(questions, 20)
            right = [rng.random() < 1 / (1 + np.exp(-(ability - difficulty[question.pk]))) for question in asked]
            take(sitting(questions=asked, user=user, right=lambda position, right=right: bool(right[position - 1]), at=at))
        return difficulty

    return make


def test_calibration_finds_what_is_hard(cohort, people, exam):
    difficulty = cohort(people(150))
    version = calibrate_exam(exam_id=exam.pk)
    assert version.converged
    assert version.answers == 150 * 20
    found = np.array([version.parameters[str(question)][1] for question in difficulty])
    assert np.corrcoef(found, list(difficulty.values()))[0, 1] > 0.85
    assert all(version.parameters[str(question)][3] > 30 for question in difficulty)
    assert version.start_ability is not None


def test_calibration_takes_force_with_the_next_answer(cohort, people, exam):
    difficulty = cohort(people(60))
    hardest = max(difficulty, key=difficulty.get)
    before = instrument_of(exam.pk)
    version = calibrate_exam(exam_id=exam.pk)
    after = instrument_of(exam.pk)
    assert (before.parameter_version, after.parameter_version) == (None, version.pk)
    assert before.questions[hardest].parameters.uncertainty == 0.85
    assert after.questions[hardest].parameters.difficulty > before.questions[hardest].parameters.difficulty
    assert after.questions[hardest].parameters.uncertainty < 0.5


def test_interrupted_calibration_leaves_the_old_parameters_in_force(cohort, people, exam):
    cohort(people(30))
    first = calibrate_exam(exam_id=exam.pk)

    def stop(step, done, change):
        if step == "fit" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate_exam(exam_id=exam.pk, progress=stop)
    assert ParameterVersion.objects.get() == first
    assert instrument_of(exam.pk).parameter_version == first.pk


def test_progress_is_told_for_reading_and_fitting(cohort, people, exam):
    cohort(people(30))
    told = []
    calibrate_exam(exam_id=exam.pk, progress=lambda *progress: told.append(progress[0]))
    assert told[0] == "read"
    assert told[-1] == "fit"


def test_nothing_answered_changes_nothing(exam):
    assert calibrate_exam(exam_id=exam.pk) is None
    assert not ParameterVersion.objects.exists()


def test_second_night_is_linked_to_the_first(exam, people, cohort):
    everybody = people(240)
    difficulty = cohort(everybody[:120])
    first = calibrate_exam(exam_id=exam.pk)
    cohort(everybody[120:], mean=1.2, at=START + timedelta(days=1))
    second = calibrate_exam(exam_id=exam.pk)
    assert second.link_questions >= 20
    common = [str(question) for question in difficulty]
    linked = [number for number in common if min(first.parameters[number][3], second.parameters[number][3]) >= 50]
    drift = np.mean([second.parameters[number][1] - first.parameters[number][1] for number in linked])
    assert drift == pytest.approx(0, abs=0.01)
    assert second.link_shift > 0.2  # the stronger cohort would have made every question look easier


def test_only_first_answers_to_current_versions_count(sitting, people, exam):
    questions = spread(exam)[:6]
    first, second, third, fourth = people(4)
    take(
        sitting(questions=questions, user=first),
        sitting(questions=questions, user=second, first_time=False),
        sitting(questions=questions, user=third, voided=True),
        sitting(questions=questions, user=fourth),
    )
    renew(questions[0])
    instrument = instrument_of(exam.pk)
    evidence = read_evidence(instrument, sorted(instrument.questions), lambda *_: None)
    assert len(evidence.question) == 2 * 5
    assert set(evidence.learner.tolist()) == {first.pk, fourth.pk}


def renew(question: Question) -> QuestionVersion:
    """The next version of a question, in force."""
    old = question.current_version
    newer = QuestionVersion.objects.create(
        question=question,
        number=2,
        kind=old.kind,
        stem="Newer",
        rule="r",
        source_title="t",
        source_url="https://example.org",
        checked=old.checked,
    )
    Question.objects.filter(pk=question.pk).update(current_version=newer)
    forget()
    return newer


def test_edited_question_keeps_its_difficulty_with_more_doubt(cohort, people, exam):
    difficulty = cohort(people(150))
    first = calibrate_exam(exam_id=exam.pk)
    hardest = Question.objects.get(pk=max(difficulty, key=difficulty.get))
    _slope, known, doubt, *_rest = first.parameters[str(hardest.pk)]
    renew(hardest)
    parameters = instrument_of(exam.pk).questions[hardest.pk].parameters
    assert parameters.difficulty == known
    assert parameters.uncertainty == pytest.approx(hypot(doubt, 0.5))
    second = calibrate_exam(exam_id=exam.pk)
    _slope, after, wider, answers, version, _seconds = second.parameters[str(hardest.pk)]
    assert answers == 0
    assert version == Question.objects.get(pk=hardest.pk).current_version_id
    assert after == pytest.approx(known, abs=0.1)
    assert wider == pytest.approx(hypot(doubt, 0.5), abs=0.05)


def test_corrected_key_doubts_the_difficulty_until_the_next_night(cohort, people, exam, learner):
    difficulty = cohort(people(120))
    first = calibrate_exam(exam_id=exam.pk)
    hardest = Question.objects.get(pk=max(difficulty, key=difficulty.get))
    doubt = first.parameters[str(hardest.pk)][2]
    assert instrument_of(exam.pk).questions[hardest.pk].parameters.uncertainty == doubt
    KeyRevision.objects.create(version=hardest.current_version, revision=2, answer=["a"], created_by=learner)
    assert instrument_of(exam.pk).questions[hardest.pk].parameters.uncertainty == pytest.approx(hypot(doubt, 0.5))
    again = calibrate_exam(exam_id=exam.pk)
    assert instrument_of(exam.pk).questions[hardest.pk].parameters.uncertainty == again.parameters[str(hardest.pk)][2]


def test_mean_seconds_travel_with_the_parameters(sitting, people, exam):
    question = spread(exam)[0]
    take(*[sitting(questions=[question], user=user, seconds=50 + 10 * number) for number, user in enumerate(people(3))])
    gather_all()
    version = calibrate_exam(exam_id=exam.pk)
    assert version.parameters[str(question.pk)][5] == pytest.approx(60)
    assert instrument_of(exam.pk).questions[question.pk].mean_seconds == pytest.approx(60)


def test_replay_moves_abilities_to_the_new_parameters(cohort, people, exam):
    cohort(people(60))
    before = {row.user_id: bytes(row.state) for row in Mastery.objects.all()}
    predictions = {row.pk: bytes(row.records) for row in AttemptEvidence.objects.all()}
    calibrate_exam(exam_id=exam.pk)
    replay_all(exam_id=exam.pk)
    assert all(bytes(row.state) != before[row.user_id] for row in Mastery.objects.all())
    assert {row.pk: bytes(row.records) for row in AttemptEvidence.objects.all()} == predictions


def test_reading_takes_the_same_statements_for_many_learners(cohort, people, exam):
    everybody = people(40)

    def statements():
        with CaptureQueriesContext(connection) as queries:
            calibrate_exam(exam_id=exam.pk)
        return len(queries)

    cohort(everybody[:2])
    few = statements()
    cohort(everybody[2:], at=START + timedelta(days=1))
    assert statements() <= few + 3
