"""The life of a sitting: started, paused and resumed, given more time, submitted, cancelled, claimed."""

from __future__ import annotations

import math
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.public import AuditEntry, Preferences, db_now, read_db_now
from lifecycle.public import Blueprint, Domain, Exam, Stage, Task
from quizzes.catalogue import version_texts
from quizzes.domain import grading
from quizzes.domain.errors import (
    AttemptClosed,
    AttemptMissing,
    AttemptsUsedUp,
    NotAllowed,
    NotForGuests,
    QuizClosed,
)
from quizzes.domain.forms import Form, Wanted, draw_form
from quizzes.hints import hint_drain
from quizzes.models import Attempt, GradingJob, Question, QuestionVersion, Quiz, Response
from quizzes.models.attempt import GRACE, WHOLE_EXAMS, Timing
from quizzes.models.quiz import Feedback

GUEST_QUESTIONS = 10
ADDED_MINUTES = 5
ADDED_AT_MOST = 10
Allowance = Preferences.Allowance
FACTORS: dict[str, float] = {Allowance.X1_25: 1.25, Allowance.X1_5: 1.5, Allowance.X2: 2.0}
PLUS = 30


def minutes_allowed(minutes: int | None, allowance: str) -> int | None:
    """The minutes of a sitting under a time allowance; None is no limit."""
    if minutes is None or allowance == Allowance.NONE:
        return None
    return round(minutes * FACTORS.get(allowance, 1.0)) + (PLUS if allowance == Allowance.PLUS_30 else 0)


def _standard_minutes(minutes: int, allowance: str) -> int:
    """The minutes that an allowance came from: exact, since rounding moved them by less than half a minute of the standard time.

    What quiz or exam say now is no answer: both may have changed since the sitting began.
    """
    return round((minutes - (PLUS if allowance == Allowance.PLUS_30 else 0)) / FACTORS.get(allowance, 1.0))


def pace_minutes(blueprint: Blueprint, questions: int) -> int:
    """The minutes that the exam gives for so many questions, rounded up: of 90 minutes for 65 questions, 14 for 10."""
    return math.ceil(blueprint.minutes * questions / blueprint.questions)


def start_attempt(*, user: Any, guest_key: str = "", exam: Exam, wanted: Wanted, allowance: str = Allowance.STANDARD) -> Attempt:
    """Start a sitting with everything pinned: versions, option order, allowance, deadline.

    Raises NothingToAsk, QuizClosed, AttemptsUsedUp, NotForGuests.
    """
    sample = wanted.mode == Attempt.Mode.DRILL and wanted.count <= GUEST_QUESTIONS and not wanted.sources and wanted.timing == Timing.NONE
    if user is None and not sample:
        raise NotForGuests
    seed = secrets.randbits(62)
    with transaction.atomic():
        now = read_db_now()
        if wanted.quiz is not None:
            _require_open_quiz(wanted.quiz, user)
        form = draw_form(exam=exam, user=user, wanted=wanted, seed=seed, now=now)
        minutes = minutes_allowed(_minutes_of(exam, wanted.quiz, wanted.mode, wanted.timing, len(form.entries)), allowance)
        deadline = now + timedelta(minutes=minutes) if minutes else None
        if wanted.quiz is not None and wanted.quiz.closes_at and (deadline is None or wanted.quiz.closes_at < deadline):
            deadline = wanted.quiz.closes_at
        return Attempt.objects.create(
            user=user,
            guest_key="" if user else guest_key,
            exam=exam,
            quiz=wanted.quiz,
            mode=wanted.mode,
            title=_title(exam, user, wanted),
            feedback=_feedback(wanted),
            marking=wanted.quiz.marking if wanted.quiz else "all_or_nothing",
            wanted=_as_json(wanted, form),
            form=[list(entry) for entry in form.entries],
            question_count=len(form.entries),
            seed=seed,
            allowance=allowance,
            minutes=minutes,
            started_at=now,
            active_at=now,
            deadline=deadline,
        )


