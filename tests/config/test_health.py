"""Health: what turns it amber and red, and what strangers are not told."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.public import User, read_db_now
from config import health
from config.health import Light
from config.heartbeat import is_heard, last_heard, record_heartbeat
from config.models import Heartbeat
from quizzes.domain.attempts import start_attempt, submit_attempt
from quizzes.domain.forms import Wanted
from quizzes.models import GradingJob
from tests import bank
from tests.servers.waiting import wait_until


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_user("root", is_staff=True))
    return client


@pytest.fixture
def submitted_job():
    """Submit an attempt, and set its order to grade back in time."""
    exam = bank.make_exam()
    bank.make_questions(exam, [("1.1", "multiple_choice", 1)])
    learner = User.objects.create_user("ada")

    def _submit(*, age: timedelta) -> None:
        attempt = start_attempt(user=learner, guest_key="", exam=exam, wanted=Wanted(mode="drill", count=1))
        submit_attempt(attempt_id=attempt.pk, user=learner)
        GradingJob.objects.filter(attempt=attempt).update(created_at=read_db_now() - age)

    return _submit


def test_live_asks_nobody(client):
    """Without the mark `django_db` any statement would raise."""
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_is_degraded_until_a_worker_is_heard(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded"})
    record_heartbeat(worker="worker@here")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["Cache-Control"].startswith("max-age=0, no-cache")


@pytest.mark.django_db
def test_ready_answers_probes_under_any_host_name(client):
    assert client.get("/health/ready", headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/health/live", headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/api/schema/", headers={"host": "10.1.2.3:8000"}).status_code == 400


@pytest.mark.django_db
def test_ready_tells_staff_what_each_check_found_and_others_nothing(staff, client):
    checks = {check["name"]: check["light"] for check in staff.get("/health/ready").json()["checks"]}
    assert checks == {"database": "ok", "grading": "ok", "broker": "ok", "workers": "degraded"}
    learner = Client()
    learner.force_login(User.objects.create_user("ada"))
    assert "checks" not in learner.get("/health/ready").json()


@pytest.mark.django_db
def test_ready_is_down_while_a_job_waits_too_long(client, submitted_job, settings):
    settings.READY_JOB_AGE = timedelta(seconds=60)
    submitted_job(age=timedelta(seconds=30))
    assert client.get("/health/ready").status_code == 200
    submitted_job(age=timedelta(seconds=90))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "down"})


@pytest.mark.django_db
def test_ready_is_down_while_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'config'")
    assert client.get("/health/ready").status_code == 503


@pytest.mark.django_db
def test_broker_frozen_is_amber_within_the_caches_patience(redis_server, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"{redis_server.url}?db=0"}}
    assert health.check_broker().light is Light.GREEN
    redis_server.freeze()
    assert (health.check_broker().light, health.check_broker().detail) == (Light.AMBER, "TimeoutError")
    redis_server.kill()
    assert (health.check_broker().light, health.check_broker().detail) == (Light.AMBER, "ConnectionError")


@pytest.mark.django_db
def test_heartbeat_goes_stale_after_a_minute(clock):
    record_heartbeat(worker="worker@here")
    assert is_heard()
    assert is_heard("worker@here")
    assert not is_heard("worker@elsewhere")
    clock.move(seconds=61)
    assert not is_heard()


@pytest.mark.django_db
def test_heartbeat_forgets_workers_that_are_gone_for_a_day():
    Heartbeat.objects.create(worker="worker@gone", seen_at=read_db_now() - timedelta(days=2))
    record_heartbeat(worker="worker@here")
    record_heartbeat(worker="worker@here")
    assert list(Heartbeat.objects.values_list("worker", flat=True)) == ["worker@here"]


@pytest.mark.django_db
def test_worker_health_command_speaks_by_its_exit_status(capsys):
    from django.core.management import call_command

    with pytest.raises(SystemExit) as ended:
        call_command("worker_health")
    assert ended.value.code == 1
    assert "never" in capsys.readouterr().out
    record_heartbeat(worker="worker@here")
    call_command("worker_health")
    with pytest.raises(SystemExit):
        call_command("worker_health", worker="worker@elsewhere")


@pytest.mark.django_db
def test_workers_probe_is_red_while_none_is_heard_and_says_no_more_to_strangers(client, clock):
    assert (client.get("/health/workers").status_code, client.get("/health/ready").status_code) == (503, 200)
    record_heartbeat(worker="worker@here")
    answer = client.get("/health/workers", headers={"host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    clock.move(seconds=61)
    assert client.get("/health/workers").json() == {"status": "degraded"}


@pytest.mark.worker
@pytest.mark.postgresql  # what it waits for, half a minute long, has nothing to do with the database
def test_worker_behind_a_frozen_redis_is_red_within_a_minute_and_green_again(own_site, clock):
    """Real worker, real beat. The clock is moved over the minute of silence once the next beat has failed to arrive."""
    web = own_site.start_web()
    own_site.start_worker()
    own_site.start_beat()
    wait_until(lambda: status_of(f"{web.url}/health/workers") == 200, what="a worker is heard")
    own_site.redis.freeze()
    try:
        silent = wait_until(lambda: is_silent(seconds=15), what="no beat arrives")
        assert silent
        clock.move(seconds=45)
        assert status_of(f"{web.url}/health/workers") == 503
        assert status_of(f"{web.url}/health/ready") == 200
        assert own_site.manage("worker_health").returncode == 1
    finally:
        own_site.redis.thaw()
    clock.move(seconds=-45)
    own_site.start_worker(name="second")  # as the supervisor does where the first ended (tests/config/test_listening.py)
    wait_until(lambda: not is_silent(seconds=8), what="heard again")
    assert own_site.manage("worker_health").returncode == 0


def is_silent(*, seconds: float) -> bool:
    heard = last_heard()
    return heard is None or (read_db_now() - heard).total_seconds() > seconds


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
