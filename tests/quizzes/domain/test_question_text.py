"""The rules that a question must keep to be published, each at the field that has to change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from quizzes.domain.question_text import OptionText, QuestionText, asked_digest, key_of, problems_in, text_digest


def question(kind: str, options: list[OptionText], **fields: object) -> QuestionText:
    base = {
        "stem": "What is it?",
        "rule": "Know it.",
        "source_title": "A page",
        "source_url": "https://example.org/page",
        "checked": date(2026, 11, 20),
    }
    return QuestionText(kind=kind, options=tuple(options), **{**base, **fields})  # type: ignore[arg-type]


def option(text: str, **fields: object) -> OptionText:
    return OptionText(text, f"Why {text}.", **fields)  # type: ignore[arg-type]


CHOICE = question("multiple_choice", [option("one", correct=True), option("two"), option("three"), option("four")])
RESPONSE = question(
    "multiple_response", [option("a", correct=True), option("b", correct=True), option("c"), option("d"), option("e")], choose=2
)
CASE = replace(CHOICE, kind="case_study")
ORDERING = question("ordering", [option("first", position=1), option("second", position=2), option("third", position=3), option("never")])
MATCHING = question("matching", [option("x", prompt="p"), option("y", prompt="q"), option("z", prompt="r"), option("spare")])
GOOD = [CHOICE, RESPONSE, CASE, ORDERING, MATCHING]


@pytest.mark.parametrize("text", GOOD, ids=lambda text: text.kind)
def test_good_question_has_no_problem(text):
    assert problems_in(text) == []


def changed(text: QuestionText, number: int, /, **fields: object) -> QuestionText:
    options = list(text.options)
    options[number - 1] = replace(options[number - 1], **fields)
    return replace(text, options=tuple(options))


PROBLEMS = [
    (replace(CHOICE, stem=" "), "stem"),
    (replace(CHOICE, rule=""), "rule"),
    (replace(CHOICE, source_title=""), "source_title"),
    (replace(CHOICE, source_url="notes.pdf"), "source_url"),
    (replace(CHOICE, checked=None), "checked"),
    (replace(CHOICE, kind="essay"), "kind"),
    (changed(CHOICE, 2, rationale=""), "options.2.rationale"),
    (changed(CHOICE, 2, rationale="  "), "options.2.rationale"),
    (changed(CHOICE, 3, rationale="why  ONE"), "options.3.rationale"),
    (changed(CHOICE, 4, text=""), "options.4.text"),
    (changed(CHOICE, 4, text="**Two**."), "options.4.text"),
    (changed(CHOICE, 1, correct=False), "options"),
    (changed(CHOICE, 2, correct=True), "options"),
    (changed(CHOICE, 2, position=1), "options.2.position"),
    (changed(CHOICE, 2, prompt="p"), "options.2.prompt"),
    (replace(CHOICE, options=CHOICE.options[:3]), "options"),
    (replace(RESPONSE, choose=3), "options"),
    (changed(replace(RESPONSE, choose=1), 2, correct=False), "choose"),
    (replace(RESPONSE, options=RESPONSE.options[:4]), "options"),
    (changed(CASE, 1, correct=False), "options"),
    (changed(ORDERING, 2, position=1), "options"),
    (changed(ORDERING, 3, position=4), "options"),
    (changed(ORDERING, 3, position=None), "options"),
    (changed(ORDERING, 4, correct=True), "options.4.correct"),
    (replace(ORDERING, options=(*ORDERING.options, option("nor"), option("neither"))), "options"),
    (changed(MATCHING, 2, prompt="P"), "options.2.prompt"),
    (changed(MATCHING, 2, text="x"), "options.2.text"),
    (changed(MATCHING, 3, prompt=""), "options"),
    (replace(MATCHING, options=MATCHING.options[:3]), "options"),
]


@pytest.mark.parametrize(("text", "field"), PROBLEMS)
def test_problem_stands_at_its_field(text, field):
    assert field in {problem.field for problem in problems_in(text)}
    assert all(problem.message for problem in problems_in(text))


def test_keys_are_told_by_texts():
    assert key_of(CHOICE) == ["one"]
    assert key_of(RESPONSE) == ["a", "b"]
    assert key_of(ORDERING) == ["first", "second", "third"]
    assert key_of(MATCHING) == [["p", "x"], ["q", "y"], ["r", "z"]]


def test_counted_choose():
    assert [text.with_counted_choose().choose for text in GOOD] == [1, 2, 1, 3, 3]


def test_digests_see_texts_and_not_keys_or_order():
    shuffled = replace(CHOICE, options=CHOICE.options[::-1])
    other_key = changed(changed(CHOICE, 1, correct=False), 2, correct=True)
    explained = changed(CHOICE, 2, rationale="Another reason.")
    for same in (shuffled, other_key, replace(CHOICE, checked=date(2027, 1, 1)), changed(CHOICE, 2, misconception="m")):
        assert (asked_digest(same), text_digest(same)) == (asked_digest(CHOICE), text_digest(CHOICE))
    assert asked_digest(explained) == asked_digest(CHOICE)
    assert text_digest(explained) != text_digest(CHOICE)
    swapped = changed(changed(MATCHING, 1, prompt="q"), 2, prompt="p")
    assert asked_digest(swapped) == asked_digest(MATCHING)
    assert key_of(swapped) != key_of(MATCHING)
    for other in (replace(CHOICE, stem="What else?"), changed(CHOICE, 2, text="too"), replace(CHOICE, rule="Another.")):
        assert text_digest(other) != text_digest(CHOICE)
