"""The bank, quizzes, sittings and their grading in the admin."""

from quizzes.admin import bank, outages, quizzes, reports, sittings  # noqa: F401 - each registers its own
from quizzes.admin.questions import QuestionDesk

__all__ = ["QuestionDesk"]