def submit_attempt(*, attempt_id: UUID, user: Any, guest_key: str = "", key: str = "") -> Attempt:
    """Close a sitting and order its grading; a repeat changes nothing and returns the same attempt. Raises AttemptMissing."""
    with transaction.atomic():
        mine = Attempt.objects.visible_to(user, guest_key).filter(pk=attempt_id)
        closed = mine.open().update(state=Attempt.State.SUBMITTED, **_clock_at_end(attempt_id), paused_at=None, submit_key=key[:64])
        if closed:
            GradingJob.objects.create(attempt_id=attempt_id, created_at=db_now())
            transaction.on_commit(hint_drain, robust=True)
    attempt = mine.first()
    if attempt is None:
        raise AttemptMissing
    return attempt


def close_overdue(*, limit: int = 50) -> int:
    """Submit sittings past their deadline and grace, as of the deadline; returns how many."""
    due = Attempt.objects.open().filter(paused_at=None, deadline__lt=db_now() - GRACE)
    return _close_for_learner(due, list(due.order_by("deadline").values_list("pk", "deadline")[:limit]))


def close_idle(*, after: timedelta = timedelta(days=14), limit: int = 50) -> int:
    """Submit untimed sittings that nobody has touched for `after`; those without an answer are cancelled. Returns how many."""
    since = read_db_now() - after
    recent = Response.objects.filter(attempt=OuterRef("pk"), saved_at__gte=since)
    answered = Response.objects.filter(attempt=OuterRef("pk"), answer__isnull=False)
    idle = Attempt.objects.open().filter(deadline=None, active_at__lt=since).exclude(Exists(recent))
    rows = list(idle.annotate(answered=Exists(answered)).order_by("active_at")[:limit])
    closed = _close_for_learner(idle, [(attempt.pk, since + after) for attempt in rows if attempt.answered])
    empty = idle.filter(pk__in=[attempt.pk for attempt in rows if not attempt.answered])
    closed += empty.update(state=Attempt.State.CANCELLED, cancelled_reason=_("Nothing was answered."))
    return closed


def pause_attempt(*, attempt_id: UUID, user: Any) -> Attempt:
    """Stop the clock of a practice exam; a repeat changes nothing. Raises AttemptMissing, NotAllowed, AttemptClosed."""
    with transaction.atomic():
        attempt = _open_and_locked(attempt_id, user)
        if attempt.mode != Attempt.Mode.PRACTICE_EXAM:
            raise NotAllowed(_("Only a practice exam can be paused."))
        if attempt.paused_at is None:
            now = read_db_now()
            if attempt.deadline and now > attempt.deadline:
                raise AttemptClosed(attempt.state)
            attempt.paused_at = now
            attempt.save(update_fields=["paused_at"])
    return attempt


def resume_attempt(*, attempt_id: UUID, user: Any) -> Attempt:
    """Start the clock again where it stopped; a repeat changes nothing. Raises AttemptMissing, AttemptClosed."""
    with transaction.atomic():
        attempt = _open_and_locked(attempt_id, user)
        if attempt.paused_at is not None:
            now = read_db_now()
            if attempt.deadline:
                attempt.deadline += now - attempt.paused_at
            attempt.paused_at = None
            attempt.active_at = now
            attempt.save(update_fields=["deadline", "paused_at", "active_at"])
    return attempt


def add_minutes(*, attempt_id: UUID, user: Any) -> Attempt:
    """Give a practice exam five minutes more, ten times at most. Raises AttemptMissing, NotAllowed, AttemptClosed."""
    with transaction.atomic():
        attempt = _open_and_locked(attempt_id, user)
        if attempt.mode != Attempt.Mode.PRACTICE_EXAM or attempt.deadline is None:
            raise NotAllowed(_("Only a timed practice exam can be given more minutes."))
        if attempt.five_minutes_added >= ADDED_AT_MOST:
            raise NotAllowed(_("Five minutes have been added ten times already."))
        if attempt.paused_at is None and read_db_now() > attempt.deadline:
            raise AttemptClosed(attempt.state)
        attempt.deadline += timedelta(minutes=ADDED_MINUTES)
        attempt.five_minutes_added += 1
        attempt.minutes = (attempt.minutes or 0) + ADDED_MINUTES
        attempt.save(update_fields=["deadline", "five_minutes_added", "minutes"])
    return attempt


