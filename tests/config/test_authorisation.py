"""Who may come where: every address of the product as everybody whom it does not concern.

A new address without a line in `WHO` fails here, so that nobody forgets to think of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.domain.roles import INSTRUCTOR, make_instructor
from accounts.domain.teams import create_team, invite
from accounts.models import Membership, User
from accounts.public import keep_draft
from analytics import instrument
from quizzes import catalogue
from quizzes.domain import answers, attempts, grading
from quizzes.domain.forms import Wanted
from quizzes.models import Attempt, Grade, Quiz, Response
from tests import bank
from tests.quizzes.conftest import answer_all, put

OPEN, ACCOUNT, OWN, TEAM, INSTRUCT, NOBODY = "open", "account", "own", "team", "instruct", "nobody"
WHO = {
    OPEN: """
        health-live health-ready health-workers api-schema api-token api-exams api-blueprint api-stages api-services api-lessons
        api-lesson api-lesson-check api-terms api-formulas api-search api-attempts attempt-begin attempt-start web-manifest
        service-worker offline home team-join honesty reference services service glossary formulas course map stage lesson
        lesson-check search attempt-session
    """,
    ACCOUNT: """
        api-me api-preferences api-export api-teams api-lesson-progress api-progress api-quizzes api-reviews api-question-reports
        api-readiness api-readiness-history api-readiness-plan start exam-result account account-display account-data account-export
        account-close account-reports teams team-new history review readiness practice lesson-done suggest-term
    """,
    OWN: """
        api-attempt api-response api-submit api-attempt-status api-pause api-resume api-add-minutes api-result api-record
        api-record-table api-check attempt attempt-review attempt-result attempt-record attempt-like attempt-report
    """,
    TEAM: """
        api-team-report api-team-table team team-settings team-link team-link-withdraw team-role team-remove team-consent team-leave
        team-member
    """,
    INSTRUCT: "items item flag-settle preview-question preview-question-check preview-lesson",
    NOBODY: "metrics",
}
KIND = {name: kind for kind, names in WHO.items() for name in names.split()}
METHODS = ("get", "post", "put", "patch", "delete")
SIGN_IN = {302, 401, 403}
"""How a visitor is sent away: to the page that signs in, or as the API does."""
CANARY = "Canary Owner"
BODY = {"position": 1, "answer": None, "base_version": 1, "save_id": "01a1fbe5-0263-7b63-92c5-a3a791fd7097"}

pytestmark = pytest.mark.django_db


def routes() -> dict[str, str]:
    """Every route by its name; those of the admin and of signing in have tests of their own."""
    found: dict[str, str] = {}

    def walk(patterns: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield entry.name or route, route
            elif not route.startswith(("admin", "accounts/")):
                yield from walk(entry.url_patterns, route)

    found.update(walk(get_resolver().url_patterns))
    return {name: route for name, route in found.items() if name != "^api/"}


@pytest.fixture
def owner(db):
    return User.objects.create_user("owner", "canary@example.org", display_name=CANARY)


@pytest.fixture
def places(owner):
    """What stands for each part of an address: things of the owner, in an exam with a bank."""
    catalogue.forget()
    instrument.forget()
    answers._forms.clear()
    exam = bank.make_exam()
    bank.make_bank(exam, per_task=4)
    running, graded = (
        attempts.start_attempt(user=owner, exam=exam, wanted=Wanted(mode="drill", tasks=("1.3",), count=3, feedback="each"))
        for _sitting in range(2)
    )
    put(running, 1, None)
    answer_all(graded)
    attempts.submit_attempt(attempt_id=graded.pk, user=owner)
    grading.drain_jobs(worker="w")
    team = create_team(name="Canaries", actor=owner)
    Quiz.objects.create(exam=exam, slug="theirs", title=f"{CANARY}'s quiz", team=team, state="published")
    lesson = exam.lessons.first()
    member = Membership.objects.get(team=team, user=owner)
    return {
        "attempt_id": (running.pk, graded.pk),
        "exam": (exam.slug,),
        "team": (team.slug,),
        "lesson": (lesson.slug,),
        "number": (0, member.pk),
        "key": (member.pk,),
        "position": (1,),
        "token": (invite(team=team, actor=owner, role="member", days=3).token,),
        "question_id": (catalogue.version_texts([running.form[0][0]])[running.form[0][0]].question_id,),
        "flag_id": (1,),
        "name": (keep_draft(author=owner, kind="question", content={"text": CANARY}),),
    }


def paths(name: str, route: str, places: dict[str, tuple[Any, ...]]) -> list[str]:
    """The addresses of a route with things of the owner in it."""
    found = [f"/{route}"]
    slug = "team" if "team" in name else "lesson"
    for part in ("<uuid:attempt_id>", "<int:number>", "<int:key>", "<int:position>", "<int:question_id>", "<int:flag_id>"):
        found = [path.replace(part, str(value)) for path in found for value in places[part.strip("<>").split(":")[1]]]
    for part, key in (("<slug:exam>", "exam"), ("<slug:slug>", slug), ("<str:token>", "token"), ("<str:name>", "name")):
        found = [path.replace(part, places[key][0]) for path in found]
    found = list(dict.fromkeys(found))
    assert not any("<" in path for path in found), found
    return found


@pytest.fixture
def strangers(db):
    """Everybody whom the owner's things do not concern, each in a browser."""
    people = {name: User.objects.create_user(name) for name in ("learner", "lead", "instructor", "former")}
    create_team(name="Others", actor=people["lead"])
    make_instructor(user=people["instructor"])
    people["former"].groups.add(Group.objects.get(name=INSTRUCTOR))  # in the group, and no longer staff
    clients = {"visitor": Client()}
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(person)
    return clients


