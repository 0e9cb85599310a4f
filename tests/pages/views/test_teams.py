"""Teams: what a lead sees, what a member sees, what a stranger does not see."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, Membership, User
from tests.pages.views.sittings import answer_many

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 20


@pytest.fixture
def grace():
    return User.objects.get(username="grace")


@pytest.fixture
def report(browser_of, learner, team, exam):
    """The report's page for the lead."""
    browser = browser_of(learner)
    return lambda: browser.get(reverse("team", args=[team.slug]))


def add_members(team, number: int) -> list[User]:
    people = User.objects.bulk_create(User(username=f"m{index}", email=f"m{index}@example.org") for index in range(number))
    Membership.objects.bulk_create(Membership(team=team, user=person) for person in people)
    return people


def test_report_begins_with_its_sentences(report, exam, grace, team):
    answer_many(grace, exam, count=80, right=lambda position: position % 10 != 0)
    answer = report()
    heading = re.sub(r"\s*</?span>\s*", " ", answer.content.decode().split("<h1>")[1].split("</h1>")[0]).split()
    assert " ".join(heading) == " ".join(answer.context["report"].sentences)


def test_report_shows_numbers_of_who_shares_and_only_the_name_of_who_does_not(report, exam, grace, team):
    answer_many(grace, exam, count=80, right=lambda position: position % 5 != 0)
    answer_many(User.objects.get(username="sam"), exam, count=80, right=lambda _position: True)
    rows = {line["row"].name: line for line in report().context["rows"]}
    assert rows["Grace"]["drawn"]
    assert rows["Sam"]["row"].state == "hidden"
    assert not rows["Sam"]["drawn"]
    assert not rows["Sam"]["cells"]


def test_report_never_says_nought_or_ten(report, exam, grace):
    answer_many(grace, exam, count=80, right=lambda _position: False)
    page = report().content.decode()
    assert "under 1 in 10" in page
    assert "0 in 10" not in page.replace("10 in 10", "")
    assert "10 in 10" not in page


def test_report_keeps_to_its_statements_whatever_the_number_of_members(report, exam, team):
    add_members(team, 3)
    report()
    with CaptureQueriesContext(connection) as few:
        report()
    for index in range(60):
        person = User.objects.create(username=f"more{index}", email=f"more{index}@example.org")
        Membership.objects.create(team=team, user=person)
    with CaptureQueriesContext(connection) as many:
        assert report().status_code == 200
    assert len(many) == len(few)
    assert len(many) <= MOST_STATEMENTS, "\n".join(query["sql"][:150] for query in many)


def test_member_sees_their_own_row_and_nobody_else(browser_of, team, exam, grace, learner):
    answer_many(grace, exam, count=60, right=lambda position: position % 3 != 0)
    page = browser_of(grace).get(reverse("team", args=[team.slug])).content.decode()
    assert "exactly what the leads see of you" in page
    assert not re.search(r"\bSam\b", page), "as a word: a token in the page may spell it by chance"
    assert "Stop sharing my progress" in page


@pytest.mark.parametrize("name", ["team", "team-settings"])
def test_stranger_cannot_tell_a_team_from_none(browser_of, team, exam, name):
    stranger = browser_of(User.objects.create_user("stranger"))
    assert stranger.get(reverse(name, args=[team.slug])).status_code == 404
    assert stranger.get(reverse(name, args=["no-such-team"])).status_code == 404


def test_member_page_of_another_is_for_leads(browser_of, team, exam, learner, grace):
    sam = User.objects.get(username="sam")
    keys = {line["row"].name: line["row"].key for line in browser_of(learner).get(reverse("team", args=[team.slug])).context["rows"]}
    address = reverse("team-member", args=[team.slug, keys["Grace"]])
    assert browser_of(learner).get(address).status_code == 200
    assert browser_of(sam).get(address).status_code == 404


def test_settings_are_for_leads_and_say_who_can_help(browser_of, team, exam, grace):
    answer = browser_of(grace).get(reverse("team-settings", args=[team.slug]))
    assert answer.status_code == 403
    assert "can give you access" in answer.content.decode()


@pytest.mark.parametrize("name", ["team-link", "team-consent", "team-leave"])
def test_actions_are_not_done_by_a_link(browser_of, learner, team, exam, name):
    assert browser_of(learner).get(reverse(name, args=[team.slug])).status_code == 405


