"""What to do next, and what it is worth in chance to pass: due reviews, a drill of one task, a lesson.

A step is worth what the model expects its answers to teach (see `readiness.planning`), in chance to pass on the day of the exam where
there is one ahead, else today. Two assumptions stand in for what the
model does not know: a due review teaches as much as a new question of its task, in less time; a lesson teaches as much as
practice of the same length where its task is mostly unknown, and six tenths of that elsewhere, since reading again does less than
answering (Yang et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.public import read_db_now
from analytics.instrument import Instrument
from analytics.models import Mastery
from analytics.queries import Readiness, pace_of, readiness_of
from analytics.readiness.filter import at_day
from analytics.readiness.planning import Worth, answers_in, chance_by_exam, worth_of, worth_of_drills
from analytics.readiness.state import AbilityState, Floats
from lifecycle.public import Enrolment, LessonRow, enrolment_of, lesson_rows
from quizzes.public import ReviewCard

DIAGNOSTIC_QUESTIONS = 15
REVIEW_TIME = 0.6
KNOWN_FROM = 50
READING_AGAIN = 0.6
MOST_REVIEWS = 50
WELL_KNOWN = 85
NOISE = 1e-5


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do now. `gain` is in chance to pass (0 to 1), `marks` in right answers of the exam; `start` says how to start it:
    the fields of POST /attempts/, or `{"lesson": slug, "section": anchor}`."""

    kind: str
    title: str
    reason: str
    minutes: int
    gain: float
    start: dict[str, Any] = field(default_factory=dict)
    marks: float = 0.0


