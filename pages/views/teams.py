"""Teams: the report, a member, settings, joining by a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.public import (
    InvitationGone,
    LastLead,
    Membership,
    NotLead,
    NotMember,
    Refused,
    Seat,
    Team,
    change_role,
    change_team,
    create_team,
    invite,
    join_team,
    leave_team,
    members_of,
    open_invitations,
    remove_member,
    seat_in,
    set_consent,
    teams_of,
    welcome_of,
    withdraw_invitation,
)
from analytics.public import DomainCell, MemberRow, TeamReport, exam_of_team, team_report
from lifecycle.public import Exam
from pages.charts import Chart, interval, score_line, spark
from pages.forms import InvitationForm, JoinForm, NewTeamForm, TeamForm
from pages.signed_in import SignedInRequest
from pages.templatetags.studyloop import problems
from pages.words import duration, short_date

SCALE = (520, 900)
"""Where the intervals of the table begin and end, on the exam's scale; estimates beyond are held at the edge."""
SCALE_WORDS = ("under 50", "50–59", "60–67", "68–72", "73–80", "81–88", "89+")
FEWEST_WEEKS = 2


def seat_of(request: SignedInRequest, slug: str) -> Seat:
    """The viewer's place in a team; 404 for anybody outside, as for a team that does not exist."""
    try:
        return seat_in(slug, request.user)
    except Team.DoesNotExist as missing:
        raise Http404 from missing


# ── The report ────────────────────────────────────────────────────────────────────────────────────────────────────────


@login_required
@require_safe
def teams(request: SignedInRequest) -> HttpResponse:
    """The teams of a person; straight to the only one."""
    rows = teams_of(request.user)
    return render(request, "pages/teams.html", {"section": "team", "teams": rows})


@login_required
@never_cache
@require_safe
def team(request: SignedInRequest, slug: str) -> HttpResponse:
    """For a lead how the team stands; for a member what the lead sees of them."""
    seat = seat_of(request, slug)
    exam = exam_of_team(seat.team)
    if exam is None:
        return render(request, "pages/no_content.html", {"section": "team"})
    report = team_report(seat.team, exam, request.user)
    if not report.leads:
        return _own_row(request, seat, exam, report)
    context = {
        "section": "team",
        "exam": exam,
        "team": report.team,
        "report": report,
        "figures": figures(report),
        "trend": trend_line(report),
        "rows": [table_row(row, report.pass_mark) for row in sorted(report.members, key=_lowest_first)],
        "scale": SCALE_WORDS,
    }
    return render(request, "pages/team.html", context)


def _lowest_first(row: MemberRow) -> tuple[bool, float, str]:
    return (row.chance is None, row.chance or 0.0, row.name.casefold())


def figures(report: TeamReport) -> list[dict[str, str]]:
    """The four figures with what changed in a week, in words."""
    found = []
    if report.ready is not None:
        found.append(_counted(_("Ready now"), report.ready.value, report.ready.of, report.ready.change))
    if report.median is not None:
        said = _("pass mark %(mark)d") % {"mark": report.pass_mark}
        found.append(
            {
                "name": _("Median estimated score"),
                "value": str(report.median.value),
                "change": ", ".join(filter(None, (_points(report.median.change), said))),
            }
        )
    if report.active is not None:
        found.append(_counted(_("Active this week"), report.active.value, report.active.of, report.active.change))
    if report.practice is not None:
        found.append({"name": _("Median practice time"), "value": duration(report.practice.value), "change": _time(report.practice.change)})
    return found


def _counted(name: str, value: int, of: int | None, change: int | None) -> dict[str, str]:
    words = {True: _("%(n)d more than last week"), False: _("%(n)d fewer than last week")}
    said = "" if change is None else _("same as last week") if not change else words[change > 0] % {"n": abs(change)}
    return {"name": name, "value": _("%(value)d of %(of)d") % {"value": value, "of": of or 0}, "change": said}


def _points(change: int | None) -> str:
    if change is None:
        return ""
    if not change:
        return _("same")
    return (_("up %(n)d") if change > 0 else _("down %(n)d")) % {"n": abs(change)}


def _time(change: int | None) -> str:
    if change is None or abs(change) < 60:
        return _("same as last week")
    return (_("up %(time)s") if change > 0 else _("down %(time)s")) % {"time": duration(abs(change))}


