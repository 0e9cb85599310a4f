"""What a page costs to load, counted by the browser itself: bytes, scripts, other hosts; and that nothing moves while it does."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Route

from pages.urls import urlpatterns
from tests.e2e.places import LEARNER_PAGES, VISITOR_PAGES, furnished
from tests.e2e.player import until
from tests.e2e.traffic import Traffic, start_built_web
from tests.servers.people import PageAs

pytestmark = [pytest.mark.browser, pytest.mark.survey, pytest.mark.timeout(1200)]

KB = 1024
FIRST_VISIT, REPEAT, SCRIPT, PLAYER_SCRIPT = 120 * KB, 40 * KB, 8 * KB, 25 * KB
MOST_SHIFT = 0.01
NOT_PAGES = {
    "attempt-start": "a form's target",
    "account-export": "a file",
    "account-close": "a form's target",
    "web-manifest": "a file",
    "service-worker": "a file",
    "items": "an instructor's",
}

SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput) window.shifts.push([value, sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture
def places(live_db, live_web):
    """People of every role with full pages."""
    return furnished()


@pytest.fixture
def built(own_site, browser):
    """PageAs on a site whose static files are collected and packed, as they are where it runs for people."""
    opener = PageAs(browser, start_built_web(own_site).url)
    yield opener
    opener.close()


@dataclass
class Held:
    """Requests that are held back until they are let go; those that come later go at once."""

    routes: list[Route] = field(default_factory=list)
    going: bool = False

    def meet(self, route: Route) -> None:
        """Keep a request, or let it go."""
        if self.going:
            route.continue_()
        else:
            self.routes.append(route)

    def hold(self) -> None:
        """From now on requests are held back; those of an earlier page are forgotten with it."""
        self.routes.clear()
        self.going = False

    def let_go(self) -> None:
        """Let everything go, and what comes yet."""
        self.going = True
        for route in self.routes:
            route.continue_()


def hold(page: Page, pattern: str) -> Held:
    """Hold back the requests for what fits the pattern."""
    held = Held()
    page.route(pattern, held.meet)
    return held


def painted(page: Page) -> None:
    """Wait until the browser has painted something of the page."""
    until(page, lambda: page.evaluate("performance.getEntriesByName('first-contentful-paint').length"), what="something is painted")


def settled(page: Page) -> None:
    """Wait until the page has loaded everything that it asked for."""
    page.locator("h1:visible").first.wait_for()
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))")


def test_bytes_and_scripts_of_a_first_visit(built):
    """An empty cache; then the same page once more. The service worker is left out: what it keeps for later is no part of a visit."""
    wrong = []
    places = furnished()
    for role in ("learner", "player", "visitor"):
        addresses = places.of(role)[:1] if role == "player" else places.of(role)
        for address in addresses:
            page = places.open_as(built, role, service_workers="block")
            traffic = Traffic(page, built.base_url)
            page.goto(address)
            settled(page)
            first, scripts = traffic.bytes, traffic.script_bytes
            traffic.bytes = 0
            page.goto("about:blank")
            page.goto(address)
            settled(page)
            most = PLAYER_SCRIPT if role == "player" else SCRIPT
            assert first > 5 * KB, f"{address}: nothing was counted"
            counted = (("bytes", first, FIRST_VISIT), ("bytes again", traffic.bytes, REPEAT), ("of scripts", scripts, most))
            for what, found, limit in counted:
                if found > limit:
                    wrong.append(f"{address}: {found / KB:.1f} KB {what}, {limit // KB} are allowed")
            wrong += [f"{address}: asks {other}" for other in traffic.elsewhere]
            page.context.close()
    assert wrong == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_while_a_page_loads_and_its_letters_arrive(places, page_as, width):
    """The letters are held back until the page was painted without them, as on a slow line."""
    wrong = []
    for role in ("learner", "player", "visitor", "lead"):
        page = places.open_as(page_as, role, service_workers="block", viewport={"width": width, "height": 844})
        page.add_init_script(SHIFTS)
        held = hold(page, "**/*.woff2")
        for address in places.of(role):
            if "#" in address:
                page.goto("about:blank")
            held.hold()
            page.goto(address, wait_until="commit")
            page.locator("h1:visible").first.wait_for()
            painted(page)
            held.let_go()
            settled(page)
            shifts = page.evaluate("window.shifts")
            if sum(value for value, _nodes in shifts) > MOST_SHIFT:
                wrong.append(f"{address}: {shifts}")
        page.context.close()
    assert wrong == []


def test_letters_that_come_late_wait_for_the_next_page(page_as):
    """What the test above rests on: late letters do not change the page that is read, and are there for the next one."""
    width = """() => {
      const words = document.createRange();
      words.selectNodeContents(document.querySelector("h1"));
      return words.getBoundingClientRect().width;
    }"""
    page = page_as("visitor", service_workers="block", viewport={"width": 1280, "height": 800})
    held = hold(page, "**/figtree-latin-wght-normal*")
    page.goto("/", wait_until="commit")
    painted(page)
    until(page, lambda: held.routes, what="the letters are asked for")
    before = page.evaluate(width)
    held.let_go()
    settled(page)
    assert page.evaluate(width) == before
    page.unroute("**/figtree-latin-wght-normal*")

    def next_page():
        page.goto("/")
        settled(page)
        return page.evaluate(width) != before

    # On a busy machine the browser may begin to paint before it has read the letters that it kept.
    until(page, next_page, what="a later page has its letters")


def test_the_pages_named_are_those_that_learners_and_visitors_have():
    """A page that is added to the site is added to the list, or named here with its reason."""
    listed = {address.partition("?")[0] for address in [*LEARNER_PAGES, *VISITOR_PAGES]}
    missing = []
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        if "<" in route.replace("<slug:exam>", ""):
            continue
        address = "/" + route.replace("<slug:exam>", "aif-c01")
        if address not in listed and pattern.name not in NOT_PAGES:
            missing.append(address)
    assert missing == []
