"""Answers cannot be lost: no network, a killed tab, an ended session, two tabs, two devices, a deadline, a grader that sleeps.

Each of these has been seen to fail with its guard taken out: tests/controls has the patches, and test_controls.py runs them.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from quizzes.models import Attempt, Grade, GradingJob
from tests.client import ApiClient
from tests.e2e.passkeys import by_name, make_passkey, with_authenticator
from tests.e2e.player import ALL_KINDS, PlayerPage, evaluated, offline, online, sitting_of, still, stored, until
from tests.servers.people import PASSWORD, PageAs, make_person
from tests.servers.waiting import PATIENCE

pytestmark = pytest.mark.browser

SCRIPTS_AND_STYLES = "performance.getEntriesByType('resource').map((file) => file.name).filter((name) => /\\.(js|css)$/.test(name))"
TWELVE = ("multiple_choice",) * 8 + ("multiple_response", "ordering", "matching", "case_study")


KEPT_PAGES = "caches.open('pages').then((cache) => cache.keys()).then((kept) => kept.map((request) => request.url))"


def opened(page: Page, kinds=ALL_KINDS, **quiz) -> PlayerPage:
    """A player on a new sitting of the page's person."""
    return PlayerPage(page, sitting_of(page.person, kinds, **quiz)).open()


def cached(page: Page, prefix: str) -> dict[str, str]:
    """What the service worker's caches with that prefix hold: texts by address."""
    return evaluated(
        page,
        """async (prefix) => {
            const found = {};
            for (const name of (await caches.keys()).filter((name) => name.startsWith(prefix))) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) found[request.url] = await (await cache.match(request)).text();
            }
            return found;
        }""",
        prefix,
    )


def test_what_is_done_offline_reaches_the_server_when_the_network_is_back(page_as):
    page = page_as("learner")
    player = opened(page, TWELVE)
    offline(page.context)
    for _ in range(10):
        player.answer_somehow()
        player.next()
    page.keyboard.press("f")
    player.next()
    page.keyboard.press("f")
    expect(player.part("save")).to_contain_text(re.compile(r"Offline, kept on this device \(\d+ to send\)"))
    player.act("to-review").click()
    expect(player.part("review-summary")).to_contain_text("10 answered")
    expect(player.part("review-summary")).to_contain_text("2 flagged")
    assert stored(player.attempt, 1) is None
    online(page.context)
    for position in range(1, 11):
        until(page, lambda at=position: (row := stored(player.attempt, at)) and row.answer, what=f"answer {position} is stored")
    for position in (11, 12):
        until(page, lambda at=position: (row := stored(player.attempt, at)) and row.flagged, what=f"flag {position} is stored")
    player.saved()


def test_a_tab_killed_soon_after_an_answer_keeps_it(page_as):
    """The renderer is crashed 200 ms after the answer, and no save goes out: nothing but what was kept at once can help."""
    page = page_as("learner")
    player = opened(page)
    page.route("**/responses/**", lambda route: route.abort())
    player.choose(2)
    page.wait_for_timeout(200)
    with page.expect_event("crash"), suppress(PlaywrightError):
        page.goto("chrome://crash")
    assert stored(player.attempt, 1) is None
    again = page.context.new_page()
    again.person = page.person
    returned = PlayerPage(again, player.attempt).open(1)
    expect(returned.option(2).locator("input")).to_be_checked()
    until(again, lambda: stored(player.attempt, 1), what="the answer reaches the server")


def test_a_page_left_at_once_after_an_answer_has_handed_it_over(page_as):
    """Another device sees it: the save left with the page, before it was due. Six times, since a loss would be a matter of luck."""
    page = page_as("learner")
    player = opened(page, ["multiple_choice"] * 6)
    until(page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), what="the service worker has the page")
    for position in range(1, 7):
        player.open(position)
        player.choose(1)
        page.goto("/offline/")
        until(page, lambda at=position: (row := stored(player.attempt, at)) and row.answer, what=f"answer {position} reaches the server")


