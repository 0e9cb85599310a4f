"""The text of a question apart from the database, and the one set of rules that it must keep to be published.

Authors meet these rules twice, in content files and in the admin; both call `problems_in` and show each problem at its field.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

MULTIPLE_CHOICE, MULTIPLE_RESPONSE, ORDERING, MATCHING, CASE_STUDY = (
    "multiple_choice",
    "multiple_response",
    "ordering",
    "matching",
    "case_study",
)
CHOSEN_KINDS = frozenset({MULTIPLE_CHOICE, MULTIPLE_RESPONSE, CASE_STUDY})
OPTION_COUNTS = {MULTIPLE_CHOICE: (4, 4), MULTIPLE_RESPONSE: (5, 6), CASE_STUDY: (4, 6)}
PARTS = (3, 5)
"""How many steps an ordering question places, and how many prompts a matching question has."""
SPARES = {ORDERING: (0, 2), MATCHING: (1, 2)}
SCENARIO_QUESTIONS = (2, 4)


@dataclass(frozen=True)
class OptionText:
    """An option, a step (with its `position` from 1, or none where it does not belong) or a matching row (no `prompt`: a spare)."""

    text: str
    rationale: str
    correct: bool = False
    position: int | None = None
    prompt: str = ""
    misconception: str = ""


@dataclass(frozen=True)
class QuestionText:
    """Everything about a question that a learner reads, and what is right."""

    kind: str
    stem: str
    options: tuple[OptionText, ...]
    rule: str
    source_title: str
    source_url: str
    checked: date | None
    choose: int = 1
    language: str = "en"

    def with_counted_choose(self) -> QuestionText:
        """The same with `choose` counted where the kind decides it: one, the steps to place, the prompts to match."""
        counted = {
            MULTIPLE_CHOICE: 1,
            ORDERING: sum(option.position is not None for option in self.options),
            MATCHING: sum(bool(option.prompt) for option in self.options),
        }
        return replace(self, choose=counted.get(self.kind, self.choose))


@dataclass(frozen=True)
class Problem:
    """Why a question cannot be published, at the field that has to change: `stem`, `options`, `options.2.rationale`, …"""

    field: str
    message: str


class QuestionRefused(ValueError):
    """A question breaks rules of the bank."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


def problems_in(text: QuestionText) -> list[Problem]:
    """Every reason why this text cannot be published; an empty list means that it can."""
    return [*_missing(text), *_duplicates(text), *_by_kind(text)]


def _missing(text: QuestionText) -> Iterator[Problem]:
    for name in ("stem", "rule", "source_title", "source_url"):
        if not getattr(text, name).strip():
            yield Problem(name, _("This is missing."))
    if text.checked is None:
        yield Problem("checked", _("The date of comparison with the source is missing."))
    if text.source_url and not re.match(r"https?://", text.source_url):
        yield Problem("source_url", _("The source must be a public web address."))
    for number, option in enumerate(text.options, 1):
        if not option.text.strip():
            yield Problem(f"options.{number}.text", _("The option has no text."))
        if not option.rationale.strip():
            yield Problem(f"options.{number}.rationale", _("Say why this option is right or wrong."))


def _duplicates(text: QuestionText) -> Iterator[Problem]:
    messages = {
        "text": _("Another option says the same."),
        "rationale": _("Another option has the same explanation."),
        "prompt": _("Another row has the same prompt."),
    }
    for name, message in messages.items():
        values = [comparable(getattr(option, name)) for option in text.options]
        counts = Counter(values)
        for number, value in enumerate(values, 1):
            if value and counts[value] > 1 and values.index(value) != number - 1:
                yield Problem(f"options.{number}.{name}", message)


def comparable(text: str) -> str:
    """A text without case, marks, surplus space and the final stop."""
    return re.sub(r"\s+", " ", re.sub(r"[*`]", "", text)).strip().rstrip(".").casefold()


