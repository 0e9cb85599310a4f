"""Sittings in the browser: begin, the player, the review list, waiting for the mark, the result, and what follows from it."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.public import Preferences, preferences_of, set_preferences
from lifecycle.public import Exam
from pages.player_words import player_words
from pages.records import record_rows
from pages.reporting import ReportForm
from pages.results import FILTERS, shown_result
from pages.starting import StartForm, beginning_of, guest_key_of
from pages.views import installable
from quizzes.public import (
    WHOLE_EXAMS,
    Attempt,
    AttemptsUsedUp,
    NotForGuests,
    NothingToAsk,
    QuestionVersion,
    QuizClosed,
    Refused,
    Wanted,
    graded_attempt,
    record_of,
    report_problem,
    result_of,
    start_attempt,
)

LIKE_THIS = 3
PLAYER_MODULES = [
    f"js/player/{name}.js"
    for name in (
        "player",
        "announcer",
        "api",
        "handin",
        "keyboard",
        "navigator",
        "outbox",
        "question",
        "review",
        "state",
        "storage",
        "text",
        "timer",
        "kinds/choice",
        "kinds/matching",
        "kinds/ordering",
    )
]
"""What the player needs at once, named so that the browser need not find out file by file."""


def own_attempt(request: HttpRequest, attempt_id: UUID) -> Attempt:
    """The visitor's own sitting, else 404."""
    attempt = graded_attempt(attempt_id, request.user, guest_key_of(request))
    if attempt is None:
        raise Http404
    return attempt


def complaints(form: forms.Form) -> str:
    """What a form finds wrong, on one line."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


# ── Starting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
def begin(request: HttpRequest, exam: str) -> HttpResponse:
    """What the sitting will be, and the time choices, before its clock runs."""
    the_exam = get_object_or_404(Exam, slug=exam)
    form = StartForm(request.GET, exam=the_exam, user=request.user)
    if not form.is_valid():
        return not_started(request, the_exam, complaints(form), status=400)
    beginning = beginning_of(wanted=form.wanted(), exam=the_exam, user=request.user)
    asked = [(name, value) for name, values in request.GET.lists() for value in values if name in form.fields]
    return render(request, "attempts/begin.html", {"exam": the_exam, "section": "practice", "beginning": beginning, "asked": asked})


@require_POST
def start(request: HttpRequest, exam: str) -> HttpResponse:
    """Start a sitting and show its first question; the time allowance chosen is kept for the account."""
    the_exam = get_object_or_404(Exam, slug=exam)
    form = StartForm(request.POST, exam=the_exam, user=request.user)
    if not form.is_valid():
        return not_started(request, the_exam, complaints(form), status=400)
    chosen = form.cleaned_data["allowance"]
    if chosen and request.user.is_authenticated:
        set_preferences(user=request.user, allowance=chosen)
    return started(request, the_exam, form.wanted(), allowance=chosen or preferences_of(request.user).allowance)


def started(request: HttpRequest, exam: Exam, wanted: Wanted, *, allowance: str) -> HttpResponse:
    """The player of a new sitting, or a page that says why there is none."""
    try:
        attempt = start_attempt(user=person_of(request), guest_key=made_guest_key(request), exam=exam, wanted=wanted, allowance=allowance)
    except Refused as refused:
        return not_started(request, exam, reason_of(refused), status=409)
    return redirect("attempt", attempt.pk)


def person_of(request: HttpRequest) -> Any:
    """The account, None for a visitor."""
    return request.user if request.user.is_authenticated else None


def made_guest_key(request: HttpRequest) -> str:
    """The visitor's token, made at the first sitting; empty for an account."""
    if request.user.is_authenticated:
        return ""
    return request.session.setdefault("guest_key", secrets.token_urlsafe(24))


def not_started(request: HttpRequest, exam: Exam, reason: str, *, status: int) -> HttpResponse:
    """Nothing was started, and why."""
    return render(request, "attempts/not_started.html", {"exam": exam, "section": "practice", "reason": reason}, status=status)


def reason_of(refused: Refused) -> str:
    """Why a sitting was not started, in the learner's words."""
    match refused:
        case NothingToAsk():
            return _("No question fits this choice. Choose a wider one.")
        case QuizClosed():
            return _("This quiz is not open now.")
        case AttemptsUsedUp():
            return _("All sittings of this quiz have been used.")
        case NotForGuests():
            return _("Without an account, ten sample questions are open to you. Sign up for more.")
    return _("This cannot be started now.")


# ── The player ────────────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@require_GET
def player(request: HttpRequest, attempt_id: UUID, view: str = "question") -> HttpResponse:
    """The player's page. It carries no question: those come by the API and stay on the device while the sitting is open."""
    attempt = own_attempt(request, attempt_id)
    if attempt.state != Attempt.State.IN_PROGRESS:
        return redirect("attempt-result", attempt.pk)
    words = player_words(attempt.mode)
    context = {
        "attempt": attempt,
        "view": view,
        "owner": owner_mark(request),
        "preferences": preferences_of(request.user),
        "words": words,
        "submit_label": words["messages"]["submit"],
        "whole_exam": attempt.mode in WHOLE_EXAMS,
        "allowance": Preferences.Allowance(attempt.allowance).label,
        "modules": PLAYER_MODULES,
        "report": ReportForm(),
    }
    return render(request, "attempts/player.html", context)