@dataclass(frozen=True)
class _Plan:
    """What the steps are weighed by: the learner's standing, what is believed of the day of the exam, minutes at hand, and pace."""

    user: Any
    exam: Any
    standing: Readiness
    state: AbilityState
    minutes: int
    pace: float | None

    @property
    def instrument(self) -> Instrument:
        return self.standing.instrument

    def worth(self, answers: Floats) -> Worth:
        """Of that many answers of each task (tasks,)."""
        return worth_of(self.state, self.instrument.model, self.instrument.standard, answers)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The chance to pass on the exam day if the minutes a day are spent, spread as the exam weighs the tasks."""

    exam_date: date
    days_left: int
    minutes_a_day: int
    answers: int
    chance_now: float
    chance_then: float


def plan_next(user: Any, exam: Any, minutes: int = 10, standing: Readiness | None = None) -> list[Step]:
    """Steps for the next minutes, the first to be done first: what is missing for a verdict, due reviews, then by worth a minute.

    `standing` saves the statements of `readiness_of` where the caller has it.
    """
    standing = standing or readiness_of(user, exam)
    pace = pace_of(Mastery.objects.visible_to(user).filter(exam=exam).first()) if user.is_authenticated else None
    if standing.needed.answers:
        return [_missing_step(exam, standing, pace)]
    days = _days_left(enrolment_of(user, exam))
    plan = _Plan(user, exam, standing, _on_the_day(standing, days or 0), minutes, pace)
    due = _reviews_step(plan)
    others = [step for step in (_drill_step(plan), _lesson_step(plan)) if step]
    others.sort(key=lambda step: _rank(step.gain / step.minutes, step.marks / step.minutes), reverse=True)
    return ([due] if due else []) + others


def _rank(gain: float, marks: float) -> tuple[float, float]:
    """By chance to pass; where that hardly moves, by right answers in the exam."""
    return round(gain / NOISE), marks


def _missing_step(exam: Any, standing: Readiness, pace: float | None) -> Step:
    """Before a verdict: the evidence that is missing, where it is missing."""
    needed = standing.needed
    few = {"exam": exam.slug, "feedback": "each"}
    if standing.first_answers == 0:
        count, start = DIAGNOSTIC_QUESTIONS, few | {"mode": "diagnostic", "count": DIAGNOSTIC_QUESTIONS}
        title = _("Answer %(count)d questions to find your level") % {"count": count}
    else:
        count = max(5, needed.answers)
        start = few | {"mode": "drill", "count": count, "domains": [number for number, _title, _count in needed.domains]}
        title = ngettext("Answer %(count)d more question", "Answer %(count)d more questions", count) % {"count": count}
    if needed.domains:
        reason = _("Too early for an estimate: not enough from %(domains)s.") % {
            "domains": ", ".join(name for _n, name, _c in needed.domains)
        }
    else:
        reason = _("Too early for an estimate: it needs %(count)d more first answers.") % {"count": needed.answers}
    seconds = 60 if pace is None else pace
    return Step("diagnostic", title, reason, max(1, round(count * seconds / 60)), 0.0, start)


def _days_left(enrolment: Enrolment | None) -> int | None:
    """Days until the exam, 0 on its day; None without a date, or with one that is past."""
    if enrolment is None or enrolment.exam_date is None:
        return None
    days: int = (enrolment.exam_date - timezone.localtime(read_db_now()).date()).days
    return days if days >= 0 else None


def _on_the_day(standing: Readiness, days: int) -> AbilityState:
    """What will be believed of the learner in some days, if nothing is answered: as much, less surely."""
    state, model = standing.believed, standing.instrument.model
    return state if state.day is None else at_day(state, model, state.day + days)


def _reviews_step(plan: _Plan) -> Step | None:
    cards = ReviewCard.objects.visible_to(plan.user).filter(question__exam=plan.exam, due_at__lte=read_db_now()).order_by("due_at")
    due = list(cards.values_list("question_id", flat=True)[:MOST_REVIEWS])
    if not due:
        return None
    fitting = answers_in(plan.minutes / REVIEW_TIME, plan.pace)
    taken = due[:fitting]
    answers = np.zeros(plan.instrument.model.tasks)
    for question in taken:
        if question in plan.instrument.questions:
            answers[plan.instrument.questions[question].task] += 1
    title = ngettext("Review %(count)d question", "Review %(count)d questions", len(taken)) % {"count": len(taken)}
    reason = _("You missed them before, and they are about to be forgotten.")
    spent = max(1, round(plan.minutes * len(taken) / fitting))
    start = {"exam": plan.exam.slug, "mode": "review", "count": len(taken), "feedback": "each"}
    worth = plan.worth(answers)
    return Step("reviews", title, reason, spent, worth.gain, start, worth.marks)


def _drill_step(plan: _Plan) -> Step | None:
    """The drill that is worth most; where nobody can say, of the task with most questions still to win."""
    instrument = plan.instrument
    count = answers_in(plan.minutes, plan.pace)
    worth = worth_of_drills(plan.state, instrument.model, instrument.standard, count)
    stocked = {asked.task for asked in instrument.questions.values() if asked.published}
    if not stocked:
        return None

    def to_win(task: int) -> float:
        return instrument.form.scored[task] * (100 - plan.standing.tasks[task].estimate)

    best = max(sorted(stocked), key=lambda task: (*_rank(worth[task].gain, worth[task].marks), to_win(task)))
    task = plan.standing.tasks[best]
    figures = {"share": task.estimate, "asked": instrument.form.scored[best]}
    if task.estimate >= WELL_KNOWN:
        reason = _("You would get about %(share)d %% of its questions right: a few keep it fresh.") % figures
    else:
        reason = _("You would get about %(share)d %% of its questions right, and the exam asks about %(asked).1f of them.") % figures
    start = {"exam": plan.exam.slug, "mode": "drill", "tasks": [task.number], "count": count, "feedback": "each"}
    title = _("Drill task %(number)s: %(title)s") % {"number": task.number, "title": task.title}
    return Step("drill", title, reason, plan.minutes, worth[best].gain, start, worth[best].marks)


def _lesson_step(plan: _Plan) -> Step | None:
    """The undone lesson that is worth most a minute; a lesson begun goes before the others of its task."""
    instrument = plan.instrument
    open_lessons: dict[int, LessonRow] = {}
    for row in lesson_rows(plan.user, plan.exam):
        task = instrument.layout.task_index.get(row.task_number)
        if task is not None and row.state != "done":
            kept = open_lessons.setdefault(task, row)
            if row.state == "begun" and kept.state != "begun":
                open_lessons[task] = row
    if not open_lessons:
        return None

    def worth(task: int) -> Worth:
        share = 1.0 if plan.standing.tasks[task].estimate < KNOWN_FROM else READING_AGAIN
        return plan.worth(share * answers_in(open_lessons[task].minutes, plan.pace) * np.eye(instrument.model.tasks)[task])

    def rate(task: int) -> tuple[float, float]:
        minutes = open_lessons[task].minutes
        return _rank(worths[task].gain / minutes, worths[task].marks / minutes)

    worths = {task: worth(task) for task in open_lessons}
    best = max(open_lessons, key=rate)
    lesson = open_lessons[best]
    if lesson.state == "begun":
        reason = _("You have begun it.")
    else:
        reason = _("Its task %(number)s stands at about %(share)d %%.") % {
            "number": lesson.task_number,
            "share": plan.standing.tasks[best].estimate,
        }
    start = {"lesson": lesson.slug, "section": lesson.section}
    return Step("lesson", lesson.title, reason, lesson.minutes, worths[best].gain, start, worths[best].marks)


def exam_outlook(user: Any, exam: Any, standing: Readiness | None = None) -> Outlook | None:
    """Where the plan leads by the exam day; None without a date ahead, or while it is too early to say."""
    enrolment = enrolment_of(user, exam)
    standing = standing or readiness_of(user, exam)
    days = _days_left(enrolment)
    if enrolment is None or days is None or not standing.shown:
        return None
    pace = pace_of(Mastery.objects.visible_to(user).filter(exam=exam).first())
    answers = days * answers_in(enrolment.minutes_a_day, pace) if days else 0
    instrument = standing.instrument
    then = chance_by_exam(_on_the_day(standing, days), instrument.model, instrument.standard, answers)
    return Outlook(enrolment.exam_date, days, enrolment.minutes_a_day, answers, standing.chance, then)
