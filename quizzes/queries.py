"""Shared reads of sittings, stock and memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from accounts.public import db_now, read_db_now
from quizzes.catalogue import version_texts
from quizzes.domain.answers import stored_response
from quizzes.domain.attempts import ADDED_AT_MOST
from quizzes.models import Assignment, Attempt, Exposure, Grade, ProblemReport, Question, Quiz, Response, ReviewCard
from quizzes.models.attempt import GRACE


def open_attempt(user: Any, exam: Any) -> Attempt | None:
    """The sitting to go on with: the open one that was touched last, its deadline not over; with the number `answered`. One statement."""
    mine = Attempt.objects.visible_to(user).open().filter(exam=exam)
    alive = mine.filter(Q(deadline=None) | Q(deadline__gt=db_now()) | Q(paused_at__isnull=False))
    return alive.annotate(answered=Count("responses", filter=Q(responses__answer__isnull=False))).order_by("-active_at").first()


def attempt_progress(attempt: Attempt) -> tuple[int, int]:
    """Questions answered, and questions in all."""
    return attempt.responses.filter(answer__isnull=False).count(), attempt.question_count


def remaining_seconds(attempt: Attempt, now: datetime) -> int | None:
    """Seconds until the deadline, standing still while paused; None without a limit."""
    if attempt.deadline is None:
        return None
    return max(0, int((attempt.deadline - (attempt.paused_at or now)).total_seconds()))


def attempt_payload(attempt: Attempt) -> dict[str, Any]:
    """The sitting as its owner may see it while it is open: no key, no rationale, nothing that hints at them."""
    texts = version_texts(version_id for version_id, _scored in attempt.form)
    return attempt_status(attempt) | {
        "id": str(attempt.pk),
        "mode": attempt.mode,
        "title": attempt.title,
        "exam": attempt.exam.slug,
        "feedback": attempt.feedback,
        "marking": attempt.marking,
        "started_at": attempt.started_at,
        "grace_seconds": int(GRACE.total_seconds()),
        "minutes": attempt.minutes,
        "allowance": attempt.allowance,
        "position": attempt.position,
        "questions": [
            texts[version_id].ask(position, attempt.seed, attempt.pinned_scenario(version_id))
            for position, (version_id, _scored) in enumerate(attempt.form, start=1)
        ],
        "responses": [stored_response(response) for response in attempt.responses.order_by("position")],
    }


def attempt_status(attempt: Attempt) -> dict[str, Any]:
    """State and clock of a sitting."""
    now = read_db_now()
    practice = attempt.mode == Attempt.Mode.PRACTICE_EXAM
    return {
        "state": attempt.state,
        "deadline": attempt.deadline,
        "now": now,
        "paused": attempt.paused_at is not None,
        "remaining_seconds": remaining_seconds(attempt, now),
        "can_pause": practice,
        "can_add_minutes": ADDED_AT_MOST - attempt.five_minutes_added if practice and attempt.deadline else 0,
    }


@dataclass(frozen=True)
class HistoryRow:
    """A sitting in the list of past ones."""

    attempt: Attempt
    score: float | None
    max_score: float | None
    scaled: int | None
    passed: bool | None
    answered: int
    seconds: int


def history(user: Any, exam: Any, *, limit: int = 200) -> list[HistoryRow]:
    """A person's sittings, newest first, each with its newest grade; a constant number of statements."""
    attempts = list(
        Attempt.objects.visible_to(user)
        .filter(exam=exam)
        .annotate(
            answered=Count("responses", filter=Q(responses__answer__isnull=False)),
            seconds=Sum("responses__seconds"),
        )
        .defer("form", "wanted")
        .order_by("-started_at")[:limit]
    )
    grades: dict[Any, Grade] = {}
    for grade in Grade.objects.filter(attempt__in=[a.pk for a in attempts]).defer("credits", "keys").order_by("revision"):
        grades[grade.attempt_id] = grade
    rows = []
    for attempt in attempts:
        grade = grades.get(attempt.pk)
        rows.append(
            HistoryRow(
                attempt=attempt,
                score=grade.score if grade else None,
                max_score=grade.max_score if grade else None,
                scaled=grade.scaled if grade else None,
                passed=grade.passed if grade else None,
                answered=attempt.answered,
                seconds=attempt.seconds or 0,
            )
        )
    return rows


