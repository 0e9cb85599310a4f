"""Past sittings, newest first, with the line of exam scores."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.public import current_blueprint
from pages.charts import Chart, score_line
from pages.exams import enrolment_or_exam
from pages.signed_in import SignedInRequest
from pages.words import short_date
from quizzes.public import HistoryRow, history

PAGE = 30


@login_required
@require_safe
def history_page(request: SignedInRequest) -> HttpResponse:
    """Every sitting with its score."""
    _enrolment, exam = enrolment_or_exam(request.user)
    rows = history(request.user, exam) if exam else []
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "readiness",
        "exam": exam,
        "page": page,
        "line": exam_line(rows, current_blueprint(exam).pass_mark) if exam else None,
    }
    return render(request, "pages/history.html", context)


def exam_line(rows: list[HistoryRow], pass_mark: int) -> Chart | None:
    """Scores of whole exams over time; None under two of them."""
    exams = [row for row in reversed(rows) if row.scaled is not None]
    if len(exams) < 2:
        return None
    scores = [row.scaled or 0 for row in exams]
    passed = sum(bool(row.passed) for row in exams)
    sentence = _("%(passed)d of %(all)d exams passed; the last score is %(last)d.") % {
        "passed": passed,
        "all": len(exams),
        "last": scores[-1],
    }
    labels = [short_date(timezone.localdate(row.attempt.started_at)) for row in exams]
    best = [max(scores[: place + 1]) for place in range(len(scores))]
    worst = [min(scores[: place + 1]) for place in range(len(scores))]
    return score_line(
        labels,
        scores,
        worst,
        best,
        pass_mark=pass_mark,
        title=_("Scores of whole exams"),
        sentence=sentence,
        names=(_("Last"), _("Lowest"), _("Best")),
        name="exams",
    )


urlpatterns = [path("history/", history_page, name="history")]
