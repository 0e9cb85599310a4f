"""On paper: a team's report of fifteen on two sheets, without what only a screen can do; and no page prints its navigation."""

from __future__ import annotations

import re
import zlib

import pytest

from accounts.models import Membership, Team
from tests.e2e.places import furnished, go
from tests.servers.people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.survey, pytest.mark.timeout(1200)]

ON_SCREEN_ONLY = ".top, .tabbar, .skip, .foot, .btn"


def sheets(pdf: bytes) -> int:
    """How many sheets a file has: its objects of the kind Page, those inside packed streams too."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    texts = [pdf]
    for stream in packed:
        try:
            texts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return sum(len(re.findall(rb"/Type\s*/Page\b", text)) for text in texts)


def test_report_of_fifteen_members_fits_two_sheets(page_as):
    places = furnished()
    team = Team.objects.get(pk=places.team.pk)
    for number in range(15 - team.memberships.count()):
        Membership.objects.create(team=team, user=make_person("learner", display_name=f"Member with a long name {number}"))
    assert team.memberships.count() == 15
    page = places.open_as(page_as, "lead")
    go(page, f"/teams/{team.slug}/")
    printed = page.pdf(format="A4", prefer_css_page_size=True, tagged=True)
    assert 1 <= sheets(printed) <= 2


def test_navigation_is_not_printed(page_as, live_db, live_web):
    places = furnished()
    for role in ("learner", "lead", "instructor", "visitor"):
        page = places.open_as(page_as, role)
        page.emulate_media(media="print")
        for address in places.of(role):
            go(page, address)
            shown = page.locator(ON_SCREEN_ONLY).evaluate_all(
                "(all) => all.filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 60))"
            )
            assert shown == [], address
