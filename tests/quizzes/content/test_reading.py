"""Reading content files: the sample is without mistakes, and each mistake is named by file, line and field."""

from __future__ import annotations

import pytest

from quizzes.content.reading import folder_digest, read_content
from quizzes.domain.question_text import key_of

from .conftest import SAMPLE


def found(folder):
    return [str(mistake) for mistake in read_content(folder).mistakes.sorted()]


def test_sample_is_free_of_mistakes():
    reading = read_content(SAMPLE)
    assert reading.mistakes.sorted() == []
    assert reading.content.counts() == {
        "stages": 3,
        "services": 2,
        "lessons": 2,
        "terms": 2,
        "formulas": 1,
        "figures": 1,
        "questions": 6,
    }


def test_questions_are_read_with_their_keys():
    questions = {question.slug: question for question in read_content(SAMPLE).content.questions}
    assert questions["1.1-drift-01"].text.stem == (
        "A forecast grows worse although its inputs look as they did in training. What has changed?"
    )
    assert {slug: key_of(question.text) for slug, question in questions.items()} == {
        "1.1-drift-01": ["The link between what is given and what follows"],
        "1.1-drift-02": ["Compare predictions with what followed", "Retrain on recent labelled examples"],
        "1.1-stages-01": ["Collect examples", "Train the model", "Deploy the model"],
        "2.1-match-01": [["Purchase", "Once"], ["Rent", "Monthly"], ["Repair", "Now and then"]],
        "2.1-shop-01": ["The servers"],
        "2.1-shop-02": ["Servers"],
    }
    assert {slug: question.text.choose for slug, question in questions.items()} == {
        "1.1-drift-01": 1,
        "1.1-drift-02": 2,
        "1.1-stages-01": 3,
        "2.1-match-01": 3,
        "2.1-shop-01": 1,
        "2.1-shop-02": 1,
    }


