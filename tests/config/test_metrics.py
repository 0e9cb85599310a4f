"""The figures: who may read them, that several processes add up, and that each alert asks for one that exists."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from accounts.public import read_db_now
from config import roles
from config.metrics import DatabaseFigures
from quizzes.models import GradingJob
from tests.client import ApiClient, some_answer
from tests.servers.people import make_person
from tests.servers.waiting import wait_until

TOKEN = "a-token-of-more-than-twenty-characters"


def scrape(url: str, token: str = TOKEN) -> dict[str, float]:
    """Samples by name, labels left out: added up."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.read().decode()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


@pytest.fixture
def site(own_site, tmp_path):
    own_site.settings |= {"METRICS_TOKEN": TOKEN, "DATA_DIR": str(tmp_path)}
    return own_site


@pytest.mark.django_db
def test_without_a_token_in_the_settings_there_are_no_figures_for_anybody(client):
    client.force_login(User.objects.create_user("root", is_superuser=True, is_staff=True))
    assert client.get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_figures_are_for_the_token_and_for_superusers(client, settings, tmp_path):
    settings.METRICS_TOKEN, settings.METRICS_DIR = TOKEN, tmp_path
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}", "host": "10.1.2.3:8000"}).status_code == 200
    staff, root = User.objects.create_user("staff", is_staff=True), User.objects.create_user("root", is_superuser=True)
    client.force_login(staff)
    assert client.get("/metrics").status_code == 404
    client.force_login(root)
    answer = client.get("/metrics")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/plain")
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.worker
def test_two_web_processes_a_worker_and_the_sweep_add_up_and_every_alert_finds_its_figure(site):
    web = site.start_web(processes=2)
    site.start_worker()
    site.start_sweep()
    client = ApiClient.of(make_person("learner"), web.url)
    attempt = client.start(mode="drill", count=5)
    for question in attempt["questions"]:
        assert client.save(attempt["id"], question["position"], some_answer(question)).status == 200
    assert client.save(attempt["id"], 1, None).status == 409
    assert client.submit(attempt["id"]).status == 202
    assert client.call("POST", "/api/v1/token/", {"username": "nobody", "password": "guess"}).status == 400
    wait_until(lambda: client.status(attempt["id"]) == "graded", what="the attempt is graded")
    # It is counted where it is logged: after the commit that everybody sees.
    wait_until(lambda: scrape(web.url)["studyloop_grade_seconds_count"], what="the grading is counted")
    figures = scrape(web.url)
    assert figures["studyloop_save_seconds_count"] == 5
    assert figures["studyloop_saves_refused_total"] == 1
    assert figures["studyloop_submit_seconds_count"] == 1
    assert figures["studyloop_grade_seconds_count"] == 1
    assert figures["studyloop_logins_failed_total"] == 1
    assert (figures["studyloop_database_up"], figures["studyloop_jobs"]) == (1, 0)
    again = [scrape(web.url)["studyloop_save_seconds_count"] for _ in range(6)]
    assert again == [5] * 6, "whichever process answers, the sum is the same"
    assert set(figures_of_alerts()) <= set(figures) | {"up"}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        scrape(web.url, token="wrong")


def alerts() -> list[dict]:
    said = yaml.safe_load((roles.BASE_DIR / "docs" / "alerts.yml").read_text())
    return [rule for group in said["groups"] for rule in group["rules"]]


def figures_of_alerts() -> list[str]:
    return re.findall(r"\bstudyloop_\w+\b(?=[{\[)\s])", "\n".join(f"{rule['expr']} " for rule in alerts()))


def test_alerts_are_rules_of_prometheus():
    said = yaml.safe_load((roles.BASE_DIR / "docs" / "alerts.yml").read_text())
    assert set(said) == {"groups"} and all(set(group) == {"name", "rules"} for group in said["groups"])
    assert len({rule["alert"] for rule in alerts()}) == len(alerts()) >= 10
    for rule in alerts():
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        for left, right in ("()", "[]", "{}"):
            assert rule["expr"].count(left) == rule["expr"].count(right)
    assert len(set(figures_of_alerts())) >= 9


def sampled() -> dict[tuple[str, ...], float]:
    return {(sample.name, *sample.labels.values()): sample.value for family in DatabaseFigures().collect() for sample in family.samples}


@pytest.mark.django_db
def test_figures_of_the_database_are_right_and_cost_four_statements(django_assert_max_num_queries, attempts_with_jobs):
    states = GradingJob.State
    attempts_with_jobs([(states.WAITING, 90, 1), (states.WAITING, 10, 0), (states.NEEDS_ATTENTION, 600, 3), (states.DONE, 900, 0)])
    oldest = GradingJob.objects.filter(state=states.WAITING).earliest("created_at").created_at
    at_least = (read_db_now() - oldest).total_seconds()
    with django_assert_max_num_queries(4):
        figures = sampled()
    at_most = (read_db_now() - oldest).total_seconds()
    assert figures["studyloop_jobs", "waiting"] == 2 and figures["studyloop_jobs", "needs_attention"] == 1
    assert 90 <= at_least <= figures["studyloop_job_oldest_seconds",] <= at_most
    assert figures["studyloop_job_failures",] == 4


@pytest.fixture
def attempts_with_jobs(db):
    from quizzes.domain.attempts import start_attempt
    from quizzes.domain.forms import Wanted
    from tests import bank

    exam, learner = bank.make_exam(), User.objects.create_user("ada")
    bank.make_questions(exam, [("1.1", "multiple_choice", 1)])

    def make(rows):
        for state, age, tries in rows:
            attempt = start_attempt(user=learner, exam=exam, wanted=Wanted(mode="drill", count=1))
            now = read_db_now()
            done = now if state == GradingJob.State.DONE else None
            GradingJob.objects.create(attempt=attempt, state=state, tries=tries, created_at=now - timedelta(seconds=age), done_at=done)

    return make
