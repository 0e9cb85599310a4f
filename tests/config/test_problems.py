"""Errors of the API as problem details."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions, serializers
from rest_framework.views import APIView

from config import problems
from config.requests import server_error

STANDARD = {"type", "title", "status", "code", "detail", "instance", "request_id"}


class OptionBody(serializers.Serializer):
    text = serializers.CharField(max_length=3)


class QuestionBody(serializers.Serializer):
    count = serializers.IntegerField(min_value=1)
    options = OptionBody(many=True)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["count"] != len(values["options"]):
            raise serializers.ValidationError("count and options differ")
        return values


def answer_to(error_or_body: Any):
    """What an endpoint answers that raises this error, or is sent this body."""

    class View(APIView):
        permission_classes: list[type] = []
        throttle_classes: list[type] = []

        def post(self, request):
            if isinstance(error_or_body, Exception):
                raise error_or_body
            QuestionBody(data=request.data).is_valid(raise_exception=True)

    body = None if isinstance(error_or_body, Exception) else error_or_body
    response = View.as_view()(RequestFactory().post("/api/v1/things/", body, content_type="application/json"))
    return response.render()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 403, "not_authenticated"),
        (exceptions.ParseError("Not JSON."), 400, "parse_error"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.Throttled(wait=7), 429, "throttled"),
    ],
)
@pytest.mark.django_db
def test_every_refusal_is_a_problem_detail(error, status, code):
    response = answer_to(error)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert set(response.data) == STANDARD
    assert (response.data["status"], response.data["code"], response.data["instance"]) == (status, code, "/api/v1/things/")
    assert response.data["detail"]


def test_throttled_says_when_to_come_again():
    assert answer_to(exceptions.Throttled(wait=7))["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"count": 0, "options": [{"text": "a"}, {"text": "long"}]}, {"count", "options.1.text"}),
        ({"count": 2, "options": [{"text": "a"}]}, {"non_field_errors"}),
        ({"options": {"text": "a"}}, {"count", "options.non_field_errors"}),
        ([1], {"non_field_errors"}),
    ],
)
def test_invalid_names_each_field(body, fields):
    response = answer_to(body)
    assert response.status_code == 400
    assert response.data["code"] == "invalid"
    assert set(response.data["errors"]) == fields
    assert all(isinstance(messages, list) and messages for messages in response.data["errors"].values())


def test_problem_members_of_an_error_stand_beside_the_standard_ones():
    error = exceptions.APIException("Another device was faster.")
    error.status_code = 409
    error.problem = {"code": "stale", "stored": {"version": 3}}
    response = answer_to(error)
    assert response.data["code"] == "stale"
    assert response.data["stored"] == {"version": 3}


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), InterfaceError("connection already closed")])
@pytest.mark.django_db
def test_database_away_is_503_with_retry_after_and_says_nothing_of_the_server(error):
    response = answer_to(error)
    assert (response.status_code, response["Retry-After"], response.data["code"]) == (503, problems.RETRY_SECONDS, "unavailable")
    assert b"server closed" not in response.content


@pytest.mark.django_db
def test_unforeseen_errors_are_left_to_the_log():
    with pytest.raises(ZeroDivisionError):
        answer_to(ZeroDivisionError("secret"))


@pytest.mark.parametrize(("error", "status"), [(OperationalError("secret"), 503), (ZeroDivisionError("secret"), 500)])
@pytest.mark.parametrize(("path", "kind"), [("/api/v1/attempts/", "application/problem+json"), ("/", "text/html; charset=utf-8")])
def test_server_error_answers_programs_and_people(error, status, path, kind):
    try:
        raise error
    except (OperationalError, ZeroDivisionError):
        response = server_error(RequestFactory().get(path))
    assert (response.status_code, response["Content-Type"]) == (status, kind)
    assert ("Retry-After" in response) is (status == 503)
    assert b"secret" not in response.content


@pytest.mark.django_db
def test_unknown_endpoint_is_a_problem_detail_for_every_method():
    client = Client(enforce_csrf_checks=True)
    for method in ("get", "post", "put", "delete"):
        response = getattr(client, method)("/api/v1/no/such/thing/")
        assert (response.status_code, response["Content-Type"], response.json()["code"]) == (404, "application/problem+json", "not_found")
