"""People of each role, and pages of the browser signed in as one of them."""

from __future__ import annotations

import secrets
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, BrowserContext, Page

from accounts.domain.roles import make_instructor
from accounts.models import Membership, Team, User
from tests.servers.waiting import AT_A_PAGE

ROLES = ("visitor", "learner", "instructor", "lead", "superuser")
PASSWORD = "correct horse battery staple"  # known to tests that sign in by the form


def make_person(role: str, **fields: Any) -> User:
    """A new account of that role, under a name that no other test has; a lead gets a team of their own."""
    name = fields.pop("username", f"{role}-{secrets.token_hex(4)}")
    person = User.objects.create_user(name, email=f"{name}@example.org", password=PASSWORD, **fields)
    if role == "instructor":
        make_instructor(user=person)
    elif role == "superuser":
        person.is_staff = person.is_superuser = True
        person.save(update_fields=["is_staff", "is_superuser"])
    elif role == "lead":
        team = Team.objects.create(name=f"Team of {name}", slug=f"team-{name}")
        Membership.objects.create(team=team, user=person, role=Membership.Role.LEAD)
    return person


def session_cookie(person: User) -> str:
    """The value of the cookie of a new session signed in as that person."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    return str(store.session_key)


class PageAs:
    """Opens pages by role, and watches them."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.base_url = base_url
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def __call__(self, role: str = "learner", *, person: User | None = None, **context: Any) -> Page:
        """A new page in a context of its own; `page.person` is who is signed in (None for a visitor)."""
        assert role in ROLES, f"unknown role {role}"
        opened = self._browser.new_context(base_url=self.base_url, **context)
        self._contexts.append(opened)
        opened.set_default_timeout(1000 * AT_A_PAGE)
        if role != "visitor":
            person = person or make_person(role)
            opened.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_cookie(person), "url": self.base_url}])
        page = opened.new_page()
        page.person = person  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: self.complaints.append(f"script error at {page.url}: {error}"))
        page.on("console", self._listen)
        return page

    def close(self) -> None:
        """Close every page; AssertionError if one of them had a script error or broke the content security policy."""
        for context in self._contexts:
            context.close()
        assert not self.complaints, "\n".join(self.complaints)

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.complaints.append(f"policy breach at {message.page.url if message.page else '?'}: {message.text}")
