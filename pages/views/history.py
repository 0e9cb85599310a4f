"""Past sittings, newest first, with the line of exam scores."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.public import current_blueprint, enrolment_or_exam
from pages.charts import Chart, score_line
from pages.results import LOW_SHARE
from pages.signed_in import SignedInRequest
from pages.words import short_date
from quizzes.public import Attempt, DomainScore, HistoryRow, domain_scores, history

PAGE = 30


@login_required
@require_safe
def history_page(request: SignedInRequest) -> HttpResponse:
    """Every sitting with its score."""
    _enrolment, exam = enrolment_or_exam(request.user)
    rows = history(request.user, exam) if exam else []
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    domains, lines = lines_of(list(page.object_list))
    context = {
        "domains": domains,
        "lines": lines,
        "section": "readiness",
        "exam": exam,
        "page": page,
        "line": exam_line(rows, current_blueprint(exam).pass_mark) if exam else None,
    }
    return render(request, "pages/history.html", context)


@dataclass(frozen=True)
class DomainMarks:
    """A domain of a sitting: right answers of all, and whether that is under the pass level. `of` is 0 where nothing was asked."""

    name: str
    right: str
    of: int
    low: bool


@dataclass(frozen=True)
class HistoryLine:
    """A sitting with its marks by domain, a place for each domain of the page; none before it is marked."""

    sitting: HistoryRow
    domains: tuple[DomainMarks, ...]


def lines_of(rows: list[HistoryRow]) -> tuple[list[str], list[HistoryLine]]:
    """The short names of the domains that were asked about, and the rows of a page with their marks in each; three statements."""
    scores = domain_scores(row.attempt.pk for row in rows if row.attempt.state == Attempt.State.GRADED)
    names = {score.number: score.short_title for found in scores.values() for score in found}
    order = sorted(names)
    lines = []
    for row in rows:
        found = {score.number: score for score in scores.get(row.attempt.pk, ())}
        lines.append(HistoryLine(row, tuple(marks_of(names[number], found.get(number)) for number in order) if found else ()))
    return [names[number] for number in order], lines


def marks_of(name: str, score: DomainScore | None) -> DomainMarks:
    """A domain's right answers as the page writes them."""
    if score is None:
        return DomainMarks(name, "", 0, low=False)
    return DomainMarks(name, f"{score.right:g}", score.of, low=score.right / score.of < LOW_SHARE)


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
