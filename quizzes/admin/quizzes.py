"""Quizzes in the admin: questions in order, published when they are ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import Desk, actor_of
from accounts.public import AuditEntry, Team
from quizzes.domain.authoring import QuizRefused, publish_quiz, retire_quiz
from quizzes.models import Quiz, QuizQuestion


class QuizForm(forms.ModelForm):
    """A quiz; its window must be in order."""

    class Meta:
        model = Quiz
        fields = (
            "exam",
            "title",
            "slug",
            "description",
            "feedback",
            "marking",
            "minutes",
            "attempts_allowed",
            "opens_at",
            "closes_at",
            "team",
        )


class QuizQuestionInline(admin.TabularInline):
    """Questions in their order."""

    model = QuizQuestion
    extra = 3
    fields = ("order", "question")
    autocomplete_fields = ("question",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuizQuestion]:
        return super().get_queryset(request).select_related("question")


@admin.register(Quiz)
class QuizDesk(Desk):
    """What instructors publish to be taken."""

    form = QuizForm
    list_display = ("title", "exam", "state", "asked", "team", "opens_at", "closes_at")
    list_filter = ("exam", "state", "feedback")
    list_select_related = ("exam", "team")
    search_fields = ("title", "slug", "description")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (QuizQuestionInline,)
    actions = ("publish", "retire")
    readonly_fields = ("state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        return super().get_queryset(request).annotate(entry_total=Count("entries"))

    @admin.display(description=_("questions"), ordering="entry_total")
    def asked(self, quiz: Quiz) -> int:
        """Questions on its list."""
        return quiz.entry_total  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Quiz | None = None) -> Any:
        return (*QuizForm.Meta.fields, "state") if obj else QuizForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Quiz | None = None) -> Any:
        """The team of a quiz stays where its author may not choose it: a list without it would open the quiz to everybody."""
        kept = obj is not None and obj.team_id is not None and not request.user.is_superuser
        if kept and not Team.objects.led_by(request.user).filter(pk=obj.team_id).exists():
            return (*self.readonly_fields, "team")
        return self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Quiz | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only superusers give quizzes to teams that they do not lead: the list would tell which teams there are."""
        if db_field.name == "team" and not request.user.is_superuser:
            kwargs["queryset"] = Team.objects.led_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Quiz, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = actor_of(request)
        obj.save()
        AuditEntry.objects.create(
            actor=actor_of(request), action="quiz.edit" if change else "quiz.make", subject_kind="quiz", subject_id=obj.slug
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Questions without a number come last, in the order they stand on the form."""
        super().save_related(request, form, formsets, change)
        entries = list(form.instance.entries.all())
        entries.sort(key=lambda entry: (entry.order == 0, entry.order, entry.pk))
        for place, entry in enumerate(entries, 1):
            entry.order = place
        QuizQuestion.objects.bulk_update(entries, ["order"])
        if "_publish" in request.POST:
            self._each(request, Quiz.objects.filter(pk=form.instance.pk), publish_quiz, _("Published."))

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
        self._each(request, queryset, publish_quiz, _("%(count)d published."))

    @admin.action(description=_("Retire"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
        self._each(request, queryset, retire_quiz, _("%(count)d retired."))

    def _each(self, request: HttpRequest, queryset: QuerySet[Quiz], use_case: Callable[..., Any], said: Any) -> None:
        refused, done = [], 0
        for quiz in queryset:
            try:
                use_case(quiz=quiz, actor=actor_of(request))
                done += 1
            except QuizRefused as error:
                refused.append(f"{quiz.title}: {' '.join(error.problems)}")
        self.say(request, done, refused, said)
