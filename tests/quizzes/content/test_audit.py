"""The audit: each rule has been seen to fail on content that breaks it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from lifecycle.lesson_text import CheckOption
from lifecycle.public import Check
from quizzes.content.audit import Targets, audit_content
from quizzes.content.audit.counting import draw_simulations
from quizzes.content.audit.fairness import GUESSERS, chance, even_p, guesser_score, is_plain_negative, only_judges, repeats_option
from quizzes.content.audit.findings import as_table
from quizzes.content.reading import read_content
from quizzes.domain.question_text import OptionText

from .conftest import SAMPLE

SMALL = Targets(
    questions=6,
    of_task={},
    each_task=3,
    each_objective=1,
    kinds={"multiple_response": 16.0, "ordering": 16.0, "matching": 16.0},
    scenarios=1,
    applied=50.0,
    difficulty={"easy": 33.0, "medium": 50.0, "hard": 17.0},
    terms=2,
    services=2,
)


def content_of(folder=SAMPLE):
    reading = read_content(folder)
    assert reading.mistakes.sorted() == []
    return reading.content


def failed(content, targets=SMALL) -> dict[str, tuple[str, ...]]:
    return {f"{finding.part}: {finding.what}": finding.entries for finding in audit_content(content, targets) if not finding.passed}


def test_sample_fails_only_where_it_is_too_small():
    assert set(failed(content_of())) == {"bank: disjoint exam simulations that can be drawn"}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"questions": 7}, "bank: questions"),
        ({"of_task": {"1.1": 4}}, "bank: questions of task 1.1"),
        ({"each_objective": 2}, "bank: objectives with fewer than 2 questions"),
        ({"kinds": {"ordering": 17.0}}, "bank: ordering (1)"),
        ({"scenarios": 2}, "bank: case studies (with 2 questions)"),
        ({"applied": 70.0}, "bank: questions that apply or analyse"),
        ({"difficulty": {"easy": 20.0}}, "bank: easy questions"),
        ({"terms": 3}, "reference: terms"),
        ({"services": 3}, "reference: services"),
    ],
)
def test_too_few(changes, what):
    assert what in failed(content_of(), replace(SMALL, **changes))


QUESTIONS = "questions/all.yaml"
LESSON = "lessons/all/two-drifts.md"


@pytest.mark.parametrize(
    ("file", "old", "new", "what", "entry"),
    [
        (LESSON, "facts: [F-1, F-2, F-3]", "facts: [F-1, F-2]", "facts of 1.1: of 3 not taught by any lesson", "F-3 Sleep well."),
        (QUESTIONS, "facts: [F-2]", "facts: []", "facts of 1.1: of 2 that can be asked, not asked", "F-2 The relation can move."),
        (QUESTIONS, "facts: [F-2]", "facts: [F-2, F-3]", "facts of 1.1: that are asked and yet marked as not to be asked", "F-3"),
        ("facts.yaml", "Advice on how to study.", "No.", "facts of 1.1: with too short a reason for not being asked", "F-3"),
        (LESSON, "objectives: [1.1.1, 1.1.2]", "objectives: [1.1.1]", "course: of 3 objectives not taught by any lesson", "1.1.2"),
        ("exam.yaml", "Watching: [Gauge]", "Watching: [Gauge, Sieve]", "reference: of 2 services of the exam guide not described", "Sieve"),
        (LESSON, "minutes: 4", "minutes: 1", None, None),
        (
            "terms/all.yaml",
            "lesson: two-drifts",
            "lesson: counting-costs",
            "course: terms met before the lesson that explains them",
            "mini/lessons/all/two-drifts.md:21: “data-drift” is explained later, in counting-costs",
        ),
        (
            LESSON,
            "[Data drift](term:data-drift)",
            "Data drift",
            "course: terms that the lesson explaining them does not link",
            "mini/terms/all.yaml:6: data-drift in two-drifts",
        ),
        (LESSON, "stages: [monitoring]", "stages: []", "course: stages without a lesson", "monitoring"),
        (
            QUESTIONS,
            "text: Neither,",
            "text: None of the above,",
            "fairness: options that say “all of the above” or the like",
            "2.1-shop-01: None of the above",
        ),
        (
            QUESTIONS,
            "Which of the payments is a running cost?",
            "Which of the payments is not a running cost?",
            "fairness: negative stems without emphasis",
            "2.1-shop-01: Which of the payments is not a running cost?",
        ),
        (
            QUESTIONS,
            "Which payment would stop if the shop closed its site tomorrow?",
            "Which of those payments is a running cost?",
            "fairness: pairs of stems with a likeness above 0.6",
            "2.1-shop-01 and 2.1-shop-02: 0.",
        ),
        (
            QUESTIONS,
            "rationale: They are paid each month.",
            "rationale: These are the servers.",
            "explanations: that merely repeat the option",
            "mini/questions/all.yaml:",
        ),
        (
            QUESTIONS,
            "rationale: They are paid each month.",
            "rationale: This is the correct answer.",
            "explanations: that only say right or wrong",
            "mini/questions/all.yaml:",
        ),
    ],
)
def test_what_is_missing_or_unfair_is_found(folder, edit, file, old, new, what, entry):
    edit(file, old, new)
    found = failed(content_of(folder))
    if what is None:
        assert set(found) == {"bank: disjoint exam simulations that can be drawn"}
    else:
        assert any(line.startswith(entry) for line in found[what]), found


def test_long_lesson_in_few_minutes_is_found(folder, edit):
    edit(LESSON, "Retrain on new data.", "Retrain on new data. " * 250)
    assert "course: lessons that need more than 200 words a minute" in failed(content_of(folder))


def choices(count: int, right: int, texts: tuple[str, ...]):
    """Multiple choice questions whose right option stands at a place, with given option texts."""
    first = next(question for question in content_of().questions if question.kind == "multiple_choice")
    options = tuple(OptionText(text, f"Because of {text} and more.", correct=index == right) for index, text in enumerate(texts))
    return [replace(first, slug=f"q{n}", text=replace(first.text, options=options)) for n in range(count)]


@pytest.mark.parametrize(
    ("guesser", "texts", "right"),
    [
        ("the longest option", ("ab", "abc", "abcdef", "abcd"), 2),
        ("the option of most words", ("one two", "a b c d", "extraordinarily long", "three words here"), 1),
        ("the option of most digits", ("in 5 days", "in 10 days", "in 1000 s", "soon"), 2),
        ("the option of most words and digits", ("in 5 days", "in ten days", "in 1000 s", "soon"), 2),
        ("the first option", ("d", "c", "b", "a"), 0),
        ("the option sharing most words with the stem", ("x", "its inputs", "the forecast grows worse", "y"), 2),
        ("the same, without common words", ("as they in", "x", "forecast", "as its in"), 2),
    ],
)
def test_guesser_scores_when_options_give_themselves_away(guesser, texts, right):
    measure = GUESSERS[guesser]
    assert guesser_score(choices(3, right, texts), measure) == 100
    assert guesser_score(choices(3, (right + 1) % 4, texts), measure) == 0


def test_guesser_draws_lots_between_equals():
    equal = choices(5, 1, ("same", "size", "each", "here"))
    assert guesser_score(equal, GUESSERS["the longest option"]) == chance(equal) == 25


def test_unfair_bank_fails():
    content = content_of()
    content.questions = choices(40, 0, ("the longest option of all of them", "short", "brief", "tiny"))
    found = failed(content)
    assert "fairness: score of picking the longest option" in found
    assert "fairness: score of picking the first option" in found
    assert "fairness: questions whose right option is the longest" in found
    assert "fairness: p of even right positions (40/0/0/0)" in found


def test_inline_checks_with_the_right_option_always_in_one_place_fail():
    content = content_of()
    lesson = content.lessons[0]
    options = tuple(CheckOption(text, correct, "why") for text, correct in (("one", True), ("two", False), ("three", False)))
    content.lessons = [replace(lesson, text=replace(lesson.text, checks=[Check("Which?", options)] * 3)) for _ in range(4)]
    assert "fairness: p of even right positions in inline checks (12/0/0)" in failed(content)
    turned = [Check("Which?", options[place:] + options[:place]) for place in range(3)]
    content.lessons = [replace(lesson, text=replace(lesson.text, checks=turned)) for _ in range(4)]
    assert not any("inline check" in what for what in failed(content))


def test_inline_checks_whose_longest_option_is_right_fail():
    content = content_of()
    lesson = content.lessons[0]
    options = tuple(CheckOption(text, correct, "why") for text, correct in (("one", False), ("the longest", True), ("three", False)))
    turned = [Check("Which?", options[place:] + options[:place]) for place in range(3)]
    content.lessons = [replace(lesson, text=replace(lesson.text, checks=turned))]
    assert "fairness: score of picking the longest option of an inline check" in failed(content)


@pytest.mark.parametrize(
    ("observed", "p"),
    [
        ([25, 25, 25, 25], 1.0),
        ([30, 30, 20, 20], 0.26146),
        ([40, 20, 20, 20], 0.0073832),
        ([0, 0, 0, 0], 1.0),
        ([30, 20, 10], 0.0067379),
        ([96, 85, 81], 0.50116),
    ],
)
def test_even_p_is_chi_square(observed, p):
    """Values of scipy.stats.chisquare."""
    assert even_p(observed) == pytest.approx(p, rel=1e-4)


@pytest.mark.parametrize(
    ("stem", "plain"),
    [
        ("Which service is not suited?", True),
        ("Which service is **not** suited?", False),
        ("Which stage does not belong to the loop?", True),
        ("All of these hold except one. Which?", True),
        ("Which is the **least likely** cause?", False),
        ("Which is the least likely cause?", True),
        ("Which option has the least operational effort?", False),
        ("The team does not want to run servers. Which service fits?", False),
        ("Which service fits if the team does not want to run servers?", False),
        ("Which service fits a team that cannot code?", False),
        ("What explains why it did not learn?", False),
        ("Which model can't explain itself?", True),
    ],
)
def test_plain_negatives(stem, plain):
    assert is_plain_negative(stem) is plain


@pytest.mark.parametrize(
    ("text", "rationale", "repeats", "judges"),
    [
        ("Retrain the model", "It retrains the model.", False, False),
        ("Retrain the model", "The model: retrain it.", True, False),
        ("Retrain the model", "Only new data carry the new relation.", False, False),
        ("Retrain the model", "This is the right answer.", False, True),
        ("Retrain the model", "Wrong here.", False, True),
        ("Retrain the model", "", False, False),
    ],
)
def test_empty_explanations(text, rationale, repeats, judges):
    option = OptionText(text, rationale)
    assert (repeats_option(option), only_judges(option)) == (repeats, judges)


def test_simulations_share_nothing_and_hold_no_twins():
    content = content_of()
    first = content.questions[0]
    other = next(question for question in content.questions if question.task == "2.1")
    stems = [
        "Alpha is a letter of the Greeks.",
        "Alpha was a letter of the Greeks.",
        "Quite another thing about costs.",
        "Storage?",
        "Who pays?",
        "Weights of a network?",
    ]
    content.questions = [replace(first, slug=f"a{n}", text=replace(first.text, stem=f"{stem} One.")) for n, stem in enumerate(stems)]
    content.questions += [replace(other, slug=f"b{n}", text=replace(other.text, stem=f"{n * 7} {'xyz'[n] * 9} costs")) for n in range(3)]
    drawn = draw_simulations(content)
    assert [len(form) for form in drawn] == [3, 3, 3]
    assert len({slug for form in drawn for slug in form}) == 9
    assert not any({"a0", "a1"} <= set(form) for form in drawn)
    content.questions.pop()
    assert sorted(len(form) for form in draw_simulations(content)) == [2, 3, 3]


def test_table_names_what_stands_in_the_way():
    table = as_table(list(audit_content(content_of(), SMALL)))
    assert "FAIL  bank" in table
    assert "simulation 1: " in table


def test_command_fails_with_a_table(folder, capsys):
    with pytest.raises(CommandError, match="Content of mini does not hold"):
        call_command("check_content", path=folder.parent)
    assert "at least 620" in capsys.readouterr().out


def test_command_names_mistakes_of_the_files(folder, edit, capsys):
    edit(QUESTIONS, "level: apply", "level: guess")
    with pytest.raises(CommandError):
        call_command("check_content", path=folder.parent)
    assert "mini/questions/all.yaml:9: level: “guess” is none of" in capsys.readouterr().err


def test_bank_table(load, capsys):
    load()
    call_command("bank_table", exam="mini")
    rows = {row["slug"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert len(rows) == 6
    ordering, matching, case = rows["1.1-stages-01"], rows["2.1-match-01"], rows["2.1-shop-01"]
    assert {option["text"]: option["position"] for option in ordering["options"]} == {
        "Collect examples": 1,
        "Deploy the model": 3,
        "Frame the examples": None,
        "Train the model": 2,
    }
    assert {option["text"]: option["match"] for option in matching["options"]}["Never"] is None
    assert [option["correct"] for option in matching["options"]] == [True, True, True, False]
    assert (case["scenario"], case["objective"], case["lesson"]) == ("shop", "2.1.1", "counting-costs#costs")
    assert rows["1.1-drift-01"]["options"][0]["misconception"] == "capacity-cures-accuracy"
    assert rows["1.1-drift-01"]["source"] == {"title": "On drift", "url": "https://example.org/drift"}


def test_course_table(load, capsys):
    load()
    call_command("course_table")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["slug"] for row in rows] == ["two-drifts", "counting-costs"]
    assert (rows[0]["module"], rows[0]["facts"], rows[0]["checks"]) == (1, ["F-1", "F-2", "F-3"], 2)
    assert 30 < rows[0]["words"] < 60
    assert rows[0]["text"].startswith("A model can grow worse")


@pytest.mark.parametrize("command", ["bank_table", "course_table"])
def test_tables_without_content_fail(db, command):
    with pytest.raises(CommandError, match="load_content"):
        call_command(command)
