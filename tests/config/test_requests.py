"""What every request gets: an id, a line in the log, headers."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from django.test import Client
from structlog.testing import capture_logs

from accounts.models import User
from config.logs import logging_settings


def test_request_id_is_made_or_kept_if_it_is_a_plain_word(client):
    assert len(client.get("/health/live")["X-Request-ID"]) == 32
    assert client.get("/health/live", headers={"x-request-id": "abc-123.DEF_4"})["X-Request-ID"] == "abc-123.DEF_4"
    for forged in ("short", "x" * 65, "two words here", "line\nbreak1", "<script>1"):
        assert client.get("/health/live", headers={"x-request-id": forged})["X-Request-ID"] != forged


@pytest.mark.django_db
def test_request_line_has_the_route_and_ids_and_nothing_personal(client):
    user = User.objects.create_user("ada", "ada@example.org")
    client.force_login(user)
    with capture_logs() as lines:
        client.get("/api/v1/attempts/01a1fbe5-0263-7b63-92c5-a3a791fd7097/?secret=hunter2", headers={"x-request-id": "a-request-id"})
    line = next(line for line in lines if line["event"] == "request")
    assert line["route"] == "/api/v1/attempts/<uuid:attempt_id>/"
    assert (line["status"], line["user"], line["attempt"]) == (404, user.pk, "01a1fbe5-0263-7b63-92c5-a3a791fd7097")
    assert "hunter2" not in str(lines)
    assert "ada" not in str(line)


@pytest.mark.django_db
def test_problem_carries_the_requests_id(client):
    answer = client.get("/api/v1/no/such/", headers={"x-request-id": "a-request-id"})
    assert answer.json()["request_id"] == "a-request-id" == answer["X-Request-ID"]


@pytest.mark.django_db
def test_headers_hold_on_every_kind_of_answer(client):
    for path in ("/", "/health/live", "/api/schema/", "/api/v1/no/such/", "/no/such/page/", "/admin/login/", "/accounts/login/"):
        headers = client.get(path).headers
        assert "camera=()" in headers["Permissions-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        if path != "/health/live":  # no page
            assert headers["X-Frame-Options"] == "DENY", path
            policy = headers["Content-Security-Policy"]
            assert "unsafe" not in policy, path
            assert "default-src 'none'" in policy, path
            assert "script-src 'self'" in policy, path
            assert "frame-ancestors 'none'" in policy, path


@pytest.mark.django_db
def test_pages_of_a_session_are_never_kept(client):
    client.force_login(User.objects.create_user("ada"))
    assert client.get("/")["Cache-Control"] == "private, no-store"
    assert "no-store" in client.get("/api/v1/attempts/")["Cache-Control"]


@pytest.mark.django_db
def test_next_request_starts_without_the_last_ones_fields(client):
    client.get("/health/live", headers={"x-request-id": "a-request-id"})
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize("style", ["json", "console"])
def test_log_line_stays_one_line_and_withholds(style, capfd):
    settings = logging_settings(level="INFO", style=style)
    handler = logging.StreamHandler()
    factory = dict(settings["formatters"]["event"])
    handler.setFormatter(factory.pop("()")(**factory))
    logger = logging.getLogger("test.forged")
    logger.addHandler(handler)
    try:
        logger.warning("first\nsecond\r\nthird", extra={"answer": "a", "password": "hunter2", "attempt": 7})
    finally:
        logger.removeHandler(handler)
    line = next(line for line in capfd.readouterr().err.splitlines() if "first" in line and "attempt" in line)
    assert "third" in line
    assert "hunter2" not in line
    if style == "json":
        event = json.loads(line)
        assert (event["answer"], event["password"], event["attempt"], event["level"]) == ("withheld", "withheld", 7, "warning")


@pytest.mark.django_db
def test_failed_request_is_logged_by_its_route(client, monkeypatch, capfd):
    monkeypatch.setattr("pages.views.teams.welcome_of", lambda _token: 1 / 0)
    client.raise_request_exception = False
    handler = logging.StreamHandler()
    factory = dict(logging_settings(level="INFO", style="json")["formatters"]["event"])
    handler.setFormatter(factory.pop("()")(**factory))
    logging.getLogger("django.request").addHandler(handler)
    try:
        client.force_login(User.objects.create_user("ada"))
        assert client.get("/teams/join/hunter2-token/").status_code == 500
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    line = next(line for line in capfd.readouterr().err.splitlines() if "request_failed" in line and line.startswith("{"))
    assert json.loads(line)["route"] == "/teams/join/<str:token>/"
    assert "hunter2" not in line


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/api/v1/stages/?exam=%00", "/api/v1/lessons/?task=1%00", "/api/v1/search/?q=a%00b", "/readiness/how/?exam=%00", "/teams/join/%00/"],
)
def test_address_with_a_nul_is_refused_and_is_no_fault(client, path):
    client.raise_request_exception = False
    answer = client.get(path)
    assert answer.status_code == 400
    if path.startswith("/api/"):
        assert (answer["Content-Type"], answer.json()["code"]) == ("application/problem+json", "invalid")
    else:
        assert "cannot be read" in answer.text
        assert "Content-Security-Policy" in answer.headers


@pytest.mark.django_db
def test_csrf_is_asked_of_sessions():
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ada"))
    answer = client.post("/api/v1/attempts/", {}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
