"""The account endpoints."""

from __future__ import annotations

import io
import zipfile

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from accounts.domain.teams import create_team, invite, join_team
from accounts.models import Preferences, User
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def client_of(db):
    def _client_of(user):
        client = APIClient()
        client.force_login(user)
        return client

    return _client_of


@pytest.mark.parametrize("path", ["/api/v1/me/", "/api/v1/me/preferences/", "/api/v1/me/export/", "/api/v1/teams/"])
def test_without_an_account_nothing_is_told(db, path):
    answer = APIClient().get(path)
    assert answer.status_code in (401, 403)
    assert answer["Content-Type"] == "application/problem+json"


def test_me_tells_the_name_and_changes_it(client_of, ada):
    client = client_of(ada)
    assert client.get("/api/v1/me/").data["initials"] == "AL"
    answer = client.patch("/api/v1/me/", {"display_name": "Countess", "is_superuser": True, "username": "root", "is_staff": True})
    assert answer.data["shown_name"] == "Countess"
    ada.refresh_from_db()
    assert (ada.username, ada.is_superuser, ada.is_staff) == ("ada", False, False)


def test_me_with_a_name_too_long_is_refused_at_the_field(client_of, ada):
    answer = client_of(ada).patch("/api/v1/me/", {"display_name": "a" * 121})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["display_name"]


def test_preferences_start_as_the_defaults_and_change_one_by_one(client_of, ada):
    client = client_of(ada)
    assert client.get("/api/v1/me/preferences/").data["theme"] == "auto"
    assert Preferences.objects.count() == 0
    client.patch("/api/v1/me/preferences/", {"theme": "dark"})
    answer = client.patch("/api/v1/me/preferences/", {"text_size": 125, "user": 999})
    assert (answer.data["theme"], answer.data["text_size"]) == ("dark", 125)
    assert Preferences.objects.get().user == ada


@pytest.mark.parametrize(("field", "value"), [("theme", "pink"), ("text_size", 500), ("text_size", "big"), ("allowance", "x3")])
def test_preferences_with_a_bad_value_are_refused_at_the_field(client_of, ada, field, value):
    answer = client_of(ada).patch("/api/v1/me/preferences/", {field: value})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_export_is_a_zip_file_of_ones_own(client_of, ada):
    answer = client_of(ada).get("/api/v1/me/export/")
    assert answer["Content-Type"] == "application/zip"
    assert "attachment" in answer["Content-Disposition"]
    assert "account.json" in zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()


def test_delete_wants_the_password_and_ends_the_session(client_of, ada):
    client = client_of(ada)
    refused = client.delete("/api/v1/me/", {"password": "wrong"})
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["password"]
    assert client.delete("/api/v1/me/", {}).status_code == 400
    assert client.delete("/api/v1/me/", {"password": PASSWORD}).status_code == 204
    assert not User.objects.filter(pk=ada.pk).exists()
    assert client.get("/api/v1/me/").status_code in (401, 403)


def test_delete_by_the_last_lead_answers_409_with_the_teams(client_of, ada, grace):
    team = create_team(name="Data", actor=ada)
    join_team(token=invite(team=team, actor=ada).token, user=grace)
    answer = client_of(ada).delete("/api/v1/me/", {"password": PASSWORD})
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["teams"]) == ("last_lead", ["Data"])


def test_teams_lists_ones_own_alone(client_of, ada, grace):
    create_team(name="Data", actor=ada)
    create_team(name="Other", actor=grace)
    rows = client_of(ada).get("/api/v1/teams/").json()
    assert [(row["slug"], row["role"], row["members"]) for row in rows] == [("data", "lead", 1)]


def test_unsafe_calls_by_session_need_the_csrf_token(ada):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.patch("/api/v1/me/", {"display_name": "X"}).status_code == 403
    assert client.delete("/api/v1/me/", {"password": PASSWORD}).status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()


def test_a_new_password_ends_the_token_of_scripts(client_of, ada):
    Token.objects.create(user=ada)
    answer = client_of(ada).post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"},
        format="multipart",
    )
    assert answer.status_code == 302
    assert not Token.objects.filter(user=ada).exists()
