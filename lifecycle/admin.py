"""The course and the reference in the admin: what is edited here is never overwritten by loading content files."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.desk import Desk, LedgerDesk, LedgerInline, QueueDesk, actor_of
from accounts.public import keep_draft
from lifecycle.domain.editing import lesson_mistakes, store_entry, store_lesson
from lifecycle.domain.errors import NotAllowed
from lifecycle.domain.suggestions import answer_suggestion
from lifecycle.models import (
    Blueprint,
    Domain,
    Exam,
    Figure,
    Formula,
    Lesson,
    Module,
    Objective,
    Service,
    ServiceConfusion,
    Stage,
    StageLoop,
    Task,
    Term,
    TermSuggestion,
)

PREVIEWED = ("title", "summary", "key_rule", "body", "minutes", "checked", "sources")


class EntryDesk(Desk):
    """Entries that come from content files and can be edited here: stored by the domain, which marks them as edited."""

    list_filter: ClassVar[Any] = ("exam", ("edited_at", admin.EmptyFieldListFilter))
    list_select_related: ClassVar[Any] = ("exam",)
    readonly_fields: ClassVar[Any] = ("edited_at",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        store_entry(entry=obj, actor=actor_of(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An entry of a file would come back with the next load; only what was made here can go."""
        if obj is not None and obj.content_digest:
            return False
        return super().has_delete_permission(request, obj)


class LessonForm(forms.ModelForm):
    """A lesson whose text is checked as strictly as in the files."""

    class Meta:
        model = Lesson
        fields = (
            "exam",
            "slug",
            "title",
            "task",
            "module",
            "order",
            "minutes",
            "summary",
            "key_rule",
            "body",
            "objectives",
            "stages",
            "services",
            "sources",
            "checked",
            "published",
        )

    def clean(self) -> dict[str, Any]:
        """Every mistake of the text at the text, with its line; tasks, modules and stages of the lesson's exam only."""
        data = super().clean() or {}
        exam = data.get("exam")
        if exam is None:
            return data
        if data.get("body"):
            _text, mistakes = lesson_mistakes(exam=exam, body=data["body"])
            for mistake in mistakes:
                self.add_error("body", _("Line %(line)d: %(message)s") % {"line": mistake.line, "message": mistake.message})
        if data.get("module") and data["module"].exam_id != exam.pk:
            self.add_error("module", _("The module belongs to another exam."))
        if data.get("task") and data["task"].domain.blueprint.exam_id != exam.pk:
            self.add_error("task", _("The task belongs to another exam."))
        return data