def test_a_session_that_ends_is_renewed_in_a_dialog_and_nothing_is_lost(page_as):
    page = page_as("learner")
    player = opened(page)
    page.evaluate("window.stillHere = true")
    page.context.clear_cookies()
    player.choose(1)
    dialog = player.part("sign-in")
    expect(dialog).to_be_visible()
    expect(player.part("save")).to_contain_text("Signed out. Answers are kept.")
    expect(player.part("assertive")).to_have_text("Signed out. Answers are kept.")
    dialog.get_by_label("User name or e-mail").fill(page.person.username)
    dialog.get_by_label("Password").fill("wrong password")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(player.part("sign-in-error")).to_be_focused()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).not_to_be_visible()
    until(page, lambda: stored(player.attempt, 1), what="the answer reaches the server")
    player.saved()
    assert page.evaluate("window.stillHere"), "the page was not reloaded"
    player.choose(2)
    until(page, lambda: stored(player.attempt, 1).version == 2, what="saving goes on")


def test_a_passkey_renews_the_session_in_the_dialog_too(page_as, live_web):
    site = by_name(live_web.url)
    page = with_authenticator(page_as("visitor"))
    person = make_person("learner")
    make_passkey(page, site, person)
    player = PlayerPage(page, sitting_of(person))
    page.goto(f"{site}/attempts/{player.attempt.pk}/")
    player.shows(1)
    page.evaluate("window.stillHere = true")
    page.context.clear_cookies()
    player.choose(1)
    dialog = player.part("sign-in")
    button = dialog.get_by_role("button", name="Sign in with a passkey")
    known = person.authenticator_set.get(type="webauthn")
    person.authenticator_set.filter(pk=known.pk).delete()
    button.click()
    expect(player.part("sign-in-error")).to_have_text("No passkey of your account was used. Try again, or sign in with your password.")
    expect(player.part("sign-in-error")).to_be_focused()
    assert stored(player.attempt, 1) is None
    known.save(force_insert=True)
    button.click()
    expect(dialog).not_to_be_visible()
    until(page, lambda: stored(player.attempt, 1), what="the answer reaches the server")
    player.saved()
    assert page.evaluate("window.stillHere"), "the page was not reloaded"
    player.choose(2)
    until(page, lambda: stored(player.attempt, 1).version == 2, what="saving goes on")


def with_code_of_the_moment(page: Page, secret: str) -> None:
    """Enter the code that holds for this half minute; if the half minute ended on the way, the next one."""
    for _ in range(3):
        code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
        page.locator("main input[name=code]").fill(code)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if "/accounts/" not in page.url:
            return
    raise AssertionError("three codes in turn were refused")


def test_a_second_factor_is_asked_for_in_another_tab_and_noticed_here(page_as, live_web):
    page = page_as("learner")
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(page.person, secret)
    player = opened(page)
    page.context.clear_cookies()
    player.choose(1)
    dialog = player.part("sign-in")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(player.part("sign-in-error")).to_contain_text("One more step is needed.")
    with page.context.expect_page() as tab:
        dialog.get_by_role("link", name="Other ways to sign in").click()
    with_code_of_the_moment(tab.value, secret)
    tab.value.close()
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # a headless page is always looked at
    expect(dialog).not_to_be_visible()
    until(page, lambda: stored(player.attempt, 1), what="the answer reaches the server")


