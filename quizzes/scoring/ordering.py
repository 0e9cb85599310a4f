"""Steps put into the right sequence; some steps may not belong."""

from __future__ import annotations

from quizzes.scoring.answers import Answer, Credit, Shape, all_or_part, checked_keys


def check(answer: Answer, shape: Shape) -> Answer:
    """A list of option keys by place, None for a place still empty; empty places at the end are dropped."""
    placed = list(checked_keys(answer, shape, gaps=True))
    while placed and placed[-1] is None:
        placed.pop()
    return placed


def score(key: Answer, answer: Answer, *, partial: bool) -> Credit:
    """Right when every step stands in its place; partly right by the share of steps in their own place."""
    in_place = sum(step == given for step, given in zip(key, answer, strict=False))
    return all_or_part(in_place, len(key), partial=partial)