def raise_allowance(*, attempt: Attempt, allowance: str, actor: Any) -> Attempt:
    """Give a running sitting a more generous time allowance; the deadline moves at once and never back.

    Raises AttemptClosed when it no longer runs, NotAllowed when the new allowance is not more generous.
    """
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if attempt.state != Attempt.State.IN_PROGRESS:
            raise AttemptClosed(attempt.state)
        if attempt.minutes is None or attempt.deadline is None:
            raise NotAllowed(_("This sitting has no time limit."))
        added = attempt.five_minutes_added * ADDED_MINUTES
        minutes = minutes_allowed(_standard_minutes(attempt.minutes - added, attempt.allowance), allowance)
        before = {"allowance": attempt.allowance, "minutes": attempt.minutes}
        if minutes is not None:
            minutes += added
            if minutes <= attempt.minutes:
                raise NotAllowed(_("Time can be added, not taken away."))
            attempt.deadline += timedelta(minutes=minutes - attempt.minutes)
        else:
            attempt.deadline = None
        attempt.minutes, attempt.allowance = minutes, allowance
        attempt.save(update_fields=["deadline", "minutes", "allowance"])
        AuditEntry.objects.create(
            actor=actor,
            action="raise_allowance",
            subject_kind="attempt",
            subject_id=str(attempt.pk),
            before=before,
            after={"allowance": allowance, "minutes": minutes},
        )
    return attempt


def cancel_attempt(*, attempt: Attempt, reason: str, actor: Any) -> bool:
    """Cancel a running sitting: it is not scored. Returns whether it still ran."""
    with transaction.atomic():
        cancelled = Attempt.objects.open().filter(pk=attempt.pk).update(state=Attempt.State.CANCELLED, cancelled_reason=reason[:250])
        if cancelled:
            AuditEntry.objects.create(
                actor=actor, action="cancel_attempt", subject_kind="attempt", subject_id=str(attempt.pk), after={"reason": reason[:250]}
            )
    return bool(cancelled)


def remember_position(*, attempt_id: UUID, user: Any, guest_key: str = "", position: int) -> None:
    """Keep the question that was shown last, so that another device opens there. Raises AttemptMissing."""
    mine = Attempt.objects.visible_to(user, guest_key).open().filter(pk=attempt_id, question_count__gte=position)
    if not mine.update(position=position, active_at=db_now()):
        raise AttemptMissing


def claim_guest_attempts(*, guest_key: str, user: Any) -> int:
    """Give a guest's sittings to the account just made or entered; what is graded already counts from now. Returns how many."""
    if not guest_key:
        return 0
    with transaction.atomic():
        guests = Attempt.objects.filter(user=None, guest_key=guest_key).select_for_update()
        claimed = list(guests.values_list("pk", flat=True))
        Attempt.objects.filter(pk__in=claimed).update(user=user, guest_key="")
        grading.count_for_learner(attempt_ids=claimed)
    return len(claimed)


def _close_for_learner(due: QuerySet[Attempt], rows: list[tuple[UUID, datetime]]) -> int:
    """Submit each as of its moment if it is still `due`: time may have been given to it since the rows were read."""
    closed = 0
    for attempt_id, at in rows:
        with transaction.atomic():
            if due.filter(pk=attempt_id).update(state=Attempt.State.SUBMITTED, submitted_at=at):
                GradingJob.objects.create(attempt_id=attempt_id, created_at=db_now())
                transaction.on_commit(hint_drain, robust=True)
                closed += 1
    return closed


def _clock_at_end(attempt_id: UUID) -> dict[str, datetime]:
    """What a submit now sets of the clock: its time, the deadline for what comes after it. A clock that stood still goes on first."""
    now = read_db_now()
    deadline, paused_at = Attempt.objects.filter(pk=attempt_id).values_list("deadline", "paused_at").first() or (None, None)
    if deadline is None:
        return {"submitted_at": now}
    if paused_at is None:
        return {"submitted_at": min(now, deadline)}
    resumed = deadline + (now - paused_at)
    return {"submitted_at": min(now, resumed), "deadline": resumed}


def _open_and_locked(attempt_id: UUID, user: Any) -> Attempt:
    attempt = Attempt.objects.visible_to(user).select_for_update().filter(pk=attempt_id).first()
    if attempt is None:
        raise AttemptMissing
    if attempt.state != Attempt.State.IN_PROGRESS:
        raise AttemptClosed(attempt.state)
    return attempt


