"""A made-up history: real rows, real grades, the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from accounts.models import Team, User
from analytics.domain.generating import BAD_KINDS, found_by_flags, generate_history
from analytics.models import AttemptEvidence, Mastery, ParameterVersion, QuestionStatistics
from lifecycle.models import Domain
from quizzes.models import Attempt, Exposure, Grade, GradingJob, Question, Response

pytestmark = pytest.mark.django_db


def test_history_is_graded_and_gathered_by_the_production_code(exam, monkeypatch):
    monkeypatch.setattr("analytics.domain.generating.AT_ONCE", 3)
    made = generate_history(exam=exam, learners=5, responses=400, team=3)
    assert made.responses >= 400
    assert Response.objects.count() == made.responses
    assert Attempt.objects.filter(state="graded").count() == made.attempts == Grade.objects.count() == AttemptEvidence.objects.count()
    assert not GradingJob.objects.exclude(state="done").exists()
    assert Mastery.objects.count() == 5
    assert not Mastery.objects.filter(stale=True).exists()
    assert Exposure.objects.count() > 200
    assert sum(QuestionStatistics.objects.values_list("first_answers", flat=True)) > 200
    assert ParameterVersion.objects.count() >= 3
    assert Team.objects.get().members.count() == 3
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_exams_are_drawn_as_the_blueprint_counts(exam):
    """What is predicted of an exam is predicted of the blueprint's shares, not of what the bank has most of."""
    generate_history(exam=exam, learners=4, responses=600)
    domain_of = dict(Question.objects.values_list("current_version_id", "task__domain__number"))
    wanted = Counter()
    for number, scored, unscored in Domain.objects.values_list("number", "scored", "unscored"):
        wanted += Counter({(number, 1): scored, (number, 0): unscored})
    forms = Attempt.objects.exclude(mode="drill").values_list("form", flat=True)
    assert len(forms) > 0
    assert all(Counter((domain_of[version], scored) for version, scored in form) == wanted for form in forms)


def test_every_kind_of_question_is_answered_in_its_shape(exam):
    generate_history(exam=exam, learners=4, responses=600)
    assert not Response.objects.filter(answer=None).exists()
    credits = [credit for row in Grade.objects.values_list("credits", flat=True) for credit in row]
    assert set(credits) == {0.0, 1.0}
    assert 0.3 < sum(credits) / len(credits) < 0.8


def test_same_seed_makes_the_same(exam):
    first = generate_history(exam=exam, learners=3, responses=150, seed=7)
    answers = list(Response.objects.order_by("attempt__submitted_at", "position").values_list("answer", "seconds"))
    Attempt.objects.all().delete()
    User.objects.all().delete()
    second = generate_history(exam=exam, learners=3, responses=150, seed=7)
    assert (first.attempts, first.responses) == (second.attempts, second.responses)
    assert list(Response.objects.order_by("attempt__submitted_at", "position").values_list("answer", "seconds")) == answers


def test_bad_questions_are_counted_by_kind(exam):
    made = generate_history(exam=exam, learners=3, responses=150, bad=1)
    assert set(made.bad) == set(BAD_KINDS)
    assert all(len(questions) == 1 for questions in made.bad.values())
    found = found_by_flags(made)
    assert found["wrong_key"] == (0, 1)
    assert found["good"] == (0, 0)


@pytest.mark.parametrize(("learners", "responses"), [(0, 10), (10, 5)])
def test_impossible_sizes_are_refused(exam, learners, responses):
    with pytest.raises(ValueError, match="needs a learner"):
        generate_history(exam=exam, learners=learners, responses=responses)


def test_exam_without_questions_is_named(exam):
    Question.objects.update(state="retired")
    with pytest.raises(ValueError, match="no published questions"):
        generate_history(exam=exam, learners=1, responses=1)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"team": -1}, "a team has from 0"),
        ({"team": 4}, "a team has from 0"),
        ({"bad": -1}, "half of the bank"),
        ({"bad": 99}, "half of the bank"),
    ],
)
def test_sizes_that_make_no_sense_change_nothing(exam, sizes, message):
    before = User.objects.count()
    with pytest.raises(ValueError, match=message):
        generate_history(exam=exam, learners=3, responses=30, **sizes)
    assert User.objects.count() == before


def test_seed_whose_learners_are_there_already_is_refused(exam):
    generate_history(exam=exam, learners=3, responses=30, seed=5)
    with pytest.raises(ValueError, match="name another seed"):
        generate_history(exam=exam, learners=3, responses=30, seed=5)
    assert generate_history(exam=exam, learners=3, responses=30, seed=6).learners == 3