def test_member_cannot_make_a_link(browser_of, team, exam, grace):
    assert browser_of(grace).post(reverse("team-link", args=[team.slug]), {"role": "lead", "days": "5"}).status_code == 403
    assert not Invitation.objects.exists()


def test_lead_makes_a_link_and_it_lets_somebody_in(browser_of, learner, team, exam):
    page = browser_of(learner).post(reverse("team-link", args=[team.slug]), {"role": "member", "days": "5"}, follow=True).content.decode()
    token = Invitation.objects.get().token
    assert token in page
    newcomer = User.objects.create_user("new")
    answer = browser_of(newcomer).post(reverse("team-join", args=[token]), {"shares": "on"})
    assert answer.url == reverse("team", args=[team.slug])
    assert Membership.objects.get(user=newcomer).shares


def test_joining_without_consent_shares_nothing(browser_of, learner, team, exam):
    browser_of(learner).post(reverse("team-link", args=[team.slug]), {"role": "member", "days": "5"})
    newcomer = User.objects.create_user("new")
    browser_of(newcomer).post(reverse("team-join", args=[Invitation.objects.get().token]), {"join": "1"})
    assert not Membership.objects.get(user=newcomer).shares


def test_visitor_with_a_link_is_asked_to_sign_in_and_comes_back(client, browser_of, learner, team, exam):
    browser_of(learner).post(reverse("team-link", args=[team.slug]), {"role": "member", "days": "5"})
    address = reverse("team-join", args=[Invitation.objects.get().token])
    page = client.get(address).content.decode()
    assert "Join Data platform" in page
    assert f"?next={address}" in page


def test_expired_and_unknown_links_look_the_same(client, team, exam, learner):
    old = Invitation.objects.create(team=team, created_by=learner, expires_at=timezone.now() - timedelta(days=1))
    expired, unknown = (client.get(reverse("team-join", args=[token])) for token in (old.token, "nothing"))
    assert expired.status_code == unknown.status_code == 404
    assert "This link does not work" in expired.content.decode()


def test_last_lead_cannot_leave(browser_of, learner, team, exam):
    page = browser_of(learner).post(reverse("team-leave", args=[team.slug]), follow=True).content.decode()
    assert "You are the only lead" in page
    assert Membership.objects.filter(team=team, user=learner).exists()


def test_lead_makes_another_lead_and_removes_a_member(browser_of, learner, team, exam, grace):
    browser = browser_of(learner)
    number = Membership.objects.get(user=grace).pk
    browser.post(reverse("team-role", args=[team.slug, number]), {"role": "lead"})
    assert Membership.objects.get(pk=number).role == "lead"
    browser.post(reverse("team-remove", args=[team.slug, number]))
    assert not Membership.objects.filter(pk=number).exists()


def test_consent_can_be_withdrawn_and_given(browser_of, team, exam, grace):
    browser = browser_of(grace)
    browser.post(reverse("team-consent", args=[team.slug]), {"shares": "no"})
    assert "You do not share your progress here" in browser.get(reverse("team", args=[team.slug])).content.decode()
    browser.post(reverse("team-consent", args=[team.slug]), {"shares": "yes"})
    assert Membership.objects.get(user=grace).shares


def test_window_that_ends_before_it_begins_is_refused(browser_of, learner, team, exam):
    said = {"name": "Data", "exam_from": "2026-12-10", "exam_until": "2026-12-01", "mail_day": "0"}
    answer = browser_of(learner).post(reverse("team-settings", args=[team.slug]), said)
    assert answer.status_code == 422
    assert "must not end before it begins" in answer.content.decode()


def test_anybody_can_make_a_team_and_leads_it(browser_of, exam):
    person = User.objects.create_user("new")
    answer = browser_of(person).post(reverse("team-new"), {"name": "Night owls"})
    assert answer.url == reverse("team-settings", args=["night-owls"])
    assert Membership.objects.get(user=person).role == "lead"


def test_report_of_a_new_team_asks_for_people(browser_of, exam):
    person = User.objects.create_user("new")
    browser = browser_of(person)
    browser.post(reverse("team-new"), {"name": "Night owls"})
    assert "Nobody else is here yet" in browser.get(reverse("team", args=["night-owls"])).content.decode()
