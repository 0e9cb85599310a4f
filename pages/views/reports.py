"""What a learner reported about questions and missed in the reference, and what an instructor answered."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from lifecycle.public import TermSuggestion, read_suggestions
from pages.signed_in import SignedInRequest
from quizzes.public import ProblemReport, read_answers


@login_required
@require_safe
def reports(request: SignedInRequest) -> HttpResponse:
    """One's own reports and suggestions, newest first; looking at them is having read the answers."""
    found = list(ProblemReport.objects.visible_to(request.user).select_related("version", "attempt"))
    suggestions = list(TermSuggestion.objects.visible_to(request.user))
    read_answers(reporter=request.user)
    read_suggestions(suggested_by=request.user)
    for report in found:
        report.position = position_of(report)  # type: ignore[attr-defined]
    return render(request, "pages/reports.html", {"section": "account", "reports": found, "suggestions": suggestions})


def position_of(report: ProblemReport) -> int | None:
    """Where the question stood in the sitting that the report came from; None where that is gone."""
    if report.attempt is None:
        return None
    versions = [version_id for version_id, _scored in report.attempt.form]
    return versions.index(report.version_id) + 1 if report.version_id in versions else None


urlpatterns = [path("account/reports/", reports, name="account-reports")]