def test_a_passkey_is_offered_only_where_the_browser_can_use_one(page_as):
    page = page_as("learner")
    page.add_init_script("delete PublicKeyCredential.parseRequestOptionsFromJSON")
    player = opened(page)
    page.context.clear_cookies()
    player.choose(1)
    expect(player.part("sign-in")).to_be_visible()
    expect(player.part("sign-in").get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(player.part("sign-in-passkey")).not_to_be_visible()


def test_without_a_network_the_passkey_says_so(page_as):
    page = page_as("learner")
    player = opened(page)
    page.context.clear_cookies()
    player.choose(1)
    button = player.part("sign-in").get_by_role("button", name="Sign in with a passkey")
    expect(button).to_be_visible()
    offline(page.context)
    button.click()
    expect(player.part("sign-in-error")).to_have_text("There is no connection. Your answers are kept on this device.")


def test_answers_go_on_being_kept_while_signed_out(page_as):
    page = page_as("learner")
    player = opened(page)
    page.context.clear_cookies()
    player.choose(0)
    player.part("sign-in").get_by_role("button", name="Later").click()
    player.next()
    player.choose(1)
    assert {record["position"] for record in player.unsent()} >= {1, 2}
    expect(player.part("sign-in")).not_to_be_visible()
    player.part("save").get_by_role("button", name="Sign in").click()
    expect(player.part("sign-in")).to_be_visible()


def test_somebody_else_signing_in_does_not_get_the_answers(page_as):
    stranger = page_as("learner").person
    page = page_as("learner")
    player = opened(page)
    page.context.clear_cookies()
    player.choose(1)
    dialog = player.part("sign-in")
    dialog.get_by_label("User name or e-mail").fill(stranger.username)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(player.part("sign-in-error")).to_contain_text("signed in as somebody else")
    assert len(player.unsent()) == 1


def test_the_second_tab_takes_over_and_the_first_locks(page_as):
    page = page_as("learner")
    first = opened(page)
    first.choose(0)
    first.saved()
    other = page.context.new_page()
    other.person = page.person
    second = PlayerPage(other, first.attempt).open(1)
    expect(first.part("save")).to_contain_text("Open in another tab")
    expect(first.part("assertive")).to_have_text("Open in another tab")
    expect(first.option(1).locator("input")).to_be_disabled()
    second.choose(1)
    second.saved()
    page.keyboard.press("c")
    assert stored(first.attempt, 1).answer == next(row["answer"] for row in second.kept("answers") if row["position"] == 1)
    first.part("save").get_by_role("button", name="Use this one").click()
    expect(first.option(1).locator("input")).to_be_checked()
    expect(first.option(1).locator("input")).to_be_enabled()
    expect(second.part("save")).to_contain_text("Open in another tab")
    first.choose(2)
    chosen = next(record["answer"] for record in first.kept("answers") if record["position"] == 1)
    until(page, lambda: stored(first.attempt, 1).answer == chosen, what="the first tab writes again")


def test_an_older_answer_never_overwrites_another_devices(page_as):
    page = page_as("learner")
    here = opened(page)
    offline(page.context)
    here.choose(0)
    there = PlayerPage(page_as("learner", person=page.person), here.attempt).open(1)
    there.choose(1)
    there.saved()
    theirs = stored(here.attempt, 1).answer
    online(page.context)
    notice = page.locator(".after .notice")
    expect(notice).to_contain_text("answered on another device")
    expect(here.option(1).locator("input")).to_be_checked()
    assert stored(here.attempt, 1).answer == theirs, "nothing was overwritten"
    notice.get_by_role("button", name="Use my answer from here").click()
    expect(here.option(0).locator("input")).to_be_checked()
    until(page, lambda: stored(here.attempt, 1).answer != theirs, what="the learner's choice is stored")


def test_a_reply_that_is_lost_makes_no_conflict(page_as):
    """The server stores a save and its reply never comes; the next answer must follow it, not fight it."""
    page = page_as("learner")
    player = opened(page)
    lost = []

    def lose_one(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch())
        return route.abort("connectionreset")

    page.route("**/responses/1/", lose_one)
    player.choose(0)
    until(page, lambda: stored(player.attempt, 1), what="the first save is stored")
    player.choose(1)
    until(page, lambda: stored(player.attempt, 1).version == 2, what="the second follows it")
    player.saved()
    assert page.locator(".after .notice").count() == 0


def test_a_server_in_trouble_is_tried_again_and_said_so(page_as):
    page = still(page_as("learner"))
    player = opened(page)
    page.route("**/responses/**", lambda route: route.fulfill(status=503, headers={"Retry-After": "20"}, json={"code": "unavailable"}))
    player.choose(0)
    page.clock.run_for(500)
    expect(player.part("save")).to_contain_text(re.compile(r"Not saved yet\. Next try in (20|19) s"))
    page.clock.resume()
    page.unroute("**/responses/**")
    player.part("save").get_by_role("button", name="Try now").click()
    player.saved()
    assert stored(player.attempt, 1).answer


def test_a_browser_that_keeps_nothing_says_so_and_still_saves(page_as):
    page = page_as("learner")
    page.add_init_script("indexedDB.open = () => { throw new Error('blocked') }")
    player = opened(page)
    expect(player.part("notice")).to_contain_text("This browser cannot keep answers offline")
    player.choose(0)
    expect(player.part("save")).to_have_attribute("data-state", "saved")
    assert stored(player.attempt, 1).answer


def test_a_submit_without_network_is_kept_and_sent_later(page_as):
    page = page_as("learner")
    player = opened(page)
    player.choose(0)
    player.saved()
    offline(page.context)
    player.next()
    player.answer_somehow()
    player.act("to-review").click()
    player.act("hand-in").click()
    player.part("submit-second").click()
    expect(player.part("handing-in-title")).to_have_text(re.compile(r"Submit requested at \d\d:\d\d"))
    with page.expect_download() as downloading:
        player.page.get_by_role("button", name="Download my answers").locator("visible=true").click()
    kept = json.loads(Path(downloading.value.path()).read_text())
    assert [answer["position"] for answer in kept["answers"] if answer["answer"]] == [1, 2]
    assert [answer["on_server"] for answer in kept["answers"]][:2] == [True, False]
    assert Attempt.objects.get(pk=player.attempt.pk).state == "in_progress"
    online(page.context)
    page.wait_for_url(re.compile("/result/"))
    assert stored(player.attempt, 2).answer, "what was unsent went first"
    assert GradingJob.objects.filter(attempt=player.attempt).count() == 1


def test_a_submit_without_network_survives_a_reload_and_can_be_taken_back(page_as):
    page = page_as("learner")
    player = opened(page)
    page.route("**/submit/", lambda route: route.abort("internetdisconnected"))
    player.act("to-review").click()
    player.act("hand-in").click()
    player.part("submit-second").click()
    expect(player.part("handing-in-title")).to_contain_text("Submit requested at")
    page.reload()
    expect(player.part("handing-in-title")).to_contain_text("Submit requested at")
    player.act("withdraw").click()
    expect(player.part("review-title")).to_be_visible()
    page.unroute("**/submit/")
    page.reload()
    expect(player.part("review-title")).to_be_visible()
    assert Attempt.objects.get(pk=player.attempt.pk).state == "in_progress"


def test_the_submit_keeps_its_key_over_every_try(page_as):
    page = page_as("learner")
    player = opened(page)
    keys = []

    def fail_twice(route):
        keys.append(route.request.headers["idempotency-key"])
        return route.continue_() if len(keys) > 2 else route.abort("connectionreset")

    page.route("**/submit/", fail_twice)
    player.act("to-review").click()
    player.act("hand-in").click()
    player.part("submit-second").click()
    page.wait_for_url(re.compile("/result/"))
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert GradingJob.objects.filter(attempt=player.attempt).count() == 1


def test_when_the_time_is_up_everything_is_sent_and_submitted(page_as):
    page = page_as("learner")
    page.clock.install()
    player = opened(page, minutes=2)
    offline(page.context)
    player.choose(0)
    page.clock.run_for(121_000)
    expect(player.part("assertive")).to_have_text("Time is up, your answers are being submitted")
    online(page.context)
    page.clock.run_for(10_000)
    page.wait_for_url(re.compile("/result/"))
    assert stored(player.attempt, 1).answer
    assert Attempt.objects.get(pk=player.attempt.pk).state != "in_progress"


def test_what_comes_after_the_grace_is_refused_and_the_result_says_so(page_as, clock):
    page = page_as("learner")
    player = opened(page, minutes=2)
    offline(page.context)
    player.choose(0)
    player.next()
    player.answer_somehow()
    clock.move(minutes=3)
    online(page.context)
    page.wait_for_url(re.compile("/result/"))
    assert stored(player.attempt, 1) is None
    expect(page.locator("h1")).to_be_visible()
    # Still being marked, the address says it; with the result there, the page does.
    until(page, lambda: page.url.endswith("#marked-2") or page.locator("[data-part=late]").is_visible(), what="two late answers are told")


def test_time_given_by_an_instructor_is_shown_at_once_with_the_next_save(page_as):
    from quizzes.domain.attempts import raise_allowance

    page = page_as("learner")
    player = opened(page, minutes=60)
    expect(player.part("clock")).to_have_text(re.compile(r"^(1:00:00|59:\d\d)$"))
    raise_allowance(attempt=player.attempt, allowance="x2", actor=None)
    player.choose(0)
    expect(player.part("clock")).to_have_text(re.compile(r"^1:59:\d\d$"))
    expect(player.part("banner")).to_contain_text("You were given more time")


def test_time_given_in_the_last_moment_keeps_the_sitting_open(page_as):
    from quizzes.domain.attempts import raise_allowance

    page = still(page_as("learner"))
    # Nothing is heard of the server before the last moment: its clock has not run on with the page's.
    page.route("**/status/", lambda route: route.fulfill(status=503, json={}))
    player = opened(page, minutes=2)
    player.run_to(2)
    raise_allowance(attempt=player.attempt, allowance="plus30", actor=None)
    page.unroute("**/status/")
    expect(player.part("banner")).not_to_contain_text("You were given more time")
    player.run_to(0)
    page.clock.resume()
    expect(player.part("banner")).to_contain_text("You were given more time")
    assert Attempt.objects.get(pk=player.attempt.pk).state == "in_progress"
    expect(player.option(0).locator("input")).to_be_enabled()


def test_a_grader_that_sleeps_for_a_minute_leaves_the_page_useful(own_site, browser):
    """No worker and no sweep run; the page says so after a minute, and the result arrives when they are back."""
    web = own_site.start_web()
    page_as = PageAs(browser, web.url)
    page = page_as("learner")
    page.clock.install()
    player = opened(page)
    player.choose(0)
    player.act("to-review").click()
    player.act("hand-in").click()
    player.part("submit-second").click()
    page.wait_for_url(re.compile("/result/"))
    expect(page.get_by_role("heading", name="Marking your answers")).to_be_visible()
    expect(page.get_by_text("1 answer received")).to_be_visible()
    page.clock.run_for(30_000)
    expect(page.locator("[data-part=marking-long]")).not_to_be_visible()
    page.clock.run_for(31_000)
    expect(page.locator("[data-part=marking-long]")).to_be_visible()
    expect(page.get_by_role("link", name="Back to home", exact=True)).to_be_visible()
    own_site.start_sweep("--workers-first", "0")
    until(page, lambda: Grade.objects.filter(attempt=player.attempt).exists(), what="the sweep grades it")
    page.clock.run_for(16_000)
    expect(page.locator("h1.headline")).to_be_focused()
    page_as.close()


def test_an_open_sitting_survives_a_dead_server_and_a_reload(own_site, browser):
    """The service worker has the page, this browser has the questions and answers; the web process is gone."""
    web = own_site.start_web()
    page_as = PageAs(browser, web.url)
    page = page_as("learner")
    player = opened(page)
    player.choose(1)
    player.saved()
    until(page, lambda: cached(page, "sittings"), what="the service worker keeps the page")
    until(page, lambda: len(cached(page, "files")) > 15, what="the service worker keeps the player's files")
    until(page, lambda: not set(page.evaluate(SCRIPTS_AND_STYLES)) - set(cached(page, "files")), what="all of them")
    own_site.stop()
    page.reload()
    player.shows(1)
    expect(player.option(1).locator("input")).to_be_checked()
    player.next()
    player.answer_somehow()
    page.reload()
    player.shows(2)
    assert {record["position"] for record in player.unsent()} >= {2}
    page_as.close()


def test_nothing_of_a_sitting_is_kept_after_it_was_handed_in(page_as):
    page = page_as("learner")
    player = opened(page)
    until(page, lambda: cached(page, "sittings"), what="the service worker keeps the page")
    assert player.kept("sittings"), "the questions are kept while it is open"
    stem = player.kept("sittings")[0]["payload"]["questions"][0]["stem"]
    player.act("to-review").click()
    player.act("hand-in").click()
    player.part("submit-second").click()
    page.wait_for_url(re.compile("/result/"))
    until(page, lambda: not cached(page, "sittings"), what="the page is forgotten")
    assert player.kept("sittings") == []
    assert player.kept("answers") == []
    assert stem[:40] not in "".join(cached(page, "").values())


def test_a_sitting_closed_elsewhere_ends_here_too(page_as, live_web):
    page = page_as("learner")
    player = opened(page)
    ApiClient.of(page.person, live_web.url).submit(str(player.attempt.pk))
    player.choose(0)
    page.wait_for_url(re.compile("/result/"))


def test_the_course_can_be_read_without_a_server(own_site, browser):
    """A look at the course's page is enough: the service worker keeps the lessons, and reading them offline begins none."""
    from lifecycle.models import Lesson, LessonProgress

    web = own_site.start_web()
    page_as = PageAs(browser, web.url)
    page = page_as("learner")
    page.goto("/aif-c01/course/")
    lessons = Lesson.objects.published().count()
    until(
        page,
        lambda: sum("/lessons/" in address for address in evaluated(page, KEPT_PAGES)) >= lessons,
        what="every lesson is kept",
        seconds=PATIENCE,
    )
    assert not LessonProgress.objects.filter(user=page.person).exists()
    assert page.person.username not in "".join(text for address, text in cached(page, "pages").items() if "/lessons/" in address)
    own_site.stop()
    page.reload()
    lesson = page.locator("main a[href*='/lessons/']").last
    title = lesson.locator("strong").inner_text()
    lesson.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    page.goto("/history/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    page_as.close()
