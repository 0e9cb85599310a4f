"""Signing in needs nothing remembered, copied or solved: managers fill in, pasting works, a passkey needs no password."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from lifecycle.public import enrol, the_exam
from tests.e2e.passkeys import by_name, make_passkey, with_authenticator
from tests.servers.people import PASSWORD, make_person

pytestmark = pytest.mark.browser

ENTRANCES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]


def test_passkey_is_made_and_signs_in_without_a_password(page_as, live_web):
    site = by_name(live_web.url)
    page = with_authenticator(page_as("visitor"))
    person = make_person("learner")
    enrol(user=person, exam=the_exam("aif-c01"))
    make_passkey(page, site, person)
    page.context.clear_cookies()
    page.goto(f"{site}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/")
    expect(page.get_by_role("heading", name="Do this now")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(person.username))).to_have_count(1)


@pytest.mark.parametrize("address", ENTRANCES)
def test_pasting_works_in_every_field(page_as, address):
    page = page_as("visitor")
    page.goto(address)
    fields = page.locator("main input:is([type=text], [type=email], [type=password])")
    assert fields.count()
    for field in fields.all():
        refused = field.evaluate(
            "(e) => !e.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: new DataTransfer() }))"
        )
        assert not refused
        assert field.get_attribute("autocomplete") not in (None, "", "off", "new"), "a manager knows what belongs here"
        assert field.evaluate("(e) => e.maxLength === -1 || e.maxLength >= 64")


@pytest.mark.parametrize("address", ENTRANCES)
def test_there_is_no_puzzle(page_as, address):
    page = page_as("visitor")
    page.goto(address)
    assert page.locator("main :is(img, canvas, iframe, video, audio)").count() == 0
    kinds = page.locator("main input:not([type=hidden])").evaluate_all("(all) => all.map((each) => each.type)")
    assert set(kinds) <= {"text", "email", "password", "checkbox"}


def test_password_that_was_pasted_signs_in(page_as):
    person = make_person("learner")
    page = page_as("visitor")
    page.goto("/accounts/login/")
    page.get_by_label("User name or e-mail").fill(person.username)
    password = page.get_by_label("Password", exact=True)
    password.focus()
    page.keyboard.insert_text(PASSWORD)  # what a manager or the clipboard does: no key is pressed
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/start/$"))
    assert User.objects.get(pk=person.pk).last_login is not None
