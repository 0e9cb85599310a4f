"""Flags become tasks, and a suspected key leaves exams at once."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import AuditEntry, User
from analytics.domain.gathering import gather_all
from analytics.domain.judging import close_flag, gather_and_judge, judge, own_flag
from analytics.models import QuestionDay, QuestionFlag, QuestionStatistics
from analytics.tallies import ABILITY_UNIT, CHANCE_UNIT, NEWEST, Cell, Tally
from quizzes.models import Question, QuestionVersion
from tests.analytics.conftest import START, spread, take

pytestmark = pytest.mark.django_db

KEY, RIVAL = "c", "a"


@pytest.fixture
def wrong_key(exam, people, sitting):
    """A question whose key the able do not choose: abilities are known from 24 answers, then all answer the question."""
    rng = random.Random(3)
    everything = spread(exam)
    suspect, others = everything[0], everything[1:25]
    users = people(60)
    for number, user in enumerate(users):
        skill = number / len(users)
        take(sitting(questions=others, user=user, right=lambda _, skill=skill: rng.random() < 0.1 + 0.85 * skill, at=START))
        able = rng.random() < skill
        take(
            sitting(
                questions=[suspect],
                user=user,
                right=lambda _, able=able: not able,
                chosen=[RIVAL] if able else [KEY],
                at=START + timedelta(days=1),
            )
        )
    return suspect


def open_flags(question: Question) -> set[str]:
    rows = QuestionFlag.objects.filter(version__question=question, state=QuestionFlag.State.OPEN)
    return set(rows.values_list("flag", flat=True))


def test_suspected_key_leaves_exams_at_once_and_opens_a_task(wrong_key):
    while gather_and_judge():
        pass
    wrong_key.refresh_from_db()
    assert wrong_key.blocked_from_exams
    flag = QuestionFlag.objects.get(flag="key_suspect")
    assert (flag.version.question, flag.severity, flag.subject) == (wrong_key, "block", RIVAL)
    assert flag.answers == 60
    assert open_flags(wrong_key) == {"key_suspect"}  # the others wait for the night
    entry = AuditEntry.objects.get(action="question_blocked")
    assert entry.subject_id == str(wrong_key.pk)


def test_sound_questions_stay_in_exams(wrong_key, exam):
    gather_all()
    judge(exam_id=exam.pk)
    assert list(Question.objects.filter(blocked_from_exams=True)) == [wrong_key]


def test_judging_again_keeps_one_task(wrong_key, exam):
    gather_all()
    first = judge(exam_id=exam.pk)
    raised = dict(QuestionFlag.objects.values_list("pk", "raised_at"))
    assert judge(exam_id=exam.pk) == first
    assert dict(QuestionFlag.objects.values_list("pk", "raised_at")) == raised
    assert AuditEntry.objects.filter(action="question_blocked").count() == 1


def test_flag_that_is_raised_no_longer_is_gone(wrong_key, exam):
    gather_all()
    judge(exam_id=exam.pk)
    row = QuestionStatistics.objects.get(pk=wrong_key.current_version_id)
    row.sums, row.first_answers = {}, 0
    row.save()
    judge(exam_id=exam.pk)
    assert not open_flags(wrong_key)
    assert set(QuestionFlag.objects.filter(version__question=wrong_key).values_list("state", flat=True)) == {"gone"}


def test_accepted_flag_stays_closed_and_unblocks(wrong_key, exam, learner):
    gather_all()
    judge(exam_id=exam.pk)
    flag = QuestionFlag.objects.get(flag="key_suspect")
    own_flag(flag=flag, actor=learner)
    closed = close_flag(flag=flag, actor=learner, accepted=True, note="Checked against the source.")
    wrong_key.refresh_from_db()
    assert (closed.state, closed.owner, wrong_key.blocked_from_exams) == ("accepted", learner, False)
    judge(exam_id=exam.pk)
    wrong_key.refresh_from_db()
    assert not wrong_key.blocked_from_exams
    assert "key_suspect" not in open_flags(wrong_key)
    assert AuditEntry.objects.get(action="question_flag_closed").after["note"] == "Checked against the source."


def test_fixed_flag_comes_back_if_the_evidence_does(wrong_key, exam, learner):
    gather_all()
    judge(exam_id=exam.pk)
    close_flag(flag=QuestionFlag.objects.get(flag="key_suspect"), actor=learner, accepted=False, note="")
    judge(exam_id=exam.pk)
    wrong_key.refresh_from_db()
    assert wrong_key.blocked_from_exams
    assert QuestionFlag.objects.filter(flag="key_suspect").count() == 2


def test_closing_a_closed_flag_changes_nothing(wrong_key, exam, learner):
    gather_all()
    judge(exam_id=exam.pk)
    flag = QuestionFlag.objects.get(flag="key_suspect")
    close_flag(flag=flag, actor=learner, accepted=True, note="first")
    again = close_flag(flag=flag, actor=User.objects.create_user("grace"), accepted=False, note="second")
    assert (again.state, again.note) == ("accepted", "first")


def test_new_version_starts_without_flags(wrong_key, exam):
    gather_all()
    judge(exam_id=exam.pk)
    old = wrong_key.current_version
    newer = QuestionVersion.objects.create(
        question=wrong_key,
        number=2,
        kind=old.kind,
        stem="Newer",
        rule="r",
        source_title="t",
        source_url="https://example.org",
        checked=old.checked,
    )
    Question.objects.filter(pk=wrong_key.pk).update(current_version=newer)
    judge(exam_id=exam.pk)
    assert not QuestionFlag.objects.filter(version=newer).exists()


def test_harm_orders_the_list(wrong_key, exam):
    gather_all()
    judge(exam_id=exam.pk)
    worst = QuestionStatistics.objects.order_by("-harm").first()
    assert worst.version_id == wrong_key.current_version_id
    assert worst.facility is not None
    assert worst.discrimination < 0


def test_questions_without_thirty_answers_carry_no_flag(practised, exam):
    practised(10, 14)
    gather_all()
    assert judge(exam_id=exam.pk) == 0


def test_question_that_nobody_meets_is_told_after_sixty_days(practised, exam):
    practised(2, 14)
    gather_all()
    today = timezone.localdate()
    QuestionDay.objects.update(day=today)
    forgotten = spread(exam)[-1]
    QuestionVersion.objects.update(created_at=timezone.now() - timedelta(days=61))
    met = QuestionDay.objects.values_list("question", flat=True)
    judge(exam_id=exam.pk)
    flagged = QuestionFlag.objects.filter(flag="exposure", subject="unseen")
    assert forgotten.pk in flagged.values_list("version__question", flat=True)
    assert not set(flagged.values_list("version__question", flat=True)) & set(met)


def test_idle_bank_accuses_no_question_of_being_unseen(practised, exam):
    practised(2, 14)
    gather_all()
    QuestionDay.objects.update(day=timezone.localdate() - timedelta(days=90))
    QuestionVersion.objects.update(created_at=timezone.now() - timedelta(days=100))
    assert judge(exam_id=exam.pk) == 0


def test_question_met_far_more_often_than_its_task_is_overexposed(practised, exam):
    practised(2, 14)
    gather_all()
    QuestionDay.objects.all().delete()
    questions = [question for question in spread(exam) if question.task.number == "1.1"]
    for number, question in enumerate(questions):
        QuestionDay.objects.create(question=question, day=timezone.localdate(), met=300, first_met=400 if number == 0 else 40)
    judge(exam_id=exam.pk)
    found = QuestionFlag.objects.filter(flag="exposure")
    assert [(flag.version.question, flag.subject) for flag in found] == [(questions[0], "over")]


def recent(question: Question, surplus: float) -> None:
    """Two hundred new answers to the question, of which this share more are right than the half that was predicted."""
    right = round(200 * (0.5 + surplus))
    total = Tally(
        everyone=Cell(200, 0, 200 * ABILITY_UNIT**2),
        right=Cell(right, right * ABILITY_UNIT // 2, right * ABILITY_UNIT**2),
        recent=np.array([(number, number, number < right, CHANCE_UNIT // 2, 1) for number in range(200)], dtype=NEWEST),
    )
    QuestionStatistics.objects.update_or_create(
        version=question.current_version, defaults={"exam": question.exam, "sums": total.as_json(), "first_answers": 200}
    )


def test_question_that_departs_from_its_task_is_a_misfit(exam):
    questions = [question for question in spread(exam) if question.task.number == "1.1"][:6]
    for question in questions[:5]:
        recent(question, 0.02)
    recent(questions[5], 0.17)
    judge(exam_id=exam.pk)
    found = QuestionFlag.objects.filter(flag="misfit")
    assert [(flag.version.question, flag.subject) for flag in found] == [(questions[5], "easier")]


def test_misjudged_learners_accuse_no_question(exam):
    """All questions of a task answered better than predicted: that is the learners."""
    for question in [question for question in spread(exam) if question.task.number == "1.1"][:6]:
        recent(question, 0.17)
    judge(exam_id=exam.pk)
    assert not QuestionFlag.objects.filter(flag="misfit").exists()


def test_looking_for_suspects_leaves_other_flags_alone(wrong_key, exam):
    gather_all()
    judge(exam_id=exam.pk)
    before = set(QuestionFlag.objects.filter(state="open").values_list("pk", flat=True))
    judge(exam_id=exam.pk, version_ids=[wrong_key.current_version_id])
    assert set(QuestionFlag.objects.filter(state="open").values_list("pk", flat=True)) == before