def trend_line(report: TeamReport) -> Chart | None:
    """Median and middle half over the weeks that have them; None under two."""
    known = [point for point in report.trend if point.median is not None and point.low is not None and point.high is not None]
    if len(known) < FEWEST_WEEKS:
        return None
    median = [point.median or 0 for point in known]
    low, high = [point.low or 0 for point in known], [point.high or 0 for point in known]
    sentence = _("The median went from %(first)d to %(last)d. The middle half of the team now lies between %(low)d and %(high)d.") % {
        "first": median[0],
        "last": median[-1],
        "low": low[-1],
        "high": high[-1],
    }
    return score_line(
        [short_date(point.day) for point in known],
        median,
        low,
        high,
        pass_mark=report.pass_mark,
        title=_("Team estimated score"),
        sentence=sentence,
        names=(_("Median"), _("Low ¼ ≤"), _("Top ¼ ≥")),
        name="team",
    )


def table_row(row: MemberRow, pass_mark: int) -> dict[str, Any]:
    """A member as a line of the table, drawn."""
    drawn = None
    if row.shown and row.estimate is not None and row.low is not None and row.high is not None:
        drawn = interval(row.estimate, row.low, row.high, cut=pass_mark, start=SCALE[0], end=SCALE[1])
    known = [value for value in row.spark if value is not None]
    return {"row": row, "drawn": drawn, "spark": spark(known) if len(known) > 1 else "", "cells": [heat_cell(cell) for cell in row.domains]}


def heat_cell(cell: DomainCell) -> dict[str, Any]:
    """A cell of the heat table."""
    return {"too_few": cell.too_few, "step": cell.step, "low": cell.below, "value": cell.estimate}


def _own_row(request: SignedInRequest, seat: Seat, exam: Exam, report: TeamReport) -> HttpResponse:
    """A member's own page of the team."""
    own = next((row for row in report.members if row.user_id == request.user.pk), None)
    mine = Membership.objects.get(team=seat.team, user=request.user)
    context = {
        "section": "team",
        "exam": exam,
        "team": seat.team,
        "membership": mine,
        "line": table_row(own, report.pass_mark) if own else None,
        "domains": report.domains,
        "own": True,
        "leads": [member.user.shown_name for member in members_of(seat.team) if member.role == Membership.Role.LEAD],
    }
    return render(request, "pages/member.html", context)


@login_required
@never_cache
@require_safe
def member(request: SignedInRequest, slug: str, key: int) -> HttpResponse:
    """One member as the lead sees them."""
    seat = seat_of(request, slug)
    exam = exam_of_team(seat.team)
    if exam is None:
        raise Http404
    report = team_report(seat.team, exam, request.user)
    row = next((row for row in report.members if row.key == key), None)
    if row is None:
        raise Http404
    person = next((found for found in members_of(seat.team) if found.user_id == row.user_id), None)
    context = {
        "section": "team",
        "exam": exam,
        "team": seat.team,
        "line": table_row(row, report.pass_mark),
        "domains": report.domains,
        "own": row.user_id == request.user.pk,
        "leads_view": seat.leads,
        "address": person.user.email if person and seat.leads else "",
        "membership": person,
    }
    return render(request, "pages/member.html", context)


# ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@login_required
@require_http_methods(["GET", "POST"])
def new_team(request: SignedInRequest) -> HttpResponse:
    """Make a team."""
    form = NewTeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = create_team(name=form.cleaned_data["name"], actor=request.user)
        return redirect("team-settings", made.slug)
    context = {"section": "team", "form": form, "errors": problems(form)}
    return render(request, "pages/team_new.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest, slug: str) -> HttpResponse:
    """Name, exam window, day of the e-mail; links; people. Only leads."""
    seat = seat_of(request, slug)
    if not seat.leads:
        return render(request, "403.html", {"section": "team"}, status=403)
    begun = {name: getattr(seat.team, name) for name in ("name", "exam_from", "exam_until", "mail_day")}
    form = TeamForm(request.POST or None, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            change_team(team=seat.team, actor=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("The team is saved."))
            return redirect("team-settings", slug)
    return render(request, "pages/team_settings.html", settings_context(request, seat, form), status=422 if form.errors else 200)


def settings_context(request: SignedInRequest, seat: Seat, form: TeamForm) -> dict[str, Any]:
    """Everything of the settings page."""
    links = [(link, request.build_absolute_uri(reverse("team-join", args=[link.token]))) for link in open_invitations(seat.team)]
    return {
        "section": "team",
        "team": seat.team,
        "form": form,
        "errors": problems(form),
        "invitation": InvitationForm(),
        "links": links,
        "members": members_of(seat.team),
    }


def act(request: SignedInRequest, slug: str, done: str, work: Callable[[Team], Any]) -> HttpResponse:
    """Do one thing to a team at a lead's word, say that it is done or why not, and go back to the settings."""
    seat = seat_of(request, slug)
    try:
        work(seat.team)
    except NotLead:
        return render(request, "403.html", {"section": "team"}, status=403)
    except LastLead:
        messages.error(request, _("A team must keep a lead. Make somebody else a lead first."))
    except (Refused, ValidationError) as refused:
        messages.error(request, " ".join(refused.messages) if isinstance(refused, ValidationError) else _("This could not be done."))
    else:
        messages.success(request, done)
    return redirect("team-settings", slug)


@login_required
@require_POST
def make_link(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make a link to join."""
    seat_of(request, slug)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a role, and from 1 to 90 days."))
        return redirect("team-settings", slug)
    chosen = form.cleaned_data
    return act(
        request,
        slug,
        _("The link is ready: copy it below."),
        lambda team: invite(team=team, actor=request.user, role=chosen["role"], days=chosen["days"]),
    )


@login_required
@require_POST
def drop_link(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Withdraw a link."""
    seat = seat_of(request, slug)
    link = next((link for link in open_invitations(seat.team) if link.pk == number), None)
    if link is None:
        raise Http404
    return act(request, slug, _("The link is withdrawn."), lambda _team: withdraw_invitation(invitation=link, actor=request.user))


@login_required
@require_POST
def set_role(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Make a member a lead, or a lead a member."""
    person = _person(seat_of(request, slug), number)
    role = request.POST.get("role", "")
    return act(request, slug, _("The role is changed."), lambda team: change_role(team=team, member=person, role=role, actor=request.user))


@login_required
@require_POST
def remove(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Take somebody out of the team."""
    person = _person(seat_of(request, slug), number)
    done = _("%(name)s is no longer in the team. Open links were withdrawn.") % {"name": person.shown_name}
    return act(request, slug, done, lambda team: remove_member(team=team, member=person, actor=request.user))


def _person(seat: Seat, number: int) -> Any:
    found = next((row for row in members_of(seat.team) if row.pk == number), None)
    if found is None:
        raise Http404
    return found.user


@login_required
@require_POST
def consent(request: SignedInRequest, slug: str) -> HttpResponse:
    """Share one's progress with the leads, or stop it."""
    seat = seat_of(request, slug)
    shares = request.POST.get("shares") == "yes"
    set_consent(team=seat.team, user=request.user, shares=shares)
    messages.success(request, _("Your progress is shared with the leads.") if shares else _("Your progress is no longer shared."))
    return redirect("team", slug)


@login_required
@require_POST
def leave(request: SignedInRequest, slug: str) -> HttpResponse:
    """Leave a team."""
    seat = seat_of(request, slug)
    try:
        leave_team(team=seat.team, user=request.user)
    except LastLead:
        messages.error(request, _("You are the only lead. Make somebody else a lead first."))
        return redirect("team-settings", slug)
    except NotMember as missing:
        raise Http404 from missing
    messages.success(request, _("You have left %(team)s.") % {"team": seat.team.name})
    return redirect("account")


# ── Joining ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where a link leads: whose team, what they would see, and the button that joins."""
    try:
        welcome = welcome_of(token)
    except InvitationGone:
        return render(request, "pages/invitation_gone.html", {"section": "team"}, status=404)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and request.user.is_authenticated and form.is_valid():
        try:
            join_team(token=token, user=request.user, shares=form.cleaned_data["shares"])
        except InvitationGone:
            return render(request, "pages/invitation_gone.html", {"section": "team"}, status=404)
        messages.success(request, _("Welcome to %(team)s.") % {"team": welcome.team.name})
        return redirect("team", welcome.team.slug)
    return render(request, "pages/join.html", {"section": "team", "welcome": welcome, "form": form, "here": request.path})


urlpatterns = [
    path("teams/", teams, name="teams"),
    path("teams/new/", new_team, name="team-new"),
    path("teams/join/<str:token>/", join, name="team-join"),
    path("teams/<slug:slug>/", team, name="team"),
    path("teams/<slug:slug>/settings/", settings, name="team-settings"),
    path("teams/<slug:slug>/links/", make_link, name="team-link"),
    path("teams/<slug:slug>/links/<int:number>/withdraw/", drop_link, name="team-link-withdraw"),
    path("teams/<slug:slug>/people/<int:number>/role/", set_role, name="team-role"),
    path("teams/<slug:slug>/people/<int:number>/remove/", remove, name="team-remove"),
    path("teams/<slug:slug>/consent/", consent, name="team-consent"),
    path("teams/<slug:slug>/leave/", leave, name="team-leave"),
    path("teams/<slug:slug>/<int:key>/", member, name="team-member"),
]
