"""How an invented learner answers: right or wrong by ability and difficulty, and a believable wrong answer where it is wrong."""

from __future__ import annotations

import random
from math import exp
from typing import Any

from analytics.demo.cast import Person
from analytics.readiness.calibration import LABEL_MEANS
from quizzes.public import Shape

SECONDS = (38.0, 0.45)
"""Median and spread (of the logarithm) of the seconds on a question."""


MEMORY = 1.2
"""What having met a question before, and read why, adds to the ability on meeting it again."""


def chance(person: Person, *, week: float, domain: int, difficulty: str, again: bool = False) -> float:
    """The chance to be right: a one-parameter logistic model of ability against the label's mean difficulty."""
    ability = person.ability + person.gain * week + person.weak.get(domain, 0.0) + MEMORY * again
    return 1 / (1 + exp(LABEL_MEANS[difficulty] - ability))


def seconds(dice: random.Random) -> int:
    """Seconds on a question, log-normal."""
    median, spread = SECONDS
    return max(8, round(dice.lognormvariate(0, spread) * median))


def wrong_answer(dice: random.Random, shape: Shape, key: Any) -> Any:
    """An answer of the right shape that is not the key."""
    if shape.kind == "matching":
        return _swapped_pairs(dice, key)
    if shape.kind == "ordering":
        first, second = dice.sample(range(len(key)), 2)
        steps = list(key)
        steps[first], steps[second] = steps[second], steps[first]
        return steps
    wrong = sorted(shape.option_keys - set(key))
    kept = dice.sample(sorted(key), len(key) - 1)
    return sorted([*kept, dice.choice(wrong)])


def _swapped_pairs(dice: random.Random, key: dict[str, str]) -> dict[str, str]:
    first, second = dice.sample(sorted(key), 2)
    return {**key, first: key[second], second: key[first]}
