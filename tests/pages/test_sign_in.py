"""What a visitor did before signing in becomes theirs, on every way in."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from quizzes.domain import attempts as sittings
from quizzes.models import Attempt, Exposure
from tests import bank

PASSWORD = "correct horse battery"


@pytest.fixture
def guest(db):
    """A browser whose session holds a finished drill of ten sample questions."""
    exam = bank.make_exam()
    bank.make_bank(exam, per_task=3)
    client = Client()
    answer = client.post("/api/v1/attempts/", {"exam": exam.slug, "mode": "drill", "count": 10}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return client


def test_signing_up_keeps_the_samples(guest):
    answer = guest.post("/accounts/signup/", {"username": "new", "password1": PASSWORD})
    assert answer.status_code == 302, answer.content
    attempt = Attempt.objects.get()
    assert (attempt.user.username, attempt.guest_key) == ("new", "")
    assert "guest_key" not in guest.session


def test_signing_in_keeps_the_samples(guest):
    ada = User.objects.create_user("ada", password=PASSWORD)
    guest.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert Attempt.objects.get().user == ada
    assert Exposure.objects.count() == 0


def test_signing_in_elsewhere_takes_nothing(guest):
    User.objects.create_user("ada", password=PASSWORD)
    Client().post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert Attempt.objects.get().user is None


def test_samples_that_cannot_be_claimed_do_not_keep_anybody_out(guest, monkeypatch):
    User.objects.create_user("ada", password=PASSWORD)

    def broken(**kwargs):
        raise RuntimeError("no")

    monkeypatch.setattr("pages.sign_in.claim_guest_attempts", broken)
    guest.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert "_auth_user_id" in guest.session
    assert guest.session["guest_key"]
    assert sittings.claim_guest_attempts(guest_key=guest.session["guest_key"], user=User.objects.get()) == 1
