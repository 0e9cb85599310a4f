"""Flags on questions as a queue for instructors; what the model was fitted to, to be read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.desk import LedgerDesk, QueueDesk, actor_of
from analytics.domain.judging import close_flag, own_flag
from analytics.models import AccuracyReport, ModelSettings, ParameterVersion, QuestionFlag

State = QuestionFlag.State
WORDS = {
    "key_suspect": _("the key may be wrong"),
    "negative": _("the able get it wrong more often than the others"),
    "not_discriminating": _("says little about who knows the task"),
    "too_easy": _("nearly everyone is right"),
    "too_hard": _("nearly everyone is wrong"),
    "dead_distractor": _("an option does no work: hardly anybody takes it"),
    "attracts_able": _("a wrong option draws the able"),
    "misfit": _("answers differ from what the model expects"),
    "speed": _("takes unusually long, or is clicked through"),
    "exposure": _("is met far more or far less often than others"),
    "differential": _("treats groups of equal ability differently"),
}
"""The flags as an author understands them."""


class FlagForm(forms.ModelForm):
    """What was found on looking."""

    state = forms.ChoiceField(
        label=_("what became of it"), choices=[(State.FIXED, State.FIXED.label), (State.ACCEPTED, State.ACCEPTED.label)]
    )
    note = forms.CharField(label=_("what was found"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)

    class Meta:
        model = QuestionFlag
        fields = ("state", "note")


@admin.register(QuestionFlag)
class FlagDesk(QueueDesk):
    """Questions whose answers look wrong, the gravest first."""

    form = FlagForm
    list_display = ("question", "says", "severity", "subject", "answers", "state", "owner", "raised_at")
    list_filter = ("state", "severity", "flag", "exam")
    list_select_related = ("version__question", "owner")
    search_fields = ("version__question__slug",)
    ordering = ("-severity", "-raised_at")
    actions = ("take",)
    told = ("question_link", "says", "severity", "subject", "value", "low", "high", "answers", "raised_at", "seen_at", "owner")
    asked_for = ("state", "note")
    closed_with = ()
    closing_time = "closed_at"

    @admin.display(description=_("question"), ordering="version__question__slug")
    def question(self, flag: QuestionFlag) -> str:
        """The question's name in the bank."""
        return flag.version.question.slug

    @admin.display(description=_("question"))
    def question_link(self, flag: QuestionFlag) -> str:
        """The way to the question, to mend it."""
        url = reverse("admin:quizzes_question_change", args=[flag.version.question_id])
        return format_html('<a href="{}">{}</a>', url, flag.version.question.slug)

    @admin.display(description=_("what it says"), ordering="flag")
    def says(self, flag: QuestionFlag) -> Any:
        """The flag in an author's words."""
        return WORDS.get(flag.flag, flag.flag)

    def save_model(self, request: HttpRequest, obj: QuestionFlag, form: Any, change: bool) -> None:
        if form.cleaned_data:
            accepted = form.cleaned_data["state"] == State.ACCEPTED
            close_flag(flag=obj, actor=actor_of(request), accepted=accepted, note=form.cleaned_data["note"])

    @admin.action(description=_("Take on"), permissions=["change"])
    def take(self, request: HttpRequest, queryset: QuerySet[QuestionFlag]) -> None:
        for flag in queryset:
            own_flag(flag=flag, actor=actor_of(request))
        self.say(request, len(queryset), [], _("%(count)d are yours now."))


@admin.register(ParameterVersion)
class ParameterDesk(LedgerDesk):
    """Calibrations of the questions."""

    list_display = ("exam", "created_at", "answers", "persons", "cycles", "converged", "seconds")
    list_filter = ("exam", "converged")
    list_select_related = ("exam",)
    exclude = ("parameters",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ParameterVersion]:
        return super().get_queryset(request).defer("parameters")


@admin.register(ModelSettings)
class ModelSettingsDesk(LedgerDesk):
    """What is re-fitted monthly."""

    list_display = ("exam", "created_at", "results", "recalibration_intercept", "recalibration_slope", "cut")
    list_filter = ("exam",)
    list_select_related = ("exam",)


@admin.register(AccuracyReport)
class AccuracyDesk(LedgerDesk):
    """How honest the predictions were."""

    list_display = ("exam", "created_at", "since", "predictions")
    list_filter = ("exam",)
    list_select_related = ("exam",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccuracyReport]:
        return super().get_queryset(request).defer("report")
