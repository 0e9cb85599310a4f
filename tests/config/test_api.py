"""What the API has that belongs to no app: tokens, JSON, pages of lists, rates, the schema."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal

import orjson
import pytest
import yaml
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.test import APIRequestFactory

from accounts.models import User
from config import throttling
from config.pagination import CappedPagination
from config.rendering import JSONParser, JSONRenderer
from config.roles import BASE_DIR

PASSWORD = "correct horse battery staple"


@pytest.fixture
def learner(db):
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)


def ask_token(client: Client, username: str, password: str):
    return client.post("/api/v1/token/", {"username": username, "password": password}, content_type="application/json")


def test_token_opens_the_api_and_stays_the_same(client, learner):
    token = ask_token(client, "ada", PASSWORD).json()["token"]
    assert ask_token(client, "ada", PASSWORD).json() == {"token": token}
    assert client.get("/api/v1/me/").status_code in {401, 403}
    assert client.get("/api/v1/me/", headers={"authorization": f"Token {token}"}).status_code == 200
    assert client.get("/api/v1/me/", headers={"authorization": "Token 0000"}).status_code in {401, 403}


@pytest.mark.django_db
def test_body_that_is_larger_than_any_is_refused_before_it_is_read(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = {"username": "ada", "password": "x" * 1000}
    answer = client.post("/api/v1/token/", body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (413, "application/problem+json", "too_large")
    assert ask_token(client, "ada", "x" * 900).status_code == 400


@pytest.mark.parametrize("password", ["wrong", ""])
def test_token_with_a_wrong_password_is_refused(client, learner, password):
    response = ask_token(client, "ada", password)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert PASSWORD not in response.text


def test_token_of_a_closed_account_is_refused(client, learner):
    User.objects.update(is_active=False)
    assert ask_token(client, "ada", PASSWORD).status_code == 400


def test_token_does_not_open_what_a_second_factor_locks(client, learner):
    Authenticator.objects.create(user=learner, type=Authenticator.Type.TOTP, data={"secret": "x"})
    response = ask_token(client, "ada", PASSWORD)
    assert (response.status_code, response.json()["code"]) == (403, "second_factor")


def test_token_waits_for_the_address_where_addresses_must_be_confirmed(client, learner, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    address = EmailAddress.objects.create(user=learner, email=learner.email, primary=True, verified=False)
    response = ask_token(client, "ada", PASSWORD)
    assert (response.status_code, response.json()["code"]) == (403, "address_not_confirmed")
    assert ask_token(client, "ada", "wrong").status_code == 400
    address.verified = True
    address.save()
    assert ask_token(client, "ada", PASSWORD).status_code == 200


def test_renderer_writes_what_views_return():
    data = OrderedDict(name=gettext_lazy("Home"), share=Decimal("0.25"), keys={"b", "a"}, none=None)
    assert orjson.loads(JSONRenderer().render(data)) == {"name": "Home", "share": 0.25, "keys": ["a", "b"], "none": None}
    assert JSONRenderer().render(None) == b""
    assert JSONRenderer().render(b'{"made": "before"}') == b'{"made": "before"}'
    with pytest.raises(TypeError, match="object"):
        JSONRenderer().render({"x": object()})


@pytest.mark.parametrize("body", ["{", '{"a": NaN}', "\xff", '{"a": 1} x', "[" * 5000])
def test_parser_refuses_what_is_not_json(body):
    import io

    with pytest.raises(ParseError, match="not JSON"):
        JSONParser().parse(io.BytesIO(body.encode("latin-1")))


@pytest.mark.parametrize(("asked", "given"), [("", 50), ("7", 7), ("1000000", 200), ("-1", 50), ("x", 50), ("0", 50)])
def test_lists_are_capped(asked, given):
    request = Request(APIRequestFactory().get("/", {"limit": asked}))
    assert CappedPagination().get_limit(request) == given


class View:
    throttle_scope = "start"


class PlainView:
    pass


def calls_allowed(throttle_class, request, calls: int, view: type = View) -> int:
    return sum(throttle_class().allow_request(request, view()) for _ in range(calls))


def request_of(user=None, address: str = "192.0.2.1") -> Request:
    request = Request(APIRequestFactory().get("/", REMOTE_ADDR=address))
    request.user = user
    return request


@pytest.fixture
def rates(monkeypatch):
    monkeypatch.setattr(throttling.WindowThrottle, "THROTTLE_RATES", {"start": "3/hour", "caller": "5/hour", "visitor": "2/hour"})


def test_throttle_counts_each_caller_alone(rates, learner):
    other = User.objects.create_user("grace")
    assert calls_allowed(throttling.CallerThrottle, request_of(learner), 9, PlainView) == 5
    assert calls_allowed(throttling.CallerThrottle, request_of(other), 9, PlainView) == 5
    assert calls_allowed(throttling.CallerThrottle, request_of(), 9, PlainView) == 2
    assert calls_allowed(throttling.CallerThrottle, request_of(address="192.0.2.2"), 9, PlainView) == 2


def test_throttle_of_a_scope_is_its_own_and_says_how_long(rates, learner):
    assert calls_allowed(throttling.ScopeThrottle, request_of(learner), 9) == 3
    throttle = throttling.ScopeThrottle()
    assert not throttle.allow_request(request_of(learner), View())
    assert 0 < throttle.wait() <= 3600


def test_call_is_counted_once_by_the_tighter_rate(rates, learner):
    assert calls_allowed(throttling.CallerThrottle, request_of(learner), 20) == 20
    assert calls_allowed(throttling.CallerThrottle, request_of(learner), 9, PlainView) == 5


def test_scope_without_a_rate_is_counted_as_any_call(rates, learner, monkeypatch):
    monkeypatch.setattr(View, "throttle_scope", "report")
    assert calls_allowed(throttling.CallerThrottle, request_of(learner), 9) == 5


def test_throttle_without_a_rate_lets_all_through(learner):
    assert api_settings.DEFAULT_THROTTLE_RATES["start"] is None
    assert calls_allowed(throttling.ScopeThrottle, request_of(learner), 100) == 100


def test_throttle_does_not_believe_forwarded_addresses_without_a_proxy(rates):
    for number in range(9):
        request = Request(APIRequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}"))
        request.user = None
        allowed = throttling.CallerThrottle().allow_request(request, PlainView())
    assert not allowed


def test_throttle_counts_on_while_the_cache_forgets(rates, learner):
    assert calls_allowed(throttling.ScopeThrottle, request_of(learner), 2) == 2
    cache.clear()
    assert calls_allowed(throttling.ScopeThrottle, request_of(learner), 9) == 3


def test_committed_schema_is_what_the_code_says(tmp_path):
    file = tmp_path / "schema.yml"
    call_command("spectacular", file=str(file), validate=True, fail_on_warn=True)
    assert file.read_text() == (BASE_DIR / "docs" / "api" / "schema.yml").read_text(), "run make schema"


def test_schema_describes_problems_for_every_operation():
    schema = yaml.safe_load((BASE_DIR / "docs" / "api" / "schema.yml").read_text())
    operations = [operation for methods in schema["paths"].values() for operation in methods.values()]
    assert len(operations) > 20
    for operation in operations:
        assert operation["responses"]["default"]["content"]["application/problem+json"]["schema"] == {
            "$ref": "#/components/schemas/Problem"
        }
    assert "/api/v1/token/" in schema["paths"]


@pytest.mark.django_db
def test_schema_is_served(client):
    assert client.get("/api/schema/").status_code == 200
