"""The command that sets a password: a token got with the old one ends with it, and only then."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.authtoken.models import Token


@pytest.fixture
def typed(monkeypatch):
    """Type this at every prompt."""
    return lambda password: monkeypatch.setattr("getpass.getpass", lambda **_: password)


def change(*names: str) -> None:
    call_command("changepassword", *names, stdout=StringIO(), stderr=StringIO())


def test_new_password_ends_the_token(ada, typed):
    Token.objects.create(user=ada)
    typed("another horse battery")
    change("ada")
    ada.refresh_from_db()
    assert ada.check_password("another horse battery")
    assert not Token.objects.exists()


def test_refused_password_leaves_the_token(ada, typed):
    Token.objects.create(user=ada)
    typed("12345")
    with pytest.raises(CommandError, match="after 3 attempts"):
        change("ada")
    assert Token.objects.exists()


def test_without_a_name_it_is_the_account_named_like_the_person_at_the_keyboard(ada, typed, monkeypatch):
    Token.objects.create(user=ada)
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    typed("another horse battery")
    change()
    assert not Token.objects.exists()


def test_nobody_of_that_name_is_an_error(db, typed):
    typed("another horse battery")
    with pytest.raises(CommandError, match="does not exist"):
        change("grace")
