"""Every pair of teams and every address that tells something of a team: who is not in it finds nothing there."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.domain.teams import create_team, set_consent
from accounts.models import Membership, User
from tests import bank
from tests.analytics.people import make_members, practise


@pytest.fixture
def exam(db):
    made = bank.make_exam()
    bank.make_bank(made, per_task=2)
    return made


@pytest.fixture
def teams(exam):
    """Four teams with a lead and two members each; the last shares a member with the first."""
    made = []
    for name in ("alpha", "beta", "gamma", "delta"):
        team = create_team(name=name, actor=User.objects.create_user(f"lead-of-{name}"))
        practise(make_members(team, [f"one-of-{name}", f"two-of-{name}"]), exam, shares=[0.4, 0.8], weeks=3)
        made.append(team)
    Membership.objects.create(team=made[-1], user=User.objects.get(username="one-of-alpha"))
    return made


def team_addresses(team):
    """Every address of the product with a team's slug in it, filled in for a team and each of its members."""
    found = []
    for prefix, pattern in routes(get_resolver().url_patterns):
        names = list(pattern.pattern.converters)
        route = prefix + str(pattern.pattern)
        if not route.startswith(("teams/", "api/v1/teams/")) or "slug" not in names:
            continue
        for person in team.memberships.all() if set(names) != {"slug"} else [None]:
            path = route.replace("<slug:slug>", team.slug)
            for name in set(names) - {"slug"}:
                kind = type(pattern.pattern.converters[name]).__name__.removesuffix("Converter").lower()
                path = path.replace(f"<{kind}:{name}>", str(person.pk))
            assert "<" not in path, path
            found.append(f"/{path}")
    return found


def routes(patterns, prefix=""):
    for entry in patterns:
        if isinstance(entry, URLPattern):
            yield prefix, entry
        else:
            yield from routes(entry.url_patterns, prefix + str(entry.pattern))


def signed_in(username):
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def test_addresses_are_found(teams):
    paths = team_addresses(teams[0])
    assert "/api/v1/teams/alpha/report/" in paths
    assert "/api/v1/teams/alpha/report.csv" in paths


def test_every_pair_of_teams_and_every_address(teams):
    for own in teams:
        clients = {name: signed_in(name) for name in (f"lead-of-{own.name}", f"two-of-{own.name}")}
        for other in teams:
            for path in team_addresses(other):
                for name, client in clients.items():
                    answer = client.get(path)
                    if other == own:
                        assert answer.status_code in (200, 302, 403, 404, 405), (name, path)
                    else:
                        assert answer.status_code in (404, 405), (name, path)
                        assert f"of-{other.name}" not in body(answer), (name, path)
        lead = clients[f"lead-of-{own.name}"]
        assert lead.get(f"/api/v1/teams/{own.slug}/report/").status_code == 200


def body(answer):
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def test_outsiders_get_the_same_answer_as_for_a_team_that_does_not_exist(teams):
    client = signed_in("two-of-alpha")
    for path in ("/api/v1/teams/{}/report/", "/api/v1/teams/{}/report.csv"):
        real, unreal = (client.get(path.format(slug)).json() for slug in ("beta", "nobody"))
        for answer in (real, unreal):
            for key in ("instance", "request_id"):
                answer.pop(key)
        assert real == unreal


def test_superusers_and_instructors_are_outsiders_too(teams):
    User.objects.create_superuser("root")
    for path in team_addresses(teams[0]):
        assert signed_in("root").get(path).status_code in (404, 405), path


def test_visitors_are_sent_away(teams):
    for path in team_addresses(teams[0]):
        answer = Client().get(path)
        assert answer.status_code in (302, 401, 403, 404, 405), path
        assert "of-alpha" not in body(answer)


def test_a_member_of_two_teams_sees_their_own_row_in_each(teams):
    client = signed_in("one-of-alpha")
    for slug in ("alpha", "delta"):
        report = client.get(f"/api/v1/teams/{slug}/report/").json()
        assert [row["name"] for row in report["members"]] == ["one-of-alpha"]
        assert report["ready"] is None
        assert report["sentence"] == ""
    assert client.get("/api/v1/teams/beta/report/").status_code == 404


def test_a_member_gets_one_line_of_the_table(teams):
    text = body(signed_in("two-of-beta").get("/api/v1/teams/beta/report.csv"))
    assert "two-of-beta" in text
    assert "one-of-beta" not in text


def test_who_leaves_or_is_demoted_sees_no_more(teams):
    client = signed_in("lead-of-alpha")
    Membership.objects.filter(team=teams[0], user__username="lead-of-alpha").update(role="member")
    assert "two-of-alpha" not in body(client.get("/api/v1/teams/alpha/report/"))
    Membership.objects.filter(user__username="lead-of-alpha").delete()
    assert client.get("/api/v1/teams/alpha/report/").status_code == 404


def test_consent_withdrawn_empties_every_address_at_once(teams):
    user = User.objects.get(username="two-of-alpha")
    client = signed_in("lead-of-alpha")
    before = {row["name"]: row for row in client.get("/api/v1/teams/alpha/report/").json()["members"]}["two-of-alpha"]
    assert before["state"] == "shown"
    set_consent(team=teams[0], user=user, shares=False)
    after = {row["name"]: row for row in client.get("/api/v1/teams/alpha/report/").json()["members"]}["two-of-alpha"]
    assert {name: value for name, value in after.items() if value not in ("", None, [], 0)} == {
        "key": before["key"], "name": "two-of-alpha", "state": "hidden",
    }  # fmt: skip
    lines = list(csv.DictReader(io.StringIO(body(client.get("/api/v1/teams/alpha/report.csv")).removeprefix("\ufeff"))))
    line = next(line for line in lines if line["Member"] == "two-of-alpha")
    assert [value for value in line.values() if value] == ["two-of-alpha", "not shared"]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", 'Ada "the" <b>, Countess'])
def test_table_takes_no_name_for_a_formula(exam, name):
    lead = User.objects.create_user("lead")
    team = create_team(name="Data", actor=lead)
    make_members(team, ["ada"])
    User.objects.filter(username="ada").update(display_name=name)
    answer = signed_in("lead").get("/api/v1/teams/data/report.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="data-')
    (line,) = csv.DictReader(io.StringIO(body(answer).removeprefix("\ufeff")))
    assert line["Member"] == (f"'{name}" if name[0] in "=+-@" else name)


def test_table_and_report_have_the_same_numbers(teams):
    client = signed_in("lead-of-alpha")
    report = client.get("/api/v1/teams/alpha/report/").json()
    lines = csv.DictReader(io.StringIO(body(client.get("/api/v1/teams/alpha/report.csv")).removeprefix("\ufeff")))
    told = [(line["Member"], line["Estimated score"], line["Chance of passing"]) for line in lines]
    assert told == [(row["name"], str(row["estimate"]), row["chance"]) for row in report["members"]]
    assert json.dumps(report).count("username") == 0


def test_report_of_an_unknown_exam_is_404(teams):
    client = signed_in("lead-of-alpha")
    assert client.get("/api/v1/teams/alpha/report/?exam=nothing").status_code == 404
    assert client.get("/api/v1/teams/alpha/report/?exam=aif-c01").status_code == 200
