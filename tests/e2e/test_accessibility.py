"""axe finds nothing to complain of, on any page, light and dark, from wide to narrow; and nothing runs out of the page."""

from __future__ import annotations

import pytest

from accounts.models import Membership, Team
from lifecycle.models import Exam
from quizzes.catalogue import version_texts
from quizzes.domain import grading
from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import start_attempt, submit_attempt
from quizzes.domain.forms import Wanted
from quizzes.identity import uuid7
from tests.client import right_answers
from tests.e2e.axe import violations
from tests.e2e.player import ALL_KINDS, sitting_of
from tests.servers.people import make_person

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390, 320)
LEARNER_PAGES = [
    "/",
    "/start/",
    "/aif-c01/course/",
    "/aif-c01/map/",
    "/aif-c01/map/?view=list",
    "/aif-c01/stages/monitoring/",
    "/aif-c01/lessons/what-mlops-is/",
    "/aif-c01/practice/",
    "/aif-c01/begin/?mode=practice_exam",
    "/aif-c01/readiness/",
    "/readiness/how/",
    "/aif-c01/review/",
    "/aif-c01/search/?q=drift",
    "/reference/",
    "/reference/services/",
    "/reference/services/amazon-bedrock/",
    "/reference/glossary/",
    "/reference/formulas/",
    "/history/",
    "/account/",
    "/account/display/",
    "/account/data/",
]
VISITOR_PAGES = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/no-such-page/"]


def graded(person, *, count=10, right=7, **wish):
    """A graded drill of that person; the first `right` answers are right."""
    exam = Exam.objects.get(slug="aif-c01")
    attempt = start_attempt(user=person, exam=exam, wanted=Wanted(mode="drill", count=count, **wish))
    keys = right_answers({"id": attempt.pk})
    texts = version_texts(entry[0] for entry in attempt.form)
    for position, (version_id, _scored) in enumerate(attempt.form, start=1):
        answer = keys[position] if position <= right else None
        if answer is None and texts[version_id].kind == "multiple_choice":
            answer = [next(o.key for o in texts[version_id].options if o.key not in keys[position])]
        save = Save(answer=answer, base_version=0, save_id=uuid7(), seconds=40)
        save_answer(attempt_id=attempt.pk, user_id=person.pk, guest_key="", position=position, save=save)
    submit_attempt(attempt_id=attempt.pk, user=person)
    grading.drain_jobs(worker="test:accessibility")
    return attempt


@pytest.fixture
def learner(live_db, live_web):
    """A learner with enough answers for readiness to be shown."""
    person = make_person("learner")
    for domain in (1, 2, 3, 4, 5):
        graded(person, count=12, right=9, domains=(domain,))
    return person


@pytest.fixture
def look(page_as):
    """look(role, paths, person): open each page in every scheme and width, and collect what is wrong."""

    def _look(role, paths, person=None, widths=WIDTHS, schemes=("light", "dark")):
        wrong = []
        for scheme in schemes:
            page = page_as(role, person=person, color_scheme=scheme)
            for width in widths:
                page.set_viewport_size({"width": width, "height": 900})
                for path in paths:
                    page.goto(path)
                    page.locator("h1:visible").first.wait_for()  # the player draws its questions itself
                    wrong += [f"{scheme} {width}: {line}" for line in violations(page)]
                    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                    if over > 0:
                        wrong.append(f"{scheme} {width}: {path} is {over} px too wide")
        return wrong

    return _look


@pytest.mark.timeout(400)
def test_learner_pages(look, learner):
    assert look("learner", LEARNER_PAGES, learner) == []


def test_pages_of_a_new_learner(look):
    assert look("learner", ["/", "/aif-c01/practice/", "/aif-c01/readiness/", "/history/"], make_person("learner"), widths=(390,)) == []


def test_visitor_pages(look):
    assert look("visitor", VISITOR_PAGES) == []


def test_player_with_every_kind(look, learner):
    attempt = sitting_of(learner, ALL_KINDS)
    paths = [f"/attempts/{attempt.pk}/#{position}" for position in range(1, len(ALL_KINDS) + 1)]
    assert look("learner", [*paths, f"/attempts/{attempt.pk}/review/"], learner) == []


def test_result(look, learner):
    attempt = graded(learner, right=6)
    assert look("learner", [f"/attempts/{attempt.pk}/result/"], learner) == []


def test_team_pages(look, learner, live_db):
    lead = make_person("lead")
    team = Team.objects.get(memberships__user=lead)
    for _number in range(3):
        Membership.objects.create(team=team, user=make_person("learner"))
    Membership.objects.create(team=team, user=learner)
    paths = [f"/teams/{team.slug}/", f"/teams/{team.slug}/settings/"]
    assert look("lead", paths, lead) == []
