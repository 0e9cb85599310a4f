"""Sign-up as this installation allows it."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import PASSWORD


def sign_up(**fields):
    return Client().post("/accounts/signup/", {"username": "new", "password1": PASSWORD, **fields})


def test_sign_up_needs_a_name_and_a_password_alone(db):
    assert sign_up().status_code == 302
    assert User.objects.get().username == "new"


def test_sign_up_closed_makes_no_account(db, settings):
    settings.SIGN_UP = False
    sign_up()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["ada", "ADA"])
def test_sign_up_with_a_taken_name_in_any_case_is_refused(ada, name):
    assert sign_up(username=name).status_code == 200
    assert User.objects.count() == 1


def test_sign_up_with_a_taken_address_makes_no_second_account(ada):
    sign_up(email="ADA@example.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012", "newnewnewnew1"])
def test_sign_up_with_a_weak_password_is_refused(db, password):
    answer = sign_up(username="newnewnewnew", password1=password)
    assert answer.status_code == 200
    assert not User.objects.exists()
