"""An exam with a bank, people, and browsers that are signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Team, User
from lifecycle.models import Lesson, StageLoop
from lifecycle.public import enrol
from tests import bank

PASSWORD = "correct horse battery"


@pytest.fixture
def exam(db):
    made = bank.make_exam()
    bank.make_bank(made, per_task=12)
    eda, monitoring = made.stages.filter(cross_cutting=False).order_by("order")[:2]
    StageLoop.objects.create(origin=monitoring, target=eda, when="drift is found", order=1)
    return made


@pytest.fixture
def learner(db):
    return User.objects.create_user("ada", password=PASSWORD, display_name="Ada L")


@pytest.fixture
def enrolled(learner, exam):
    """The learner with an exam in four weeks."""
    enrol(user=learner, exam=exam, exam_date=timezone.localdate() + timedelta(days=28))
    return learner


@pytest.fixture
def browser_of():
    """A browser in which somebody is signed in."""

    def make(user):
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def team(learner, db):
    """A team with Ada as lead, Grace who shares, and Sam who does not."""
    made = Team.objects.create(name="Data platform", slug="data-platform")
    Membership.objects.create(team=made, user=learner, role=Membership.Role.LEAD)
    for name, shares in (("grace", True), ("sam", False)):
        person = User.objects.create_user(name, password=PASSWORD, display_name=name.title(), email=f"{name}@example.org")
        Membership.objects.create(team=made, user=person, shares=shares)
    return made


@pytest.fixture
def lesson(exam):
    return Lesson.objects.filter(exam=exam).order_by("order").first()