@admin.register(Lesson)
class LessonDesk(EntryDesk):
    """Lessons, with a preview in the look of the course."""

    form = LessonForm
    list_display = ("title", "task", "module", "minutes", "published", "checked", "edited_at")
    list_filter = ("exam", "published", "module", "task", ("edited_at", admin.EmptyFieldListFilter))
    list_select_related = ("task", "module")
    search_fields = ("title", "slug", "summary", "body")
    date_hierarchy = "checked"
    filter_horizontal = ("objectives", "stages", "services")
    change_form_template = "admin/lifecycle/lesson/change_form.html"

    def get_form(self, request: HttpRequest, obj: Lesson | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Objectives, tasks and the rest of the current edition, each list in one statement."""
        form = super().get_form(request, obj, change, **kwargs)
        fields: dict[str, Any] = form.base_fields
        fields["task"].queryset = Task.objects.filter(domain__blueprint__current=True).select_related("domain__blueprint")
        fields["objectives"].queryset = Objective.objects.filter(task__domain__blueprint__current=True)
        return form

    def save_model(self, request: HttpRequest, obj: Lesson, form: Any, change: bool) -> None:
        store_lesson(lesson=obj, actor=actor_of(request))

    def get_urls(self) -> list[URLPattern]:
        return [path("preview/", self.admin_site.admin_view(self.preview), name="lifecycle_lesson_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Keep what stands in the form for an hour and show it as a learner would see it; nothing is stored or published."""
        if request.method != "POST" or not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:lifecycle_lesson_changelist"))
        content = {name: request.POST.get(name, "") for name in (*PREVIEWED, "exam", "task", "module", "slug")}
        name = keep_draft(author=actor_of(request), kind="lesson", content=content)
        return HttpResponseRedirect(reverse("preview-lesson", args=[name]))


class StageLoopInline(admin.TabularInline):
    """The ways back from a stage."""

    model = StageLoop
    fk_name = "origin"
    extra = 0
    fields = ("target", "when", "order")


@admin.register(Stage)
class StageDesk(EntryDesk):
    """Stages of the lifecycle. Their number and names are the exam's; what is said of them can be edited."""

    list_display = ("name", "order", "exam", "module_number", "cross_cutting", "edited_at")
    search_fields = ("name", "slug", "purpose")
    ordering = ("exam", "order")
    readonly_fields = ("exam", "slug", "order", "cross_cutting", "in_nine_stage_view", "edited_at")
    filter_horizontal = ("services",)
    inlines = (StageLoopInline,)


class ServiceConfusionInline(admin.TabularInline):
    """What a service is often taken for."""

    model = ServiceConfusion
    fk_name = "service"
    extra = 0
    fields = ("other", "difference", "order")
    autocomplete_fields = ("other",)


@admin.register(Service)
class ServiceDesk(EntryDesk):
    """The service finder."""

    list_display = ("name", "category", "in_guide", "checked", "edited_at")
    list_filter = ("exam", "category", ("edited_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "slug", "aliases", "description")
    filter_horizontal = ("stages",)
    inlines = (ServiceConfusionInline,)


@admin.register(Term)
class TermDesk(EntryDesk):
    """The glossary."""

    list_display = ("term", "lesson", "edited_at")
    list_select_related = ("lesson",)
    search_fields = ("term", "slug", "definition")
    autocomplete_fields = ("lesson",)


@admin.register(Formula)
class FormulaDesk(EntryDesk):
    """Formula cards."""

    list_display = ("name", "kind", "lesson", "edited_at")
    list_filter = ("exam", "kind", ("edited_at", admin.EmptyFieldListFilter))
    list_select_related = ("lesson",)
    search_fields = ("name", "slug", "words")
    autocomplete_fields = ("lesson",)


@admin.register(Module)
class ModuleDesk(EntryDesk):
    """Modules of the course."""

    list_display = ("number", "title", "difficulty", "edited_at")
    list_display_links = ("title",)
    search_fields = ("title", "slug")
    readonly_fields = ("exam", "number", "edited_at")


class SuggestionForm(forms.ModelForm):
    """The answer to a suggestion."""

    state = forms.ChoiceField(
        label=_("what became of it"),
        choices=[
            (TermSuggestion.State.DONE, TermSuggestion.State.DONE.label),
            (TermSuggestion.State.DECLINED, TermSuggestion.State.DECLINED.label),
        ],
    )
    answer = forms.CharField(
        label=_("answer to who suggested it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        help_text=_("Needed where it is not added: say why, or where the learner finds it."),
    )

    class Meta:
        model = TermSuggestion
        fields = ("state", "answer")

    def clean(self) -> dict[str, Any]:
        """Who declines says why."""
        data = super().clean() or {}
        if data.get("state") == TermSuggestion.State.DECLINED and not data.get("answer", "").strip():
            self.add_error("answer", _("Say why it is not added: whoever suggested it reads this."))
        return data


@admin.register(TermSuggestion)
class SuggestionDesk(QueueDesk):
    """The queue of services and terms that learners miss: the oldest first, each answered once."""

    form = SuggestionForm
    list_display = ("name", "kind", "note_begins", "state", "suggested_by", "created_at", "answered_by")
    list_filter = ("state", "kind", "exam")
    list_select_related = ("suggested_by", "answered_by")
    search_fields = ("name", "note", "answer")
    ordering = ("-state", "created_at")
    date_hierarchy = "created_at"
    told = ("name", "kind", "exam", "note", "suggested_by", "created_at")

    @admin.display(description=_("where it was met"))
    def note_begins(self, suggestion: TermSuggestion) -> str:
        """The first words of the note."""
        return Truncator(suggestion.note).chars(90)

    def save_model(self, request: HttpRequest, obj: TermSuggestion, form: Any, change: bool) -> None:
        if not form.cleaned_data:
            return
        try:
            answer_suggestion(suggestion=obj, state=form.cleaned_data["state"], answer=form.cleaned_data["answer"], actor=actor_of(request))
        except NotAllowed as error:
            self.message_user(request, str(error), messages.ERROR)


class BlueprintInline(LedgerInline):
    """Editions of an exam's guide."""

    model = Blueprint
    fields = ("edition", "published", "current", "questions", "scored", "minutes", "pass_mark")


@admin.register(Exam)
class ExamDesk(LedgerDesk):
    """Exams come from content files."""

    list_display = ("code", "name", "provider", "lessons_count", "questions_count")
    search_fields = ("code", "name")
    inlines = (BlueprintInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exam]:
        counts = {"lesson_total": Count("lessons", distinct=True), "question_total": Count("questions", distinct=True)}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("lessons"), ordering="lesson_total")
    def lessons_count(self, exam: Exam) -> int:
        """Lessons, published or not."""
        return exam.lesson_total  # type: ignore[attr-defined]

    @admin.display(description=_("questions"), ordering="question_total")
    def questions_count(self, exam: Exam) -> int:
        """Questions in any state."""
        return exam.question_total  # type: ignore[attr-defined]


class DomainInline(LedgerInline):
    """Domains of an edition."""

    model = Domain
    fields = ("number", "title", "weight", "scored", "unscored")


@admin.register(Blueprint)
class BlueprintDesk(LedgerDesk):
    """Editions of exam guides come from content files."""

    list_display = ("exam", "edition", "published", "current", "questions", "pass_mark", "checked")
    list_select_related = ("exam",)
    search_fields = ("edition", "exam__code")
    inlines = (DomainInline,)


@admin.register(Task)
class TaskDesk(LedgerDesk):
    """Task statements of the exam guide; here to be searched for."""

    list_display = ("number", "title", "domain")
    list_select_related = ("domain__blueprint",)
    search_fields = ("number", "title")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        return super().get_queryset(request).filter(domain__blueprint__current=True)


@admin.register(Objective)
class ObjectiveDesk(LedgerDesk):
    """Objectives of the exam guide; here to be searched for."""

    list_display = ("code", "text", "task")
    list_select_related = ("task",)
    search_fields = ("code", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Objective]:
        return super().get_queryset(request).filter(task__domain__blueprint__current=True)


@admin.register(Figure)
class FigureDesk(LedgerDesk):
    """Drawings of the lessons come from content files."""

    list_display = ("slug", "exam")
    list_select_related = ("exam",)
    search_fields = ("slug",)
    fields = ("exam", "slug")
