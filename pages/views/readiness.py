"""The readiness page: the dots large, the way there, domains and stages, what would help, and how the estimate is made."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analytics.public import Outlook, Point, Readiness, exam_outlook, honesty_of, readiness_history, readiness_of
from lifecycle.public import Exam
from pages.charts import Chart, interval, score_line
from pages.plan_rows import plan_rows
from pages.signed_in import SignedInRequest
from pages.views.home import domain_lines, readiness_dots
from pages.views.honesty import verdict_of
from pages.words import short_date

FEWEST_POINTS = 2
FAR_UNDER = 0.05


@login_required
@require_safe
def readiness(request: SignedInRequest, exam: str) -> HttpResponse:
    """Where the learner stands for an exam."""
    the_exam = get_object_or_404(Exam, slug=exam)
    standing = readiness_of(request.user, the_exam)
    outlook = outlook_of(request.user, the_exam, standing)
    is_exam_day = outlook is not None and not outlook.days_left
    context = {
        "section": "readiness",
        "exam": the_exam,
        "readiness": standing,
        "verdict": verdict_words(standing.verdict),
        "dots": readiness_dots(standing) if standing.shown else None,
        "history": history_line([point for point in readiness_history(request.user, the_exam) if point.shown], standing.pass_mark),
        "domains": domain_lines(standing),
        "stages": stage_lines(standing),
        "tasks": standing.tasks,
        "what_if": standing.what_if[:3] if standing.shown else [],
        "far": standing.shown and all(chance < FAR_UNDER for _title, chance in standing.what_if),
        "outlook": outlook,
        "steps": plan_rows(request.user, the_exam, standing) if standing.shown and not is_exam_day else [],
        "cut": round(100 * standing.instrument.form.cut),
        "honest": verdict_of(honesty_of(the_exam)),
        "scored": round(sum(standing.instrument.form.scored)),
    }
    return render(request, "pages/readiness.html", context)


def verdict_words(verdict: str) -> str:
    """The verdict with the chances it stands for."""
    return {
        "ready": _("Ready: at least 16 in 20"),
        "close": _("Close: 10 to 15 in 20"),
        "not_yet": _("Not yet: under 10 in 20"),
    }.get(verdict, _("Too early to say"))


def history_line(points: list[Point], pass_mark: int) -> Chart | None:
    """The estimate over time with its range; None before there are two days to join."""
    if len(points) < FEWEST_POINTS:
        return None
    first, last = points[0], points[-1]
    sentence = _(
        "The estimate went from %(first)d on %(from)s to %(last)d on %(until)s; nine times in ten it lies between %(low)d and %(high)d."
    ) % {
        "first": first.estimate,
        "from": short_date(first.day),
        "last": last.estimate,
        "until": short_date(last.day),
        "low": last.low,
        "high": last.high,
    }
    return score_line(
        [short_date(point.day) for point in points],
        [point.estimate for point in points],
        [point.low for point in points],
        [point.high for point in points],
        pass_mark=pass_mark,
        title=_("Estimated score over time"),
        sentence=sentence,
        names=(_("Estimate"), _("Low end"), _("High end")),
        name="history",
        wide=1080,
    )


def stage_lines(standing: Readiness) -> list[dict[str, Any]]:
    """Stages of the lifecycle with answers, their level and interval."""
    cut = 100 * standing.instrument.form.cut
    return [
        {"stage": stage, "low": stage.estimate < cut, "drawn": interval(stage.estimate, stage.low, stage.high, cut=cut, start=20, end=100)}
        for stage in standing.stages.values()
        if stage.answers
    ]


def outlook_of(user: Any, exam: Exam, standing: Readiness) -> Outlook | None:
    """The chance on the exam day at the present pace; None without a date to come, or too early."""
    return exam_outlook(user, exam, standing) if standing.shown else None


urlpatterns = [path("<slug:exam>/readiness/", readiness, name="readiness")]
