"""The player in a real browser: five kinds of questions, navigator, flags, review, handing in."""

from __future__ import annotations

import json
import re

import pytest
from django.utils.formats import date_format
from playwright.sync_api import expect

from quizzes.models import Attempt, Grade, GradingJob
from quizzes.public import Wanted, start_attempt
from tests.client import ApiClient
from tests.e2e.player import PlayerPage, practice_exam_of, right_answer, sitting_of, stored, until, versions_of

pytestmark = pytest.mark.browser


@pytest.fixture
def player(page_as) -> PlayerPage:
    """A learner in a sitting with one question of each kind."""
    page = page_as("learner")
    return PlayerPage(page, sitting_of(page.person)).open()


def test_a_radio_question_is_answered_and_saved(player):
    player.choose(1)
    player.saved()
    assert len(stored(player.attempt, 1).answer) == 1
    player.choose(2)
    until(player.page, lambda: stored(player.attempt, 1).version == 2, what="the change is stored")
    expect(player.option(2).locator("input")).to_be_checked()
    expect(player.option(1).locator("input")).not_to_be_checked()


def test_checkboxes_hold_as_many_as_asked_for_and_say_so(page_as):
    page = page_as("learner")
    player = PlayerPage(page, sitting_of(page.person, ["multiple_response"])).open()
    wanted = player.choices_wanted()
    for index in range(wanted):
        player.choose(index)
    expect(page.locator("#count")).to_have_text(f"{wanted} of {wanted} selected")
    player.choose(wanted)
    expect(player.option(wanted).locator("input")).not_to_be_checked()
    expect(player.part("polite")).to_contain_text("Clear one first.")


