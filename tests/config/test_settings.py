"""The settings as other environments see them: each case is a process of its own, since settings are read once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from config.roles import BASE_DIR, manage

PRODUCTION = {
    "DJANGO_ENV": "production",
    "SECRET_KEY": "a-long-secret-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
    "ALLOWED_HOSTS": "learn.example.org",
    "DATABASE_URL": "postgresql://ada:hunter2@db.example/loop",
}
SHOW = "import json, config.settings as s; print(json.dumps({n: getattr(s, n) for n in NAMES}, default=str))"


def run(argv: list[str], tmp_path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **variables}
    return subprocess.run(argv, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)


def settings(tmp_path, *names: str, **variables: str) -> dict[str, object]:
    done = run([sys.executable, "-c", SHOW.replace("NAMES", repr(names))], tmp_path, **variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_production_passes_djangos_checks_for_deployment(tmp_path):
    done = run(manage("check", "--deploy", "--fail-level", "WARNING"), tmp_path, **PRODUCTION)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_production_without_a_setting_names_it_in_one_line(tmp_path, name):
    given = {key: value for key, value in PRODUCTION.items() if key != name}
    done = run(manage("check"), tmp_path, **given)
    assert done.returncode == 1
    assert done.stderr.strip() == f"Studyloop cannot start: {name} must be set in production; docs/operations.md says how."


def test_production_refuses_debug_pages_and_weak_keys(tmp_path):
    assert "DEBUG must be no in production" in run(manage("check"), tmp_path, **PRODUCTION, DEBUG="yes").stderr
    assert "SECRET_KEY must have 50 characters" in run(manage("check"), tmp_path, **(PRODUCTION | {"SECRET_KEY": "x" * 60})).stderr


def test_production_is_secure_by_itself(tmp_path):
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_NAME", "DEMO")
    found = settings(tmp_path, *names, **PRODUCTION, DEMO="yes", CLOCK_OFFSET_FILE="/tmp/clock")
    assert found == {
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "SESSION_COOKIE_NAME": "__Host-studyloop",
        "DEMO": False,
    }


@pytest.mark.parametrize("environment", ["development", "production"])
def test_clock_moves_in_tests_alone(tmp_path, environment):
    assert settings(tmp_path, "CLOCK_OFFSET_FILE", **(PRODUCTION | {"DJANGO_ENV": environment}), CLOCK_OFFSET_FILE="/tmp/clock") == {
        "CLOCK_OFFSET_FILE": ""
    }


def test_development_keeps_its_secret_key_for_its_owner_alone(tmp_path):
    first = settings(tmp_path, "SECRET_KEY")["SECRET_KEY"]
    assert settings(tmp_path, "SECRET_KEY")["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert len(str(first)) >= 50


def test_development_without_anything_is_one_machine(tmp_path):
    found = settings(tmp_path, "DATABASES", "HAS_BROKER", "DEBUG", "ALLOWED_HOSTS", "MAIL_CONFIGURED", "ACCOUNT_EMAIL_VERIFICATION")
    database = found["DATABASES"]["default"]
    assert database["NAME"] == str(tmp_path / "studyloop.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]
    assert (found["HAS_BROKER"], found["DEBUG"], found["MAIL_CONFIGURED"], found["ACCOUNT_EMAIL_VERIFICATION"]) == (
        False,
        False,
        False,
        "none",
    )
    assert {"localhost", "127.0.0.1", "[::1]"} <= set(found["ALLOWED_HOSTS"])


@pytest.mark.parametrize(
    ("url", "celery", "cache"),
    [
        ("redis://cache.example", "redis://cache.example:6379/0", "redis://cache.example:6379/0"),
        ("redis://:p%2Fw@cache.example:7000/3", "redis://:p%2Fw@cache.example:7000/3", "redis://:p%2Fw@cache.example:7000/3"),
        ("rediss://ada:pw@cache.example/1", "rediss://ada:pw@cache.example:6379/1", "rediss://ada:pw@cache.example:6379/1"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0", "unix:///run/redis.sock?db=0"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2", "unix:///run/redis.sock?db=2"),
    ],
)
def test_redis_url_is_spelt_for_celery_and_for_the_cache(tmp_path, url, celery, cache):
    found = settings(tmp_path, "CELERY_BROKER_URL", "CACHES", REDIS_URL=url)
    assert found["CELERY_BROKER_URL"] == celery
    assert found["CACHES"]["default"]["LOCATION"] == cache


def test_postgresql_has_a_pool_in_the_web_and_bounded_waits_everywhere(tmp_path):
    url = {"DATABASE_URL": "postgresql://ada:p%40@db.example:6543/loop?sslmode=require", "DATABASE_POOL_SIZE": "7"}
    web = settings(tmp_path, "DATABASES", **url, STUDYLOOP_PROCESS="web")["DATABASES"]["default"]
    other = settings(tmp_path, "DATABASES", **url)["DATABASES"]["default"]
    assert web["OPTIONS"]["pool"]["max_size"] == 7
    assert web["CONN_MAX_AGE"] == 0
    assert "pool" not in other["OPTIONS"]
    assert other["CONN_HEALTH_CHECKS"] is True
    for database in (web, other):
        assert (database["USER"], database["PASSWORD"], database["HOST"], database["PORT"], database["NAME"]) == (
            "ada",
            "p@",
            "db.example",
            "6543",
            "loop",
        )
        assert database["OPTIONS"]["sslmode"] == "require"
        assert "statement_timeout=15000" in database["OPTIONS"]["options"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://ada:p%40@mail.example", ("mail.example", 587, "ada", "p@", True, False)),
        ("smtp://mail.example:25?tls=no", ("mail.example", 25, "", "", False, False)),
        ("smtps://ada:pw@mail.example", ("mail.example", 465, "ada", "pw", False, True)),
    ],
)
def test_email_url_becomes_smtp_settings(tmp_path, url, expected):
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "EMAIL_USE_SSL")
    assert tuple(settings(tmp_path, *names, EMAIL_URL=url).values()) == expected
    assert settings(tmp_path, "ACCOUNT_EMAIL_VERIFICATION", EMAIL_URL=url) == {"ACCOUNT_EMAIL_VERIFICATION": "mandatory"}


def test_misspelt_setting_is_warned_of(tmp_path):
    done = run(manage("check"), tmp_path, STUDYLOOP_PROT="1")
    assert "STUDYLOOP_PROT is not a setting. Is STUDYLOOP_PORT meant?" in done.stderr


def test_celery_is_set_against_each_fault_that_was_seen():
    """The effective configuration, not what the settings file says."""
    from config.celery import app

    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    options = conf.broker_transport_options
    shortest = min(options["visibility_timeout"], conf.visibility_timeout, conf.result_backend_transport_options["visibility_timeout"])
    assert conf.task_soft_time_limit < conf.task_time_limit <= shortest / 10
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)
    assert options["socket_timeout"] <= 2 and options["socket_connect_timeout"] <= 1 and options["health_check_interval"] <= 10
    assert conf.task_publish_retry_policy["max_retries"] <= 1 and not options["retry_on_timeout"]
    assert (conf.task_serializer, conf.accept_content, conf.task_ignore_result) == ("json", ["json"], True)
    assert 0 < conf.worker_soft_shutdown_timeout <= 20
    ends = [entry.get("options", {}).get("expires", 0) for entry in conf.beat_schedule.values()]
    assert max(ends) < shortest, "nothing is scheduled by the broker for later than it gives messages out again"
