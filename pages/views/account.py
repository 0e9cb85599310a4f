"""The account: profile and plan, display and access, one's data."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.public import (
    LastLead,
    WrongPassword,
    close_account,
    export_account,
    preferences_of,
    read_db_now,
    set_preferences,
    teams_of,
)
from lifecycle.public import enrol, enrolment_or_exam
from pages.forms import CloseForm, DisplayForm, PlanForm, ProfileForm
from pages.signed_in import SignedInRequest
from pages.templatetags.studyloop import problems


@login_required
@require_http_methods(["GET", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """Name, exam date, sign-in, teams. The two forms of the page are told apart by their button."""
    enrolment, exam = enrolment_or_exam(request.user)
    posted = request.POST if request.method == "POST" else None
    profile = ProfileForm(posted if posted and "profile" in posted else None, instance=request.user)
    begun = {"exam_date": enrolment.exam_date, "minutes_a_day": enrolment.minutes_a_day} if enrolment else {"minutes_a_day": 20}
    plan = PlanForm(posted if posted and "plan" in posted else None, initial=begun, today=timezone.localdate(read_db_now()))
    if profile.is_bound and profile.is_valid():
        profile.save()
        messages.success(request, _("Your name is saved."))
        return redirect("account")
    if exam and plan.is_bound and plan.is_valid():
        enrol(user=request.user, exam=exam, exam_date=plan.cleaned_data["exam_date"], minutes_a_day=plan.cleaned_data["minutes_a_day"])
        messages.success(request, _("Your plan is saved."))
        return redirect("account")
    if profile.is_bound:
        request.user.refresh_from_db()  # what was refused must not be shown as the name above
    errors = problems(profile) + problems(plan)
    context = {
        "section": "account",
        "exam": exam,
        "profile": profile,
        "plan": plan,
        "errors": errors,
        "teams": teams_of(request.user),
    }
    return render(request, "pages/account.html", context, status=422 if errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def display(request: SignedInRequest) -> HttpResponse:
    """How the pages look and behave. Each change is saved at once by script; without script by the button."""
    preferences = preferences_of(request.user)
    form = DisplayForm(request.POST or None, instance=preferences)
    if request.method == "POST" and form.is_valid():
        return _keep_display(request, form)
    if request.method == "POST" and _wants_json(request):
        return JsonResponse({"errors": form.errors}, status=422)
    context = {"section": "account", "form": form, "errors": problems(form)}
    return render(request, "pages/display.html", context, status=422 if form.errors else 200)


def _keep_display(request: SignedInRequest, form: DisplayForm) -> HttpResponse:
    try:
        set_preferences(user=request.user, **form.cleaned_data)
    except ValidationError as refused:
        return JsonResponse({"errors": refused.message_dict}, status=422)
    if _wants_json(request):
        return JsonResponse({"saved": True})
    messages.success(request, _("Saved."))
    return redirect("account-display")


def _wants_json(request: SignedInRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@login_required
@require_safe
def data(request: SignedInRequest) -> HttpResponse:
    """What is kept, who sees it, and how to take it along or delete it."""
    return render(request, "pages/data.html", _data_context(request, CloseForm()))


def _data_context(request: SignedInRequest, form: CloseForm) -> dict[str, Any]:
    rows = teams_of(request.user)
    shared = [row for row in rows if row.shares]
    return {
        "section": "account",
        "form": form,
        "teams": shared,
        "has_password": request.user.has_usable_password(),
        "errors": problems(form) if form.is_bound else [],
    }


@login_required
@require_POST
def export(request: SignedInRequest) -> FileResponse:
    """Everything kept about the person, as one ZIP file."""
    return FileResponse(export_account(user=request.user), as_attachment=True, filename="studyloop-data.zip")


@sensitive_post_parameters("password")
@login_required
@require_POST
def close(request: SignedInRequest) -> HttpResponse:
    """Delete the account at its owner's word."""
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            close_account(user=request.user, password=form.cleaned_data["password"])
        except WrongPassword:
            form.add_error("password", _("This is not your password."))
        except LastLead as refused:
            form.add_error(None, _("First make somebody else a lead of: %(teams)s.") % {"teams": ", ".join(refused.teams)})
        else:
            logout(request)
            messages.success(request, _("Your account and everything in it is deleted."))
            return redirect("home")
    return render(request, "pages/data.html", _data_context(request, form), status=422)


urlpatterns = [
    path("account/", account, name="account"),
    path("account/display/", display, name="account-display"),
    path("account/data/", data, name="account-data"),
    path("account/data/export/", export, name="account-export"),
    path("account/data/close/", close, name="account-close"),
]
