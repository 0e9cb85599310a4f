"""People."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests import bank

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(db):
    return User.objects.create_user("ada", "ada@example.org", PASSWORD, display_name="Ada Lovelace")


@pytest.fixture
def grace(db):
    return User.objects.create_user("grace", "grace@example.org", PASSWORD, display_name="Grace Hopper")


@pytest.fixture
def alan(db):
    return User.objects.create_user("alan", password=PASSWORD)


@pytest.fixture
def exam(db):
    made = bank.make_exam()
    bank.make_bank(made, per_task=4)
    return made
