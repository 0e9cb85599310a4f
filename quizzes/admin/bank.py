"""What questions share: scenarios of case studies, and named misconceptions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import Desk, LedgerInline, actor_of
from accounts.public import AuditEntry, read_db_now
from quizzes.models import Misconception, Question, Scenario


class ScenarioQuestionInline(LedgerInline):
    """The questions of a case study."""

    model = Question
    fields = ("slug", "task", "state")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        return super().get_queryset(request).select_related("task")


@admin.register(Scenario)
class ScenarioDesk(Desk):
    """Shared stems of case studies: two to four questions each."""

    list_display = ("title", "slug", "exam", "asked", "edited_at")
    list_filter = ("exam", ("edited_at", admin.EmptyFieldListFilter))
    list_select_related = ("exam",)
    search_fields = ("title", "slug", "text")
    fields = ("exam", "slug", "title", "text", "edited_at")
    inlines = (ScenarioQuestionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scenario]:
        return super().get_queryset(request).annotate(question_total=Count("questions"))

    @admin.display(description=_("questions"), ordering="question_total")
    def asked(self, scenario: Scenario) -> int:
        """Questions of the case study in any state."""
        return scenario.question_total  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Scenario | None = None) -> Any:
        return ("exam", "slug", "edited_at") if obj else ("edited_at",)

    def save_model(self, request: HttpRequest, obj: Scenario, form: Any, change: bool) -> None:
        obj.edited_at = read_db_now()
        obj.save()
        AuditEntry.objects.create(
            actor=actor_of(request), action="scenario.edit" if change else "scenario.make", subject_kind="scenario", subject_id=obj.slug
        )


@admin.register(Misconception)
class MisconceptionDesk(Desk):
    """Named wrong beliefs that distractors share."""

    list_display = ("slug", "belief", "used")
    search_fields = ("slug", "belief", "truth")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Misconception]:
        return super().get_queryset(request).annotate(option_total=Count("options"))

    @admin.display(description=_("options"), ordering="option_total")
    def used(self, misconception: Misconception) -> int:
        """Options that share it, in all versions."""
        return misconception.option_total  # type: ignore[attr-defined]