def allowed(kind: str, who: str) -> set[int]:
    """How somebody is turned away."""
    if who == "visitor":
        return SIGN_IN | {404, 405}
    if kind == INSTRUCT:
        return {403, 405}
    return {404, 405}


def send(client: Client, method: str, path: str) -> Any:
    """A request with a body that its address would take: what is wrong with a body must not be said before whose it is."""
    if method == "get":
        return client.get(path)
    return getattr(client, method)(path, BODY if path.startswith("/api/") else "", content_type="application/json")


def stored() -> list[Any]:
    """What a stranger must not have changed."""
    return [
        list(Attempt.objects.order_by("pk").values()),
        list(Response.objects.order_by("pk").values()),
        list(Grade.objects.order_by("pk").values()),
        list(Membership.objects.order_by("pk").values()),
        list(User.objects.order_by("pk").values("username", "email", "display_name")),
    ]


def test_every_address_has_been_thought_of():
    assert set(routes()) == set(KIND)


@pytest.mark.parametrize("kind", [OWN, TEAM, INSTRUCT, NOBODY])
def test_strangers_are_turned_away_and_change_nothing(places, strangers, kind):
    before = stored()
    for name, route in routes().items():
        if KIND[name] != kind:
            continue
        for path in paths(name, route, places):
            for who, client in strangers.items():
                if kind == INSTRUCT and who == "instructor":
                    continue
                for method in METHODS:
                    answer = send(client, method, path)
                    assert answer.status_code in allowed(kind, who), (who, method, path, answer.status_code)
                    assert CANARY not in answer.text, (who, method, path)
    assert stored() == before


def test_visitors_are_asked_to_sign_in_where_an_account_is_needed(places):
    client = Client()
    for name, route in routes().items():
        if KIND[name] == ACCOUNT:
            for path in paths(name, route, places):
                for method in METHODS:
                    answer = send(client, method, path)
                    assert answer.status_code in SIGN_IN | {405}, (method, path, answer.status_code)
                    if answer.status_code == 302:
                        assert answer["Location"].startswith("/accounts/login/?next=/"), (method, path)


@pytest.mark.parametrize("kind", [OPEN, ACCOUNT])
def test_what_is_open_to_others_tells_nothing_of_the_owner(places, strangers, kind):
    for name, route in routes().items():
        if KIND[name] == kind and name not in {
            "team-join",
            "health-ready",
            "health-workers",
        }:  # a link shows who invites; a probe may be red
            for path in paths(name, route, places):
                for who, client in strangers.items():
                    answer = client.get(path, follow=True)
                    assert answer.status_code < 500, (who, path)
                    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                    assert CANARY.encode() not in body, (who, path)
                    assert b"canary@example.org" not in body, (who, path)


def test_every_change_by_a_session_needs_its_token(places, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    before = stored()
    for name, route in routes().items():
        if name == "api-token":  # takes no session: a name and its password
            continue
        for path in paths(name, route, places):
            for method in METHODS[1:]:
                answer = send(client, method, path)
                assert answer.status_code in {403, 405}, (method, path, answer.status_code)
    assert stored() == before
