"""What pages do in a real browser: search, saving as one chooses, errors, passkeys, and everything without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lifecycle.models import TermSuggestion
from lifecycle.public import enrol, the_exam
from quizzes.models import Attempt, Exposure, Grade
from tests.e2e.axe import violations
from tests.e2e.places import furnished, graded
from tests.e2e.player import PlayerPage

pytestmark = pytest.mark.browser

EXAM = "aif-c01"


def enrolled(page: Page) -> None:
    enrol(user=page.person, exam=the_exam(EXAM))


def test_slash_opens_the_search_and_enter_follows_a_hit(page_as):
    page = page_as("learner")
    enrolled(page)
    page.goto("/")
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    box.fill("drift")
    expect(page.locator("#search-hits li").first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: address.rstrip("/").count("/") > 2)
    assert page.locator("h1").count() == 1


def test_slash_in_a_field_is_a_slash(page_as):
    page = page_as("learner")
    enrolled(page)
    page.goto("/account/")
    page.locator("[name=display_name]").press("/")
    assert not page.locator("#search").is_visible()


def test_display_choice_is_shown_and_saved_at_once(page_as):
    page = page_as("learner")
    enrolled(page)
    page.goto("/account/display/")
    page.get_by_label("Dark").check()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto("/history/")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_display_says_when_it_could_not_save(page_as):
    page = page_as("learner")
    enrolled(page)
    page.goto("/account/display/")
    page.context.set_offline(True)
    page.get_by_label("Dark").check()
    expect(page.get_by_text("Not saved.")).to_be_visible()
    page.context.set_offline(False)


def test_form_error_takes_the_focus_and_leads_to_its_field(page_as):
    page = page_as("learner")
    enrolled(page)
    page.goto("/start/")
    page.locator("[name=exam_date]").fill("2001-01-01")
    page.get_by_role("button", name="Save and begin").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("[name=exam_date]")).to_be_focused()


# Without script a page has its words, its links and its forms; what only a script can do is not offered.
WITHOUT_SCRIPT = {
    "/": "Do this now",
    "/aif-c01/lessons/what-mlops-is/": "What MLOps is",
    "/aif-c01/map/": "The machine learning lifecycle",
    "/aif-c01/readiness/": "in 20",
    "/reference/services/": "Amazon Bedrock",
    "/reference/glossary/": "Drift",
    "/reference/formulas/": "Confusion matrix calculator",
    "/aif-c01/search/?q=drift": "drift",
}


def test_every_page_is_there_without_script(page_as, live_db, live_web):
    places = furnished()
    for role in ("learner", "lead", "instructor", "visitor"):
        page = places.open_as(page_as, role, java_script_enabled=False)
        for address in places.of(role):
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == (404 if address == "/no-such-page/" else 200), address
            assert page.locator("h1").count() == 1, address
            if role == "learner" and address in WITHOUT_SCRIPT:
                expect(page.locator("main")).to_contain_text(WITHOUT_SCRIPT[address], ignore_case=True)
    page = places.open_as(page_as, "learner", java_script_enabled=False)
    page.goto(f"/attempts/{places.graded.pk}/result/?show=all")
    assert page.locator("details.item").count() == 10
    assert page.locator("details.item[open] .explain li").first.is_visible()
    page.get_by_role("link", name=re.compile("^Wrong")).click()
    expect(page.locator("details.item")).to_have_count(4)
    page = places.open_as(page_as, "lead", java_script_enabled=False)
    page.goto(f"/teams/{places.team.slug}/")
    expect(page.get_by_role("table").last).to_contain_text(places.learner.username)


def test_a_check_inside_a_lesson_is_answered_without_script(page_as):
    page = page_as("learner", java_script_enabled=False)
    page.goto("/aif-c01/lessons/what-mlops-is/")
    check = page.locator("form.check").first
    check.get_by_role("radio").first.check()
    check.get_by_role("button", name="Check").click()
    expect(page.locator(".verdict").first).to_contain_text(re.compile(r"Right|Not quite"))


def test_a_drill_of_a_chosen_domain_is_started_without_script(page_as):
    page = page_as("learner", java_script_enabled=False)
    enrolled(page)
    page.goto("/aif-c01/practice/")
    page.get_by_role("button", name="Start the drill").click()
    expect(page.get_by_role("heading", name="This page needs JavaScript")).to_be_visible()


def test_display_is_saved_without_script(page_as):
    page = page_as("learner", java_script_enabled=False)
    enrolled(page)
    page.goto("/account/display/")
    page.locator("[name=theme][value=dark]").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_phone_shows_the_score_of_past_exams_without_scrolling_sideways(page_as):
    page = page_as("learner", viewport={"width": 390, "height": 844})
    enrolled(page)
    attempt = graded(page.person, count=5, right=3)
    Grade.objects.filter(attempt=attempt).update(scaled=720, passed=True)
    page.goto("/history/")
    assert page.locator(".scroller:has(.past)").evaluate("e => e.scrollWidth <= e.clientWidth")
    expect(page.locator(".past .tag.ok")).to_be_in_viewport(ratio=1)
    expect(page.locator(".past .when")).to_be_visible()


def test_the_drill_builder_counts_what_fits_the_choice(page_as):
    page = page_as("learner")
    enrolled(page)
    graded(page.person, count=5, right=3, domains=(1,))
    line = page.locator("[data-summary]")
    page.goto(f"/{EXAM}/practice/?domain=1")
    expect(line).to_have_text("10 questions, about 9 min, up to 10 never seen")
    page.get_by_label("Missed", exact=True).check()
    expect(line).to_have_text("2 questions, about 2 min, up to 0 never seen")
    Exposure.objects.filter(user=page.person, last_right=False).update(last_flagged=True)
    page.goto(f"/{EXAM}/practice/?domain=1&sources=missed")
    page.get_by_label("Flagged", exact=True).check()
    expect(line).to_have_text("2 questions, about 2 min, up to 0 never seen")
    page.get_by_label("About").select_option("domains:2")
    expect(line).to_have_text("No question fits this choice. Choose a wider one.")


@pytest.mark.worker
def test_a_drill_at_exam_pace_says_its_minutes_shows_its_clock_and_ends_in_time(page_as, clock, worker):
    page = page_as("learner")
    enrolled(page)
    page.goto(f"/{EXAM}/practice/?domain=1")
    line = page.locator("[data-summary]")
    page.get_by_label("Exam pace").check()
    expect(line).to_have_text("10 questions in 14 min, up to 10 never seen")
    page.get_by_label("5", exact=True).check()
    expect(line).to_have_text("5 questions in 7 min, up to 5 never seen")
    page.get_by_role("button", name="Start the drill").click()
    page.wait_for_url(re.compile("/attempts/"))
    attempt = Attempt.objects.get(pk=page.url.split("/")[4])
    player = PlayerPage(page, attempt)
    player.shows(1)
    expect(player.part("clock")).to_have_text(re.compile(r"^(7:00|6:\d\d)$"))
    expect(player.part("time")).not_to_have_class(re.compile("warn"), timeout=1000)
    player.answer_somehow()
    player.saved()
    player.act("next").click()
    expect(page.locator(".outcome")).to_be_visible()
    expect(player.part("clock")).to_have_text(re.compile(r"^6:\d\d$"))
    clock.move(minutes=8)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url(re.compile("/result/"))
    expect(page.locator(".figure")).to_have_text(re.compile("of 5$"))
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submitted_at) == ("graded", attempt.deadline)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_term_that_is_missing_is_suggested_where_it_was_looked_for(page_as, width, scheme):
    page = page_as("learner", viewport={"width": width, "height": 844}, color_scheme=scheme)
    enrolled(page)
    page.goto("/reference/glossary/")
    colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert len(set(page.get_by_role("link", name="Glossary").evaluate(colours))) == 2, "axe passes over text in the colour of its ground"
    page.get_by_label("Filter").fill("Shadow qubit")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("heading", name="No term holds “Shadow qubit”")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Shadow qubit")
    assert violations(page) == []
    page.get_by_label("Where did you meet it?").fill("In a practice exam.")
    page.get_by_role("button", name="Suggest it").click()
    expect(page.get_by_text("Thank you. An instructor will read your suggestion of “Shadow qubit”")).to_be_visible()
    suggestion = TermSuggestion.objects.get(suggested_by=page.person)
    assert (suggestion.name, suggestion.kind, suggestion.note) == ("Shadow qubit", "term", "In a practice exam.")
    page.goto("/account/reports/")
    expect(page.locator("#suggestions")).to_contain_text("Shadow qubit")
    expect(page.locator("#suggestions")).to_contain_text("Waits for an instructor")
    assert violations(page) == []


def test_past_sittings_show_where_marks_were_lost(page_as):
    """On a desktop beside the score, on a phone in a line below, and never by colour alone."""
    page = page_as("learner")
    enrolled(page)
    graded(page.person, count=12, right=9, domains=(1,))
    graded(page.person, count=10, right=2, domains=(4,))
    page.goto("/history/")
    cells = page.locator(".past .marks")
    expect(cells.nth(1)).to_have_text(re.compile(r"Responsible AI ▾ 2 of 10 under 70%"))
    expect(cells.nth(2)).to_have_text(re.compile("AI and ML 9 of 12"))
    assert "gradient" in page.locator(".marks .low").evaluate("e => getComputedStyle(e).backgroundImage")
    assert violations(page) == []
    beside, row = cells.nth(1).bounding_box(), page.locator(".past tbody tr").first.bounding_box()
    assert beside["y"] + beside["height"] / 2 == pytest.approx(row["y"] + row["height"] / 2, abs=10)
    page.set_viewport_size({"width": 390, "height": 844})
    title, below = page.locator(".past tbody th").first.bounding_box(), cells.nth(1).bounding_box()
    assert below["y"] >= title["y"] + title["height"] - 1
    assert page.locator(".scroller:has(.past)").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert violations(page) == []
