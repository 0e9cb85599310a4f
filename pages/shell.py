"""What surrounds every page: where one can go, and how this person wants the pages to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.public import Preferences, User
from lifecycle.public import Enrolment, Exam


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
    def team(self) -> Place | None:
        """The place of the teams; None for who is in none."""
        return next((place for place in self.places if place.section == "team"), None)

    @property
    def theme(self) -> str:
        """The value of the page's data-theme; empty where the device decides."""
        return "" if self.preferences.theme == Preferences.Theme.AUTO else self.preferences.theme


def exam_of_request(request: HttpRequest) -> Exam | None:
    """The exam that `?exam=` names, else the one the person learns for last, else the first; None before content is loaded."""
    exams = Exam.objects.order_by("pk")
    if named := request.GET.get("exam", ""):
        return exams.filter(slug=named).first()
    if request.user.is_authenticated:
        enrolment = Enrolment.objects.visible_to(request.user).select_related("exam").order_by("-created_at", "-pk").first()
        if enrolment is not None:
            return enrolment.exam
    return exams.first()


def shell_of(request: HttpRequest | None, exam: Exam | None = None) -> Shell:
    """The frame for this request: one statement for a signed-in person, and one more where the page has no exam of its own.

    None at all without a request: the pages that say that something went wrong must not ask the database.
    """
    if request is None:
        return Shell(None, Preferences(), (), ())
    user = getattr(request, "user", None)
    exam = exam or Exam.objects.order_by("pk").first()
    if user is None or not user.is_authenticated:
        places = _course_places(exam)
        return Shell(exam, Preferences(), places, _bottom(places, signed_in=False))
    preferences, teams = _person(user)
    places = (*_course_places(exam), *_team_place(teams))
    return Shell(exam, preferences, places, _bottom(places, signed_in=True))


def _person(user: Any) -> tuple[Preferences, list[str]]:
    """Preferences and the addresses of the teams, in one statement: every page pays for it."""
    names = [field.name for field in Preferences._meta.concrete_fields if field.name not in {"id", "user"}]
    rows = User.objects.filter(pk=user.pk).order_by("memberships__team__name")
    found = list(rows.values_list("memberships__team__slug", "preferences__id", *(f"preferences__{name}" for name in names)))
    teams = [row[0] for row in found if row[0]]
    if not found or found[0][1] is None:
        return Preferences(user=user), teams
    return Preferences(id=found[0][1], user=user, **dict(zip(names, found[0][2:], strict=True))), teams


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


def _team_place(slugs: list[str]) -> tuple[Place, ...]:
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
