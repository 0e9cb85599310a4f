"""The doctor finds each thing that may be wrong, says what to do, and is silent about what is well."""

from __future__ import annotations

import json
import os
import socketserver
import sqlite3
import subprocess
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from accounts.public import read_db_now
from analytics.demo import keys
from config import doctor, roles
from config.doctor import Verdict
from config.fingerprint import content_fingerprint
from config.heartbeat import record_heartbeat
from config.models import Heartbeat, Preparation
from quizzes.domain.attempts import start_attempt, submit_attempt
from quizzes.domain.forms import Wanted
from quizzes.models import Attempt, GradingJob, Question
from tests import bank
from tests.servers.ports import spare_port

OK, WARN, BAD = Verdict.OK, Verdict.WARN, Verdict.BAD


def verdicts(look) -> list[Verdict]:
    lines = list(look())
    assert all(line.found for line in lines)
    assert all(line.remedy for line in lines if line.verdict is not OK), "what is wrong comes with what to do"
    return [line.verdict for line in lines]


@pytest.fixture
def exam(db):
    made = bank.make_exam()
    bank.make_bank(made, per_task=12)
    Preparation.objects.create(part="content", fingerprint=content_fingerprint())
    return made


@pytest.fixture
def attempt(exam) -> Attempt:
    return start_attempt(user=User.objects.create_user("ada"), exam=exam, wanted=Wanted(mode="simulation", count=1))


def test_settings_unknown_variable_is_named(settings):
    assert verdicts(doctor.look_at_settings) == [OK]
    settings.UNKNOWN_VARIABLES = ["STUDYLOOP_PROT is not a setting. Is STUDYLOOP_PORT meant?"]
    assert verdicts(doctor.look_at_settings) == [WARN]


def test_settings_unsafe_in_production_are_bad(settings):
    settings.PRODUCTION = True
    settings.SECURE_HSTS_SECONDS = 0
    assert BAD in verdicts(doctor.look_at_settings)


@pytest.mark.django_db
def test_safety_debug_seen_from_outside_is_bad(settings):
    assert verdicts(doctor.look_at_safety) == [OK]
    settings.HOST, settings.DEBUG = "0.0.0.0", True
    assert verdicts(doctor.look_at_safety) == [BAD, WARN]


@pytest.mark.django_db
def test_safety_a_site_under_any_name_is_bad(settings):
    settings.ALLOWED_HOSTS = ["*"]
    [line] = doctor.look_at_safety()
    assert line.verdict is BAD and "ALLOWED_HOSTS" in line.found


@pytest.mark.django_db
def test_safety_demonstration_accounts_in_production_are_bad_while_their_password_holds(settings, tmp_path):
    settings.DATA_DIR, settings.PRODUCTION, settings.HTTPS = tmp_path, True, True
    learner = User.objects.create_user("learner", password="told to everybody")
    keys.keep({"learner": "told to everybody"})
    [line] = doctor.look_at_safety()
    assert line.verdict is BAD and "learner" in line.found and "told to everybody" not in line.found
    learner.set_password("something else altogether")
    learner.save()
    assert verdicts(doctor.look_at_safety) == [OK]
    settings.HTTPS = False
    assert verdicts(doctor.look_at_safety) == [WARN, OK]


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "verdict"), [(5, WARN), (-5, WARN), (3600, BAD), (-3600, BAD)])
def test_clock_that_differs_is_told(clock, monkeypatch, seconds, verdict):
    assert verdicts(doctor.look_at_clock) == [OK]
    clock.move(seconds=seconds)  # of the database alone: the doctor reads the host's
    assert verdicts(doctor.look_at_clock) == [verdict]


@pytest.mark.django_db
def test_migrations_missing_are_bad_and_unknown_ones_told():
    assert verdicts(doctor.look_at_migrations) == [OK]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('quizzes', '9999_future', '2030-01-01 00:00:00')")
    assert verdicts(doctor.look_at_migrations) == [WARN]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'config'")
    assert verdicts(doctor.look_at_migrations) == [BAD]


def test_redis_absent_frozen_or_evicting_is_told(settings, redis_server):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"{redis_server.url}?db=0"}}
    assert verdicts(doctor.look_at_broker) == [OK]
    redis_server.client.config_set("maxmemory-policy", "allkeys-lru")
    assert verdicts(doctor.look_at_broker) == [WARN]
    redis_server.freeze()
    [line] = doctor.look_at_broker()
    assert (line.verdict, line.found) == (WARN, "does not answer (TimeoutError)")
    redis_server.thaw()
    settings.HAS_BROKER = False
    assert verdicts(doctor.look_at_broker) == [WARN]


@pytest.mark.django_db
def test_workers_never_heard_or_gone_deaf_are_named():
    assert verdicts(doctor.look_at_workers) == [WARN]
    record_heartbeat(worker="worker@here")
    assert verdicts(doctor.look_at_workers) == [OK]
    Heartbeat.objects.create(worker="worker@deaf", seen_at=read_db_now() - timedelta(minutes=5))
    here, deaf = doctor.look_at_workers()
    assert (here.verdict, deaf.verdict) == (OK, WARN) and "worker@deaf" in deaf.found


