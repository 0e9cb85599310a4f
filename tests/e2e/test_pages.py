"""The pages in a real browser: long words, large text, both directions, keyboard, and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Preferences
from lifecycle.public import enrol, the_exam
from tests.e2e.axe import violations

pytestmark = pytest.mark.browser

EXAM = "aif-c01"
OWN_PAGES = [
    "/",
    "/start/",
    f"/{EXAM}/readiness/",
    f"/{EXAM}/review/",
    f"/{EXAM}/practice/",
    f"/{EXAM}/exam-result/",
    "/history/",
    "/account/",
    "/account/display/",
    "/account/data/",
    "/teams/",
    "/teams/new/",
    "/accounts/password/change/",
    "/accounts/2fa/",
]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONGER = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts)
    if (!text.parentElement.closest("script, svg"))
      text.textContent = text.textContent.replace(/\\w{3,}/g, (word) => word + word.slice(0, Math.ceil(word.length * 0.4)));
}"""


def enrolled(page: Page) -> None:
    enrol(user=page.person, exam=the_exam(EXAM))


@pytest.mark.parametrize("width", [1280, 390])
def test_longer_words_and_the_other_direction_fit(page_as, width):
    page = page_as("learner", viewport={"width": width, "height": 800})
    enrolled(page)
    found = []
    for path in OWN_PAGES:
        page.goto(path)
        page.evaluate(LONGER)
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            if page.evaluate(OVERFLOW) > 0:
                found.append(f"{path} {direction}")
    assert found == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_double_text_size_fits(page_as, width):
    page = page_as("learner", viewport={"width": width, "height": 800})
    enrolled(page)
    Preferences.objects.create(user=page.person, text_size=200)
    found = []
    for path in OWN_PAGES:
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        if page.evaluate(OVERFLOW) > 0:
            found.append(path)
    assert found == []


def test_every_tab_stop_is_visible_and_not_covered(page_as):
    page = page_as("learner", viewport={"width": 390, "height": 640})
    enrolled(page)
    page.goto("/")
    seen = page.evaluate("document.querySelectorAll('a[href], button, summary, input').length")
    for _ in range(seen + 2):
        page.keyboard.press("Tab")
        hidden = page.evaluate("""() => {
          const place = document.activeElement;
          if (place === document.body) return "";
          const box = place.getBoundingClientRect();
          const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
          const y = box.top + Math.min(box.height / 2, 12);
          const top = document.elementFromPoint(x, y);
          return top && (place.contains(top) || top.contains(place)) ? "" : place.outerHTML.slice(0, 120);
        }""")
        assert not hidden


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


def test_pages_work_without_script(page_as):
    page = page_as("learner", java_script_enabled=False)
    enrolled(page)
    for path in OWN_PAGES:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        assert page.locator("h1").count() == 1
    page.goto("/account/display/")
    page.locator("[name=theme][value=dark]").check()
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_less_motion_stops_every_animation(page_as):
    page = page_as("learner", reduced_motion="reduce")
    enrolled(page)
    page.goto("/")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter((e) => { const s = getComputedStyle(e);"
        " return parseFloat(s.transitionDuration) > 0 || s.animationName !== 'none' }).length"
    )
    assert moving == 0
