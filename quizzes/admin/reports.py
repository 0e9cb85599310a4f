"""What learners say is wrong with questions: a queue, the oldest first, each answered once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.desk import QueueDesk, actor_of
from quizzes.domain.errors import NotAllowed
from quizzes.domain.reports import answer_report
from quizzes.models import ProblemReport

State = ProblemReport.State


class AnswerForm(forms.ModelForm):
    """The answer to a report."""

    state = forms.ChoiceField(
        label=_("what became of it"), choices=[(State.FIXED, State.FIXED.label), (State.DECLINED, State.DECLINED.label)]
    )
    answer = forms.CharField(label=_("answer to the reporter"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)

    class Meta:
        model = ProblemReport
        fields = ("state", "answer")


@admin.register(ProblemReport)
class ReportDesk(QueueDesk):
    """The queue of problem reports."""

    form = AnswerForm
    list_display = ("question", "kind", "said", "state", "reporter", "created_at", "answered_by")
    list_filter = ("state", "kind")
    list_select_related = ("version__question", "reporter", "answered_by")
    search_fields = ("version__question__slug", "text")
    ordering = ("-state", "created_at")
    date_hierarchy = "created_at"
    told = ("question_link", "asked", "kind", "text", "reporter", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProblemReport]:
        return super().get_queryset(request).annotate(slug=F("version__question__slug"))

    @admin.display(description=_("question"), ordering="slug")
    def question(self, report: ProblemReport) -> str:
        """The question's name in the bank."""
        return report.version.question.slug

    @admin.display(description=_("question"))
    def question_link(self, report: ProblemReport) -> str:
        """The way to the question, to mend it."""
        url = reverse("admin:quizzes_question_change", args=[report.version.question_id])
        return format_html('<a href="{}">{}</a>', url, report.version.question.slug)

    @admin.display(description=_("as it was asked"))
    def asked(self, report: ProblemReport) -> str:
        """The text of the version that the learner met."""
        return f"{report.version.stem} ({_('version')} {report.version.number})"

    @admin.display(description=_("what was said"))
    def said(self, report: ProblemReport) -> str:
        """The first words."""
        return report.text if len(report.text) <= 90 else f"{report.text[:89]}…"

    def save_model(self, request: HttpRequest, obj: ProblemReport, form: Any, change: bool) -> None:
        if not form.cleaned_data:
            return
        try:
            answer_report(report=obj, state=form.cleaned_data["state"], answer=form.cleaned_data["answer"], actor=actor_of(request))
        except NotAllowed as error:
            self.message_user(request, str(error), messages.ERROR)
