"""One right option."""

from __future__ import annotations

from quizzes.scoring.answers import Answer, Credit, Shape, all_or_part, checked_keys


def check(answer: Answer, shape: Shape) -> Answer:
    """A list with one option key."""
    return checked_keys(answer, shape)


def score(key: Answer, answer: Answer, *, partial: bool) -> Credit:
    """Right when the one chosen option is the right one."""
    return all_or_part(int(answer == key), 1, partial=partial)
