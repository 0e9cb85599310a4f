"""What quizzes keeps about people. Keys and explanations are the bank's, not the person's: an export has neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.public import Fate, Personal, User, register
from quizzes.catalogue import version_texts
from quizzes.models import Attempt, Response
from quizzes.records import in_words, saves_of

ATTEMPTS_AT_ONCE = 50


def _answers(user: User) -> Iterator[dict[str, Any]]:
    """Every answer with the words that were chosen; the keys alone would mean nothing to anybody."""
    attempts = Attempt.objects.visible_to(user).order_by("started_at", "pk").values_list("pk", "form")
    batch: list[tuple[Any, list[list[int]]]] = []
    for attempt in attempts.iterator(chunk_size=ATTEMPTS_AT_ONCE):
        batch.append(attempt)
        if len(batch) == ATTEMPTS_AT_ONCE:
            yield from _answers_in(dict(batch))
            batch = []
    yield from _answers_in(dict(batch))


def _answers_in(forms: dict[Any, list[list[int]]]) -> Iterator[dict[str, Any]]:
    texts = version_texts(version_id for form in forms.values() for version_id, _scored in form)
    for response in Response.objects.filter(attempt__in=list(forms)).order_by("attempt", "position"):
        text = texts[forms[response.attempt_id][response.position - 1][0]]
        yield {
            "attempt": response.attempt_id,
            "position": response.position,
            "question": text.stem,
            "answer": in_words(text, response.answer),
            "seconds": response.seconds,
            "confidence": response.confidence,
            "flagged": response.flagged,
            "changes": response.changes,
            "stored": [{"at": at, "answer": in_words(text, answer)} for at, answer in saves_of(response)],
            "saved_at": response.saved_at,
            "checked_at": response.checked_at,
        }


register(
    Personal("quizzes.Attempt", "user", Fate.ERASED, "attempts", (
        "id", "exam__slug", "mode", "title", "state", "feedback", "question_count", "allowance", "minutes", "started_at", "deadline",
        "submitted_at", "graded_at", "cancelled_reason",
    )),
    Personal("quizzes.Response", "attempt__user", Fate.ERASED, "answers", rows=_answers),
    Personal("quizzes.Grade", "attempt__user", Fate.ERASED, "grades", (
        "attempt", "revision", "score", "max_score", "scaled", "passed", "credits", "graded_at",
    )),
    Personal("quizzes.GradingJob", "attempt__user", Fate.ERASED),
    Personal("quizzes.TimeCredit", "attempt__user", Fate.ERASED, "time_credits", (
        "attempt", "seconds", "outage__since", "outage__until", "outage__reason", "credited_at",
    )),
    Personal("quizzes.Outage", "recorded_by", Fate.UNNAMED),
    Personal("quizzes.Exposure", "user", Fate.ERASED, "questions_met", (
        "question__slug", "times", "first_at", "last_at", "last_right", "last_flagged",
    )),
    Personal("quizzes.ReviewCard", "user", Fate.ERASED, "review_cards", (
        "question__slug", "stability", "difficulty", "due_at", "reviewed_at", "reviews", "lapses",
    )),
    Personal("quizzes.ProblemReport", "reporter", Fate.UNNAMED, "problem_reports", (
        "version__question__slug", "kind", "text", "state", "answer", "created_at", "answered_at",
    )),
    Personal("quizzes.ProblemReport", "answered_by", Fate.UNNAMED),
    Personal("quizzes.Assignment", "member", Fate.ERASED, "assignments", (
        "team__name", "quiz__title", "lesson__slug", "due_at", "created_at",
    )),
    Personal("quizzes.Assignment", "created_by", Fate.UNNAMED),
    Personal("quizzes.Quiz", "created_by", Fate.UNNAMED),
    Personal("quizzes.QuestionVersion", "created_by", Fate.UNNAMED),
    Personal("quizzes.KeyRevision", "created_by", Fate.UNNAMED),
    Personal("quizzes.Recall", "created_by", Fate.UNNAMED),
)  # fmt: skip
