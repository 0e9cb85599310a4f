"""What an answer looks like, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Answer = Any
"""None (open), a list of option keys (with None for an empty place of an ordering), or {prompt key: answer key}."""


class BadAnswer(ValueError):
    """The answer has not the shape that its question asks for; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be answered: the kind, the option keys, the prompt keys (matching), and how many to choose."""

    kind: str
    option_keys: frozenset[str]
    prompt_keys: frozenset[str]
    choose: int


@dataclass(frozen=True, slots=True)
class Credit:
    """What an answer earned: `credit` 0 to 1, and how many of its parts are right."""

    credit: float
    parts_right: int
    parts: int

    @property
    def right(self) -> bool:
        """Whether every part is right."""
        return self.parts_right == self.parts


def is_answered(answer: Answer) -> bool:
    """Whether anything was chosen, placed or matched."""
    if not answer:
        return False
    values = answer.values() if isinstance(answer, dict) else answer
    return any(value is not None for value in values)


def checked_keys(answer: Answer, shape: Shape, *, gaps: bool = False) -> list[str | None]:
    """The answer as a list of known keys, none of them twice; raises BadAnswer."""
    if not isinstance(answer, list):
        raise BadAnswer("Expected a list of option keys.")
    if len(answer) > shape.choose:
        raise BadAnswer(f"At most {shape.choose} can be chosen.")
    given = [key for key in answer if key is not None]
    if len(given) < len(answer) and not gaps:
        raise BadAnswer("An option key is missing.")
    for key in given:
        if not isinstance(key, str) or key not in shape.option_keys:
            raise BadAnswer(f"There is no option {str(key)[:20]!r}.")
    if len(set(given)) < len(given):
        raise BadAnswer("An option is named twice.")
    return answer


def all_or_part(parts_right: int, parts: int, *, partial: bool) -> Credit:
    """Full credit when all is right; else the share of right parts if partial credit is given, else nothing."""
    share = parts_right / parts
    return Credit(share if partial or parts_right == parts else 0.0, parts_right, parts)