def test_struck_out_options_and_flags_are_remembered(player, page_as):
    player.choose(0)
    player.option(1).locator(".st").click()
    player.act("next").wait_for()
    player.page.get_by_role("button", name="Flag for review").click()
    player.option(0).locator(".st").click()
    expect(player.option(0).locator("input")).not_to_be_checked()
    player.saved()
    assert stored(player.attempt, 1).flagged
    assert len(stored(player.attempt, 1).struck) == 2
    elsewhere = PlayerPage(page_as("learner", person=player.page.person), player.attempt).open(1)
    expect(elsewhere.option(0)).to_have_class(re.compile("out"))
    expect(elsewhere.option(1)).to_have_class(re.compile("out"))
    expect(elsewhere.page.get_by_role("button", name="Flagged", exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_position_chosen_twice_swaps_the_two_steps(player):
    player.go(3)
    selects = player.page.locator(".places select")
    selects.nth(0).select_option("1")
    selects.nth(1).select_option("2")
    selects.nth(1).select_option("1")
    expect(selects.nth(0)).to_have_value("2")
    expect(selects.nth(1)).to_have_value("1")
    player.saved()
    answer = stored(player.attempt, 3).answer
    assert len(answer) == 2


def test_buttons_move_a_step_keep_the_focus_and_say_where_it_is(player):
    player.go(3)
    for index in range(player.places_wanted()):
        player.page.locator(".places select").nth(index).select_option(str(index + 1))
    places = player.places_wanted()
    first = player.page.locator(".order li").first.locator("span").first.inner_text()
    player.page.locator(".order li").first.locator(".btn").nth(1).focus()
    messages = []
    for place in range(2, places + 1):
        player.page.keyboard.press("Enter")
        expect(player.part("polite")).to_have_text(f"{first}: position {place} of {places}.")
        messages.append(player.said())
        focused = player.page.evaluate("document.activeElement.closest('li').innerText")
        assert first in focused, "the focus stays on the row that moved"
    assert len(set(messages)) == places - 1
    assert player.page.evaluate("document.activeElement.getAttribute('aria-disabled')") == "true", "at the end, not disabled"
    player.page.keyboard.press("Alt+ArrowUp")
    expect(player.part("polite")).to_have_text(f"{first}: position {places - 1} of {places}.")


def test_an_order_with_gaps_is_kept_as_it_stands(player):
    player.go(3)
    select = player.page.locator(".places select").nth(1)
    select.select_option("3")
    player.saved()
    assert stored(player.attempt, 3).answer[:2] == [None, None]
    player.page.reload()
    player.shows(3)
    expect(player.page.locator(".places select").nth(1)).to_have_value("3")
    select.focus()
    player.page.keyboard.press("-")
    expect(select).to_have_value("0")
    player.saved()
    assert stored(player.attempt, 3).answer is None


def test_used_answers_stay_selectable_and_say_so(player):
    player.go(4)
    selects = player.page.locator(".match select")
    selects.nth(0).select_option(index=1)
    chosen = selects.nth(0).locator("option:checked").inner_text()
    expect(selects.nth(1).locator("option").nth(1)).to_have_text(f"{chosen} (used for 1)")
    selects.nth(1).select_option(index=1)
    expect(player.page.locator("#count")).to_contain_text("2 of")
    player.saved()
    answer = stored(player.attempt, 4).answer
    assert len(answer) == 2
    assert len(set(answer.values())) == 1


def test_the_scenario_of_a_case_study_stands_beside_its_question(page_as):
    page = page_as("learner", viewport={"width": 1440, "height": 900})
    player = PlayerPage(page, sitting_of(page.person, ["multiple_choice", "case_study"])).open()
    assert not player.part("scenario").locator("details").count()
    player.next()
    scenario = page.locator(".scenario details")
    expect(scenario).to_have_attribute("open", "")
    left, sheet = scenario.bounding_box(), player.part("sheet").bounding_box()
    assert left["x"] + left["width"] <= sheet["x"]
    page.set_viewport_size({"width": 390, "height": 844})
    above, below = scenario.bounding_box(), player.part("sheet").bounding_box()
    assert above["y"] + above["height"] <= below["y"]


def test_the_navigator_shows_states_and_filters_them(player):
    player.choose(0)
    player.page.keyboard.press("f")
    player.next()
    cells = player.part("cells").locator("a")
    expect(cells.nth(0)).to_have_attribute("aria-label", "Question 1, answered, flagged")
    expect(cells.nth(1)).to_have_attribute("aria-current", "true")
    expect(cells.nth(4)).to_have_attribute("aria-label", "Question 5, not seen")
    player.page.get_by_label("Flagged 1").check()
    expect(player.part("cells").locator("a:visible")).to_have_count(1)
    player.page.get_by_label("Open 4").check()
    expect(player.part("cells").locator("a:visible")).to_have_count(4)
    expect(player.part("progress")).to_have_attribute("aria-label", "2 of 5 questions seen")


def test_the_same_question_is_shown_on_return(player, page_as):
    player.go(4)
    player.page.goto("about:blank")
    assert player.open().position == 4, "on this device at once"
    until(player.page, lambda: Attempt.objects.get(pk=player.attempt.pk).position == 4, what="the server knows after a while")
    assert PlayerPage(page_as("learner", person=player.page.person), player.attempt).open().position == 4


def test_the_review_list_leads_to_what_is_open(player):
    player.choose(0)
    player.act("to-review").click()
    expect(player.part("review-summary")).to_contain_text("1 answered, 4 not answered. There is no penalty for a guess")
    assert player.page.url.endswith("/review/")
    expect(player.part("review-rows").locator("tr")).to_have_count(4)
    player.act("hand-in").click()
    dialog = player.part("submit-dialog")
    expect(dialog).to_contain_text("Submit with 4 questions open?")
    expect(player.part("submit-first")).to_be_focused()
    expect(player.part("submit-first")).to_have_text("Go to question 2")
    player.page.keyboard.press("Enter")
    player.shows(2)
    player.page.go_back()
    expect(player.part("review-title")).to_be_visible()
    player.page.go_back()
    player.shows()


def test_a_reload_of_the_review_list_stays_there(player):
    player.act("to-review").click()
    player.page.reload()
    expect(player.part("review-title")).to_be_visible()
    expect(player.part("review-rows").locator("tr")).to_have_count(5)


@pytest.mark.worker
def test_a_whole_sitting_is_handed_in_and_marked(page_as, worker):
    page = page_as("learner")
    player = PlayerPage(page, sitting_of(page.person)).open()
    for position in range(1, 6):
        player.answer_somehow()
        player.act("next").click()
        if position < 5:
            player.shows(position + 1)
    player.act("hand-in").click()
    expect(player.part("submit-title")).to_have_text("Submit your answers?")
    player.part("submit-first").click()
    page.wait_for_url(re.compile("/result/"))
    expect(page.locator("h1.headline")).to_be_focused()
    grade = Grade.objects.get(attempt=player.attempt)
    assert grade.graded_by.startswith("worker:")
    expect(page.locator(".figure")).to_have_text(f"{grade.score:g} of 5")
    assert player.kept("sittings") == [], "the questions are forgotten on this device"
    assert player.kept("answers") == []


def test_feedback_after_each_question(page_as):
    page = page_as("learner")
    attempt = sitting_of(page.person, ["multiple_choice", "multiple_choice"], feedback="each", minutes=None)
    player = PlayerPage(page, attempt).open()
    version = versions_of(attempt)[0]
    key = right_answer(version)[0]
    order = page.evaluate("[...document.querySelectorAll('.opt .txt')].map(e => e.textContent)")
    texts = {option.key: option.text for option in version.options.all()}
    plain = {option_key: re.sub(r"[*`]", "", text) for option_key, text in texts.items()}
    right = order.index(plain[key])
    wrong = 0 if right else 1
    player.choose(wrong)
    page.get_by_label("I think so").check()
    expect(player.part("next")).to_have_text("Check")
    page.keyboard.press("n")
    verdict = page.locator(".outcome")
    expect(verdict).to_be_focused()
    expect(verdict).to_have_text("Not right")
    rows = page.locator(".explain li")
    expect(rows).to_have_count(len(order))
    expect(rows.nth(right)).to_contain_text("Right. You missed it.")
    expect(rows.nth(wrong)).to_contain_text("Wrong. You chose it.")
    expect(page.locator(".learn")).to_contain_text("You will see a question like this again")
    expect(page.locator(".learn")).to_contain_text(f"checked on {date_format(version.checked)}")
    assert stored(attempt, 1).checked_at is not None
    assert stored(attempt, 1).confidence == 2
    page.reload()
    expect(page.locator(".outcome")).to_have_text("Not right")
    page.keyboard.press("n")
    player.shows(2)
    assert page.locator(".opt input:disabled").count() == 0


def test_a_double_click_on_submit_makes_one_result(player, live_web):
    """The browser asks twice, and a script asks again with the same key: one grading is ordered."""
    replies = []
    player.page.on("response", lambda reply: replies.append(reply.status) if reply.url.endswith("/submit/") else None)
    player.act("to-review").click()
    player.act("hand-in").click()
    player.part("submit-second").dblclick()
    player.page.wait_for_url(re.compile("/result/"))
    again = ApiClient.of(player.page.person, live_web.url).submit(str(player.attempt.pk))
    assert {*replies, again.status} == {202}
    assert GradingJob.objects.filter(attempt=player.attempt).count() == 1


def test_a_visitor_can_try_ten_questions(page_as):
    page = page_as("visitor")
    page.goto("/aif-c01/begin/?mode=drill&count=10")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/attempts/"))
    expect(page.locator(".qh h1")).to_contain_text("Question 1 of 10")
    attempt = Attempt.objects.get(pk=page.url.split("/")[4])
    assert attempt.user is None
    player = PlayerPage(page, attempt)
    player.answer_somehow()
    player.saved()
    assert stored(attempt, 1).answer


def test_somebody_elses_sitting_is_not_found(page_as):
    theirs = sitting_of(page_as("learner").person)
    page = page_as("learner")
    assert page.goto(f"/attempts/{theirs.pk}/").status == 404
    assert page.goto(f"/attempts/{theirs.pk}/result/").status == 404


def test_a_practice_exam_can_be_paused_and_given_five_minutes(page_as):
    page = page_as("learner")
    player = PlayerPage(page, practice_exam_of(page.person)).open()
    player.answer_somehow()
    player.act("pause").click()
    expect(player.part("paused-title")).to_be_focused()
    expect(page.locator(".stem")).not_to_be_visible()
    attempt = Attempt.objects.get(pk=player.attempt.pk)
    assert attempt.paused_at is not None
    page.reload()
    expect(player.part("paused-title")).to_be_visible()
    player.act("resume").click()
    player.shows()
    assert Attempt.objects.get(pk=player.attempt.pk).paused_at is None
    assert stored(attempt, 1).answer, "what was answered before the pause is saved"


def test_keys_and_reasons_are_absent_before_grading(page_as):
    """Every response of an open sitting is searched for the reasons and rules of its questions, and for the words of the key."""
    page = page_as("learner")
    attempt = start_attempt(
        user=page.person, exam=sitting_of(page.person).exam, wanted=Wanted(mode="drill", count=10, feedback="each", tasks=("1.3",))
    )
    bodies: list[str] = []
    page.on("response", lambda reply: bodies.append(reply.text()) if "/static/" not in reply.url and reply.status < 300 else None)
    player = PlayerPage(page, attempt).open()
    for _ in range(10):
        player.answer_somehow()
        if player.position < 10:
            page.keyboard.press("g")
            player.go(player.position + 1)
    player.act("to-review").click()
    player.saved()
    everything = "\n".join(bodies)
    assert len(bodies) > 10

    def told(text):
        """Whether it stands there, as it is or as JSON writes it."""
        return text in everything or json.dumps(text, ensure_ascii=False)[1:-1] in everything

    for version in versions_of(attempt):
        assert told(version.stem[:40]), "the questions themselves were there"
        for secret in (version.rule, *(option.rationale for option in version.options.all())):
            assert not told(secret[:60])
    assert '"correct"' not in everything
    assert "rationale" not in everything


def test_without_javascript_the_player_says_what_it_needs(page_as):
    page = page_as("learner", java_script_enabled=False)
    attempt = sitting_of(page.person)
    page.goto(f"/attempts/{attempt.pk}/")
    expect(page.get_by_role("heading", name="This page needs JavaScript")).to_be_visible()
    assert "Answers are kept on your device" in page.locator("noscript section").inner_text()
    assert not page.locator("button:visible").count(), "nothing is offered that would not work"


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_while_loading_answering_saving_failing_and_warning(page_as, width):
    """The layout shifts that the browser counts, all of them added up."""
    page = page_as("learner", viewport={"width": width, "height": 844})
    page.clock.install()
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => {
            for (const { value, hadRecentInput, sources } of list.getEntries())
                if (!hadRecentInput) window.shifts.push([value, sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    player = PlayerPage(page, sitting_of(page.person, ["multiple_response", "multiple_choice"], minutes=11)).open()
    player.choose(0)
    player.option(1).locator(".st").click()
    page.keyboard.press("f")
    player.saved()
    page.context.set_offline(True)
    player.choose(2)
    expect(player.part("save")).to_have_attribute("data-state", "offline")
    page.clock.run_for(61_000)
    expect(player.part("banner")).to_be_visible()
    page.context.set_offline(False)
    player.saved()
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _nodes in shifts) <= 0.01, shifts
