"""The admin of people and teams, and what holds for every admin: no secrets, no rise in power, a constant cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts.desk import Desk, LedgerDesk, LinesField, PagesField
from accounts.domain.roles import make_instructor
from accounts.domain.teams import create_team, invite, join_team
from accounts.models import AuditEntry, Invitation, Membership, Team, User
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root", password=PASSWORD)


@pytest.fixture
def instructor(db):
    user = User.objects.create_user("ina", password=PASSWORD)
    make_instructor(user=user)
    return user


@pytest.fixture
def clerk(db):
    """Staff who may change accounts, and is no superuser."""
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user", "add_user", "delete_user"]))
    return user


def as_(user):
    client = Client()
    client.force_login(user)
    return client


def address(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


# Every admin


def test_every_admin_of_ours_is_a_desk():
    strangers = {model._meta.label for model, desk in admin.site._registry.items() if not isinstance(desk, Desk)}
    assert strangers == set()


def test_secrets_are_not_registered():
    labels = {model._meta.label for model in admin.site._registry}
    assert not labels & {"authtoken.TokenProxy", "authtoken.Token", "mfa.Authenticator", "sessions.Session"}


def test_visitors_and_learners_stay_out(ada):
    assert Client().get("/admin/")["Location"].startswith("/admin/login/")
    assert Client().get("/admin/login/?next=/admin/")["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    assert as_(ada).get("/admin/login/").status_code == 403
    for model in admin.site._registry:
        assert as_(ada).get(address(model)).status_code == 302, model


def test_the_admins_own_sign_in_takes_no_password(root):
    client = Client()
    answer = client.post("/admin/login/?next=/admin/", {"username": "root", "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_instructors_reach_content_and_nothing_about_people(instructor):
    client = as_(instructor)
    for model, desk in admin.site._registry.items():
        status = client.get(address(model)).status_code
        allowed = desk.has_view_permission(type("R", (), {"user": instructor})())
        assert status == (200 if allowed else 403), model
    for model in (User, Team, Invitation, AuditEntry):
        assert client.get(address(model)).status_code == 403
        assert client.get(address(model, "add")).status_code == 403
    assert client.get(address(User, "change", instructor.pk)).status_code == 403
    assert client.post(address(User, "change", instructor.pk), {"is_superuser": "on"}).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[instructor.pk])).status_code == 403


def test_instructors_cannot_search_people_by_autocomplete(instructor, ada):
    query = {"app_label": "quizzes", "model_name": "problemreport", "field_name": "reporter", "term": "ada"}
    assert as_(instructor).get(reverse("admin:autocomplete"), query).status_code == 403


LOOKUPS = [
    "user__password__startswith=pbkdf2",
    "user__email__startswith=a",
    "attempt__user__password__startswith=p",
    "reporter__password__startswith=p",
    "version__question__created_by__password__startswith=p",
    "guest_key__startswith=a",
    "user__is_superuser=1",
    "created_by__password__contains=a",
    "password__startswith=a",
    "team__invitations__token__startswith=a",
]


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_filters_by_address_never_reach_secrets(instructor, root, lookup, ada):
    for user in (instructor, root):
        client = as_(user)
        for model, desk in admin.site._registry.items():
            if not desk.has_view_permission(type("R", (), {"user": user})()):
                continue
            answer = client.get(f"{address(model)}?{lookup}")
            name, _equals, value = lookup.partition("=")
            if desk.lookup_allowed(name, value, answer.wsgi_request):
                assert answer.status_code == 302, (model, lookup)  # no such field here: Django shows the list with ?e=1
                assert answer["Location"].endswith("?e=1")
            else:
                assert answer.status_code == 400, (model, lookup)


def test_lookup_of_a_password_is_refused_where_it_exists(root):
    assert as_(root).get(f"{address(User)}?password__startswith=p").status_code == 400
    assert as_(root).get(f"{address(Invitation)}?token__startswith=a").status_code == 400


# Accounts


def test_clerks_give_no_powers(clerk, ada):
    client = as_(clerk)
    page = client.get(address(User, "change", ada.pk))
    assert page.status_code == 200
    assert not {"is_staff", "is_superuser", "groups", "user_permissions"} & set(page.context["adminform"].form.fields)
    data = {
        "username": "ada",
        "display_name": "Ada B",
        "email": "ada@example.org",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
    }
    data |= {"groups": "1", "user_permissions": "1"}
    data |= {"emailaddress_set-TOTAL_FORMS": 0, "emailaddress_set-INITIAL_FORMS": 0}
    assert client.post(address(User, "change", ada.pk), data).status_code == 302
    ada.refresh_from_db()
    assert (ada.display_name, ada.is_staff, ada.is_superuser) == ("Ada B", False, False)
    assert not ada.groups.exists()
    assert not ada.user_permissions.exists()


def test_password_set_in_the_admin_ends_the_token(root, ada):
    Token.objects.create(user=ada)
    new = {"password1": "another horse battery", "password2": "another horse battery", "usable_password": "true"}
    assert as_(root).post(reverse("admin:auth_user_password_change", args=[ada.pk]), new).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password("another horse battery")
    assert not Token.objects.filter(user=ada).exists()


def test_clerks_touch_nobody_with_powers(clerk, root, instructor):
    client = as_(clerk)
    for person in (root, instructor, clerk):
        page = client.get(address(User, "change", person.pk))
        assert page.status_code == 200
        assert not page.context["has_change_permission"]
        assert client.post(address(User, "change", person.pk), {"username": "mine"}).status_code == 403
        password = reverse("admin:auth_user_password_change", args=[person.pk])
        assert client.post(password, {"password1": "taken-over-now", "password2": "taken-over-now"}).status_code == 403
    root.refresh_from_db()
    assert root.check_password(PASSWORD)


def test_clerks_have_no_actions_that_give_powers_nor_delete(clerk, ada):
    client = as_(clerk)
    assert "make_instructors" not in client.get(address(User)).content.decode()
    client.post(address(User), {"action": "make_instructors", "_selected_action": [ada.pk]})
    client.post(address(User), {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"})
    assert client.get(address(User, "delete", ada.pk)).status_code == 403
    ada.refresh_from_db()
    assert not ada.is_staff


def test_superusers_make_and_end_instructors(root, ada):
    client = as_(root)
    client.post(address(User), {"action": "make_instructors", "_selected_action": [ada.pk]})
    ada.refresh_from_db()
    assert ada.is_staff
    assert ada.has_perm("quizzes.change_question")
    client.post(address(User), {"action": "end_instructors", "_selected_action": [ada.pk]})
    ada.refresh_from_db()
    assert not ada.is_staff
    assert set(AuditEntry.objects.values_list("action", "actor")) == {("user.make_instructor", root.pk), ("user.end_instructor", root.pk)}


def test_deleting_an_account_erases_it(root, ada, grace):
    client = as_(root)
    page = client.get(address(User, "delete", ada.pk))
    assert "Everything of Ada Lovelace: attempts, answers, progress" in page.content.decode()
    client.post(address(User, "delete", ada.pk), {"post": "yes"})
    assert not User.objects.filter(pk=ada.pk).exists()
    assert AuditEntry.objects.get(action="account.erase").actor == root


def test_deleting_the_last_lead_is_refused_with_the_team(root, ada, grace):
    team = create_team(name="Data", actor=ada)
    join_team(token=invite(team=team, actor=ada).token, user=grace)
    page = as_(root).post(address(User, "delete", ada.pk), {"post": "yes"}, follow=True)
    assert "make somebody else a lead first of Data" in page.content.decode()
    assert User.objects.filter(pk=ada.pk).exists()


def test_pages_of_accounts_show_no_hash_and_no_token(root, ada, grace):
    team = create_team(name="Data", actor=ada)
    token = invite(team=team, actor=ada).token
    client = as_(root)
    pages = [
        address(User, "change", ada.pk),
        address(Invitation),
        address(Invitation, "change", Invitation.objects.get().pk),
        address(Team, "change", team.pk),
    ]
    for page in pages:
        text = client.get(page).content.decode()
        assert token not in text, page
        assert ada.password not in text, page


# Teams


def test_superusers_make_a_team_with_its_lead(root, ada):
    client = as_(root)
    assert client.post(address(Team, "add"), {"name": "Data", "lead": ada.pk, "exam_from": "", "exam_until": ""}).status_code == 302
    team = Team.objects.get()
    assert Membership.objects.get(team=team).user == ada
    assert AuditEntry.objects.filter(action="team.create").count() == 1
    page = client.get(address(Team, "change", team.pk))
    assert "Ada Lovelace" in page.content.decode()
    data = {
        "name": "Data 2",
        "exam_from": "2026-12-14",
        "exam_until": "2026-12-18",
        "mail_day": "0",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    assert client.post(address(Team, "change", team.pk), data).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.slug) == ("Data 2", "data")


def test_team_with_a_window_in_the_wrong_order_is_refused(root, ada):
    data = {"name": "Data", "lead": ada.pk, "exam_from": "2026-12-18", "exam_until": "2026-12-14"}
    answer = as_(root).post(address(Team, "add"), data)
    assert answer.status_code == 200
    assert Team.objects.count() == 0


# Ledgers


def test_ledgers_cannot_be_written(root, ada):
    entry = AuditEntry.objects.create(actor=ada, action="x", subject_kind="user", subject_id="1")
    client = as_(root)
    for model, desk in admin.site._registry.items():
        if isinstance(desk, LedgerDesk):
            assert client.get(address(model, "add")).status_code == 403, model
    assert client.post(address(AuditEntry, "change", entry.pk), {"action": "y"}).status_code == 403
    assert client.post(address(AuditEntry, "delete", entry.pk), {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.get(pk=entry.pk).action == "x"


# Cost


def make_people(count):
    start = User.objects.count()
    users = User.objects.bulk_create(User(username=f"person{start + n}", password="!") for n in range(count))
    teams = Team.objects.bulk_create(Team(name=f"Team {start + n}", slug=f"team-{start + n}") for n in range(count))
    Membership.objects.bulk_create(Membership(team=team, user=user, role="lead") for team, user in zip(teams, users, strict=True))
    expires = timezone.now() + timedelta(days=1)
    Invitation.objects.bulk_create(
        Invitation(team=team, created_by=user, expires_at=expires) for team, user in zip(teams, users, strict=True)
    )
    AuditEntry.objects.bulk_create(AuditEntry(actor=user, action="x", subject_kind="user", subject_id="1") for user in users)


@pytest.mark.parametrize("model", [User, Team, Invitation, AuditEntry])
def test_lists_cost_the_same_with_1_3_and_300_rows(root, model):
    client = as_(root)
    costs = []
    for count in (1, 2, 297):
        make_people(count)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(model)).status_code == 200
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs


# Fields


def test_lines_field_is_a_list_a_line_each():
    field = LinesField()
    assert field.clean(" one \n\n two\n") == ["one", "two"]
    assert field.prepare_value(["one", "two"]) == "one\ntwo"
    assert not field.has_changed(["one"], "one\n")
    assert field.has_changed(["one"], "two")
    assert field.clean("") == []


def test_pages_field_reads_title_and_address():
    from django.core.exceptions import ValidationError

    field = PagesField()
    pages = [{"title": "A | B", "url": "https://example.org/x"}]
    assert field.clean("A | B | https://example.org/x") == pages
    assert field.clean(field.prepare_value(pages)) == pages
    for bad in ("no address", "title | ftp://x", " | https://example.org", "title | javascript:alert(1)"):
        with pytest.raises(ValidationError):
            field.clean(bad)
