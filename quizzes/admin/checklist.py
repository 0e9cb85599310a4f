"""What makes a question good beyond what it must have: shown beside the form while an author writes, and never in the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from quizzes.content.audit.fairness import OF_THE_ABOVE, is_plain_negative, only_judges, repeats_option
from quizzes.domain.question_text import CHOSEN_KINDS, QuestionText, problems_in

LONGER_AT_MOST = 1.3
HARDEST_GRADE = 14
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
ASKED_FOR = re.compile(r"\b(?:select|choose|pick|which)\s+(?:the\s+)?(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """A line of the checklist. `needed`: without it the question cannot be published."""

    done: bool
    label: str
    detail: str = ""
    needed: bool = False


def checklist(text: QuestionText) -> list[Item]:
    """The list for a text: what is needed first, then advice."""
    return [*_needed(text), *_advice(text)]


def _needed(text: QuestionText) -> Iterator[Item]:
    problems = problems_in(text)
    missing = [problem for problem in problems if problem.field.endswith(".rationale")]
    yield Item(not missing and bool(text.options), _("Every option is explained"), needed=True)
    others = [f"{_where(problem.field)}{problem.message}" for problem in problems if not problem.field.endswith(".rationale")]
    yield Item(not others, _("Complete and marked"), " ".join(others[:4]), needed=True)


def _where(field: str) -> str:
    """What a problem is about, in front of its message."""
    parts = field.split(".")
    if len(parts) > 1:
        return _("Option %(number)s: ") % {"number": parts[1]}
    names = {
        "stem": _("Question: "),
        "rule": _("Rule: "),
        "source_title": _("Source: "),
        "source_url": _("Address of the source: "),
    }
    return names.get(field, "")


def _advice(text: QuestionText) -> Iterator[Item]:
    yield Item(not any(OF_THE_ABOVE.search(option.text) for option in text.options), _("No “all of the above”"))
    if text.kind in CHOSEN_KINDS:
        yield Item(*_length(text))
        yield Item(*_asked_count(text))
    poor = [str(number) for number, option in enumerate(text.options, 1) if repeats_option(option) or only_judges(option)]
    detail = _("Option %(numbers)s") % {"numbers": ", ".join(poor)} if poor else ""
    yield Item(not poor, _("Explanations say why, not only that"), detail)
    yield Item(not is_plain_negative(text.stem), _("A “not” in the question stands in bold"))
    grade = reading_grade(text.stem)
    detail = "" if grade is None else _("grade %(grade)d, at most %(most)d") % {"grade": round(grade), "most": HARDEST_GRADE}
    yield Item(grade is None or grade <= HARDEST_GRADE, _("Easy to read"), detail)


def _length(text: QuestionText) -> tuple[bool, str, str]:
    right = [len(option.text) for option in text.options if option.correct]
    wrong = [len(option.text) for option in text.options if not option.correct]
    label = _("The right option is not the longest by more than 30%")
    if not right or not wrong or not max(wrong):
        return True, label, ""
    share = max(right) / max(wrong)
    return share <= LONGER_AT_MOST, label, _("%(percent)d%% of the longest wrong one") % {"percent": round(100 * share)}


def _asked_count(text: QuestionText) -> tuple[bool, str, str]:
    words = [match.casefold() for match in ASKED_FOR.findall(text.stem.replace("*", ""))]
    asked = [NUMBERS.get(word, int(word) if word.isdecimal() else 0) for word in words]
    wanted = next((number for number in asked if number), None)
    right = sum(option.correct for option in text.options)
    label = _("As many right options as the question asks for")
    if wanted is None:
        return right == text.choose, label, ""
    return right == wanted, label, _("asks for %(wanted)d, %(right)d are right") % {"wanted": wanted, "right": right}


def reading_grade(words: str) -> float | None:
    """The school grade that reading a text takes, by Flesch and Kincaid (1975); None for less than ten words.

    .39 words per sentence + 11.8 syllables per word - 15.59, syllables counted by groups of vowels.
    """
    tokens = re.findall(r"[A-Za-z]+(?:'[a-z]+)?", words)
    if len(tokens) < 10:
        return None
    sentences = max(1, len(re.findall(r"[.!?]+(?:\s|$)", words)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", token.casefold().removesuffix("e")))) for token in tokens)
    return 0.39 * len(tokens) / sentences + 11.8 * syllables / len(tokens) - 15.59
