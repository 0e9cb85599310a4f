"""Several right options, a stated number of them."""

from __future__ import annotations

from quizzes.scoring.answers import Answer, Credit, Shape, all_or_part, checked_keys


def check(answer: Answer, shape: Shape) -> Answer:
    """A list of option keys, at most as many as are right; sorted, since their order means nothing."""
    return sorted(checked_keys(answer, shape))


def score(key: Answer, answer: Answer, *, partial: bool) -> Credit:
    """Right when exactly the right options are chosen; partly right by the share of right options found.

    Wrong choices need no deduction: nobody can choose more than are right.
    """
    return all_or_part(len(set(key) & set(answer)), len(key), partial=partial)
