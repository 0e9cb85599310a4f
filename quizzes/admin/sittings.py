"""Sittings, their grades and the orders to grade them. They are read here; what can be done about them are use cases of the domain."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.desk import LedgerDesk, LedgerInline, actor_of
from accounts.public import Preferences
from quizzes.domain.attempts import cancel_attempt, raise_allowance
from quizzes.domain.errors import AttemptClosed, NotAllowed
from quizzes.domain.grading import requeue
from quizzes.models import Attempt, Grade, GradingJob, Recall


class GradeInline(LedgerInline):
    """Every grade of a sitting, the newest first."""

    model = Grade
    fields = ("revision", "score", "max_score", "scaled", "passed", "graded_at", "graded_by")
    ordering = ("-revision",)


class JobInline(LedgerInline):
    """The orders to grade it."""

    model = GradingJob
    fields = ("revision", "state", "tries", "last_error", "created_at", "done_at")
    ordering = ("-revision",)


class AllowanceForm(forms.Form):
    """More time for sittings that run."""

    allowance = forms.ChoiceField(
        label=_("new time allowance"),
        choices=[choice for choice in Preferences.Allowance.choices if choice[0] != Preferences.Allowance.STANDARD],
    )


class CancelForm(forms.Form):
    """Why sittings are cancelled; the learner reads it."""

    reason = forms.CharField(label=_("reason, shown to the learner"), max_length=250)


@admin.register(Attempt)
class AttemptDesk(LedgerDesk):
    """Sittings. Answers are not shown: they are the learner's."""

    list_display = ("title", "learner", "mode", "state", "allowance", "answered", "started_at", "deadline", "submitted_at")
    list_filter = ("state", "mode", "exam", "allowance")
    list_select_related = ("user",)
    search_fields = ("=id", "title", "user__username", "user__display_name")
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    inlines = (GradeInline, JobInline)
    actions = ("raise_allowance", "cancel")
    fields = (
        "title",
        "learner",
        "exam",
        "quiz",
        "mode",
        "state",
        "feedback",
        "marking",
        "question_count",
        "allowance",
        "minutes",
        "started_at",
        "deadline",
        "paused_at",
        "submitted_at",
        "graded_at",
        "cancelled_reason",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        answered = Count("responses", filter=Q(responses__answer__isnull=False))
        return super().get_queryset(request).defer("form", "wanted").annotate(answer_total=answered)

    @admin.display(description=_("learner"), ordering="user__username")
    def learner(self, attempt: Attempt) -> str:
        """The person, or that it is a visitor's."""
        return attempt.user.shown_name if attempt.user else str(_("visitor"))

    @admin.display(description=_("answered"))
    def answered(self, attempt: Attempt) -> str:
        """Questions answered, of all."""
        return f"{attempt.answer_total} / {attempt.question_count}"  # type: ignore[attr-defined]

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Who may change attempts may give time and cancel, and nothing else."""
        return bool(request.user.has_perm("quizzes.change_attempt"))

    @admin.action(description=_("Give more time"), permissions=["steer"])
    def raise_allowance(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> HttpResponse | None:
        form = AllowanceForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, queryset, form, "raise_allowance", _("Give more time"))
        refused, done = [], 0
        for attempt in queryset:
            try:
                raise_allowance(attempt=attempt, allowance=form.cleaned_data["allowance"], actor=actor_of(request))
                done += 1
            except AttemptClosed:
                refused.append(f"{attempt.title}: {_('it no longer runs.')}")
            except NotAllowed as error:
                refused.append(f"{attempt.title}: {error}")
        self.say(request, done, refused, _("%(count)d were given more time; it shows at once."))
        return None

    @admin.action(description=_("Cancel"), permissions=["steer"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> HttpResponse | None:
        form = CancelForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, queryset, form, "cancel", _("Cancel"))
        refused, done = [], 0
        for attempt in queryset:
            if cancel_attempt(attempt=attempt, reason=form.cleaned_data["reason"], actor=actor_of(request)):
                done += 1
            else:
                refused.append(f"{attempt.title}: {_('it no longer runs.')}")
        self.say(request, done, refused, _("%(count)d cancelled; they are not scored."))
        return None

    def _ask(self, request: HttpRequest, queryset: QuerySet[Attempt], form: forms.Form, action: str, title: Any) -> HttpResponse:
        """The page between choosing an action and doing it."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "attempts": queryset.select_related("user"),
            "action": action,
            "opts": self.model._meta,
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        return render(request, "admin/quizzes/attempt/ask.html", context)


@admin.register(GradingJob)
class GradingJobDesk(LedgerDesk):
    """Orders to grade. What needs attention can be put back in line once its cause is mended."""

    list_display = ("attempt_title", "learner", "revision", "state", "tries", "last_error", "created_at", "done_at")
    list_filter = ("state",)
    list_select_related = ("attempt__user",)
    search_fields = ("=attempt__id", "attempt__user__username", "last_error")
    ordering = ("-created_at",)
    actions = ("put_back",)
    fields = (
        "attempt",
        "revision",
        "state",
        "tries",
        "alone",
        "lease_owner",
        "lease_until",
        "not_before",
        "last_error",
        "created_at",
        "done_at",
    )

    @admin.display(description=_("sitting"))
    def attempt_title(self, job: GradingJob) -> str:
        """What it grades."""
        return job.attempt.title

    @admin.display(description=_("learner"))
    def learner(self, job: GradingJob) -> str:
        """The person, or that it is a visitor's."""
        return job.attempt.user.shown_name if job.attempt.user else str(_("visitor"))

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Who may change jobs may put them back in line, and nothing else."""
        return bool(request.user.has_perm("quizzes.change_gradingjob"))

    @admin.action(description=_("Put back in line"), permissions=["steer"])
    def put_back(self, request: HttpRequest, queryset: QuerySet[GradingJob]) -> None:
        done = requeue(attempt_ids=list(queryset.values_list("attempt_id", flat=True)))
        if done:
            self.message_user(request, _("%(count)d put back in line.") % {"count": done}, messages.SUCCESS)
        else:
            self.message_user(request, _("None of these needs attention."), messages.WARNING)


@admin.register(Grade)
class GradeDesk(LedgerDesk):
    """Grades are added and never edited."""

    list_display = ("attempt_title", "revision", "score", "max_score", "scaled", "passed", "graded_at", "graded_by")
    list_filter = ("revision", "passed")
    list_select_related = ("attempt",)
    search_fields = ("=attempt__id",)
    ordering = ("-graded_at",)

    @admin.display(description=_("sitting"))
    def attempt_title(self, grade: Grade) -> str:
        """What it grades."""
        return grade.attempt.title


@admin.register(Recall)
class RecallDesk(LedgerDesk):
    """Corrected keys, carried to those whom they affect."""

    list_display = ("question", "attempts_affected", "reason", "created_by", "created_at")
    list_select_related = ("key_revision__version__question", "created_by")
    search_fields = ("key_revision__version__question__slug", "reason")
    ordering = ("-created_at",)

    @admin.display(description=_("question"))
    def question(self, recall: Recall) -> str:
        """The question's name in the bank."""
        return recall.key_revision.version.question.slug
