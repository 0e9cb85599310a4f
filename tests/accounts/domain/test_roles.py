"""The group of instructors has just the permissions of content and quizzes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from accounts.domain.roles import GRANTS, INSTRUCTOR, bring_roles_up_to_date, end_instructor, is_instructor, make_instructor


@pytest.fixture
def group(db):
    return Group.objects.get(name=INSTRUCTOR)


def test_migrating_makes_the_group(group):
    granted = set(group.permissions.values_list("content_type__app_label", flat=True))
    assert granted == set(GRANTS)
    assert group.permissions.filter(codename="change_question").exists()


def test_every_grant_names_a_permission_that_exists(group):
    named = {(app, f"{verb}_{model}") for app, models in GRANTS.items() for model, verbs in models.items() for verb in verbs.split()}
    assert set(group.permissions.values_list("content_type__app_label", "codename")) == named


def test_instructors_have_nothing_about_people(group):
    assert not group.permissions.filter(content_type__app_label__in=["accounts", "auth", "account", "admin", "authtoken", "mfa"]).exists()


def test_migrating_again_puts_the_group_right(group):
    group.permissions.clear()
    group.permissions.add(Permission.objects.get(codename="change_user"))
    call_command("migrate", verbosity=0)
    assert not group.permissions.filter(codename="change_user").exists()
    assert group.permissions.filter(codename="change_question").exists()


def test_make_and_end_instructor(group, ada):
    make_instructor(user=ada)
    make_instructor(user=ada)
    ada.refresh_from_db()
    assert ada.is_staff
    assert is_instructor(ada)
    assert ada.has_perm("quizzes.change_question")
    end_instructor(user=ada)
    ada.refresh_from_db()
    assert not ada.is_staff
    assert not is_instructor(ada)


def test_end_instructor_leaves_a_superuser_in(group, ada):
    ada.is_superuser = True
    ada.save()
    make_instructor(user=ada)
    end_instructor(user=ada)
    ada.refresh_from_db()
    assert ada.is_staff


def test_bring_roles_up_to_date_twice_changes_nothing(group):
    before = set(group.permissions.values_list("pk", flat=True))
    bring_roles_up_to_date()
    assert set(group.permissions.values_list("pk", flat=True)) == before
