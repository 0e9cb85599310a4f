"""axe finds nothing to complain of, on any page, light and dark, from wide to narrow, nor in what opens on it."""

from __future__ import annotations

import pytest

from tests.e2e.axe import violations
from tests.e2e.places import furnished, go
from tests.servers.people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.survey, pytest.mark.timeout(1800)]

WIDTHS = (1280, 390, 320)


@pytest.fixture
def places(live_db, live_web):
    """People of every role with full pages."""
    return furnished()


def looked_at(page, addresses, widths=WIDTHS):
    """What axe finds on each of the pages in each width."""
    wrong = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for address in addresses:
            go(page, address)
            wrong += [f"{width}: {line}" for line in violations(page)]
    return wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("role", ["learner", "player", "lead", "instructor", "visitor"])
def test_every_page(places, page_as, role, scheme):
    page = places.open_as(page_as, role, color_scheme=scheme)
    assert looked_at(page, places.of(role)) == []


def test_pages_of_a_new_learner(page_as):
    page = page_as("learner", person=make_person("learner"))
    assert looked_at(page, ["/", "/aif-c01/practice/", "/aif-c01/readiness/", "/aif-c01/review/", "/history/"], widths=(390,)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_what_opens_and_what_goes_wrong(places, page_as, scheme, width):
    """The search with its hits, a check answered wrong, and a form that was refused."""
    page = places.open_as(page_as, "learner", color_scheme=scheme, viewport={"width": width, "height": 800})
    wrong = []
    page.goto("/")
    page.keyboard.press("/")
    page.locator("#search-input").fill("drift")
    page.locator("#search-hits li").first.wait_for()
    wrong += violations(page)
    page.goto("/aif-c01/lessons/what-mlops-is/")
    for check in page.locator("form.check").all():
        check.get_by_role("radio").last.check()
        check.get_by_role("button", name="Check").click()
        check.locator(".verdict").wait_for()
    wrong += violations(page)
    page.goto("/start/")
    page.locator("[name=exam_date]").fill("2001-01-01")
    page.get_by_role("button", name="Save and begin").click()
    page.get_by_role("alert").wait_for()
    wrong += violations(page)
    page.goto(f"/attempts/{places.graded.pk}/result/?show=all")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    wrong += violations(page)
    assert wrong == []