QUESTIONS = "questions/all.yaml"
LESSON = "lessons/all/two-drifts.md"
MISTAKES = [
    # file, old text, new text, and the mistake that must be named
    (QUESTIONS, "  rule: Same inputs", "  rul: Same inputs", "mini/questions/all.yaml:1: rule: is missing"),
    (QUESTIONS, "  rule: Same inputs", "  rul: Same inputs", "mini/questions/all.yaml:27: rul: is not a field here; did you mean “rule”?"),
    (QUESTIONS, "kind: multiple_choice", "kind: choice", "mini/questions/all.yaml:2: kind: “choice” is none of multiple_choice, "),
    (
        QUESTIONS,
        "    correct: true\n    rationale: With",
        "    rationale: With",
        "mini/questions/all.yaml:14: options: No option is marked as right.",
    ),
    (
        QUESTIONS,
        "    rationale: With the same inputs, only the link can explain more errors.\n",
        "",
        "all.yaml:21: options.3.rationale: is missing",
    ),
    (
        QUESTIONS,
        "    rationale: With the same inputs, only the link can explain more errors.\n",
        "    rationale: It looks as before. Right if a new kind of customer had come.\n",
        "mini/questions/all.yaml:23: options.3.rationale: Another option has the same explanation.",
    ),
    (
        QUESTIONS,
        "text: The settings with which the forecast was tuned",
        "text: the distribution of what the  forecast is given.",
        "mini/questions/all.yaml:24: options.4.text: Another option says the same.",
    ),
    (QUESTIONS, "    misconception: tuning-cures-stale-data\n", "", "options.4.misconception: is missing"),
    (
        QUESTIONS,
        "misconception: tuning-cures-stale-data",
        "misconception: tuning-cures-stale-date",
        (
            "mini/questions/all.yaml:25: options.4.misconception: “tuning-cures-stale-date” does not exist; "
            "did you mean “tuning-cures-stale-data”?"
        ),
    ),
    (QUESTIONS, "choose: 2", "choose: 3", "mini/questions/all.yaml:42: options: 2 options are marked as right, 3 should be."),
    (QUESTIONS, "position: 3", "position: 4", "options: The positions must be 1, 2, 3 and so on, each once."),
    (QUESTIONS, "  - {text: Never,", "  - {prompt: Gift, text: Never,", "options: 0 spare answers, but 1 to 2 are needed."),
    (QUESTIONS, "lesson: two-drifts#two-kinds", "lesson: two-drifts#kinds", "lesson: the lesson “two-drifts” has no section “kinds”"),
    (QUESTIONS, "lesson: two-drifts#two-kinds", "lesson: two-drifts", "lesson: needs the section of the lesson"),
    (QUESTIONS, "objective: 1.1.1", "objective: 2.1.1", "objective: 2.1.1 is no objective of task 1.1"),
    (QUESTIONS, "facts: [F-1]", "facts: [F-9]", "mini/questions/all.yaml:8: facts.1: “F-9” does not exist"),
    (QUESTIONS, "stages: [training, monitoring]", "stages: [training, monitorin]", "stages.2: “monitorin” does not exist; did you mean"),
    (QUESTIONS, "slug: 1.1-drift-02", "slug: 1.1-drift-01", "slug: “1.1-drift-01” stands already in mini/questions/all.yaml:1"),
    (
        QUESTIONS,
        "  scenario: shop\n  task: '2.1'\n  objective: 2.1.1\n  stages: []\n  services: []\n  lesson",
        "  scenario: shp\n  task: '2.1'\n  objective: 2.1.1\n  stages: []\n  services: []\n  lesson",
        "“shp” does not exist",
    ),
    (QUESTIONS, "  scenario: shop", "  scenario: shp", "scenario: has 1 questions; a case study has 2 to 4"),
    (QUESTIONS, "checked: 2026-11-20", "checked: 20 November", "checked: “20 November” is not a date such as 2026-11-20"),
    (QUESTIONS, "url: 'https://example.org/drift'", "url: drift.pdf", "url: “drift.pdf” is not a web address"),
    (QUESTIONS, "level: apply", "level: [apply]", "level: must be a text"),
    (QUESTIONS, "  level: apply\n", "  level: apply\n  level: recall\n", "level: stands twice, first in line 9"),
    (QUESTIONS, "  stem: >", "  stem: 'open", "mini/questions/all.yaml:"),
    (LESSON, "minutes: 4", "minutes: 9", "mini/lessons/all/two-drifts.md:7: minutes: 9 is not between 1 and 8"),
    (LESSON, "module: 1\n", "", "module: a lesson of this task belongs to a module"),
    (
        LESSON,
        "(term:data-drift)",
        "(term:data-drifts)",
        "mini/lessons/all/two-drifts.md:21: text: the term “data-drifts” does not exist; did you mean “data-drift”?",
    ),
    (LESSON, "#costs)", "#cost)", "two-drifts.md:22: text: the lesson “counting-costs” has no section “cost”"),
    (LESSON, "figure:drifts", "figure:drift", "two-drifts.md:24: text: the figure “drift” does not exist"),
    (LESSON, "(https://example.org/guide)", "(guide.html)", "text: the link “guide.html” is none of term:, service:"),
    (LESSON, " {#what-to-do}", "", "two-drifts.md:41: text: the section “What to do” has no anchor"),
    (LESSON, "{#what-to-do}", "{#two-kinds}", "two-drifts.md:41: text: the anchor “two-kinds” stands twice"),
    (LESSON, "Retrain on", "<b>Retrain</b> on", "two-drifts.md:43: text: raw HTML is not allowed: <b>"),
    (LESSON, "  correct: true\n  why: The rel", "  why: The rel", "two-drifts.md:33: check 1.options: exactly one option must be correct"),
    (LESSON, "  why: They only answer faster.\n", "", "two-drifts.md:48: check 2.options.1.why: is missing"),
    (LESSON, "---\ntitle", "title", "two-drifts.md:1: the file must begin with front matter"),
    ("services/all.yaml", "{service: ledger,", "{service: ledgers,", "confused_with.1.service: “ledgers” does not exist"),
    ("stages.yaml", "{to: training,", "{to: mlops,", "loops_back.1.to: “mlops” is not an earlier stage"),
    ("exam.yaml", "weight: 40", "weight: 41", "blueprint.domains: the weights do not add up to 100"),
    ("exam.yaml", "slug: mini", "slug: maxi", "exam.slug: must be the name of its folder, “mini”"),
    ("terms/all.yaml", "lesson: two-drifts", "lesson: three-drifts", "mini/terms/all.yaml:6: lesson: “three-drifts” does not exist"),
    ("formulas.yaml", "kind: classification", "kind: sorting", "mini/formulas.yaml:4: kind: “sorting” is none of"),
    ("figures/drifts.svg", "<defs>", "<script>alert(1)</script><defs>", "mini/figures/drifts.svg:3: the element script is not allowed"),
    ("modules.yaml", "number: 1", "number: 2", "module: “1” does not exist"),
]


@pytest.mark.parametrize(("file", "old", "new", "mistake"), MISTAKES)
def test_mistake_is_named_with_file_line_and_field(folder, edit, file, old, new, mistake):
    edit(file, old, new)
    assert any(mistake in line for line in found(folder)), "\n".join(found(folder))


def test_every_mistake_is_named_in_one_reading(folder, edit):
    edit(QUESTIONS, "level: apply", "level: guess")
    edit(LESSON, "minutes: 4", "minutes: long")
    edit("terms/all.yaml", "  definition: What a service costs each month.\n", "")
    assert len(found(folder)) == 3


def test_missing_files_are_named(folder):
    (folder / "exam.yaml").unlink()
    (folder / "modules.yaml").unlink()
    lines = found(folder)
    assert "mini/exam.yaml:1: the file is missing" in lines
    assert any("modules.yaml:1: the file is missing or empty, but lessons name modules" in line for line in lines)


def test_words_that_yaml_takes_for_truth_or_numbers_stay_texts(folder, edit):
    edit(QUESTIONS, "{text: Never, rationale", "{text: no, rationale")
    edit(QUESTIONS, "text: Monthly", "text: 1.10")
    question = next(question for question in read_content(folder).content.questions if question.slug == "2.1-match-01")
    assert [option.text for option in question.text.options] == ["1.10", "Once", "Now and then", "no"]


def test_folder_digest_changes_with_any_file(folder):
    before = folder_digest(folder)
    assert folder_digest(folder) == before
    (folder / "figures" / "drifts.svg").write_text("<svg/>")
    changed = folder_digest(folder)
    assert changed != before
    (folder / "notes.txt").write_text("not content")
    assert folder_digest(folder) == changed
