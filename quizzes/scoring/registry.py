"""The kinds of question and the module that marks each."""

from __future__ import annotations

from types import ModuleType

from quizzes.scoring import case_study, matching, multiple_choice, multiple_response, ordering
from quizzes.scoring.answers import Answer, Credit, Shape, is_answered

KINDS: dict[str, ModuleType] = {
    "multiple_choice": multiple_choice,
    "multiple_response": multiple_response,
    "ordering": ordering,
    "matching": matching,
    "case_study": case_study,
}


def check_answer(answer: Answer, shape: Shape) -> Answer:
    """The answer in its one stored form, None when nothing is chosen; raises BadAnswer when it does not fit the question."""
    if answer is None:
        return None
    checked = KINDS[shape.kind].check(answer, shape)
    return checked if is_answered(checked) else None


def score_answer(kind: str, key: Answer, answer: Answer, *, partial: bool = False) -> Credit:
    """The credit of an answer under a key; an open answer is wrong."""
    if not is_answered(answer):
        return Credit(0.0, 0, len(key))
    return KINDS[kind].score(key, answer, partial=partial)