@dataclass(frozen=True)
class Stock:
    """What could be asked of a learner now, for the cards of the practice page."""

    due: int
    missed: int
    flagged: int
    unseen: int
    total: int
    by_stage: dict[str, int]
    simulation_ready: bool


def practice_stock(user: Any, exam: Any) -> Stock:
    """Counts of published questions by part of the exam, and of what the learner missed, flagged, and has due."""
    met: dict[int, tuple[bool, bool]] = {}
    due = 0
    if user is not None and user.is_authenticated:
        rows = Exposure.objects.filter(user=user, question__exam=exam).values_list("question_id", "last_right", "last_flagged")
        met = {question_id: (right, flagged) for question_id, right, flagged in rows}
        due = ReviewCard.objects.visible_to(user).filter(question__exam=exam, due_at__lte=read_db_now()).count()
    questions = list(
        Question.objects.published()
        .filter(exam=exam)
        .values_list("pk", "task__domain__number", "task__number", "kind", "blocked_from_exams")
    )
    published = {row[0] for row in questions}
    stages = Question.stages.through.objects.filter(question__exam=exam, question__state=Question.State.PUBLISHED)
    for_exam = Counter(row[1] for row in questions if row[3] != Question.Kind.CASE_STUDY and not row[4])
    needed = exam.blueprints.get(current=True).domains.values_list("number", "scored", "unscored")
    return Stock(
        due=due,
        missed=sum(not right for question_id, (right, _flagged) in met.items() if question_id in published),
        flagged=sum(flagged for question_id, (_right, flagged) in met.items() if question_id in published),
        unseen=len(published - met.keys()),
        total=len(published),
        by_stage=dict(stages.values_list("stage__slug").annotate(n=Count("pk")).values_list("stage__slug", "n")),
        simulation_ready=all(for_exam[number] >= scored + unscored for number, scored, unscored in needed),
    )


@dataclass(frozen=True)
class SubjectStock:
    """Published questions on a subject: all, never seen, missed when last met, flagged when last met, and both missed and flagged."""

    total: int = 0
    new: int = 0
    missed: int = 0
    flagged: int = 0
    both: int = 0

    @property
    def figures(self) -> str:
        """The five counts for the script of the drill builder."""
        return f"{self.total} {self.new} {self.missed} {self.flagged} {self.both}"


def subject_stock(user: Any, exam: Any) -> dict[tuple[str, str], SubjectStock]:
    """What a drill could draw from, by ("domains", "1"), ("tasks", "1.3"), ("stages", slug), and ("", "") for all; three statements."""
    rows = Exposure.objects.filter(user=user, question__exam=exam).values_list("question_id", "last_right", "last_flagged")
    met = {question_id: (right, flagged) for question_id, right, flagged in rows}
    questions = Question.objects.published().filter(exam=exam)
    stages = Question.stages.through.objects.filter(question__in=questions).values_list("question_id", "stage__slug")
    subjects = [(question_id, ("stages", slug)) for question_id, slug in stages]
    for question_id, domain, task in questions.values_list("pk", "task__domain__number", "task__number"):
        subjects += [(question_id, subject) for subject in (("", ""), ("domains", str(domain)), ("tasks", task))]
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for question_id, subject in subjects:
        found[subject]["total"] += 1
        right, flagged = met.get(question_id, (True, False))
        found[subject]["new"] += question_id not in met
        found[subject]["missed"] += not right
        found[subject]["flagged"] += flagged
        found[subject]["both"] += flagged and not right
    return {subject: SubjectStock(**counts) for subject, counts in found.items()}


@dataclass(frozen=True)
class DueReviews:
    """Cards due now, and over the next seven days (today's count includes what is overdue)."""

    due: int
    by_day: tuple[int, ...]
    next_due_at: datetime | None