def test_jobs_that_are_stuck_are_bad(attempt):
    assert verdicts(doctor.look_at_jobs) == [OK]
    submit_attempt(attempt_id=attempt.pk, user=attempt.user)
    assert verdicts(doctor.look_at_jobs) == [OK]
    GradingJob.objects.update(created_at=read_db_now() - timedelta(minutes=10))
    assert verdicts(doctor.look_at_jobs) == [BAD]
    GradingJob.objects.update(state=GradingJob.State.NEEDS_ATTENTION)
    [line] = doctor.look_at_jobs()
    assert line.verdict is BAD and "requeue" in line.remedy


def test_jobs_without_a_sweep_are_noticed_by_what_is_overdue(attempt, clock):
    clock.move(hours=3)
    [line] = doctor.look_at_jobs()
    assert (line.subject, line.verdict) == ("sweep", BAD)


@pytest.mark.django_db
def test_disk_with_little_room_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "ROOM_NOTED", 0)
    assert verdicts(doctor.look_at_disk) == [OK]
    monkeypatch.setattr(doctor, "ROOM_NOTED", 2**62)
    assert verdicts(doctor.look_at_disk) == [WARN]
    monkeypatch.setattr(doctor, "ROOM_BAD", 2**62)
    assert verdicts(doctor.look_at_disk) == [BAD]


class Greeting(socketserver.StreamRequestHandler):
    """A mail server, as far as a hello and a goodbye."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 hello\r\n")


def test_mail_server_that_does_not_answer_is_bad(settings):
    assert verdicts(doctor.look_at_mail) == [OK]
    settings.PRODUCTION = True
    assert verdicts(doctor.look_at_mail) == [WARN]
    settings.MAIL_CONFIGURED, settings.EMAIL_BACKEND = True, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", spare_port(), False
    assert verdicts(doctor.look_at_mail) == [BAD]
    with socketserver.TCPServer(("127.0.0.1", 0), Greeting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.EMAIL_PORT = server.server_address[1]
        assert verdicts(doctor.look_at_mail) == [OK]
        server.shutdown()
        thread.join()


def test_content_missing_changed_or_too_little_is_told(exam):
    assert verdicts(doctor.look_at_content) == [OK]
    Preparation.objects.update(fingerprint="of yesterday")
    assert verdicts(doctor.look_at_content) == [OK, WARN]
    Question.objects.update(state=Question.State.RETIRED)
    assert verdicts(doctor.look_at_content) == [BAD, WARN]


@pytest.mark.django_db
def test_content_never_loaded_is_bad():
    assert verdicts(doctor.look_at_content) == [BAD]


def test_static_files_not_collected_are_bad(settings, tmp_path):
    assert verdicts(doctor.look_at_static_files) == [OK]
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.staticfiles.HashedModuleStorage"}}
    assert verdicts(doctor.look_at_static_files) == [BAD]


def test_command_speaks_by_line_and_exit_status(exam, capsys):
    record_heartbeat(worker="worker@here")
    call_command("doctor")
    said = capsys.readouterr().out
    assert "ok   database: " in said and said.rstrip().endswith(" 0 bad")
    GradingJob.objects.all().delete()
    Question.objects.all().update(state=Question.State.RETIRED)
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", json=True)
    assert ended.value.code == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["subject"] for line in lines if line["verdict"] == "bad"] == ["content"]


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:{port}/nothing", "sqlite:////nowhere/at/all.sqlite3"])
def test_command_without_a_database_says_so_and_ends(tmp_path, url):
    environment = {**os.environ, "DATABASE_URL": url.format(port=spare_port()), "DATA_DIR": str(tmp_path)}
    done = subprocess.run([*roles.manage("doctor")], env=environment, cwd=roles.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bad  database: does not answer" in done.stdout and "Traceback" not in done.stderr


def test_command_on_a_damaged_database_goes_as_far_as_it_answers(tmp_path):
    path = tmp_path / "damaged.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)")
        database.execute("INSERT INTO django_migrations (app, name) VALUES ('quizzes', '0001_initial')")
    database.close()
    with path.open("r+b") as file:
        file.seek(4096)  # the table's own page
        file.write(b"\xff" * 4096)
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{path}", "DATA_DIR": str(tmp_path)}
    done = subprocess.run([*roles.manage("doctor")], env=environment, cwd=roles.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bad  migrations: could not be looked at" in done.stdout and "Traceback" not in done.stderr


def test_command_on_an_empty_database_says_what_to_run(tmp_path):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3", "DATA_DIR": str(tmp_path)}
    done = subprocess.run([*roles.manage("doctor")], env=environment, cwd=roles.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bad  migrations: " in done.stdout and "manage.py prepare" in done.stdout
