"""What is promised of every page, asked of every page: it fits, nothing is cut off or covered, targets can be hit, nothing moves."""

from __future__ import annotations

import pytest

from accounts.models import Preferences
from tests.e2e.places import CUT_OFF, LONGER_WORDS, MOVING, SMALL_TARGETS, STOPS, TOO_WIDE, WIDER_SPACING, furnished, go

pytestmark = [pytest.mark.browser, pytest.mark.survey, pytest.mark.timeout(1200)]

ROLES = ("learner", "player", "lead", "instructor", "visitor")


@pytest.fixture
def places(live_db, live_web):
    """People of every role with full pages."""
    return furnished()


@pytest.fixture
def wrong_on(places, page_as):
    """wrong_on(ask, sizes=…, **context): open every page of every role in each size and collect what `ask(page)` finds."""

    def _wrong_on(ask, *, sizes, **context):
        found = []
        for role in ROLES:
            page = places.open_as(page_as, role, **context)
            for width, height in sizes:
                page.set_viewport_size({"width": width, "height": height})
                for address in places.of(role):
                    go(page, address)
                    found += [f"{width}x{height} {address}: {line}" for line in ask(page)]
            page.context.close()
        return found

    return _wrong_on


def too_wide(page):
    return page.evaluate(TOO_WIDE)


def test_tab_stops_are_seen_and_wear_a_ring(wrong_on):
    def ask(page):
        page.keyboard.press("Tab")  # from here on the focus is shown as for a keyboard
        return page.evaluate(STOPS)

    assert wrong_on(ask, sizes=[(1280, 600), (390, 640), (320, 512)]) == []


def test_a_screen_enlarged_four_times_scrolls_one_way_and_hides_nothing(wrong_on):
    def ask(page):
        page.keyboard.press("Tab")
        return too_wide(page) + page.evaluate(STOPS)

    assert wrong_on(ask, sizes=[(320, 256)]) == []


def test_wider_spacing_cuts_nothing_off(wrong_on):
    def ask(page):
        page.evaluate(WIDER_SPACING)
        return too_wide(page) + page.evaluate(CUT_OFF)

    assert wrong_on(ask, sizes=[(1280, 800), (390, 800)]) == []


def test_double_text_size_cuts_nothing_off(wrong_on, places):
    for person in (places.learner, places.lead, places.instructor):
        Preferences.objects.update_or_create(user=person, defaults={"text_size": 200})

    def ask(page):
        return too_wide(page) + page.evaluate(CUT_OFF)

    assert wrong_on(ask, sizes=[(1280, 800), (390, 800), (320, 800)]) == []


def test_longer_words_and_the_other_direction_fit(wrong_on):
    """Words two fifths longer, as other languages have them, from left to right and from right to left."""

    def ask(page):
        page.evaluate(LONGER_WORDS)
        found = too_wide(page) + page.evaluate(CUT_OFF)
        page.evaluate("document.documentElement.dir = 'rtl'")
        return found + [f"rtl {line}" for line in too_wide(page) + page.evaluate(CUT_OFF)]

    assert wrong_on(ask, sizes=[(1280, 800), (390, 800)]) == []


def test_targets_can_be_hit(wrong_on):
    assert wrong_on(lambda page: page.evaluate(SMALL_TARGETS), sizes=[(1280, 800), (390, 800)]) == []


def test_less_motion_stops_everything(wrong_on):
    assert wrong_on(lambda page: page.evaluate(MOVING), sizes=[(1280, 800)], reduced_motion="reduce") == []
