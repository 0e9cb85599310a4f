"""Study progress: begun never undoes done, and inline checks are judged and kept."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from lifecycle.domain.errors import CheckMissing, SectionMissing
from lifecycle.domain.progress import CheckOutcome, answer_check, enrol, ensure_enrolment, record_progress
from lifecycle.models import Enrolment, LessonProgress
from lifecycle.queries import enrolment_of


def test_begun_then_done(learner, lesson):
    begun = record_progress(user=learner, lesson=lesson, state="begun", section="two-kinds")
    assert (begun.state, begun.section, begun.done_at) == ("begun", "two-kinds", None)
    done = record_progress(user=learner, lesson=lesson, state="done")
    assert (done.pk, done.state, done.section) == (begun.pk, "done", "two-kinds")
    assert done.done_at is not None


def test_begun_never_undoes_done(learner, lesson, clock):
    done = record_progress(user=learner, lesson=lesson, state="done")
    clock.move(days=1)
    again = record_progress(user=learner, lesson=lesson, state="begun", section="what-to-do")
    assert (again.state, again.done_at, again.section) == ("done", done.done_at, "what-to-do")
    assert again.seen_at > done.seen_at
    assert record_progress(user=learner, lesson=lesson, state="done").done_at == done.done_at


def test_unknown_section_is_refused(learner, lesson):
    with pytest.raises(SectionMissing):
        record_progress(user=learner, lesson=lesson, state="begun", section="nowhere")
    assert not LessonProgress.objects.exists()


def test_reading_enrols(learner, lesson):
    record_progress(user=learner, lesson=lesson, state="begun")
    enrolment = enrolment_of(learner, lesson.exam)
    assert (enrolment.last_lesson, enrolment.blueprint.edition, enrolment.exam_date) == (lesson, "1.0", None)


def test_enrol_twice_changes_date_and_minutes(learner, exam):
    first = enrol(user=learner, exam=exam)
    assert first.exam_date_skipped
    second = enrol(user=learner, exam=exam, exam_date=date(2027, 1, 1), minutes_a_day=45)
    assert (second.pk, second.exam_date, second.minutes_a_day, second.exam_date_skipped) == (first.pk, date(2027, 1, 1), 45, False)
    assert ensure_enrolment(user=learner, exam=exam).exam_date == date(2027, 1, 1)
    assert Enrolment.objects.count() == 1


def test_right_answer_to_a_check(learner, lesson):
    outcome = answer_check(user=learner, lesson=lesson, check=0, option=0)
    assert outcome == CheckOutcome(True, "The relation has changed.", 0, "The relation has changed.")


def test_wrong_answer_to_a_check_is_kept(learner, lesson):
    outcome = answer_check(user=learner, lesson=lesson, check=0, option=1)
    assert outcome == CheckOutcome(False, "The inputs have not moved.", 0, "The relation has changed.")
    answer_check(user=learner, lesson=lesson, check=1, option=0)
    progress = LessonProgress.objects.get(user=learner, lesson=lesson)
    assert (progress.checks, progress.state) == ({"0": 1, "1": 0}, "begun")


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_visitors_get_an_answer_and_leave_nothing(user, lesson):
    assert answer_check(user=user, lesson=lesson, check=1, option=1).right
    assert not LessonProgress.objects.exists()


@pytest.mark.parametrize(("check", "option"), [(2, 0), (-1, 0), (0, 2), (0, -1)])
def test_checks_that_are_not_there(learner, lesson, check, option):
    with pytest.raises(CheckMissing):
        answer_check(user=learner, lesson=lesson, check=check, option=option)
