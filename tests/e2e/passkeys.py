"""A passkey device in the browser, and how a person gets a passkey on it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from playwright.sync_api import Page

from tests.servers.people import PASSWORD


def with_authenticator(page: Page) -> Page:
    """Give the page's browser a passkey device that says yes, as a phone with a fingerprint does."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def by_name(address: str) -> str:
    """The same server under a name: passkeys belong to names, not to numbers."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=f"localhost:{parts.port}"))


def make_passkey(page: Page, site: str, person: Any) -> None:
    """Sign that person in by password, and add a passkey that signs in without one."""
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("User name or e-mail").fill(person.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
    page.goto(f"{site}/accounts/2fa/webauthn/add/")
    if "/reauthenticate/" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.locator("main").get_by_role("button").first.click()
    page.locator("input[name=name]").fill("Telephone")
    passwordless = page.locator("input[name=passwordless]")
    if passwordless.count():
        passwordless.check()
    page.locator("main").get_by_role("button", name=re.compile("add|create", re.IGNORECASE)).click()
    page.wait_for_url(lambda address: "/webauthn/add/" not in address)
    assert person.authenticator_set.filter(type="webauthn").count() == 1
