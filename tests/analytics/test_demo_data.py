"""The demonstration: made by the real domain, once, and told while its passwords hold."""

from __future__ import annotations

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Count, F
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Team, User
from analytics import instrument
from analytics.demo import keys
from analytics.demo.answering import wrong_answer
from analytics.demo.cast import LEARNER, MEMBERS
from analytics.domain.mastery import replay
from analytics.domain.teams import team_report
from analytics.models import AccuracyReport, AttemptEvidence, DailySnapshot, Mastery, ParameterVersion, QuestionStatistics
from analytics.queries import readiness_of
from lifecycle.models import Enrolment
from quizzes import catalogue
from quizzes.domain import answers
from quizzes.models import Attempt, Grade, GradingJob, ProblemReport, Quiz, Response, ReviewCard
from quizzes.scoring import Shape, check_answer, score_answer
from tests import bank


@pytest.fixture
def exam(db):
    catalogue.forget()
    answers._forms.clear()
    instrument.forget()
    made = bank.make_exam()
    bank.make_bank(made, per_task=8)
    return made


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def run():
    out = StringIO()
    call_command("demo_data", stdout=out)
    return [line for line in out.getvalue().splitlines() if line.startswith("demo account:")]


def test_demonstration(exam, settings):
    """One long story, since making it costs seconds."""
    told = run()
    assert [line.split(" / ")[0] for line in told] == ["demo account: learner", "demo account: instructor", "demo account: lead"]

    # The pages on honesty and on questions have something to tell on the first day.
    assert AccuracyReport.objects.get().predictions > 1000
    assert ParameterVersion.objects.count() == 1
    assert not QuestionStatistics.objects.filter(judged_at=None).exists()

    # Everybody can do what they are for.
    for line in told:
        username, password = line.removeprefix("demo account: ").split(" / ")
        assert Client().login(username=username, password=password)
    assert User.objects.get(username="instructor").has_perm("quizzes.change_question")
    assert not User.objects.filter(is_superuser=True).exists()
    lead, learner, team = User.objects.get(username="lead"), User.objects.get(username="learner"), Team.objects.get()
    assert Membership.objects.get(team=team, user=lead).role == "lead"
    assert not any(user.has_usable_password() for user in User.objects.filter(username__in=[person.username for person in MEMBERS]))

    # Sittings came about as real ones do: graded once, in the past, in order.
    attempts = Attempt.objects.all()
    reviews = attempts.filter(mode="review")
    assert set(reviews.values_list("user__username", flat=True)) == {"learner"}
    assert attempts.count() == sum(person.sittings for person in (LEARNER, *MEMBERS)) + reviews.count()
    assert set(attempts.values_list("state", flat=True)) == {"graded"}
    assert attempts.annotate(grade_count=Count("grades")).exclude(grade_count=1).count() == 0
    assert GradingJob.objects.exclude(state="done").count() == 0
    now = timezone.now()
    assert not attempts.filter(submitted_at__gte=now).exists()
    assert not attempts.filter(submitted_at__lte=F("started_at")).exists()
    assert not attempts.filter(graded_at__lt=F("submitted_at")).exists()
    assert not Response.objects.filter(saved_at__gt=F("attempt__submitted_at")).exists()
    assert not Grade.objects.filter(graded_at__gte=now).exists()
    assert attempts.filter(user=learner, mode="simulation").count() == 2
    assert AttemptEvidence.objects.count() == attempts.count()

    # Mastery took them in order: nothing is stale, and a replay gives the same state.
    assert not Mastery.objects.filter(stale=True).exists()
    before = Mastery.objects.get(user=learner)
    after = replay(user_id=learner.pk, exam_id=exam.pk)
    assert bytes(after.state) == bytes(before.state)
    days = DailySnapshot.objects.filter(user=learner).values_list("day", flat=True)
    assert (max(days) - min(days)).days > 50

    # Every page has something to show.
    assert readiness_of(learner, exam).shown
    assert ReviewCard.objects.filter(user=learner).exists()
    assert Enrolment.objects.get(user=learner).exam_date > now.date()
    assert Quiz.objects.get().state == "published"
    assert ProblemReport.objects.get().state == "open"
    report = team_report(team, exam, lead)
    assert len(report.members) == len(MEMBERS) + 1
    assert 2 <= report.ready.value < len(report.sharing)
    assert report.help
    assert report.median is not None
    assert [point.median for point in report.trend if point.median is None] == []
    assert [row.name for row in report.members if row.state == "hidden"] == ["Ben Lindqvist"]
    assert len({row.chance_words for row in report.members}) >= 4

    # A second run makes nothing and tells the same.
    counts = [model.objects.count() for model in (User, Attempt, Team, Quiz, AuditEntry)]
    assert run() == told
    assert [model.objects.count() for model in (User, Attempt, Team, Quiz, AuditEntry)] == counts

    # The passwords are the owner's alone, and told only while they hold.
    path = Path(settings.DATA_DIR) / "demo-accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    learner.set_password("my own words now")
    learner.save()
    assert [line.split(" / ")[0] for line in run()] == ["demo account: instructor", "demo account: lead"]
    User.objects.filter(username="lead").delete()
    assert [line.split(" / ")[0] for line in run()] == ["demo account: instructor"]
    path.unlink()
    assert run() == []


def test_demonstration_is_never_made_in_production(exam, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="never made in production"):
        run()
    assert User.objects.count() == 0


def test_demonstration_needs_questions(db):
    with pytest.raises(CommandError, match="load_content"):
        run()
    bank.make_exam()
    with pytest.raises(CommandError, match="load_content"):
        run()
    assert User.objects.count() == 0


def test_demonstration_that_fails_half_way_leaves_nothing(exam, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("analytics.demo.making.publish_quiz", broken)
    monkeypatch.setattr("analytics.demo.making.MEMBERS", ())
    with pytest.raises(RuntimeError):
        run()
    assert User.objects.count() == Attempt.objects.count() == Team.objects.count() == 0


def test_passwords_stored_anew_by_a_sign_in_are_still_told(db):
    user = User.objects.create_user("learner", password="amber-cedar-delta-1234")
    keys.keep({"learner": "amber-cedar-delta-1234"})
    user.set_password("amber-cedar-delta-1234")  # the same words under another salt
    user.save()
    assert keys.lines() == ["demo account: learner / amber-cedar-delta-1234"]


@pytest.mark.parametrize("kind", ["multiple_choice", "multiple_response", "ordering", "matching", "case_study"])
def test_wrong_answers_fit_the_question_and_are_wrong(kind):
    import random

    key = bank.KEYS[kind]
    keys_of_options = frozenset("abcde" if kind == "multiple_response" else "abcd")
    prompts = frozenset(key) if kind == "matching" else frozenset()
    shape = Shape(kind, keys_of_options, prompts, len(key))
    dice = random.Random(1)
    for _ in range(50):
        answer = wrong_answer(dice, shape, key)
        assert check_answer(answer, shape) == answer
        assert not score_answer(kind, key, answer).right
