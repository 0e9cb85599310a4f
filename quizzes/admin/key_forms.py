"""The form that corrects what is right for a version that learners were asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quizzes.domain.bank import answer_problems
from quizzes.models import KeyRevision, Option, Question, QuestionVersion
from quizzes.scoring import Answer

PROMPT = "prompt-"
PLACE = "place-"


class KeyForm(forms.Form):
    """The key of a version in its own terms: options to tick, places to give, or an answer for each prompt."""

    voided = forms.BooleanField(
        label=_("Give everybody the mark"),
        required=False,
        help_text=_("For a question that cannot be answered. Nobody's readiness moves by it any more."),
    )
    reason = forms.CharField(
        label=_("Why the key changes"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=_("Kept with the correction. Learners whose sitting is graded again read that a question was corrected."),
    )

    def __init__(self, *args: Any, version: QuestionVersion, key: KeyRevision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        options = list(version.options.all())
        if version.kind == Question.Kind.ORDERING:
            fields = self._places(options, key.answer, version.choose)
        elif version.kind == Question.Kind.MATCHING:
            fields = self._matches(options, key.answer)
        else:
            fields = self._choices(options, key.answer)
        self.fields = fields | self.fields
        self.initial.setdefault("voided", key.voided)

    @staticmethod
    def _choices(options: list[Option], answer: Answer) -> dict[str, forms.Field]:
        field = forms.MultipleChoiceField(
            label=_("Right"),
            choices=[(option.key, option.text) for option in options],
            widget=forms.CheckboxSelectMultiple,
            initial=answer,
            required=False,
        )
        return {"answer": field}

    @staticmethod
    def _places(options: list[Option], answer: Answer, count: int) -> dict[str, forms.Field]:
        places = [(str(place), str(place)) for place in range(1, count + 1)]
        if count < len(options):
            places.insert(0, ("", _("not in the order")))
        return {
            PLACE + option.key: forms.ChoiceField(
                label=option.text,
                choices=places,
                required=count == len(options),
                initial=str(answer.index(option.key) + 1) if option.key in answer else "",
            )
            for option in options
        }

    @staticmethod
    def _matches(options: list[Option], answer: Answer) -> dict[str, forms.Field]:
        texts = [(option.key, option.text) for option in options]
        return {
            PROMPT + option.prompt_key: forms.ChoiceField(label=option.prompt, choices=texts, initial=answer[option.prompt_key])
            for option in options
            if option.prompt_key
        }

    def answer(self) -> Answer:
        """The key as typed, in the shape of a learner's answer."""
        data = self.cleaned_data
        if self.version.kind == Question.Kind.ORDERING:
            placed = [(int(value), name.removeprefix(PLACE)) for name, value in data.items() if name.startswith(PLACE) and value]
            return [key for _place, key in sorted(placed)]
        if self.version.kind == Question.Kind.MATCHING:
            return {name.removeprefix(PROMPT): value for name, value in data.items() if name.startswith(PROMPT)}
        return data["answer"]

    def clean(self) -> dict[str, Any]:
        """Two steps in one place, or a wrong number of options, is said before anything is counted."""
        data = super().clean() or {}
        if self.errors:
            return data
        places = [value for name, value in data.items() if name.startswith(PLACE) and value]
        if len(set(places)) < len(places):
            self.add_error(None, _("Two steps have the same place."))
            return data
        for problem in answer_problems(self.version, self.answer()):
            self.add_error("answer" if "answer" in self.fields else None, problem.message)
        return data
