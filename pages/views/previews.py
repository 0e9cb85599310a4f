"""What authors look at before they store it: a question in the real player, a lesson in the look of the course."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.public import DraftGone, draft_of, preferences_of, read_db_now
from lifecycle.public import Exam, Lesson, Module, Task, lesson_view
from pages.player_words import player_words
from quizzes.public import BadAnswer, Previewed, previewed_question


def require_author(request: HttpRequest, permission: str) -> None:
    """Only who authors such things may look at drafts of them; the names of drafts are their authors' own anyway."""
    if not (request.user.is_authenticated and request.user.is_staff and request.user.has_perm(permission)):
        raise PermissionDenied


def gone(request: HttpRequest) -> HttpResponse:
    """The draft is over an hour old."""
    return render(request, "previews/gone.html", status=410)


@never_cache
@require_safe
def question(request: HttpRequest, name: str) -> HttpResponse:
    """A question as it is asked, in the parts of the real player; its explanation comes by a check, as for a learner."""
    require_author(request, "quizzes.view_question")
    try:
        previewed = previewed_question(author=request.user, name=name)
    except DraftGone:
        return gone(request)
    context = {
        "payload": previewed.payload(),
        "words": player_words("drill"),
        "preferences": preferences_of(request.user),
        "name": name,
        "unmarked": not previewed.correct,
    }
    return render(request, "previews/question.html", context)


@never_cache
@require_POST
def question_check(request: HttpRequest, name: str) -> JsonResponse:
    """What a learner would be told after this answer; without one, after the right one."""
    require_author(request, "quizzes.view_question")
    try:
        previewed: Previewed = previewed_question(author=request.user, name=name)
        answer = json.loads(request.body).get("answer")
        return JsonResponse(previewed.feedback(previewed.correct if answer is None and previewed.correct else answer))
    except DraftGone:
        return JsonResponse({"detail": _("The preview is over an hour old.")}, status=410)
    except (BadAnswer, ValueError, AttributeError):
        return JsonResponse({"detail": _("The answer does not fit the question.")}, status=400)


@never_cache
@require_safe
def lesson(request: HttpRequest, name: str) -> HttpResponse:
    """A lesson as a visitor would see it; its links and checks do nothing here."""
    require_author(request, "lifecycle.view_lesson")
    try:
        content = draft_of(author=request.user, kind="lesson", name=name)
    except DraftGone:
        return gone(request)
    exam = get_object_or_404(Exam, pk=_number(content["exam"]))
    shown = typed_lesson(content, exam)
    context = {
        "user": AnonymousUser(),
        "exam": exam,
        "lesson": shown,
        "shown": lesson_view(shown),
        "row": SimpleNamespace(state="not_started"),
        "stages": [],
        "services": [],
    }
    return render(request, "previews/lesson.html", context)


def typed_lesson(content: dict[str, Any], exam: Exam) -> Lesson:
    """The lesson that was typed, unsaved; what is missing is filled so that the rest can be looked at."""
    sources = [line.rpartition("|") for line in content["sources"].splitlines() if "|" in line]
    return Lesson(
        exam=exam,
        slug=content["slug"] or "draft",
        title=content["title"] or _("(no title yet)"),
        task=Task.objects.filter(pk=_number(content["task"])).first() or Task(number="-", title=""),
        module=Module.objects.filter(pk=_number(content["module"])).first(),
        order=0,
        minutes=_number(content["minutes"]) or 1,
        summary=content["summary"],
        key_rule=content["key_rule"],
        body=content["body"],
        sources=[{"title": title.strip(), "url": url.strip()} for title, _bar, url in sources],
        checked=_day(content["checked"]) or read_db_now().date(),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


urlpatterns = [
    path("instruct/preview/questions/<str:name>/", question, name="preview-question"),
    path("instruct/preview/questions/<str:name>/check/", question_check, name="preview-question-check"),
    path("instruct/preview/lessons/<str:name>/", lesson, name="preview-lesson"),
]
