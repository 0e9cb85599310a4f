"""Pages of faults: plain words, no database, no details."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from pages.views import home


@pytest.fixture
def browser():
    """A browser that gets the page instead of the exception."""
    return Client(raise_request_exception=False)


def broken(error: Exception):
    def view(request):
        raise error

    return view


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [(RuntimeError("secret detail"), 500, "Something went wrong here"), (OperationalError("server closed"), 503, "not available just now")],
)
def test_fault_is_said_in_plain_words(browser, monkeypatch, error, status, heading):
    monkeypatch.setattr(home, "landing", broken(error))
    answer = browser.get(reverse("home"))
    page = answer.content.decode()
    assert answer.status_code == status
    assert heading in page
    assert "are safe" in page
    assert str(error) not in page


@pytest.mark.django_db
def test_away_database_says_when_to_come_back(browser, monkeypatch):
    monkeypatch.setattr(home, "landing", broken(OperationalError("server closed")))
    assert browser.get(reverse("home")).headers["Retry-After"]


def test_fault_pages_ask_no_database(browser, rf):
    """No `django_db` here: a statement would raise."""
    from config.requests import server_error

    assert server_error(rf.get("/")).status_code == 500


@pytest.mark.django_db
def test_stale_form_says_what_to_do(exam):
    answer = Client(enforce_csrf_checks=True).post(reverse("attempt-start", args=[exam.slug]), {"mode": "drill"})
    assert answer.status_code == 403
    assert "The form is out of date" in answer.content.decode()
