"""Questions in the admin: written as one form, stored as versions that never change once learners were asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.forms import CheckboxSelectMultiple, inlineformset_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.desk import Desk, actor_of
from lifecycle.public import Exam, Task
from quizzes.admin.checklist import checklist
from quizzes.admin.key_forms import KeyForm
from quizzes.admin.question_forms import OptionForm, OptionFormSet, QuestionForm, initial_options, typed_text
from quizzes.domain.authoring import edit_mark, send_back, send_to_review, store_question
from quizzes.domain.bank import publish_question, retire_question, revise_key, text_of, working_version
from quizzes.domain.previewing import keep_question_draft
from quizzes.domain.question_text import QuestionRefused, QuestionText
from quizzes.domain.recalls import preview_recall
from quizzes.models import Option, Question, QuestionVersion, Recall
from quizzes.worklist import ahead_of_learners

MOST_OPTIONS = 7


class OptionInline(admin.StackedInline):
    """The options of the question's next version."""

    model = Option
    form = OptionForm
    formset = OptionFormSet
    fields = (("text", "prompt"), "rationale", ("correct", "position", "misconception"))
    autocomplete_fields = ("misconception",)
    verbose_name_plural = _("options")

    def __init__(self, parent_model: Any, admin_site: Any) -> None:
        super().__init__(QuestionVersion, admin_site)  # options belong to a version; the form shows them with the question

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        text = written_text(obj)
        made = inlineformset_factory(
            QuestionVersion,
            Option,
            form=self.form,
            formset=self.formset,
            fields=("text", "prompt", "rationale", "misconception"),
            formfield_callback=lambda field, **options: self.formfield_for_dbfield(field, request, **options),
            extra=len(text.options) if text else 4,
            max_num=MOST_OPTIONS,
        )
        made.refusals = refusals_of(request)  # type: ignore[attr-defined] # OptionFormSet's
        return made


def refusals_of(request: HttpRequest) -> list[Any]:
    """What the domain refused of what this request wants stored."""
    return getattr(request, "refusals", [])


def written_text(question: Question | None) -> QuestionText | None:
    """The text of the newest version, None before there is one."""
    version = working_version(question) if question is not None and question.pk else None
    return text_of(version) if version is not None else None


class DraftFilter(admin.SimpleListFilter):
    """Questions whose newest version nobody has been asked yet."""

    title = _("unpublished changes")
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        return ahead_of_learners(queryset) if self.value() == "yes" else queryset


