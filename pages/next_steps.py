"""What a learner should do now: one main action, and what comes after it, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.public import DomainReadiness, Readiness
from lifecycle.public import Exam, LessonRow
from quizzes.public import Attempt

MINUTES_A_QUESTION = 0.9
MINUTES_A_REVIEW = 0.5
DIAGNOSTIC_QUESTIONS, DIAGNOSTIC_MINUTES = 15, 12
DRILL_QUESTIONS = 10
REVIEW_AT_MOST = 20


@dataclass(frozen=True)
class Action:
    """Something to do: with `fields` it is a form that starts a sitting, else a link."""

    icon: str
    title: str
    reason: str
    minutes: int
    url: str
    label: str
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def post(self) -> bool:
        return bool(self.fields)


@dataclass(frozen=True)
class Standing:
    """All that the choice of the next step rests on."""

    exam: Exam
    readiness: Readiness
    running: Attempt | None
    running_seconds: int | None
    due: int
    lesson: LessonRow | None
    exam_date: date | None
    today: date


def steps(standing: Standing) -> tuple[Action, list[Action]]:
    """The main action and up to three more, the most pressing first."""
    found = [action for action in _candidates(standing) if action is not None]
    return found[0], found[1:4]


def _candidates(standing: Standing) -> list[Action | None]:
    if standing.exam_date == standing.today:
        return [_last_look()]
    if not standing.readiness.first_answers:
        return [_continue(standing), _diagnostic(standing), _lesson(standing), _practice(standing)]
    return [_continue(standing), _review(standing), _drill(standing), _lesson(standing), _exam(standing), _practice(standing)]


def _start(standing: Standing) -> str:
    return reverse("attempt-start", args=[standing.exam.slug])


def _continue(standing: Standing) -> Action | None:
    attempt = standing.running
    if attempt is None:
        return None
    place = _("Question %(position)d of %(total)d.") % {"position": attempt.position, "total": attempt.question_count}
    return Action(
        icon="play",
        title=_("Continue “%(title)s”") % {"title": attempt.title},
        reason=f"{place} {_clock(standing)}".strip(),
        minutes=0,
        url=reverse("attempt", args=[attempt.pk]),
        label=_("Continue"),
    )


def _clock(standing: Standing) -> str:
    if standing.running_seconds is None or standing.running is None:
        return _("No time limit.")
    minutes = standing.running_seconds // 60
    left = ngettext("%(n)d minute left", "%(n)d minutes left", minutes) % {"n": minutes}
    if standing.running.paused_at:
        return _("%(left)s; the clock stopped when you left.") % {"left": left}
    return _("%(left)s; the clock is running.") % {"left": left}


def _diagnostic(standing: Standing) -> Action:
    return Action(
        icon="target",
        title=_("Answer %(n)d questions to find your level") % {"n": DIAGNOSTIC_QUESTIONS},
        reason=_("Three from each domain. They tell the first drills where to begin."),
        minutes=DIAGNOSTIC_MINUTES,
        url=_start(standing),
        label=_("Begin"),
        fields=(("mode", "diagnostic"),),
    )


def _review(standing: Standing) -> Action | None:
    if not standing.due:
        return None
    count = min(standing.due, REVIEW_AT_MOST)
    title = ngettext("Review %(n)d question that is due", "Review %(n)d questions that are due", standing.due) % {"n": standing.due}
    if count < standing.due:
        title = _("Review %(count)d of %(due)d due questions") % {"count": count, "due": standing.due}
    return Action(
        icon="repeat",
        title=title,
        reason=_("Answered before, about to fade"),
        minutes=max(1, round(count * MINUTES_A_REVIEW)),
        url=_start(standing),
        label=_("Review"),
        fields=(("mode", "review"), ("count", str(count)), ("feedback", "each")),
    )


def weakest(domains: Sequence[DomainReadiness]) -> DomainReadiness | None:
    """The domain with most marks to gain; where none has any, the one with the lowest estimate."""
    if not domains:
        return None
    best = max(domains, key=lambda domain: domain.marks_to_gain)
    return best if best.marks_to_gain > 0 else min(domains, key=lambda domain: domain.estimate)


def _drill(standing: Standing) -> Action | None:
    domain = weakest(standing.readiness.domains)
    if domain is None:
        return None
    if domain.too_few:
        reason = _("Too few answers here to know: this narrows your estimate")
    elif domain.marks_to_gain >= 0.5:
        reason = _("Most questions to win, now about %(estimate)d%% right") % {"estimate": domain.estimate}
    else:
        reason = _("Your lowest domain, about %(estimate)d%% right") % {"estimate": domain.estimate}
    return Action(
        icon="target",
        title=_("Drill: %(domain)s") % {"domain": domain.title},
        reason=reason,
        minutes=round(DRILL_QUESTIONS * MINUTES_A_QUESTION),
        url=_start(standing),
        label=_("Drill"),
        fields=(("mode", "drill"), ("domains", str(domain.number)), ("count", str(DRILL_QUESTIONS)), ("feedback", "each")),
    )


def _lesson(standing: Standing) -> Action | None:
    row = standing.lesson
    if row is None:
        return None
    begun = row.state == "begun"
    url = reverse("lesson", args=[standing.exam.slug, row.slug]) + (f"#{row.section}" if row.section else "")
    return Action(
        icon="book",
        title=(_("Go on with: %(title)s") if begun else _("Next lesson: %(title)s")) % {"title": row.title},
        reason=row.summary,
        minutes=row.minutes,
        url=url,
        label=_("Read"),
    )


def _exam(standing: Standing) -> Action | None:
    if standing.readiness.verdict == "too_early":
        return None
    return Action(
        icon="clock",
        title=_("Exam simulation"),
        reason=_("65 questions as on the day"),
        minutes=90,
        url=reverse("attempt-begin", args=[standing.exam.slug]) + "?mode=simulation",
        label=_("Choose the time"),
    )


def _last_look() -> Action:
    """On the day of the exam no drill and no review is pushed: nothing learned in an hour outweighs a rested head."""
    return Action(
        icon="book",
        title=_("Nothing more to study today"),
        reason=_("What you know now is what counts. One last look at the formulas, if you like"),
        minutes=0,
        url=reverse("formulas"),
        label=_("Look at the formulas"),
    )


def _practice(standing: Standing) -> Action:
    return Action(
        icon="list",
        title=_("Choose your own practice"),
        reason=_("By domain, task or stage, or what you flagged"),
        minutes=0,
        url=reverse("practice", args=[standing.exam.slug]),
        label=_("Choose"),
    )
