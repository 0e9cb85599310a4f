"""What stands below a checked answer: the reasons, what others chose, the lesson beside the sitting, and reporting a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from analytics.models import QuestionStatistics
from analytics.tallies import BINS, Cell, Tally
from quizzes.models import Attempt, Option, ProblemReport
from tests.e2e.axe import violations
from tests.e2e.player import PlayerPage, offline, online, right_answer, sitting_of, stored, until, versions_of

pytestmark = pytest.mark.browser

KEPT = "There is no connection. What you wrote is kept here: send it again when there is one."
THANKS = "Thank you. An instructor will read what you wrote on question 1 and answer you."


def explained(page: Page, kinds=("multiple_choice", "multiple_choice")) -> PlayerPage:
    """A sitting of that page's person whose first question has been answered and checked."""
    player = PlayerPage(page, sitting_of(page.person, kinds, feedback="each", minutes=None)).open()
    player.answer_somehow()
    player.act("next").click()
    expect(page.locator(".outcome")).to_be_focused()
    return player


def report_form(player: PlayerPage) -> Page:
    """Open the form below the reasons."""
    player.page.locator(".report summary").click()
    expect(player.page.get_by_label("Tell us more")).to_be_visible()
    return player.page


@pytest.fixture
def counted(live_db) -> Iterator[list[int]]:
    """Versions named in this list lose their statistics at the end: other tests share the database."""
    versions: list[int] = []
    yield versions
    QuestionStatistics.objects.filter(pk__in=versions).delete()


def everybody_chose(attempt: Attempt, counted: list[int]) -> None:
    """As if a hundred learners had answered each question of the sitting, 41 of them with each of its options."""
    for version in versions_of(attempt):
        counted.append(version.pk)
        places = range(version.options.count())
        tally = Tally(everyone=Cell(100), options={n: Cell(41) for n in places}, option_bins={n: [0] * BINS for n in places})
        values = {"exam_id": attempt.exam_id, "first_answers": 100, "sums": tally.as_json()}
        QuestionStatistics.objects.update_or_create(pk=version.pk, defaults=values)


def test_the_reasons_say_what_others_chose_and_nothing_says_it_before(page_as, counted):
    page = page_as("learner")
    attempt = sitting_of(page.person, ["multiple_choice", "multiple_choice"], feedback="each", minutes=None)
    everybody_chose(attempt, counted)
    bodies: list[str] = []
    page.on("response", lambda reply: bodies.append(reply.text()) if "/api/" in reply.url and reply.status < 300 else None)
    player = PlayerPage(page, attempt).open()
    version = versions_of(attempt)[0]
    right = Option.objects.get(version=version, key=right_answer(version)[0]).text
    shown = page.locator(".opt .txt").all_inner_texts()
    wrong = next(index for index, text in enumerate(shown) if text != re.sub(r"[*`]", "", right))
    player.choose(wrong)
    player.saved()
    assert bodies
    assert '"share"' not in "".join(bodies)
    player.act("next").click()
    rows = page.locator(".explain li")
    expect(rows.nth(wrong)).to_contain_text("Wrong. You chose it, as 41% of learners do.")
    expect(page.locator(".explain .right")).to_contain_text("Right. You missed it. 41% of learners choose it.")
    expect(page.locator(".explain .plain").first).to_contain_text("Wrong option. 41% of learners choose it.")


def test_the_lesson_opens_beside_the_sitting(page_as):
    page = page_as("learner")
    player = explained(page)
    with page.context.expect_page() as opened:
        page.locator(".learn a").first.click()
    lesson = opened.value
    lesson.wait_for_load_state()
    assert re.search(r"/aif-c01/lessons/[\w-]+/(#[\w-]+)?$", lesson.url)
    if "#" in lesson.url:
        assert lesson.locator(f"[id='{lesson.url.split('#')[1]}']").count() == 1, "the section is there"
    lesson.close()
    expect(page.locator(".outcome")).to_be_visible()
    page.keyboard.press("n")
    player.shows(2)
    player.answer_somehow()
    player.saved()
    assert stored(player.attempt, 2).answer, "the sitting goes on where it was"
    expect(player.page.get_by_text("Try 3 like this")).to_have_count(0)


