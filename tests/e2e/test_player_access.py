"""The player for everybody: by keyboard alone, with few tab stops and nothing hidden; keys can be turned off, and time chosen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.public import preferences_of, set_preferences
from quizzes.models import Attempt
from tests.e2e.axe import violations
from tests.e2e.player import ALL_KINDS, PlayerPage, practice_exam_of, sitting_of, still, until

pytestmark = pytest.mark.browser

SIXTY_FIVE = tuple(ALL_KINDS[place % 4] for place in range(60)) + ("case_study",) * 5


def focused(page: Page) -> str:
    """The words and name of what has the focus."""
    words = page.evaluate("(e => [e.tagName, e.ariaLabel, e.innerText, e.name].filter(Boolean).join(' '))(document.activeElement)")
    return " ".join(words.split())


def tab_to(page: Page, wanted: str, *, most: int = 80) -> int:
    """Press Tab until the focused element's words match; returns how often."""
    for presses in range(1, most + 1):
        page.keyboard.press("Tab")
        if re.search(wanted, focused(page)):
            return presses
    raise AssertionError(f"{wanted} was not reached by {most} presses; the focus is on {focused(page)}")


def answer_by_keyboard(player: PlayerPage) -> None:
    """A full answer to the question shown, with keys alone."""
    page = player.page
    if page.locator(".opts").count():
        for letter in "abcde"[: player.choices_wanted()]:
            page.keyboard.press(letter)
        return
    wanted = player.places_wanted()
    for place in range(1, wanted + 1):
        tab_to(page, "^SELECT")
        if page.locator(".places").count():
            page.keyboard.press(str(place))
        else:
            for _ in range(place):
                page.keyboard.press("ArrowDown")


