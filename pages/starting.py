"""Starting a sitting from a page: what the form asks for, and the time choices shown before the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.public import Preferences, preferences_of
from analytics.public import DomainReadiness, readiness_of
from lifecycle.public import Domain, Exam, Stage, Task, current_blueprint
from quizzes.public import WHOLE_EXAMS, Attempt, Question, Quiz, Timing, Wanted, minutes_allowed, pace_minutes, quizzes_open_to

SOURCES = [("new", _("New")), ("missed", _("Missed")), ("flagged", _("Flagged"))]
FEEDBACK = [("each", _("After each question")), ("end", _("At the end"))]
EASY_UNDER, HARD_OVER = 60, 80  # percent of a domain's questions likely to be right


class StartForm(forms.Form):
    """A published quiz by its slug, or a mix of the learner's own; the fields of `POST /api/v1/attempts/`."""

    quiz = forms.SlugField(required=False)
    mode = forms.ChoiceField(choices=[choice for choice in Attempt.Mode.choices if choice[0] != Attempt.Mode.QUIZ], required=False)
    domains = forms.TypedMultipleChoiceField(coerce=int, required=False)
    tasks = forms.MultipleChoiceField(required=False)
    stages = forms.MultipleChoiceField(required=False)
    count = forms.IntegerField(min_value=1, max_value=100, required=False)
    feedback = forms.ChoiceField(choices=FEEDBACK, required=False)
    sources = forms.MultipleChoiceField(choices=SOURCES, required=False)
    near_level = forms.BooleanField(required=False)
    timing = forms.ChoiceField(choices=Timing.choices, required=False)
    allowance = forms.ChoiceField(choices=Preferences.Allowance.choices, required=False)

    def __init__(self, *args: Any, exam: Exam, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exam, self.user = exam, user
        parts = {"blueprint__exam": exam, "blueprint__current": True}
        self.choose_from("domains", Domain.objects.filter(**parts).values_list("number", "title"))
        of_domain = {f"domain__{key}": value for key, value in parts.items()}
        self.choose_from("tasks", Task.objects.filter(**of_domain).values_list("number", "title"))
        self.choose_from("stages", Stage.objects.filter(exam=exam).values_list("slug", "name"))

    def choose_from(self, field: str, choices: Any) -> None:
        """Limit a field to what this exam has; read when the form is checked."""
        self.fields[field].choices = lambda: list(choices)  # type: ignore[attr-defined]

    def clean_quiz(self) -> Quiz | None:
        """The quiz of this name that the learner may see."""
        slug = self.cleaned_data["quiz"]
        if not slug:
            return None
        quiz = Quiz.objects.visible_to(self.user).filter(exam=self.exam, slug=slug).first()
        if quiz is None:
            raise forms.ValidationError(_("There is no such quiz for you."))
        return quiz

    def clean(self) -> dict[str, Any]:
        """Either a quiz or a mode; only a drill's clock can be chosen."""
        data = super().clean() or {}
        if not data.get("quiz") and not data.get("mode") and not self.errors:
            self.add_error("mode", _("Choose a quiz, or a kind of sitting."))
        drill = data.get("mode") == Attempt.Mode.DRILL and not data.get("quiz")
        if data.get("timing") == Timing.EXAM_PACE and not drill and not self.errors:
            self.add_error("timing", _("Only a drill’s clock can be chosen."))
        return data

    def wanted(self) -> Wanted:
        """The checked wish."""
        data = self.cleaned_data
        return Wanted(
            mode=Attempt.Mode.QUIZ if data["quiz"] else data["mode"],
            quiz=data["quiz"],
            domains=tuple(data["domains"]),
            tasks=tuple(data["tasks"]),
            stages=tuple(data["stages"]),
            count=data["count"] or 10,
            feedback=data["feedback"] or "each",
            sources=tuple(data["sources"]),
            levels=levels_of(self.user, self.exam) if data["near_level"] else (),
            timing=data["timing"] or Timing.NONE,
        )


def levels_of(user: Any, exam: Exam) -> tuple[tuple[int, str], ...]:
    """The difficulty that fits a learner in each domain, by the share of its questions they are likely to get right.

    Under three in five the easy ones teach most, over four in five the hard ones; where too little is known, the middle.
    """
    return tuple((domain.number, level_at(domain)) for domain in readiness_of(user, exam).domains)


def level_at(domain: DomainReadiness) -> str:
    """easy, medium or hard."""
    if domain.too_few or EASY_UNDER <= domain.estimate <= HARD_OVER:
        return Question.Difficulty.MEDIUM
    return Question.Difficulty.EASY if domain.estimate < EASY_UNDER else Question.Difficulty.HARD


@dataclass(frozen=True)
class TimeChoice:
    """A time allowance with the minutes it comes to; None is no limit."""

    value: str
    label: str
    minutes: int | None
    chosen: bool


@dataclass(frozen=True)
class Beginning:
    """What the begin screen says of a sitting. `minutes` is the standard time, None without a limit."""

    title: str
    questions: int
    unscored: int
    pass_mark: int | None
    minutes: int | None
    pausable: bool
    explained_at_end: bool
    choices: tuple[TimeChoice, ...]


def beginning_of(*, wanted: Wanted, exam: Exam, user: Any) -> Beginning:
    """The facts of a whole exam or a quiz, and the time choices with the account's own one chosen."""
    blueprint = current_blueprint(exam)
    whole = wanted.mode in WHOLE_EXAMS
    if wanted.quiz is not None:
        row = next(row for row in quizzes_open_to(user, exam) if row.quiz.pk == wanted.quiz.pk)
        title, questions, minutes = wanted.quiz.title, row.questions, wanted.quiz.minutes
    else:
        title, questions = str(Attempt.Mode(wanted.mode).label), blueprint.questions
        minutes = blueprint.minutes if whole else None
        if wanted.timing == Timing.EXAM_PACE:
            minutes = pace_minutes(blueprint, wanted.count)
    return Beginning(
        title=title,
        questions=questions if whole or wanted.quiz else wanted.count,
        unscored=blueprint.unscored if wanted.mode == Attempt.Mode.SIMULATION else 0,
        pass_mark=blueprint.pass_mark if whole else None,
        minutes=minutes,
        pausable=wanted.mode == Attempt.Mode.PRACTICE_EXAM,
        explained_at_end=whole or (wanted.quiz.feedback if wanted.quiz else wanted.feedback) == "end",
        choices=_time_choices(minutes, preferences_of(user).allowance) if minutes else (),
    )


def _time_choices(minutes: int, chosen: str) -> tuple[TimeChoice, ...]:
    return tuple(
        TimeChoice(value=value, label=str(label), minutes=minutes_allowed(minutes, value), chosen=value == chosen)
        for value, label in Preferences.Allowance.choices
    )


def guest_key_of(request: HttpRequest) -> str:
    """The token of the browser session that ties a visitor's sittings to it; empty for an account, and before the first sitting."""
    return "" if request.user.is_authenticated else request.session.get("guest_key", "")
