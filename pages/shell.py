"""What surrounds every page: where one can go, and how this person wants the pages to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.public import Membership, Preferences
from lifecycle.public import Exam

SECTIONS = ("home", "course", "practice", "readiness", "reference", "team", "account")


@dataclass(frozen=True)
class Place:
    """A link of the main navigation. `section` says which pages it stands for; `icon` is its sign in the bottom bar."""

    section: str
    label: str
    url: str
    icon: str


@dataclass(frozen=True)
class Shell:
    """The frame of a page."""

    exam: Exam | None
    preferences: Preferences
    places: tuple[Place, ...]
    bottom: tuple[Place, ...]

    @property
    def theme(self) -> str:
        """The value of the page's data-theme; empty where the device decides."""
        return "" if self.preferences.theme == Preferences.Theme.AUTO else self.preferences.theme


def shell_of(request: HttpRequest | None, exam: Exam | None = None) -> Shell:
    """The frame for this request: two statements for a signed-in person, one for a visitor; none without a request (error pages)."""
    if request is None:
        return Shell(None, Preferences(), (), ())
    user = getattr(request, "user", None)
    exam = exam or Exam.objects.order_by("pk").first()
    if user is None or not user.is_authenticated:
        places = _course_places(exam)
        return Shell(exam, Preferences(), places, _bottom(places, signed_in=False))
    places = (*_course_places(exam), *_team_place(user))
    return Shell(exam, _preferences_of(user), places, _bottom(places, signed_in=True))


def _preferences_of(user: Any) -> Preferences:
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def _course_places(exam: Exam | None) -> tuple[Place, ...]:
    if exam is None:
        return (Place("home", _("Home"), reverse("home"), "home"),)
    slug = {"exam": exam.slug}
    return (
        Place("home", _("Home"), reverse("home"), "home"),
        Place("course", _("Course"), reverse("course", kwargs=slug), "book"),
        Place("practice", _("Practice"), reverse("practice", kwargs=slug), "target"),
        Place("readiness", _("Readiness"), reverse("readiness", kwargs=slug), "gauge"),
        Place("reference", _("Reference"), reverse("reference"), "list"),
    )


def _team_place(user: Any) -> tuple[Place, ...]:
    slugs = list(Membership.objects.filter(user=user).order_by("team__name").values_list("team__slug", flat=True)[:2])
    if not slugs:
        return ()
    url = reverse("team", kwargs={"slug": slugs[0]}) if len(slugs) == 1 else reverse("teams")
    return (Place("team", _("Team"), url, "team"),)


def _bottom(places: tuple[Place, ...], *, signed_in: bool) -> tuple[Place, ...]:
    """Five places for the thumb: the account is among them; the reference is reached by search and by the course."""
    chosen = [place for place in places if place.section in {"home", "course", "practice", "readiness"}]
    if signed_in:
        return (*chosen, Place("account", _("Account"), reverse("account"), "user"))
    return (*chosen, Place("account", _("Sign in"), reverse("account_login"), "user"))
