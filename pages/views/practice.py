"""Practice: the ways to be asked, what is in stock for each, and the quizzes that instructors published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.public import Preferences, preferences_of
from analytics.public import readiness_of
from lifecycle.public import Blueprint, Domain, Exam, Stage, Task, current_blueprint
from quizzes.public import (
    Attempt,
    Stock,
    SubjectStock,
    attempt_progress,
    minutes_allowed,
    open_attempt,
    pace_minutes,
    practice_stock,
    quizzes_open_to,
    subject_stock,
)

MINUTES_A_QUESTION = 0.9
LENGTHS = (5, 10, 20, 40)
ADAPTIVE = 20


@dataclass(frozen=True)
class ModeCard:
    """A way to be asked: what it is, how long it takes, and (when there is no stock) why not and what is nearest."""

    mode: str
    icon: str
    title: str
    about: str
    stock: str
    available: bool
    sources: tuple[str, ...] = ()
    near_level: bool = False

    @property
    def chosen_below(self) -> bool:
        """Whether the form further down is where this is made up."""
        return self.mode == Attempt.Mode.DRILL and not self.sources and not self.near_level


def mode_cards(stock: Stock, minutes: int, questions: int, unscored: int, *, level_known: bool) -> list[ModeCard]:
    """The cards of the page in the order in which they usually help."""
    missing = _("Not enough questions are published for a whole exam. Take a drill instead.")
    return [
        ModeCard(
            "review",
            "repeat",
            _("Daily review"),
            _("Questions you missed, when they are about to fade. Each answer is explained at once."),
            ngettext("%(count)d question is due", "%(count)d questions are due", stock.due) % {"count": stock.due}
            if stock.due
            else _("Nothing is due. A drill makes good use of the time."),
            bool(stock.due),
        ),
        ModeCard(
            "drill",
            "target",
            _("Drill"),
            _("A few questions on one domain, task or stage, or mixed over the exam."),
            _("%(unseen)d of %(total)d questions never seen") % {"unseen": stock.unseen, "total": stock.total},
            bool(stock.total),
        ),
        ModeCard(
            "drill",
            "gauge",
            _("Near your level"),
            _("20 questions over all domains, in each neither too easy nor too hard for you now."),
            _("about %(minutes)d minutes") % {"minutes": round(ADAPTIVE * MINUTES_A_QUESTION)}
            if level_known
            else _("Your level is not known yet. Answer 15 questions to find it."),
            level_known and bool(stock.total),
            near_level=True,
        ),
        ModeCard(
            "drill",
            "x",
            _("Missed questions"),
            _("What you got wrong when you last met it."),
            ngettext("%(count)d missed question", "%(count)d missed questions", stock.missed) % {"count": stock.missed}
            if stock.missed
            else _("No missed questions. Good."),
            bool(stock.missed),
            ("missed",),
        ),
        ModeCard(
            "practice_exam",
            "book",
            _("Practice exam"),
            _("%(questions)d questions in the exam's mix, explained at the end. The clock can be stopped.") % {"questions": questions},
            _("%(minutes)d minutes") % {"minutes": minutes} if stock.simulation_ready else missing,
            stock.simulation_ready,
        ),
        ModeCard(
            "simulation",
            "clock",
            _("Exam simulation"),
            _("As on the day: %(questions)d questions, %(unscored)d of them unscored and not marked as such. The clock never stops.")
            % {"questions": questions, "unscored": unscored},
            _("%(minutes)d minutes") % {"minutes": minutes} if stock.simulation_ready else missing,
            stock.simulation_ready,
        ),
    ]


def clock_minutes(blueprint: Blueprint, allowance: str) -> str:
    """The minutes of timed drills of 1, 2, … questions for the script of the builder; empty for who has no limit."""
    if minutes_allowed(1, allowance) is None:
        return ""
    return " ".join(str(minutes_allowed(pace_minutes(blueprint, count), allowance)) for count in range(1, max(LENGTHS) + 1))


@login_required
@require_safe
def practice(request: HttpRequest, exam: str) -> HttpResponse:
    """The quiz builder and the published quizzes."""
    the_exam = get_object_or_404(Exam, slug=exam)
    blueprint = current_blueprint(the_exam)
    stock = practice_stock(request.user, the_exam)
    running = open_attempt(request.user, the_exam)
    answers = readiness_of(request.user, the_exam).answers
    subjects = subject_stock(request.user, the_exam)
    nothing = SubjectStock()
    allowance = preferences_of(request.user).allowance
    parts: dict[str, Any] = {"blueprint": blueprint}
    context = {
        "section": "practice",
        "exam": the_exam,
        "stock": stock,
        "everything": subjects.get(("", ""), nothing),
        "cards": mode_cards(stock, blueprint.minutes, blueprint.questions, blueprint.unscored, level_known=bool(answers)),
        "running": running,
        "running_progress": attempt_progress(running) if running else None,
        "level_unknown": not answers,
        "domains": [(domain, subjects.get(("domains", str(domain.number)), nothing)) for domain in Domain.objects.filter(**parts)],
        "tasks": [(task, subjects.get(("tasks", task.number), nothing)) for task in Task.objects.filter(domain__blueprint=blueprint)],
        "stages": [(stage, subjects.get(("stages", stage.slug), nothing)) for stage in Stage.objects.filter(exam=the_exam)],
        "lengths": LENGTHS,
        "pace": round(60 * blueprint.minutes / blueprint.questions),
        "clock": clock_minutes(blueprint, allowance),
        "allowance": Preferences.Allowance(allowance),
        "quizzes": quizzes_open_to(request.user, the_exam),
        "chosen": {name: request.GET.get(name, "") for name in ("domain", "task", "stage", "sources")},
        "modes": Attempt.Mode,
    }
    return render(request, "pages/practice.html", context)


urlpatterns = [path("<slug:exam>/practice/", practice, name="practice")]
