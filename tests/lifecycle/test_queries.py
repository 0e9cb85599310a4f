"""Counts, outline and what comes next."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from lifecycle.domain.progress import record_progress
from lifecycle.models import Lesson
from lifecycle.queries import (
    Count,
    course_outline,
    enrolment_of,
    lessons_done,
    next_lesson,
    progress_counts,
    progress_counts_for,
    the_exam,
)

from .conftest import add_lessons


def test_counts_before_anything_is_read(exam, learner):
    counts = progress_counts(learner, exam)
    assert counts.lessons == Count(2, 0, 0)
    assert counts.lessons.state == "not_started"
    assert counts.modules == {1: Count(1, 0, 0)}
    assert counts.stages == {"monitoring": Count(1, 0, 0), "training": Count(1, 0, 0), "mlops": Count(1, 0, 0)}
    assert counts.tasks == {"1.1": Count(1, 0, 0), "2.1": Count(1, 0, 0)}


def test_counts_agree_everywhere(exam, learner, lesson):
    record_progress(user=learner, lesson=lesson, state="begun")
    counts = progress_counts(learner, exam)
    assert (counts.lessons, counts.modules[1], counts.stages["monitoring"]) == (Count(2, 1, 0), Count(1, 1, 0), Count(1, 1, 0))
    assert counts.lessons.state == "begun"
    record_progress(user=learner, lesson=lesson, state="done")
    counts = progress_counts(learner, exam)
    assert (counts.lessons, counts.modules[1].state, counts.lessons.percent) == (Count(2, 0, 1), "done", 50)
    assert course_outline(learner, exam).count == counts.lessons
    assert progress_counts_for([learner], exam) == {learner.pk: counts.lessons}
    assert lessons_done(learner, exam) == counts.lessons.done


def test_unpublished_lessons_do_not_count(exam, learner, lesson):
    record_progress(user=learner, lesson=lesson, state="done")
    Lesson.objects.filter(pk=lesson.pk).update(published=False)
    assert progress_counts(learner, exam).lessons == Count(1, 0, 0)
    assert progress_counts_for([learner], exam)[learner.pk] == Count(1, 0, 0)
    assert lessons_done(learner, exam) == 0


def test_others_progress_is_not_mine(exam, learner, lesson):
    record_progress(user=User.objects.create_user("grace"), lesson=lesson, state="done")
    assert progress_counts(learner, exam).lessons == Count(2, 0, 0)


def test_visitors_see_the_course_untouched(exam):
    assert progress_counts(AnonymousUser(), exam).lessons == Count(2, 0, 0)
    assert next_lesson(AnonymousUser(), exam).slug == "two-drifts"
    assert enrolment_of(AnonymousUser(), exam) is None
    assert lessons_done(AnonymousUser(), exam) == 0


def test_outline_has_modules_and_tasks_in_course_order(exam, learner):
    outline = course_outline(learner, exam)
    assert [(part.kind, part.number, part.title, part.task_number) for part in outline.parts] == [
        ("module", "1", "Watching models", "1.1"),
        ("task", "2.1", "Count costs", "2.1"),
    ]
    assert outline.parts[0].module.objectives == ["Tell drifts apart"]
    assert [lesson.slug for lesson in outline.lessons] == ["two-drifts", "counting-costs"]
    assert outline.minutes == 7
    assert (outline.parts[1].domain_number, outline.parts[1].domain_title) == (2, "Money")


def test_next_lesson_is_the_begun_one_seen_last(exam, learner, clock):
    first, second = Lesson.objects.order_by("order")
    assert next_lesson(learner, exam).slug == first.slug
    record_progress(user=learner, lesson=second, state="begun", section="costs")
    clock.move(hours=1)
    assert (next_lesson(learner, exam).slug, next_lesson(learner, exam).section) == (second.slug, "costs")
    record_progress(user=learner, lesson=first, state="begun")
    assert next_lesson(learner, exam).slug == first.slug
    record_progress(user=learner, lesson=first, state="done")
    assert next_lesson(learner, exam).slug == second.slug
    record_progress(user=learner, lesson=second, state="done")
    assert next_lesson(learner, exam) is None


@pytest.mark.parametrize("count", [1, 3, 300])
def test_reads_cost_the_same_however_long_the_course(exam, learner, django_assert_num_queries, count):
    for lesson in add_lessons(exam, count)[:3]:
        record_progress(user=learner, lesson=lesson, state="begun")
    with django_assert_num_queries(3):
        progress_counts(learner, exam)
    with django_assert_num_queries(5):
        course_outline(learner, exam)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_counts_of_a_team_cost_two_statements(exam, lesson, django_assert_num_queries, count):
    people = User.objects.bulk_create(User(username=f"u{n}") for n in range(count))
    record_progress(user=people[0], lesson=lesson, state="done")
    with django_assert_num_queries(2):
        counts = progress_counts_for(people, exam)
    assert len(counts) == count
    assert counts[people[0].pk] == Count(2, 0, 1)


def test_unknown_exam(db):
    from lifecycle.models import Exam

    with pytest.raises(Exam.DoesNotExist):
        the_exam("nothing")
