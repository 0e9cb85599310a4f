"""A question about a shared scenario: one right option or a stated number of them."""

from quizzes.scoring.multiple_response import check, score

__all__ = ["check", "score"]
