"""Every option of every published question is explained, and every question leads to a place in a lesson that is there."""

from __future__ import annotations

import pytest
from django.urls import resolve, reverse

from lifecycle.models import Lesson
from lifecycle.public import lesson_view
from quizzes.models import Option, Question

pytestmark = pytest.mark.usefixtures("live_db")


def test_every_option_of_every_published_question_is_explained():
    options = Option.objects.filter(version__in=Question.objects.published().values("current_version"))
    assert options.count() > 1000
    assert list(options.filter(rationale="").values_list("version__question__slug", "text")) == []


def test_every_published_question_leads_to_its_place_in_a_lesson():
    questions = Question.objects.published().select_related("lesson__exam")
    assert questions.count() > 500
    anchors: dict[int, set[str]] = {}
    lost: list[str] = []
    for question in questions:
        lesson = question.lesson
        if lesson is None or not Lesson.objects.published().filter(pk=lesson.pk).exists():
            lost.append(f"{question.slug}: no published lesson")
            continue
        if lesson.pk not in anchors:
            assert resolve(reverse("lesson", args=[lesson.exam.slug, lesson.slug])).url_name == "lesson"
            anchors[lesson.pk] = {anchor for anchor, _title in lesson_view(lesson).sections}
        if question.lesson_anchor and question.lesson_anchor not in anchors[lesson.pk]:
            lost.append(f"{question.slug}: {lesson.slug} has no section {question.lesson_anchor}")
    assert lost == []
