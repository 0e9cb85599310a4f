"""An instructor at work in a real browser: the form, the checklist, the preview in the player's own parts, what was not stored."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lifecycle.models import Lesson
from quizzes.models import Question
from tests.e2e.axe import violations

pytestmark = pytest.mark.browser

ADD = "/admin/quizzes/question/add/"
OPTIONS = {
    "Amazon Textract": "It reads text out of scanned pages.",
    "Amazon Polly": "It turns text into speech.",
    "Amazon Lex": "It holds conversations.",
    "Amazon Kendra": "It searches documents that can be read already.",
}


def write(page: Page, stem: str) -> None:
    """Fill in what a multiple-choice question needs, the place in the bank aside."""
    page.goto(ADD)
    page.get_by_label("Kind").select_option("multiple_choice")
    page.get_by_label("Question:", exact=True).fill(stem)
    for number, (text, rationale) in enumerate(OPTIONS.items()):
        page.locator(f"#id_options-{number}-text").fill(text)
        page.locator(f"#id_options-{number}-rationale").fill(rationale)
    page.locator("#id_options-0-correct").check()
    page.get_by_label("Rule to remember").fill("Textract reads what was scanned.")
    page.get_by_label("Source:", exact=True).fill("What is Amazon Textract?")
    page.get_by_label("Address of the source").fill("https://docs.aws.amazon.com/textract/")
    page.get_by_label("Compared with the source on").fill("2026-11-20")


def choose(page: Page, field: str, words: str) -> None:
    """Choose from a list that is searched."""
    page.locator(f".field-{field} .select2-selection").first.click()
    # What is listed before the search has answered is taken away by its answer.
    with page.expect_response(lambda reply: "/autocomplete/" in reply.url and "term=" in reply.url and not reply.url.endswith("term=")):
        page.locator(".select2-search__field").last.fill(words)
    page.locator(".select2-results__option:not(.loading-results)", has_text=words).first.click()
    expect(page.locator(f".field-{field} .select2-selection__rendered").first).to_contain_text(words)


def place(page: Page) -> None:
    """Say where the question belongs in the bank."""
    lesson = Lesson.objects.published().filter(task__number="1.2").first()
    assert lesson is not None
    choose(page, "lesson", lesson.title)
    page.get_by_label("Task:").select_option(label=str(lesson.task))
    page.get_by_label("Difficulty").select_option("easy")
    page.get_by_label("Thinking level").select_option("recall")


def test_question_is_written_looked_at_and_published(page_as):
    page = page_as("instructor")
    stem = "A clerk scans paper forms. Which service reads the text in them?"
    write(page, stem)
    place(page)
    expect(page.locator(".checklist .needed")).to_have_count(0)

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview").click()
    preview = opened.value
    expect(preview.get_by_text("Which service reads the text in them?")).to_be_visible()
    for text in OPTIONS:
        expect(preview.get_by_text(text, exact=True)).to_be_visible()
    assert OPTIONS["Amazon Textract"] not in preview.content()
    preview.get_by_text("Amazon Polly", exact=True).click()
    preview.get_by_role("button", name="As explained").click()
    expect(preview.get_by_role("heading", name=re.compile("Not right"))).to_be_focused()
    for rationale in OPTIONS.values():
        expect(preview.get_by_text(rationale)).to_be_visible()
    assert violations(preview) == []
    preview.get_by_role("button", name="Dark").click()
    preview.get_by_role("button", name="Phone").click()
    preview.get_by_role("button", name="Right to left").click()
    assert violations(preview) == []
    preview.close()
    assert not Question.objects.filter(versions__stem=stem).exists()

    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published: learners are asked version 1 now.")).to_be_visible()
    assert Question.objects.published().filter(current_version__stem=stem).count() == 1


def test_what_does_not_belong_to_the_kind_is_hidden(page_as):
    page = page_as("instructor")
    page.goto(ADD)
    shown = {
        "multiple_choice": {"correct": True, "position": False, "prompt": False, "choose": False, "scenario": False},
        "multiple_response": {"correct": True, "position": False, "prompt": False, "choose": True, "scenario": False},
        "ordering": {"correct": False, "position": True, "prompt": False, "choose": False, "scenario": False},
        "matching": {"correct": False, "position": False, "prompt": True, "choose": False, "scenario": False},
        "case_study": {"correct": True, "position": False, "prompt": False, "choose": True, "scenario": True},
    }
    for kind, fields in shown.items():
        page.get_by_label("Kind").select_option(kind)
        for field, visible in fields.items():
            name = field if field in ("choose", "scenario") else f"options-0-{field}"
            box = page.locator(f"#id_{name}").locator("xpath=ancestor::div[contains(@class,'field-')][1]")
            expect(box, f"{kind} {field}").to_be_visible(visible=visible)


def test_what_was_not_stored_is_offered_again(page_as):
    page = page_as("instructor")
    stem = "Which service holds a conversation with a caller?"
    write(page, stem)
    page.goto("/admin/")
    page.goto(ADD)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_label("Question:", exact=True)).to_have_value(stem)
    expect(page.locator("#id_options-3-text")).to_have_value("Amazon Kendra")
    expect(page.locator("#id_options-0-correct")).to_be_checked()
    expect(page.locator("#id_options-1-correct")).not_to_be_checked()
    expect(page.locator(".checklist .done").first).to_be_visible()
    place(page)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(ADD)
    expect(page.locator("[data-part=unsent]")).to_be_hidden()


def test_refused_question_shows_where(page_as):
    page = page_as("instructor")
    write(page, "Which of these services reads scans, if any of them does?")
    place(page)
    page.locator("#id_options-0-correct").uncheck()
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#options-group").get_by_text("No option is marked as right.")).to_be_visible()
    expect(page.locator("#id_options-2-text")).to_have_value("Amazon Lex")