def due_reviews(user: Any, exam: Any, now: datetime) -> DueReviews:
    """The load of reviews now and in the week to come."""
    dates = list(ReviewCard.objects.visible_to(user).filter(question__exam=exam).order_by("due_at").values_list("due_at", flat=True))
    today = timezone.localdate(now)
    per_day = Counter(max(timezone.localdate(due), today) for due in dates)
    return DueReviews(
        due=sum(due <= now for due in dates),
        by_day=tuple(per_day[today + timedelta(days=ahead)] for ahead in range(7)),
        next_due_at=next((due for due in dates if due > now), None),
    )


@dataclass(frozen=True)
class StudyDay:
    """Answers given on a day, and the seconds spent on them."""

    answers: int
    seconds: int


def study_days(user: Any, exam: Any, since: date) -> dict[date, StudyDay]:
    """Days with answers since a date, by the site's time zone."""
    rows = (
        Response.objects.filter(attempt__user=user, attempt__exam=exam, answer__isnull=False, saved_at__date__gte=since)
        .annotate(day=TruncDate("saved_at"))
        .values("day")
        .annotate(answers=Count("pk"), seconds=Sum("seconds"))
        .order_by("day")
    )
    return {row["day"]: StudyDay(row["answers"], row["seconds"]) for row in rows}


@dataclass(frozen=True)
class QuizRow:
    """A published quiz as a learner meets it in the list."""

    quiz: Quiz
    questions: int
    taken: int
    left: int | None
    open: bool
    due_at: datetime | None


def quizzes_open_to(user: Any, exam: Any) -> list[QuizRow]:
    """Published quizzes of an exam that this person may see, those with a due date first; three statements."""
    open_now = Quiz.objects.open_now().filter(pk=OuterRef("pk"))
    quizzes = list(
        Quiz.objects.visible_to(user)
        .filter(exam=exam)
        .annotate(
            question_total=Count("entries", filter=Q(entries__question__state=Question.State.PUBLISHED), distinct=True),
            is_open=Exists(open_now),
        )
    )
    taken = Counter(
        Attempt.objects.filter(user=user, quiz__in=quizzes).exclude(state=Attempt.State.CANCELLED).values_list("quiz_id", flat=True)
    )
    due: dict[int, datetime] = {}
    for quiz_id, due_at in assignments_of(user).filter(quiz__in=quizzes, due_at__isnull=False).values_list("quiz_id", "due_at"):
        due[quiz_id] = min(due_at, due.get(quiz_id, due_at))
    rows = [
        QuizRow(
            quiz=quiz,
            questions=quiz.question_total,
            taken=taken[quiz.pk],
            left=None if quiz.attempts_allowed is None else max(0, quiz.attempts_allowed - taken[quiz.pk]),
            open=quiz.is_open,
            due_at=due.get(quiz.pk),
        )
        for quiz in quizzes
    ]
    return sorted(
        rows,
        key=lambda row: (row.due_at is None, row.due_at or datetime.max.replace(tzinfo=timezone.get_current_timezone()), row.quiz.title),
    )


def assignments_of(user: Any) -> QuerySet[Assignment]:
    """What a person's teams gave to everybody or to them."""
    return Assignment.objects.filter(team__memberships__user=user).filter(Q(member=None) | Q(member=user))


def last_active(user_ids: list[int]) -> dict[int, datetime]:
    """When each person last answered a question; one statement."""
    rows = Response.objects.filter(attempt__user__in=user_ids).values("attempt__user").annotate(last=Max("saved_at"))
    return {row["attempt__user"]: row["last"] for row in rows}


def practice_seconds(user_ids: list[int], since: datetime) -> dict[int, int]:
    """Seconds that each person spent on questions since a moment; one statement."""
    found: dict[int, int] = defaultdict(int)
    rows = (
        Response.objects.filter(attempt__user__in=user_ids, saved_at__gte=since)
        .values(person=F("attempt__user"))
        .annotate(seconds=Sum("seconds"))
    )
    found.update({row["person"]: row["seconds"] or 0 for row in rows})
    return found


def unread_answers() -> Coalesce:
    """How many answers to their reports the person of a row has not read: a column for rows that have a `user`."""
    unread = ProblemReport.objects.unread().filter(reporter=OuterRef("user")).order_by()
    return Coalesce(Subquery(unread.values("reporter").annotate(n=Count("pk")).values("n")), 0)