def owner_mark(request: HttpRequest) -> str:
    """A name for whose browser this is, so that what one person left on a device is not shown to the next."""
    if request.user.is_authenticated:
        return f"user-{request.user.pk}"
    return f"guest-{sha256(guest_key_of(request).encode()).hexdigest()[:16]}"


@never_cache
@require_GET
def session(request: HttpRequest, attempt_id: UUID) -> JsonResponse:
    """Whether this browser's session owns the sitting, and the token for its requests; the player asks after a refusal."""
    mine = graded_attempt(attempt_id, request.user, guest_key_of(request)) is not None
    return JsonResponse({"mine": mine, "csrf": get_token(request)})


# ── The result ────────────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@require_GET
def result(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The result; before it exists, the page that waits for it."""
    attempt = own_attempt(request, attempt_id)
    if attempt.state == Attempt.State.IN_PROGRESS:
        return redirect("attempt", attempt.pk)
    context = {"attempt": attempt, "exam": attempt.exam, "section": "practice", "whole_exam": attempt.mode in WHOLE_EXAMS}
    if attempt.state == Attempt.State.CANCELLED:
        return render(request, "attempts/cancelled.html", context)
    if attempt.state != Attempt.State.GRADED:
        answered = attempt.responses.filter(answer__isnull=False).count()
        return render(request, "attempts/marking.html", context | {"answered": answered})
    wanted = request.GET.get("show", "")
    shown = shown_result(result_of(attempt), viewer=request.user, show=wanted if wanted in FILTERS else "")
    allowance = Preferences.Allowance(attempt.allowance).label
    return render(request, "attempts/result.html", context | {"result": shown, "report": ReportForm(), "allowance": allowance})


@require_POST
def like_this(request: HttpRequest, attempt_id: UUID, position: int) -> HttpResponse:
    """Three more questions on the task of one that was just explained, with reasons after each."""
    attempt = own_attempt(request, attempt_id)
    version = version_at(attempt, position)
    wanted = Wanted(
        mode=Attempt.Mode.DRILL,
        tasks=(version.question.task.number,),
        stages=tuple(version.question.stages.values_list("slug", flat=True)),
        count=LIKE_THIS,
        feedback="each",
    )
    return started(request, attempt.exam, wanted, allowance=preferences_of(request.user).allowance)


@require_POST
def report(request: HttpRequest, attempt_id: UUID, position: int) -> HttpResponse:
    """Put what a learner says about a question into the instructors' queue."""
    attempt = own_attempt(request, attempt_id)
    if not request.user.is_authenticated:
        raise Http404
    version = version_at(attempt, position)
    form = ReportForm(request.POST)
    if form.is_valid():
        report_problem(version=version, reporter=request.user, attempt=attempt, **form.cleaned_data)
        thanks = _("Thank you. An instructor will read what you wrote on question %(n)d and answer you.")
        messages.success(request, thanks % {"n": position})
    else:
        messages.error(request, complaints(form))
    return redirect(f"{reverse('attempt-result', args=[attempt.pk])}?show=all#q{position}")


@require_GET
@never_cache
def record(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """What was stored when, in words and for download."""
    found = record_of(own_attempt(request, attempt_id))
    return render(request, "attempts/record.html", {"record": found, "rows": record_rows(found), "attempt": found.attempt})


def version_at(attempt: Attempt, position: int) -> QuestionVersion:
    """The text at a position of a sitting that is over, else 404."""
    if attempt.state != Attempt.State.GRADED or not 1 <= position <= attempt.question_count:
        raise Http404
    versions = QuestionVersion.objects.select_related("question__task")
    return versions.get(pk=attempt.form[position - 1][0])


attempt_urls = [
    path("attempts/<uuid:attempt_id>/", player, name="attempt"),
    path("attempts/<uuid:attempt_id>/review/", player, {"view": "review"}, name="attempt-review"),
    path("attempts/<uuid:attempt_id>/session/", session, name="attempt-session"),
    path("attempts/<uuid:attempt_id>/result/", result, name="attempt-result"),
    path("attempts/<uuid:attempt_id>/record/", record, name="attempt-record"),
    path("attempts/<uuid:attempt_id>/like/<int:position>/", like_this, name="attempt-like"),
    path("attempts/<uuid:attempt_id>/report/<int:position>/", report, name="attempt-report"),
    path("<slug:exam>/begin/", begin, name="attempt-begin"),
    path("<slug:exam>/start/", start, name="attempt-start"),
    *installable.urlpatterns,
]