@pytest.mark.worker
@pytest.mark.timeout(900)
def test_sixty_five_questions_by_keyboard_alone(page_as, worker):
    """Started, answered, flagged, reviewed, submitted and read, without a pointer."""
    page = page_as("learner")
    attempt = sitting_of(page.person, SIXTY_FIVE, minutes=90)
    quiz = attempt.quiz
    attempt.delete()
    page.goto(f"/aif-c01/begin/?quiz={quiz.slug}")
    tab_to(page, "^BUTTON Start")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/attempts/"))
    player = PlayerPage(page, Attempt.objects.get(pk=page.url.split("/")[4]))
    for position in range(1, 66):
        player.shows(position)
        if position > 1:
            expect(page.locator(".qh h1")).to_be_focused()
        answer_by_keyboard(player)
        if position in (1, 38):
            page.keyboard.press("f")
        tab_to(page, "^BUTTON (Next|Review)$")
        page.keyboard.press("Enter")
    expect(player.part("review-title")).to_be_focused()
    expect(player.part("review-summary")).to_contain_text("65 answered")
    expect(player.part("review-summary")).to_contain_text("2 flagged")
    tab_to(page, "^BUTTON Submit")
    page.keyboard.press("Enter")
    expect(player.part("submit-first")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/result/"))
    expect(page.locator("h1.headline")).to_be_focused()
    tab_to(page, "Review the questions|^A Wrong|^A All")
    page.keyboard.press("Enter")
    expect(page.locator(".item").first).to_be_visible()


def test_flag_navigator_and_time_by_their_keys(page_as):
    page = page_as("learner")
    player = PlayerPage(page, sitting_of(page.person)).open()
    page.keyboard.press("f")
    expect(player.part("cells").locator("a").first).to_have_class(re.compile("flg"))
    page.keyboard.press("t")
    expect(player.part("polite")).to_have_text(re.compile(r"^(59|60) minutes left$"))
    page.keyboard.press("g")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    player.shows(4)
    page.keyboard.press("p")
    player.shows(3)
    page.keyboard.press("?")
    expect(player.part("keys-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(player.part("review-title")).to_be_focused()


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_at_most_twenty_tab_stops_before_next(page_as, kind):
    page = page_as("learner", viewport={"width": 1280, "height": 860})
    PlayerPage(page, sitting_of(page.person, [kind, "multiple_choice"])).open()
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    assert tab_to(page, "^BUTTON Next$") <= 20 + 1


@pytest.mark.parametrize("size", [(1280, 600), (390, 640), (320, 512)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("kind", ["multiple_response", "ordering", "matching"])
def test_every_tab_stop_is_seen_and_its_ring_is_wide_enough(page_as, kind, size):
    page = page_as("learner", viewport={"width": size[0], "height": size[1]})
    player = PlayerPage(page, sitting_of(page.person, [kind, "multiple_choice"])).open()
    player.answer_somehow()
    hidden = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (element === document.body) return null;
                const ringed = [element, element.closest("label"), element.closest(".opt")].filter(Boolean).map((e) => getComputedStyle(e));
                const ring = Math.max(...ringed.map((style) => (style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth))));
                const box = element.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                const top = document.elementFromPoint(x, y);
                const covered = !top || !(element.contains(top) || top.contains(element) || element.closest("label")?.contains(top));
                return { name: element.outerHTML.slice(0, 80), ring, covered };
            }"""
        )
        if seen is None:
            break
        if seen["covered"] or seen["ring"] < 2:
            hidden.append(seen)
    assert hidden == []


@pytest.mark.parametrize("width", [390, 320])
def test_targets_are_large_enough_on_a_phone(page_as, width):
    page = page_as("learner", viewport={"width": width, "height": 800}, has_touch=True)
    small = []
    player = PlayerPage(page, sitting_of(page.person)).open()
    for position in range(1, 6):
        if position > 1:
            player.next()
        player.answer_somehow()
        small += page.evaluate(
            """() => [...document.querySelectorAll(".player :is(a, button, select, label:has(input))")]
                .filter((e) => e.checkVisibility() && !e.matches(".skip, .save *"))
                .map((e) => [e.outerHTML.slice(0, 60), e.getBoundingClientRect()])
                .filter(([, box]) => box.width < 44 || box.height < 44)
                .map(([name, box]) => `${name} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
        )
    assert small == []


def test_single_letters_can_be_turned_off_or_moved_to_alt(page_as):
    page = page_as("learner")
    set_preferences(user=page.person, shortcut_keys="off")
    player = PlayerPage(page, sitting_of(page.person)).open()
    page.keyboard.press("b")
    page.keyboard.press("n")
    player.shows(1)
    expect(page.locator(".opt input:checked")).to_have_count(0)
    player.act("keys").click()
    player.part("keys-dialog").get_by_label("With Alt").check()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator(".opt input:checked")).to_have_count(0)
    page.keyboard.press("Alt+b")
    expect(player.option(1).locator("input")).to_be_checked()
    page.reload()
    player.shows(1)
    page.keyboard.press("Alt+n")
    player.shows(2)


def test_digits_choose_options_by_their_place_and_steps_only_in_their_lists(page_as):
    page = page_as("learner")
    player = PlayerPage(page, sitting_of(page.person, ["multiple_response", "ordering"])).open()
    last = page.locator(".opt").count()
    page.keyboard.press("2")
    page.keyboard.press(str(last))
    expect(player.option(1).locator("input")).to_be_checked()
    expect(player.option(last - 1).locator("input")).to_be_checked()
    page.keyboard.press("2")
    expect(player.option(1).locator("input")).not_to_be_checked()
    player.next()
    page.keyboard.press("1")
    expect(page.locator(".places li.on")).to_have_count(0)
    page.locator(".places select").nth(1).focus()
    page.keyboard.press("1")
    expect(page.locator(".places li.on")).to_have_count(1)


def test_no_letter_fires_in_a_select(page_as):
    page = page_as("learner")
    player = PlayerPage(page, sitting_of(page.person)).open(4)
    select = page.locator(".match select").first
    select.focus()
    for key in "nprfgt":
        page.keyboard.press(key)
    player.shows(4)
    expect(player.part("keys-dialog")).not_to_be_visible()
    expect(page.get_by_role("button", name="Flag for review")).to_have_attribute("aria-pressed", "false")


def heard(page: Page) -> list[str]:
    """What both regions have said since `listen`, in order."""
    return page.evaluate("window.heard")


def listen(page: Page) -> None:
    """Write down whatever the regions say."""
    page.evaluate(
        """() => {
            window.heard = [];
            for (const name of ["polite", "assertive"]) {
                const region = document.querySelector(`[data-part="${name}"]`);
                const note = () => region.textContent && window.heard.push(`${name}: ${region.textContent}`);
                new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
            }
        }"""
    )


def test_the_clock_is_silent_and_speaks_at_its_marks_alone(page_as):
    page = still(page_as("learner"))
    # The server's word on the time is left out, so that the page counts by its own clock alone.
    page.route("**/status/", lambda route: route.fulfill(status=503, json={}))
    player = PlayerPage(page, sitting_of(page.person, minutes=31)).open()
    assert player.part("clock").get_attribute("role") == "timer"
    assert player.part("clock").get_attribute("aria-live") == "off"
    listen(page)
    player.part("clock-toggle").click()
    expect(player.part("clock")).not_to_be_visible()
    player.run_to(1802)
    assert heard(page) == [], "not before its time"
    player.run_to(1798)
    assert heard(page) == ["polite: 30 minutes left"]
    player.run_to(602)
    assert len(heard(page)) == 1, "not before its time"
    player.run_to(598)
    assert heard(page)[1:] == ["polite: 10 minutes left"]
    expect(player.part("banner")).to_contain_text("10 minutes left. 5 questions are open and 0 are flagged.")
    expect(player.part("clock")).to_be_visible()
    player.run_to(298)
    assert heard(page)[2:] == ["polite: 5 minutes left, 5 questions open"]
    player.run_to(58)
    assert heard(page)[3:] == ["assertive: 1 minute left"]
    player.run_to(0)
    page.clock.resume()
    until(page, lambda: heard(page)[4:5] == ["assertive: Time is up, your answers are being submitted"], what="the end is said")


def test_warnings_can_be_left_unsaid_but_not_the_end(page_as):
    page = still(page_as("learner"))
    set_preferences(user=page.person, spoken_warnings=False)
    page.route("**/status/", lambda route: route.fulfill(status=503, json={}))
    player = PlayerPage(page, sitting_of(page.person, minutes=11)).open()
    listen(page)
    player.run_to(58)
    assert heard(page) == []
    expect(player.part("banner")).to_be_visible()
    player.run_to(0)
    page.clock.resume()
    until(page, lambda: heard(page)[:1] == ["assertive: Time is up, your answers are being submitted"], what="the end is said")


def test_five_minutes_are_offered_in_the_last_minute_of_a_practice_exam(page_as):
    page = still(page_as("learner"))
    # The server, whose clock has not run on, would call it time given.
    page.route("**/status/", lambda route: route.fulfill(status=503, json={}))
    player = PlayerPage(page, practice_exam_of(page.person, minutes=3)).open()
    player.run_to(62)
    expect(player.part("add-minutes")).not_to_be_visible()
    player.run_to(58)
    player.act("add-minutes").click()
    expect(player.part("clock")).to_have_text(re.compile(r"^[78]:\d\d$"))
    until(page, lambda: Attempt.objects.get(pk=player.attempt.pk).five_minutes_added == 1, what="the server added them")


def test_the_time_can_be_chosen_before_the_start_and_is_kept(page_as):
    page = page_as("learner")
    quiz = sitting_of(page.person, minutes=30).quiz
    page.goto(f"/aif-c01/begin/?quiz={quiz.slug}")
    expect(page.get_by_role("radio", name="Standard time 30 min")).to_be_checked()
    for name in ("30 minutes more 60 min", "A quarter more", "Half more 45 min", "Double time 60 min", "No time limit no limit"):
        expect(page.get_by_role("radio", name=name)).to_be_visible()
    page.get_by_label("Double time").check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/attempts/"))
    attempt = Attempt.objects.get(pk=page.url.split("/")[4])
    assert (attempt.allowance, attempt.minutes) == ("x2", 60)
    assert preferences_of(page.person).allowance == "x2"
    expect(page.locator("[data-part=clock]")).to_have_text(re.compile(r"^(1:00:00|59:\d\d)$"))
    page.goto(f"/aif-c01/begin/?quiz={quiz.slug}")
    expect(page.get_by_label("Double time")).to_be_checked()
    page.get_by_label("No time limit").check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/attempts/"))
    assert Attempt.objects.get(pk=page.url.split("/")[4]).deadline is None
    expect(page.locator("[data-part=time]")).not_to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_axe_finds_nothing_in_dialogs_and_states(page_as, scheme, width):
    page = page_as("learner", color_scheme=scheme, viewport={"width": width, "height": 800})
    player = PlayerPage(page, practice_exam_of(page.person, ["multiple_response", "matching"])).open()
    wrong = []
    player.option(0).locator(".st").click()
    player.choose(1)
    page.keyboard.press("f")
    wrong += violations(page)
    page.keyboard.press("?")
    wrong += violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    wrong += violations(page)
    page.keyboard.press("Escape")
    player.act("pause").click()
    expect(player.part("paused-title")).to_be_visible()
    wrong += violations(page)
    player.act("resume").click()
    player.shows()
    page.keyboard.press("r")
    player.act("hand-in").click()
    wrong += violations(page)
    page.keyboard.press("Escape")
    page.context.clear_cookies()
    player.act("back").click()
    player.shows()
    player.choose(2)
    expect(player.part("sign-in")).to_be_visible()
    wrong += violations(page)
    player.part("sign-in").get_by_role("button", name="Later").click()
    wrong += violations(page)
    assert wrong == []


def test_axe_finds_nothing_among_the_reasons(page_as):
    page = page_as("learner")
    player = PlayerPage(page, sitting_of(page.person, ALL_KINDS, feedback="each", minutes=None)).open()
    wrong = []
    for position in range(1, 6):
        player.shows(position)
        player.answer_somehow()
        wrong += violations(page)
        player.act("next").click()
        expect(page.locator(".outcome")).to_be_focused()
        wrong += violations(page)
        page.keyboard.press("n")
    assert wrong == []