def _require_open_quiz(quiz: Quiz, user: Any) -> None:
    """Raises QuizClosed or AttemptsUsedUp. Locks the quiz's row for a limited quiz, so that two starts cannot both be the last."""
    if not Quiz.objects.visible_to(user).open_now().filter(pk=quiz.pk).exists():
        raise QuizClosed
    if quiz.attempts_allowed is not None:
        Quiz.objects.select_for_update().get(pk=quiz.pk)
        used = Attempt.objects.filter(quiz=quiz, user=user).exclude(state=Attempt.State.CANCELLED).count()
        if used >= quiz.attempts_allowed:
            raise AttemptsUsedUp


def _minutes_of(exam: Exam, quiz: Quiz | None, mode: str, timing: str, questions: int) -> int | None:
    """The minutes of a sitting without any allowance; None where there is no clock."""
    if quiz is not None:
        return quiz.minutes
    if mode in WHOLE_EXAMS:
        return exam.blueprints.get(current=True).minutes
    if mode == Attempt.Mode.DRILL and timing == Timing.EXAM_PACE:
        return pace_minutes(exam.blueprints.get(current=True), questions)
    return None


def _feedback(wanted: Wanted) -> str:
    if wanted.quiz is not None:
        return wanted.quiz.feedback
    if wanted.mode in WHOLE_EXAMS or wanted.mode == Attempt.Mode.DIAGNOSTIC:
        return Feedback.END
    return Feedback.EACH if wanted.mode == Attempt.Mode.REVIEW else wanted.feedback


def _title(exam: Exam, user: Any, wanted: Wanted) -> str:
    if wanted.quiz is not None:
        return wanted.quiz.title
    if wanted.mode in WHOLE_EXAMS:
        before = Attempt.objects.filter(user=user, exam=exam, mode=wanted.mode).count()
        label = _("Exam simulation %(number)d") if wanted.mode == Attempt.Mode.SIMULATION else _("Practice exam %(number)d")
        return label % {"number": before + 1}
    if wanted.mode == Attempt.Mode.DIAGNOSTIC:
        return _("Find your level")
    if wanted.mode == Attempt.Mode.REVIEW:
        return _("Daily review")
    if user is None:
        return _("Ten sample questions")
    return _("Drill: %(subject)s") % {"subject": _subject(exam, wanted)}


def _subject(exam: Exam, wanted: Wanted) -> str:
    """What a drill is about, in the words of the exam."""
    if len(wanted.stages) == 1:
        return Stage.objects.filter(exam=exam, slug=wanted.stages[0]).values_list("name", flat=True).first() or wanted.stages[0]
    if len(wanted.tasks) == 1:
        task = Task.objects.filter(domain__blueprint__exam=exam, domain__blueprint__current=True, number=wanted.tasks[0]).first()
        return str(task) if task else wanted.tasks[0]
    if len(wanted.domains) == 1:
        domain = Domain.objects.filter(blueprint__exam=exam, blueprint__current=True, number=wanted.domains[0]).first()
        return domain.title if domain else str(wanted.domains[0])
    if wanted.levels:
        return _("questions near your level")
    if wanted.sources == ("missed",):
        return _("missed questions")
    if wanted.sources == ("flagged",):
        return _("flagged questions")
    return _("mixed questions")


def _as_json(wanted: Wanted, form: Form) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "domains": list(wanted.domains),
        "tasks": list(wanted.tasks),
        "stages": list(wanted.stages),
        "count": wanted.count,
        "sources": list(wanted.sources),
        "timing": str(wanted.timing),
    }
    if form.cards:
        asked["cards"] = form.cards
    if scenarios := _scenarios_of(form):
        asked["scenarios"] = scenarios
    return asked


def _scenarios_of(form: Form) -> dict[str, list[str]]:
    """What the case studies of a form tell now, by version: the text of a scenario may be edited, and no sitting may see that."""
    texts = version_texts(version_id for version_id, _scored in form.entries)
    cases = [version_id for version_id, text in texts.items() if text.kind == Question.Kind.CASE_STUDY]
    if not cases:
        return {}
    fields = ("slug", "title", "text")
    rows = QuestionVersion.objects.filter(pk__in=cases).values_list("pk", *(f"question__scenario__{name}" for name in fields))
    return {str(version_id): list(told) for version_id, *told in rows}
