"""The facts of quizzes: the bank, what is published to be taken, sittings and their answers, grades, memory."""

from quizzes.models.attempt import Attempt, Response
from quizzes.models.bank import KeyRevision, Misconception, Option, Question, QuestionVersion, Scenario
from quizzes.models.grading import Grade, GradingJob, Recall
from quizzes.models.learning import Exposure, ProblemReport, ReviewCard
from quizzes.models.outage import Outage, TimeCredit
from quizzes.models.quiz import Assignment, Quiz, QuizQuestion

__all__ = [
    "Assignment",
    "Attempt",
    "Exposure",
    "Grade",
    "GradingJob",
    "KeyRevision",
    "Misconception",
    "Option",
    "Outage",
    "ProblemReport",
    "Question",
    "QuestionVersion",
    "Quiz",
    "QuizQuestion",
    "Recall",
    "Response",
    "ReviewCard",
    "Scenario",
    "TimeCredit",
]
