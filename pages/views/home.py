"""The front page: for a visitor what this is, for a learner what to do now."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.public import read_db_now
from analytics.public import ExamResult, Readiness, readiness_of
from lifecycle.public import (
    Enrolment,
    Exam,
    LessonRow,
    Stage,
    count_lessons,
    current_blueprint,
    enrolment_or_exam,
    lesson_rows,
    next_of,
    unread_suggestions,
)
from pages.charts import Chart, dot_plot, interval, lifecycle_strip
from pages.next_steps import Standing, steps
from pages.study import first_day, rhythm
from pages.words import days_until
from quizzes.public import due_reviews, open_attempt, remaining_seconds, study_days, unread_answers

SAMPLE_DOTS = (612, 634, 652, 667, 679, 690, 701, 709, 716, 724, 731, 738, 746, 754, 763, 772, 783, 797, 815, 842)
"""What the landing page shows: the dots of a made-up learner, said to be an example."""

LEVEL_STEPS = {"not_started": 0, "attempted": 1, "familiar": 2, "proficient": 3, "mastered": 4}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    if not request.user.is_authenticated:
        return landing(request)
    enrolment, exam = enrolment_or_exam(request.user, answered_reports=unread_answers(), answered_suggestions=unread_suggestions())
    if exam is None:
        return render(request, "pages/no_content.html", {"section": "home"})
    if enrolment is None:
        return redirect("start")
    return render(request, "pages/home.html", {"section": "home", **home_context(request.user, enrolment, exam)})


def landing(request: HttpRequest) -> HttpResponse:
    """What a visitor sees: ten questions to try, and how the estimate and the explanations look."""
    exam = Exam.objects.order_by("pk").first()
    if exam is None:
        return render(request, "pages/no_content.html", {"section": "home"})
    blueprint = current_blueprint(exam)
    dots = dot_plot(SAMPLE_DOTS, pass_mark=blueprint.pass_mark, low=630, high=810, estimate=727, name="sample")
    context = {
        "section": "home",
        "exam": exam,
        "blueprint": blueprint,
        "dots": dots,
        "hits": sum(dot >= blueprint.pass_mark for dot in SAMPLE_DOTS),
    }
    return render(request, "pages/landing.html", context)


def home_context(user: Any, enrolment: Enrolment, exam: Exam) -> dict[str, Any]:
    """Everything of the home page."""
    now = read_db_now()
    today = timezone.localdate(now)
    readiness = readiness_of(user, exam, now)
    lessons = lesson_rows(user, exam)
    running = open_attempt(user, exam)
    hero, more = steps(
        Standing(
            exam=exam,
            readiness=readiness,
            running=running,
            running_seconds=remaining_seconds(running, now) if running else None,
            due=due_reviews(user, exam, now).due,
            lesson=next_of(lessons),
            exam_date=enrolment.exam_date,
            today=today,
        )
    )
    return {
        "exam": exam,
        "enrolment": enrolment,
        "today": today,
        "heading": days_until(enrolment.exam_date, today) if enrolment.exam_date else "",
        "exam_day": exam_day(user, enrolment, today),
        "hero": hero,
        "more": more,
        "running": running,
        "readiness": readiness,
        "dots": readiness_dots(readiness) if readiness.shown else None,
        "domains": domain_lines(readiness),
        "rhythm": rhythm(study_days(user, exam, first_day(today)), today=today, goal=enrolment.minutes_a_day),
        "lessons": count_lessons(lessons).lessons,
        **lifecycle_of(exam, readiness, lessons),
    }


def exam_day(user: Any, enrolment: Enrolment, today: date) -> str:
    """Where today stands to the exam: "before", "today", "asked" (past, and the result is not known yet), or ""."""
    if enrolment.exam_date is None:
        return ""
    if enrolment.exam_date > today:
        return "before"
    if enrolment.exam_date == today:
        return "today"
    known = ExamResult.objects.visible_to(user).filter(exam_id=enrolment.exam_id, taken_on__gte=enrolment.exam_date).exists()
    return "" if known else "asked"


def readiness_dots(readiness: Readiness) -> Chart:
    """The twenty dots with their words."""
    return dot_plot(readiness.dots, pass_mark=readiness.pass_mark, low=readiness.low, high=readiness.high, estimate=readiness.estimate)


def domain_lines(readiness: Readiness) -> list[dict[str, Any]]:
    """The domains with their intervals drawn on one scale, most marks to gain first."""
    cut = 100 * readiness.instrument.form.cut
    return [
        {
            "domain": domain,
            "low": domain.estimate < cut,
            "drawn": interval(domain.estimate, domain.low, domain.high, cut=cut, start=20, end=100),
            "gain": domain.marks_to_gain if domain.marks_to_gain >= 0.5 else 0,
        }
        for domain in readiness.domains
    ]


def lifecycle_of(exam: Exam, readiness: Readiness, lessons: list[LessonRow]) -> dict[str, Any]:
    """The strip of stages with their level, and the ways back below it."""
    rows = list(Stage.objects.filter(exam=exam, cross_cutting=False).order_by("order").values("slug", "name", "loops_back__target__slug"))
    slugs = list(dict.fromkeys(row["slug"] for row in rows))
    names = {row["slug"]: row["name"] for row in rows}
    following = next_of(lessons)
    counts = count_lessons(lessons).stages
    here = following.stage_slugs[0] if following and following.stage_slugs else ""
    loops = {
        (slugs.index(row["slug"]), slugs.index(row["loops_back__target__slug"])) for row in rows if row["loops_back__target__slug"] in names
    }
    main = main_loops(loops)
    stages = []
    for slug in slugs:
        mastery = readiness.stages.get(slug)
        stages.append(
            {
                "slug": slug,
                "name": names[slug],
                "step": LEVEL_STEPS[mastery.level] if mastery else 0,
                "level": mastery.label if mastery else None,
                "count": counts.get(slug),
                "here": slug == here,
            }
        )
    return {
        "stages": stages,
        "strip": lifecycle_strip(len(slugs), main),
        "loops": [(names[slugs[a]], names[slugs[b]]) for a, b in sorted(main)],
    }


def main_loops(loops: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Three ways back to draw: the shortest that skips stages (the later one of two), and the two farthest; the map names all of them."""
    long = sorted((loop for loop in loops if loop[0] - loop[1] > 2), key=lambda loop: (loop[0] - loop[1], -loop[0]))
    return [*long[:1], *(loop for loop in long[-2:] if loop not in long[:1])]


urlpatterns = [path("", home, name="home")]
