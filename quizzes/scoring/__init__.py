"""Marking of answers: pure functions of the key and the answer, with no framework.

One question kind is one module with a `check` (is this an answer to such a question at all?) and a `score`.
"""

from quizzes.scoring.answers import Answer, BadAnswer, Credit, Shape, is_answered
from quizzes.scoring.registry import check_answer, score_answer

__all__ = ["Answer", "BadAnswer", "Credit", "Shape", "check_answer", "is_answered", "score_answer"]
