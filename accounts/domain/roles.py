"""Roles beyond learning: the group of instructors, and who is put into it.

The group is made and brought up to date after each migration (`accounts.apps`), when the permissions it names exist.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from accounts.domain.audit import record
from accounts.models import User

INSTRUCTOR = "instructor"
GRANTS: dict[str, dict[str, str]] = {
    "lifecycle": {
        "lesson": "add change view",
        "module": "change view",
        "stage": "change view",
        "service": "add change delete view",
        "term": "add change delete view",
        "formula": "add change delete view",
        "termsuggestion": "change view",
        "figure": "view",
        "exam": "view",
        "blueprint": "view",
        "domain": "view",
        "task": "view",
        "objective": "view",
    },
    "quizzes": {
        "question": "add change view",
        "questionversion": "view",
        "option": "add change delete view",
        "scenario": "add change view",
        "misconception": "add change view",
        "quiz": "add change delete view",
        "quizquestion": "add change delete view",
        "attempt": "change view",
        "grade": "view",
        "outage": "add view",
        "timecredit": "view",
        "gradingjob": "change view",
        "recall": "view",
        "problemreport": "change view",
    },
    "analytics": {
        "questionflag": "change view",
        "questionstatistics": "view",
    },
}
"""What instructors may do in the admin: content and quizzes, and nothing about people."""


@transaction.atomic
def bring_roles_up_to_date() -> Group:
    """Give the group of instructors exactly the permissions of GRANTS, as far as their models exist; a repeat changes nothing."""
    group, _made = Group.objects.get_or_create(name=INSTRUCTOR)
    wanted = Q(pk__in=[])
    for app, models in GRANTS.items():
        codes = [f"{verb}_{model}" for model, verbs in models.items() for verb in verbs.split()]
        wanted |= Q(content_type__app_label=app, codename__in=codes)
    group.permissions.set(Permission.objects.filter(wanted))
    return group


@transaction.atomic
def make_instructor(*, user: User, actor: User | None = None) -> None:
    """Let somebody author content and quizzes in the admin; a repeat changes nothing."""
    group = Group.objects.get(name=INSTRUCTOR)
    if user.is_staff and user.groups.filter(pk=group.pk).exists():
        return
    user.groups.add(group)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.is_staff = True
    record("user.make_instructor", user, actor=actor)


@transaction.atomic
def end_instructor(*, user: User, actor: User | None = None) -> None:
    """Take the role away; who has other groups or is a superuser keeps the way into the admin."""
    group = Group.objects.get(name=INSTRUCTOR)
    if not user.groups.filter(pk=group.pk).exists():
        return
    user.groups.remove(group)
    if not user.is_superuser and not user.groups.exists():
        User.objects.filter(pk=user.pk).update(is_staff=False)
        user.is_staff = False
    record("user.end_instructor", user, actor=actor)


def is_instructor(user: User) -> bool:
    """Whether the person may author: by the group as long as they are staff, or as a superuser."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or (user.is_staff and user.groups.filter(name=INSTRUCTOR).exists())