def _by_kind(text: QuestionText) -> Iterator[Problem]:
    if text.kind in CHOSEN_KINDS:
        yield from _chosen(text)
    elif text.kind == ORDERING:
        yield from _ordering(text)
    elif text.kind == MATCHING:
        yield from _matching(text)
    else:
        yield Problem("kind", _("Unknown kind of question."))


def _chosen(text: QuestionText) -> Iterator[Problem]:
    low, high = OPTION_COUNTS[text.kind]
    right = sum(option.correct for option in text.options)
    choose = 1 if text.kind == MULTIPLE_CHOICE else text.choose
    if not low <= len(text.options) <= high:
        wanted = str(low) if low == high else f"{low} to {high}"
        yield Problem("options", _("This kind has %(wanted)s options, not %(count)d.") % {"wanted": wanted, "count": len(text.options)})
    if right == 0:
        yield Problem("options", _("No option is marked as right."))
    elif right != choose:
        yield Problem("options", _("%(right)d options are marked as right, %(choose)d should be.") % {"right": right, "choose": choose})
    if text.kind == MULTIPLE_RESPONSE and choose < 2:
        yield Problem("choose", _("Multiple response asks for at least two."))
    yield from _stray(text, "position", "prompt")


def _ordering(text: QuestionText) -> Iterator[Problem]:
    positions = sorted(option.position for option in text.options if option.position is not None)
    if positions != list(range(1, len(positions) + 1)):
        yield Problem("options", _("The positions must be 1, 2, 3 and so on, each once."))
    yield from _parts(text, len(positions), _("steps that belong"), _("steps that do not belong"))
    yield from _stray(text, "correct", "prompt")


def _matching(text: QuestionText) -> Iterator[Problem]:
    prompts = sum(bool(option.prompt) for option in text.options)
    yield from _parts(text, prompts, _("prompts"), _("spare answers"))
    yield from _stray(text, "correct", "position")


def _parts(text: QuestionText, parts: int, what: str, spare: str) -> Iterator[Problem]:
    spares, (low, high) = len(text.options) - parts, SPARES[text.kind]
    if not PARTS[0] <= parts <= PARTS[1]:
        yield Problem("options", _("%(count)d %(what)s, but %(low)d to %(high)d are needed.") % _range(parts, what, *PARTS))
    if not low <= spares <= high:
        yield Problem("options", _("%(count)d %(what)s, but %(low)d to %(high)d are needed.") % _range(spares, spare, low, high))


def _range(count: int, what: str, low: int, high: int) -> dict[str, Any]:
    return {"count": count, "what": what, "low": low, "high": high}


def _stray(text: QuestionText, *names: str) -> Iterator[Problem]:
    for number, option in enumerate(text.options, 1):
        for name in names:
            if getattr(option, name):
                yield Problem(f"options.{number}.{name}", _("This does not belong to this kind of question."))


def key_of(text: QuestionText) -> list[Any]:
    """What is right, told by texts: the right texts, the steps in order, or pairs of prompt and answer. Equal keys are equal lists."""
    if text.kind == ORDERING:
        steps = [option for option in text.options if option.position is not None]
        return [option.text for option in sorted(steps, key=lambda option: option.position or 0)]
    if text.kind == MATCHING:
        return sorted([option.prompt, option.text] for option in text.options if option.prompt)
    return sorted(option.text for option in text.options if option.correct)


def asked_digest(text: QuestionText) -> str:
    """What a learner reads before answering; neither the key, nor the explanations, nor the order in which options were written."""
    options = sorted(option.text for option in text.options)
    prompts = sorted(option.prompt for option in text.options if option.prompt)
    return _digest([text.kind, text.language, text.stem, text.choose, options, prompts])


def text_digest(text: QuestionText) -> str:
    """Everything a learner reads before and after answering, the key aside: what makes a new version when it changes."""
    rationales = sorted([option.text, option.rationale] for option in text.options)
    return _digest([asked_digest(text), rationales, text.rule, text.source_title, text.source_url])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()