@admin.register(Question)
class QuestionDesk(Desk):
    """The question bank."""

    form = QuestionForm
    inlines = (OptionInline,)
    list_display = ("slug", "opening", "kind", "task_number", "difficulty", "state", "versions_made", "edited_at")
    list_filter = ("exam", "state", DraftFilter, "kind", "difficulty", "level", "task", "stages", ("edited_at", admin.EmptyFieldListFilter))
    list_select_related = ("task", "current_version")
    search_fields = ("slug", "versions__stem")
    search_help_text = _("Words of the question, or its name in the bank")
    autocomplete_fields = ("objective", "lesson", "scenario", "services")
    actions = ("review", "back", "publish", "retire")
    save_on_top = False
    fieldsets = (
        (None, {"fields": (("kind", "choose"), "scenario", "stem")}),
        (_("After the answer"), {"fields": ("rule", ("lesson", "lesson_anchor"), "source_title", "source_url", "checked")}),
        (_("In the bank"), {"fields": ("exam", "slug", "task", "objective", ("difficulty", "level"), "stages", "services")}),
    )

    class Media:
        css = {"all": ("admin-extra/question.css",)}
        js = ("admin-extra/question.js",)

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        newest = QuestionVersion.objects.filter(question=OuterRef("pk")).order_by("-number")
        made = newest.order_by().values("question").annotate(number=Max("number")).values("number")
        return super().get_queryset(request).annotate(newest_number=Subquery(made), newest_stem=Subquery(newest.values("stem")[:1]))

    @admin.display(description=_("question"))
    def opening(self, question: Question) -> str:
        """Its first words."""
        stem = (question.newest_stem or "").replace("**", "")  # type: ignore[attr-defined]
        return stem if len(stem) <= 90 else f"{stem[:89]}…"

    @admin.display(description=_("task"), ordering="task__order")
    def task_number(self, question: Question) -> str:
        """Its number alone."""
        return question.task.number

    @admin.display(description=_("version"), ordering="newest_number")
    def versions_made(self, question: Question) -> str:
        """The version learners are asked, and the draft ahead of it."""
        asked = question.current_version.number if question.current_version else None
        newest = question.newest_number  # type: ignore[attr-defined]
        if asked is None:
            return _("%(number)s (draft)") % {"number": newest} if newest else "-"
        return str(asked) if newest == asked else _("%(asked)d, draft of %(newest)d") % {"asked": asked, "newest": newest}

    # The form

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> Any:
        """What learners were asked fixes the kind; exam and name in the bank hold a question together with its past."""
        return ("kind", "exam", "slug") if obj is not None and obj.current_version_id else ("exam", "slug") if obj else ()

    def get_form(self, request: HttpRequest, obj: Question | None = None, change: bool = False, **kwargs: Any) -> Any:
        text = written_text(obj)
        made = super().get_form(request, obj, change, **kwargs)

        class Form(made):  # type: ignore[misc,valid-type]
            refusals = refusals_of(request)

            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, text=text, **options)

        Form.base_fields["task"].queryset = Task.objects.filter(domain__blueprint__current=True).select_related("domain__blueprint")
        return Form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Where there is one exam, it is that one."""
        exams = list(Exam.objects.values_list("pk", flat=True)[:2])
        return super().get_changeform_initial_data(request) | ({"exam": exams[0]} if len(exams) == 1 else {})

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Ten stages are quicker to tick than to carry from one box to another."""
        if db_field.name == "stages":
            kwargs["widget"] = CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Every option is a new row of the version to come: a form sent twice, or late, finds no row missing."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        kwargs["instance"] = QuestionVersion()
        if request.method != "POST":
            text = written_text(obj)
            kwargs["initial"] = initial_options(text) if text else []
        return kwargs

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Store what was typed; what the domain refuses is undone, and the form comes back with each problem at its field."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except QuestionRefused as refused:
            request.refusals = refused.problems  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        question = kwargs.get("obj")
        text = written_text(question)
        context |= {
            "checklist": checklist(text) if text else [],
            "opened": self._mark_shown(request, question) if question else "",
            "versions": list(question.versions.order_by("-number")) if question else [],
            "may_publish": self.has_change_permission(request, question),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @staticmethod
    def _mark_shown(request: HttpRequest, question: Question) -> str:
        """Which state of the question the author has seen: as opened, and after a refusal what is stored now."""
        opened = request.POST.get("_opened")
        return opened if opened is not None and not refusals_of(request) else edit_mark(Question.objects.get(pk=question.pk))

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """The row is stored with its text, in `save_related`, which knows the options."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        question: Question = form.instance
        (options,) = formsets
        options.save()
        text, opened = typed_text(form, options.texts()), request.POST.get("_opened")
        version = store_question(question=question, text=text, actor=actor_of(request), opened=opened)
        form.save_m2m()
        question.refresh_from_db()
        self._go_on(request, question, version)

    def _go_on(self, request: HttpRequest, question: Question, version: QuestionVersion | None) -> None:
        """What the button that was pressed asks for beyond storing. Raises QuestionRefused."""
        if "_publish" in request.POST:
            question = publish_question(question=question, actor=actor_of(request))
            number = question.current_version.number if question.current_version else 0
            self.message_user(request, _("Published: learners are asked version %(number)d now.") % {"number": number}, messages.SUCCESS)
        elif "_review" in request.POST:
            send_to_review(question=question, actor=actor_of(request))
            self.message_user(request, _("Sent to review."), messages.SUCCESS)
        elif version is not None and question.current_version:
            text = _("Version %(draft)d is a draft; learners are still asked version %(asked)d.")
            self.message_user(request, text % {"draft": version.number, "asked": question.current_version.number})

    def response_add(self, request: HttpRequest, obj: Question, post_url_continue: str | None = None) -> HttpResponse:
        """Authors stay with their question."""
        return self._stay(request, obj) if "_addanother" not in request.POST else super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Question) -> HttpResponse:
        """Authors stay with their question."""
        return self._stay(request, obj) if "_addanother" not in request.POST else super().response_change(request, obj)

    def _stay(self, request: HttpRequest, question: Question) -> HttpResponse:
        if not {"_publish", "_review"} & set(request.POST):
            self.message_user(request, _("Saved."), messages.SUCCESS)
        return redirect("admin:quizzes_question_change", question.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """Questions are retired: sittings and memories hold on to them."""
        return False

    # What stands beside the form

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("preview/", self.admin_site.admin_view(self.preview), name="quizzes_question_preview"),
            path("<int:question_id>/preview/", self.admin_site.admin_view(self.preview), name="quizzes_question_preview_of"),
            path("<int:question_id>/versions/<int:number>/key/", self.admin_site.admin_view(self.correct_key), name="quizzes_question_key"),
            path("checklist/", self.admin_site.admin_view(self.checklist), name="quizzes_question_checklist"),
            path("<int:question_id>/checklist/", self.admin_site.admin_view(self.checklist), name="quizzes_question_checklist_of"),
        ]
        return own + super().get_urls()

    def _typed(self, request: HttpRequest, question_id: int | None) -> tuple[Any, QuestionText]:
        """The form and the text as typed, valid or not; nothing is stored."""
        question = self.get_object(request, str(question_id)) if question_id else None
        form = self.get_form(request, question, change=question is not None)(request.POST, instance=question)
        formsets, _inlines = self._create_formsets(  # type: ignore[attr-defined] # Django's, missing from the stubs
            request, question, change=question is not None
        )
        form.is_valid()
        formsets[0].is_valid()
        return form, typed_text(form, formsets[0].texts())

    def preview(self, request: HttpRequest, question_id: int | None = None) -> HttpResponse:
        """Keep what stands in the form for an hour and show it as a learner would meet it; nothing is stored or published."""
        if request.method != "POST" or not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:quizzes_question_changelist"))
        form, text = self._typed(request, question_id)
        data = form.cleaned_data
        lesson, scenario = data.get("lesson"), data.get("scenario")
        name = keep_question_draft(
            author=actor_of(request),
            text=text,
            lesson_id=lesson.pk if lesson else None,
            anchor=data.get("lesson_anchor") or "",
            scenario_id=scenario.pk if scenario else None,
        )
        return HttpResponseRedirect(reverse("preview-question", args=[name]))

    def checklist(self, request: HttpRequest, question_id: int | None = None) -> HttpResponse:
        """The checklist for what stands in the form, as a fragment."""
        if request.method != "POST" or not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:quizzes_question_changelist"))
        _form, text = self._typed(request, question_id)
        return render(request, "admin/quizzes/question/checklist.html", {"checklist": checklist(text)})

    def correct_key(self, request: HttpRequest, question_id: int, number: int) -> HttpResponse:
        """Say what is right for a version that learners were asked: first whom it concerns, then, on a second press, correct it."""
        question = self.get_object(request, str(question_id))
        version = QuestionVersion.objects.filter(question=question, number=number, key_revisions__isnull=False).distinct().first()
        if question is None or version is None or question.current_version is None or number > question.current_version.number:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(question_id))  # type: ignore[attr-defined]
        if not self.has_change_permission(request, question):
            raise PermissionDenied
        revisions = version.key_revisions.select_related("created_by").order_by("-revision")
        form = KeyForm(request.POST or None, version=version, key=revisions[0])
        preview = None
        if form.is_valid():
            if "_correct" in request.POST and (count := self._corrected(request, version, form)) is not None:
                self.message_user(request, _("Corrected. Sittings graded again: %(count)d.") % {"count": count}, messages.SUCCESS)
                return redirect("admin:quizzes_question_change", question.pk)
            if form.is_valid():  # nothing was refused
                preview = preview_recall(version=version, answer=form.answer(), voided=form.cleaned_data["voided"])
        context = self.admin_site.each_context(request) | {
            "title": _("Correct the key of version %(number)d") % {"number": number},
            "opts": self.opts,
            "question": question,
            "version": version,
            "form": form,
            "preview": preview,
            "revisions": revisions,
        }
        return render(request, "admin/quizzes/question/key.html", context)

    def _corrected(self, request: HttpRequest, version: QuestionVersion, form: KeyForm) -> int | None:
        """How many sittings are graded again by the corrected key; None where it was refused, with the reasons in the form."""
        data = form.cleaned_data
        try:
            key = revise_key(version=version, answer=form.answer(), voided=data["voided"], reason=data["reason"], actor=actor_of(request))
        except QuestionRefused as refused:
            for problem in refused.problems:
                form.add_error(None, problem.message)
            return None
        return Recall.objects.values_list("attempts_affected", flat=True).get(key_revision=key)

    # Actions of the list

    @admin.action(description=_("Send to review"), permissions=["change"])
    def review(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        self._each(request, queryset, send_to_review, _("%(count)d sent to review."))

    @admin.action(description=_("Send back to the author"), permissions=["change"])
    def back(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        self._each(request, queryset, send_back, _("%(count)d sent back."))

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        self._each(request, queryset, publish_question, _("%(count)d published."))

    @admin.action(description=_("Retire"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        self._each(request, queryset, retire_question, _("%(count)d retired."))

    def _each(self, request: HttpRequest, queryset: QuerySet[Question], use_case: Callable[..., Any], said: Any) -> None:
        refused, done = [], 0
        for question in queryset:
            try:
                use_case(question=question, actor=actor_of(request))
                done += 1
            except QuestionRefused as error:
                refused.append(f"{question.slug}: {' '.join(problem.message for problem in error.problems)}")
        self.say(request, done, refused, said)
