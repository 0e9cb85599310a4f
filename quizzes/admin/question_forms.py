"""The form of a question: what stands about it in the bank, its text, and its options with what is right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from quizzes.domain.question_text import OptionText, Problem, QuestionText
from quizzes.models import Misconception, Option, Question

SLUG_LENGTH = 100
TEXT_FIELDS = ("stem", "choose", "rule", "source_title", "source_url", "checked")


class QuestionForm(forms.ModelForm):
    """A question with the text of its next version.

    `refusals` are what the domain found wrong with what was typed; they are shown at their fields.
    """

    stem = forms.CharField(
        label=_("Question"), widget=forms.Textarea(attrs={"rows": 5}), help_text=_("**bold**, *emphasis* and `code` are shown as such.")
    )
    choose = forms.IntegerField(label=_("How many to select"), min_value=1, max_value=10, initial=1, required=False)
    rule = forms.CharField(label=_("Rule to remember"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    source_title = forms.CharField(label=_("Source"), max_length=250, required=False, widget=AdminTextInputWidget())
    source_url = forms.URLField(
        label=_("Address of the source"), max_length=500, required=False, assume_scheme="https", widget=AdminTextInputWidget()
    )
    checked = forms.DateField(label=_("Compared with the source on"), widget=AdminDateWidget())
    refusals: Sequence[Problem] = ()

    class Meta:
        model = Question
        fields = (
            "exam",
            "slug",
            "kind",
            "task",
            "objective",
            "lesson",
            "lesson_anchor",
            "scenario",
            "stages",
            "services",
            "level",
            "difficulty",
        )

    def __init__(self, *args: Any, text: QuestionText | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if text is not None and not self.is_bound:
            self.initial.update({name: getattr(text, name) for name in TEXT_FIELDS})
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Left empty, it is made of the task and the question.")

    def clean(self) -> dict[str, Any]:
        """Everything must be of one exam, and the section one of the lesson's; then what the domain refused."""
        data = super().clean() or {}
        self._one_exam(data)
        self._known_section(data)
        kind = data.get("kind", self.instance.kind)
        if kind and (kind == Question.Kind.CASE_STUDY) != (data.get("scenario") is not None) and "scenario" not in self.errors:
            message = _("A case study needs a scenario.") if kind == Question.Kind.CASE_STUDY else _("Only a case study has a scenario.")
            self.add_error("scenario", message)
        if "slug" in self.fields and not data.get("slug") and data.get("task") and data.get("stem"):
            data["slug"] = f"{data['task'].number}-{slugify(data['stem'])}"[:SLUG_LENGTH].rstrip("-")
        for problem in self.refusals:
            if not problem.field.startswith("options"):
                self.add_error(problem.field if problem.field in self.fields else None, problem.message)
        return data

    def _one_exam(self, data: dict[str, Any]) -> None:
        exam_id = data["exam"].pk if data.get("exam") else self.instance.exam_id
        if exam_id is None:
            return
        owners = {
            "task": lambda task: task.domain.blueprint.exam_id,
            "objective": lambda objective: objective.task.domain.blueprint.exam_id,
            "lesson": lambda lesson: lesson.exam_id,
            "scenario": lambda scenario: scenario.exam_id,
        }
        for name, exam_of in owners.items():
            if data.get(name) is not None and exam_of(data[name]) != exam_id:
                self.add_error(name, _("This belongs to another exam."))

    def _known_section(self, data: dict[str, Any]) -> None:
        lesson, anchor = data.get("lesson"), data.get("lesson_anchor")
        if not lesson or not anchor:
            return
        known = [section["anchor"] for section in lesson.sections]
        if anchor not in known:
            message = _("This lesson has no such section. It has: %(anchors)s.") % {"anchors": ", ".join(known) or "-"}
            self.add_error("lesson_anchor", message)


class OptionForm(forms.ModelForm):
    """An option, an ordering step or a matching row. A row without its text is not there."""

    correct = forms.BooleanField(label=_("Right"), required=False)
    position = forms.IntegerField(label=_("Place in the order"), required=False, min_value=1, max_value=9)

    class Meta:
        model = Option
        fields = ("text", "prompt", "rationale", "misconception")
        labels = {"text": _("Option"), "prompt": _("Prompt it belongs to"), "rationale": _("Why right or wrong")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("text", "rationale"):
            self.fields[name].required = False
        for name in ("text", "prompt", "rationale"):
            self.fields[name].widget.attrs |= {"rows": 2}

    def typed(self) -> OptionText:
        """What was typed, as far as it can be read."""
        data = getattr(self, "cleaned_data", {})
        misconception = data.get("misconception")
        return OptionText(
            text=data.get("text") or "",
            rationale=data.get("rationale") or "",
            correct=bool(data.get("correct")),
            position=data.get("position"),
            prompt=data.get("prompt") or "",
            misconception=misconception.slug if misconception else "",
        )


class OptionFormSet(BaseInlineFormSet):
    """The options of a version. All of them are new rows of the next version, however often the form is sent."""

    refusals: Sequence[Problem] = ()

    @property
    def live(self) -> list[Any]:
        """The forms that hold an option."""
        to_go = self._should_delete_form  # type: ignore[attr-defined] # Django's, missing from the stubs
        return [form for form in self.forms if form.has_changed() and not to_go(form)]

    def texts(self) -> tuple[OptionText, ...]:
        """The options that were typed, in order."""
        return tuple(form.typed() for form in self.live)

    def clean(self) -> None:
        """What the domain refused, each at the option it is about."""
        super().clean()
        live, general = self.live, []
        for problem in self.refusals:
            if problem.field == "options":
                general.append(problem.message)
            elif problem.field.startswith("options."):
                _options, number, name = problem.field.split(".")
                form = live[int(number) - 1]
                form.add_error(name if name in form.fields else None, problem.message)
        if general:
            raise ValidationError(general)

    def save(self, commit: bool = True) -> list[Any]:
        """Nothing: the domain makes the version with its options."""
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []
        return []


def initial_options(text: QuestionText) -> list[dict[str, Any]]:
    """A text's options as the formset shows them first."""
    slugs = {option.misconception for option in text.options if option.misconception}
    misconceptions = {row.slug: row.pk for row in Misconception.objects.filter(slug__in=slugs)} if slugs else {}
    return [
        {
            "text": option.text,
            "correct": option.correct,
            "position": option.position,
            "prompt": option.prompt,
            "rationale": option.rationale,
            "misconception": misconceptions.get(option.misconception),
        }
        for option in text.options
    ]


def typed_text(form: QuestionForm, options: Iterable[OptionText]) -> QuestionText:
    """The text that was typed; what cannot be read is empty, so that an unfinished one can be looked at."""
    data = getattr(form, "cleaned_data", {})
    kind = data.get("kind") or form.instance.kind or Question.Kind.MULTIPLE_CHOICE
    chosen = tuple(options)
    return QuestionText(
        kind=str(kind),
        stem=data.get("stem") or "",
        options=chosen,
        rule=data.get("rule") or "",
        source_title=data.get("source_title") or "",
        source_url=data.get("source_url") or "",
        checked=data.get("checked"),
        choose=data.get("choose") or 1,
    )
