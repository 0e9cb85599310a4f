"""The course: its outline, the map of the lifecycle, a stage, a lesson with its inline checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from analytics.public import StageMastery, readiness_of
from lifecycle.public import (
    CheckMissing,
    CheckOutcome,
    Count,
    Exam,
    Lesson,
    LessonProgress,
    LessonRow,
    Service,
    Stage,
    answer_check,
    count_lessons,
    course_outline,
    enrolment_of,
    lesson_rows,
    lesson_view,
    next_of,
    record_progress,
)
from quizzes.public import practice_stock

LEVEL_STEPS = {"not_started": 0, "attempted": 1, "familiar": 2, "proficient": 3, "mastered": 4}


@dataclass(frozen=True)
class StageCard:
    """A stage as the map shows it: the word for its mastery with its step 0 to 4, lessons, ways back."""

    stage: Stage
    number: int
    count: Count
    mastery: StageMastery | None
    questions: int
    current: bool

    @property
    def step(self) -> int:
        """The step of the mastery ramp."""
        return LEVEL_STEPS[self.mastery.level] if self.mastery else 0


def stage_cards(user: Any, exam: Exam, *, rows: list[LessonRow], chosen: str = "") -> list[StageCard]:
    """Every stage of the ring in order; `chosen`, or else the stage of the next lesson, is the current one."""
    counts = count_lessons(rows).stages
    masteries = readiness_of(user, exam).stages
    stock = practice_stock(user, exam).by_stage
    stages = list(Stage.objects.filter(exam=exam, cross_cutting=False).prefetch_related("loops_back__target"))
    if not chosen:
        coming = next_of(rows)
        chosen = next((slug for slug in coming.stage_slugs if slug in counts), "") if coming else ""
    return [
        StageCard(
            stage=stage,
            number=place,
            count=counts.get(stage.slug, Count()),
            mastery=masteries.get(stage.slug),
            questions=stock.get(stage.slug, 0),
            current=stage.slug == chosen,
        )
        for place, stage in enumerate(stages)
    ]


@require_safe
def course(request: HttpRequest, exam: str) -> HttpResponse:
    """The whole course in order, with what is done of it and where to go on."""
    the_exam = get_object_or_404(Exam, slug=exam)
    outline = course_outline(request.user, the_exam)
    context = {
        "section": "course",
        "exam": the_exam,
        "outline": outline,
        "next_lesson": next_of(outline.lessons),
        "enrolment": enrolment_of(request.user, the_exam),
    }
    return render(request, "pages/course.html", context)


@require_safe
def map_page(request: HttpRequest, exam: str) -> HttpResponse:
    """The ten stages and their ways back; the chosen one is explained beside them."""
    the_exam = get_object_or_404(Exam, slug=exam)
    rows = lesson_rows(request.user, the_exam)
    cards = stage_cards(request.user, the_exam, rows=rows, chosen=request.GET.get("stage", ""))
    chosen = next((card for card in cards if card.current), cards[0] if cards else None)
    context = {
        "section": "course",
        "exam": the_exam,
        "cards": cards,
        "chosen": chosen,
        "chosen_services": list(chosen.stage.services.all()[:6]) if chosen else [],
        "chosen_next": next_of([row for row in rows if chosen and chosen.stage.slug in row.stage_slugs]),
        "count": count_lessons(rows).lessons,
        "across": Stage.objects.filter(exam=the_exam, cross_cutting=True).first(),
        "as_list": request.GET.get("view") == "list",
    }
    return render(request, "pages/map.html", context)


@require_safe
def stage_page(request: HttpRequest, exam: str, slug: str) -> HttpResponse:
    """A stage: its purpose, lessons, services, ways back and commonest mistakes."""
    the_exam = get_object_or_404(Exam, slug=exam)
    stage = get_object_or_404(Stage.objects.prefetch_related("loops_back__target", "loops_in__origin"), exam=the_exam, slug=slug)
    rows = [row for row in lesson_rows(request.user, the_exam) if slug in row.stage_slugs]
    context = {
        "section": "course",
        "exam": the_exam,
        "stage": stage,
        "lessons": rows,
        "count": count_lessons(rows).lessons,
        "next_lesson": next_of(rows),
        "mastery": readiness_of(request.user, the_exam).stages.get(slug),
        "services": Service.objects.filter(listed_by_stages=stage).order_by("name"),
        "questions": practice_stock(request.user, the_exam).by_stage.get(slug, 0),
    }
    return render(request, "pages/stage.html", context)


@dataclass(frozen=True)
class AnsweredCheck:
    """An inline check that was answered on this page, with what became of it."""

    number: int
    option: int
    outcome: CheckOutcome


@require_safe
def lesson_page(request: HttpRequest, exam: str, slug: str) -> HttpResponse:
    """A lesson. Opening it begins it for a person with an account."""
    lesson = _lesson(exam, slug)
    if request.user.is_authenticated and request.method == "GET":
        record_progress(user=request.user, lesson=lesson, state=LessonProgress.State.BEGUN)
    return _show_lesson(request, lesson)


@require_POST
def check_page(request: HttpRequest, exam: str, slug: str, number: int) -> HttpResponse:
    """The answer to an inline check without JavaScript: the lesson again, with the explanation in its place."""
    lesson = _lesson(exam, slug)
    option = request.POST.get("option", "")
    if not option.isdecimal():
        return _show_lesson(request, lesson, unanswered=number, status=400)
    try:
        outcome = answer_check(user=request.user, lesson=lesson, check=number, option=int(option))
    except CheckMissing:
        return _show_lesson(request, lesson, unanswered=number, status=400)
    return _show_lesson(request, lesson, answered=AnsweredCheck(number, int(option), outcome))


@login_required
@require_POST
def finish_lesson(request: HttpRequest, exam: str, slug: str) -> HttpResponse:
    """Mark a lesson done and go on to the next one, or to the course when it was the last."""
    lesson = _lesson(exam, slug)
    record_progress(user=request.user, lesson=lesson, state=LessonProgress.State.DONE)
    coming = next_of(lesson_rows(request.user, lesson.exam))
    if coming is None:
        return HttpResponseRedirect(reverse("course", args=[exam]))
    return HttpResponseRedirect(reverse("lesson", args=[exam, coming.slug]))


def _lesson(exam: str, slug: str) -> Lesson:
    return get_object_or_404(Lesson.objects.published().select_related("exam", "task", "module"), exam__slug=exam, slug=slug)


def _show_lesson(
    request: HttpRequest, lesson: Lesson, *, answered: AnsweredCheck | None = None, unanswered: int | None = None, status: int = 200
) -> HttpResponse:
    rows = lesson_rows(request.user, lesson.exam)
    place = next(index for index, row in enumerate(rows) if row.slug == lesson.slug)
    context = {
        "section": "course",
        "exam": lesson.exam,
        "lesson": lesson,
        "shown": lesson_view(lesson),
        "row": rows[place],
        "previous": rows[place - 1] if place else None,
        "following": rows[place + 1] if place + 1 < len(rows) else None,
        "answered": answered,
        "unanswered": unanswered,
        "stages": list(lesson.stages.all()),
        "services": list(lesson.services.all()),
        "part_count": count_lessons(
            [row for row in rows if row.task_number == lesson.task.number and row.module_number == _module(lesson)]
        ).lessons,
    }
    return render(request, "pages/lesson.html", context, status=status)


def _module(lesson: Lesson) -> int | None:
    return lesson.module.number if lesson.module else None


urlpatterns = [
    path("<slug:exam>/course/", course, name="course"),
    path("<slug:exam>/map/", map_page, name="map"),
    path("<slug:exam>/stages/<slug:slug>/", stage_page, name="stage"),
    path("<slug:exam>/lessons/<slug:slug>/", lesson_page, name="lesson"),
    path("<slug:exam>/lessons/<slug:slug>/checks/<int:number>/", check_page, name="lesson-check"),
    path("<slug:exam>/lessons/<slug:slug>/done/", finish_lesson, name="lesson-done"),
]