def test_a_problem_is_reported_in_place(page_as):
    page = page_as("learner")
    player = explained(page)
    report_form(player)
    page.get_by_label("More than one answer can be right").check()
    page.get_by_label("Tell us more").fill("B fits too.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_have_text(THANKS)
    expect(player.part("polite")).to_have_text(THANKS)
    expect(page.locator(".report summary")).to_be_focused()
    expect(page.get_by_label("Tell us more")).not_to_be_visible()
    report = ProblemReport.objects.get(reporter=page.person)
    assert (report.kind, report.text, report.attempt_id) == ("two_right", "B fits too.", player.attempt.pk)
    assert report.version_id == player.attempt.form[0][0], "the version that was met"
    assert Attempt.objects.get(pk=player.attempt.pk).state == "in_progress"


def test_no_key_of_the_player_acts_inside_a_report(page_as):
    page = page_as("learner")
    player = explained(page)
    report_form(player)
    text = page.get_by_label("Tell us more")
    for field in (page.get_by_label("The text is unclear"), text, page.get_by_role("button", name="Send")):
        field.focus()
        for key in "npgrtf?12":
            page.keyboard.press(key)
        player.shows(1)
    expect(text).to_have_value("npgrtf?12")
    expect(player.part("keys-dialog")).not_to_be_visible()
    assert page.locator("dialog[open]").count() == 0
    assert not stored(player.attempt, 1).flagged


def test_without_a_network_a_report_says_so_and_keeps_what_was_written(page_as):
    page = page_as("learner")
    player = explained(page)
    report_form(player)
    page.get_by_label("The text is unclear").check()
    page.get_by_label("Tell us more").fill("Which team is meant?")
    offline(page.context)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_have_text(KEPT)
    expect(player.part("polite")).to_have_text(KEPT)
    page.locator(".outcome").focus()
    page.keyboard.press("n")
    player.shows(2)
    page.keyboard.press("p")
    player.shows(1)
    expect(page.locator(".report .note:visible")).to_have_text(KEPT)
    expect(page.get_by_label("Tell us more")).to_have_value("Which team is meant?")
    expect(page.get_by_label("The text is unclear")).to_be_checked()
    assert not ProblemReport.objects.filter(reporter=page.person).exists()
    online(page.context)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_have_text(THANKS)
    assert ProblemReport.objects.get(reporter=page.person).text == "Which team is meant?"


def test_each_question_has_a_report_of_its_own(page_as):
    page = page_as("learner")
    player = explained(page)
    report_form(player)
    page.get_by_label("Tell us more").fill("On the first.")
    page.locator(".outcome").focus()
    page.keyboard.press("n")
    player.shows(2)
    player.answer_somehow()
    player.act("next").click()
    expect(page.locator(".outcome")).to_be_focused()
    report_form(player)
    expect(page.get_by_label("Tell us more")).to_have_value("")
    page.get_by_label("It is out of date").check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_contain_text("on question 2")
    report = ProblemReport.objects.get(reporter=page.person)
    assert (report.version_id, report.text) == (player.attempt.form[1][0], "")


def test_something_else_needs_words(page_as):
    page = page_as("learner")
    player = explained(page)
    report_form(player)
    text = page.get_by_label("Tell us more")
    page.get_by_label("Something else").check()
    page.get_by_role("button", name="Send").click()
    expect(text).to_be_focused()
    text.fill("   ")  # enough for the browser, not for the server
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_have_text("Say what is wrong with the question.")
    expect(text).to_be_visible()
    page.get_by_label("It is out of date").check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_have_text(THANKS)


def test_a_report_while_signed_out_is_kept_until_the_sign_in(page_as):
    page = page_as("learner")
    player = explained(page)
    report_form(player)
    page.get_by_label("It is out of date").check()
    page.get_by_label("Tell us more").fill("Renamed last year.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    expect(player.part("sign-in")).to_be_visible()
    player.part("sign-in").get_by_role("button", name="Later").click()
    expect(page.locator(".report .note:visible")).to_contain_text("sign in, then send it again")
    expect(page.get_by_label("Tell us more")).to_have_value("Renamed last year.")


def test_a_visitor_is_offered_no_report(page_as):
    page = page_as("visitor")
    page.goto("/aif-c01/begin/?mode=drill&count=10")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/attempts/"))
    player = PlayerPage(page, Attempt.objects.get(pk=page.url.split("/")[4]))
    player.shows(1)
    player.answer_somehow()
    player.act("next").click()
    expect(page.locator(".outcome")).to_be_focused()
    expect(page.locator(".learn")).to_be_visible()
    expect(page.get_by_text("Report a problem")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_axe_finds_nothing_in_a_report_and_nothing_moves(page_as, scheme, width):
    page = page_as("learner", color_scheme=scheme, viewport={"width": width, "height": 844})
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => {
            for (const { value, hadRecentInput, sources } of list.getEntries())
                if (!hadRecentInput) window.shifts.push([value, sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    player = explained(page)
    report_form(player)
    page.get_by_label("Something else").check()
    wrong = violations(page)
    page.get_by_label("Tell us more").fill("  ")
    page.route("**/reports/", lambda route: (page.wait_for_timeout(700), route.continue_()))
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_contain_text("Say what is wrong")
    wrong += violations(page)
    page.get_by_label("Tell us more").fill("In words.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_have_text(THANKS)
    wrong += violations(page)
    page.locator(".report summary").click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".report .note:visible")).to_have_text(THANKS)
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """() => [...document.querySelectorAll(".report :is(summary, textarea, .choice, button)")]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 60))"""
    )
    assert small == []
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _nodes in shifts) <= 0.01, shifts
    until(page, lambda: ProblemReport.objects.filter(reporter=page.person).count() == 1, what="one report is stored")
