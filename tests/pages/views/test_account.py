"""The account: plan, name, display and access, one's data; sign-in and sign-up in the same look."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Preferences, User
from lifecycle.models import Enrolment
from tests.pages.views.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["account", "account-display", "account-data"])
def test_account_pages_are_for_the_signed_in(client, exam, browser_of, learner, name):
    assert client.get(reverse(name)).status_code == 302
    assert browser_of(learner).get(reverse(name)).status_code == 200


def test_plan_is_saved(browser_of, enrolled):
    day = timezone.localdate() + timedelta(days=60)
    answer = browser_of(enrolled).post(reverse("account"), {"plan": "1", "exam_date": str(day), "minutes_a_day": "30"}, follow=True)
    assert "Your plan is saved." in answer.content.decode()
    assert Enrolment.objects.get(user=enrolled).exam_date == day


def test_name_is_saved_and_a_refused_one_is_not_shown(browser_of, enrolled):
    browser = browser_of(enrolled)
    browser.post(reverse("account"), {"profile": "1", "display_name": "Ada Lovelace"})
    assert User.objects.get(pk=enrolled.pk).display_name == "Ada Lovelace"
    refused = browser.post(reverse("account"), {"profile": "1", "display_name": "x" * 121})
    assert refused.status_code == 422
    assert "<h1>Ada Lovelace</h1>" in refused.content.decode()


DISPLAY = {"theme": "dark", "text_size": "150", "readable_letters": "on", "reduced_motion": "on", "shortcut_keys": "alt", "allowance": "x2"}


def test_display_choices_reach_every_page(browser_of, enrolled):
    browser = browser_of(enrolled)
    assert browser.post(reverse("account-display"), DISPLAY).status_code == 302
    page = browser.get("/").content.decode().split("<head>")[0]
    for said in ('data-theme="dark"', 'data-text="150"', 'data-letters="readable"', 'data-motion="less"', 'data-keys="alt"'):
        assert said in page


def test_display_answers_a_script_without_a_page(browser_of, enrolled):
    browser = browser_of(enrolled)
    assert browser.post(reverse("account-display"), DISPLAY, headers={"accept": "application/json"}).json() == {"saved": True}
    assert Preferences.objects.get(user=enrolled).theme == "dark"
    refused = browser.post(reverse("account-display"), DISPLAY | {"text_size": "900"}, headers={"accept": "application/json"})
    assert refused.status_code == 422
    assert "text_size" in refused.json()["errors"]
    assert Preferences.objects.get(user=enrolled).text_size == 150


def test_every_preference_can_be_chosen_on_the_page(browser_of, enrolled):
    page = browser_of(enrolled).get(reverse("account-display")).content.decode()
    fields = {field.name for field in Preferences._meta.concrete_fields} - {"id", "user"}
    assert {name for name in fields if f'name="{name}"' in page} == fields


def test_export_is_a_zip_of_ones_own(browser_of, enrolled):
    answer = browser_of(enrolled).post(reverse("account-export"))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert "account.json" in archive.namelist()
        assert "ada" in archive.read("account.json").decode()


def test_account_is_not_closed_without_the_password(browser_of, enrolled):
    refused = browser_of(enrolled).post(reverse("account-close"), {"password": "guess"})
    assert refused.status_code == 422
    assert "This is not your password." in refused.content.decode()
    assert User.objects.filter(pk=enrolled.pk).exists()


def test_account_is_closed_with_the_password(browser_of, enrolled):
    browser = browser_of(enrolled)
    assert browser.post(reverse("account-close"), {"password": PASSWORD}).url == "/"
    assert not User.objects.filter(pk=enrolled.pk).exists()
    assert browser.get(reverse("account")).status_code == 302


def test_only_lead_cannot_close_the_account_under_others(browser_of, learner, team, exam):
    refused = browser_of(learner).post(reverse("account-close"), {"password": PASSWORD})
    assert refused.status_code == 422
    assert "Data platform" in refused.content.decode()
    assert User.objects.filter(pk=learner.pk).exists()


def test_get_changes_nothing(browser_of, enrolled):
    browser = browser_of(enrolled)
    assert browser.get(reverse("account-export")).status_code == 405
    assert browser.get(reverse("account-close")).status_code == 405


# ── Signing in ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_entrance_pages_have_the_look_of_the_site(client, exam, name):
    page = client.get(reverse(name)).content.decode()
    assert "css/site.css" in page
    assert 'class="skip"' in page
    assert "placeholder=" not in page


def test_optional_is_said_once(client, exam):
    page = client.get(reverse("account_signup")).content.decode()
    assert page.count("(optional)") == 1


def test_password_fields_let_managers_in(client, exam):
    page = client.get(reverse("account_login")).content.decode()
    assert 'autocomplete="current-password"' in page
    assert "onpaste" not in page
    assert "Sign in with a passkey" in page


def test_failed_sign_in_is_said_at_the_top(client, exam, learner):
    page = client.post(reverse("account_login"), {"login": "ada", "password": "wrong"}).content.decode()
    assert "There is a problem" in page
    assert 'role="alert"' in page


def test_sign_in_leads_home(client, exam, learner):
    answer = client.post(reverse("account_login"), {"login": "ada", "password": PASSWORD})
    assert answer.url == "/"
    assert "Successfully signed in" not in client.get("/history/").content.decode(), "the page shows it by itself"


@pytest.mark.parametrize("name", ["account_change_password", "mfa_index", "mfa_list_webauthn", "account_email"])
def test_pages_of_ones_sign_in_have_the_look_of_the_site(browser_of, enrolled, name):
    answer = browser_of(enrolled).get(reverse(name))
    assert answer.status_code == 200
    assert 'class="crumbs"' in answer.content.decode()


def test_missing_page_has_the_look_of_the_site(client, exam):
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
    assert 'class="skip"' in answer.content.decode()
