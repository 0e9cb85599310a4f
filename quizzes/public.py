"""What other apps may use of quizzes."""

from quizzes.catalogue import current_keys, version_texts
from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import claim_guest_attempts, minutes_allowed, start_attempt, submit_attempt
from quizzes.domain.authoring import QuizRefused, publish_quiz
from quizzes.domain.errors import (
    AttemptMissing,
    AttemptsUsedUp,
    NotForGuests,
    NotGraded,
    NothingToAsk,
    QuizClosed,
    Refused,
)
from quizzes.domain.forms import Wanted
from quizzes.domain.grading import drain_jobs
from quizzes.domain.integrity import Finding as IntegrityFinding
from quizzes.domain.integrity import verify_integrity
from quizzes.domain.previewing import Previewed, previewed_question
from quizzes.domain.reports import read_answers, report_problem
from quizzes.domain.results import ExplainedOption, ExplainedQuestion, Result, graded_attempt, result_of
from quizzes.models import (
    Assignment,
    Attempt,
    Exposure,
    Grade,
    GradingJob,
    KeyRevision,
    ProblemReport,
    Question,
    QuestionVersion,
    Quiz,
    Response,
    ReviewCard,
)
from quizzes.queries import (
    DueReviews,
    HistoryRow,
    QuizRow,
    Stock,
    StudyDay,
    assignments_of,
    attempt_payload,
    attempt_progress,
    due_reviews,
    history,
    last_active,
    open_attempt,
    practice_seconds,
    practice_stock,
    quizzes_open_to,
    remaining_seconds,
    study_days,
    unread_answers,
)
from quizzes.records import Event, Record, record_of, record_table
from quizzes.scoring import BadAnswer, Shape
from quizzes.signals import GradedAnswer, GradedAttempt, attempts_graded
from quizzes.worklist import Worklist, worklist

__all__ = [
    "Assignment",
    "Attempt",
    "AttemptMissing",
    "AttemptsUsedUp",
    "BadAnswer",
    "DueReviews",
    "Event",
    "ExplainedOption",
    "ExplainedQuestion",
    "Exposure",
    "Grade",
    "GradedAnswer",
    "GradedAttempt",
    "GradingJob",
    "HistoryRow",
    "IntegrityFinding",
    "KeyRevision",
    "NotForGuests",
    "NotGraded",
    "NothingToAsk",
    "Previewed",
    "ProblemReport",
    "Question",
    "QuestionVersion",
    "Quiz",
    "QuizClosed",
    "QuizRefused",
    "QuizRow",
    "Record",
    "Refused",
    "Response",
    "Result",
    "ReviewCard",
    "Save",
    "Shape",
    "Stock",
    "StudyDay",
    "Wanted",
    "Worklist",
    "assignments_of",
    "attempt_payload",
    "attempt_progress",
    "attempts_graded",
    "claim_guest_attempts",
    "current_keys",
    "drain_jobs",
    "due_reviews",
    "graded_attempt",
    "history",
    "last_active",
    "minutes_allowed",
    "open_attempt",
    "practice_seconds",
    "practice_stock",
    "previewed_question",
    "publish_quiz",
    "quizzes_open_to",
    "read_answers",
    "record_of",
    "record_table",
    "remaining_seconds",
    "report_problem",
    "result_of",
    "save_answer",
    "start_attempt",
    "study_days",
    "submit_attempt",
    "unread_answers",
    "verify_integrity",
    "version_texts",
    "worklist",
]
