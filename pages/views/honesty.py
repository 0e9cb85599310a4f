"""How honest the estimates are: the method in plain words, and last night's accuracy, for everybody to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analytics.public import Honesty, Judged, NoBlueprint, honesty_of
from lifecycle.public import Exam
from pages.charts import Bin, Chart, reliability

PROMISED_ECE = 0.03
PROMISED_COVERAGE = (0.85, 0.95)


@require_safe
def honesty(request: HttpRequest) -> HttpResponse:
    """The page; `?exam=` names another exam than the usual one. Needs no account."""
    exam = exam_asked_for(request)
    try:
        accuracy = honesty_of(exam)
    except NoBlueprint as error:
        raise Http404 from error
    context = {
        "section": "readiness",
        "exam": exam,
        "accuracy": accuracy,
        "cut": round(100 * accuracy.cut),
        "verdict": verdict_of(accuracy),
        "diagram": diagram_of(accuracy.answers, "answers"),
        "results_diagram": diagram_of(accuracy.results, "results"),
        "ages": [Line(age_words(judged.name), judged) for judged in accuracy.ages],
        "domains": [Line(judged.name, judged) for judged in accuracy.domains],
    }
    return render(request, "analytics/honesty.html", context)


def exam_asked_for(request: HttpRequest) -> Exam:
    """The exam that `?exam=` names, else the first; 404 where there is none."""
    slug = request.GET.get("exam")
    if slug:
        return get_object_or_404(Exam, slug=slug)
    found = Exam.objects.order_by("pk").first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Line:
    """A line of a table of accuracies."""

    name: str
    judged: Judged


def age_words(age: str) -> str:
    """Which of a learner's answers a group holds."""
    first, _dash, last = age.partition("–")
    if last:
        return _("Answers %(first)s to %(last)s of a learner") % {"first": first, "last": last}
    return _("From answer %(first)s on") % {"first": age.removesuffix("+")}


def verdict_of(accuracy: Honesty) -> str:
    """One sentence on last night."""
    judged = accuracy.answers
    if not judged.enough:
        return _("There are too few answers yet to say how honest the predictions are.")
    if judged.ece <= PROMISED_ECE:
        return _("When we say 7 in 10, about %(happened)d in 100 come true: %(error)s points off on average, as promised.") % _figures(
            judged
        )
    return _(
        "When we say 7 in 10, about %(happened)d in 100 come true: %(error)s points off on average, more than the 3 we promise."
    ) % _figures(judged)


def _figures(judged: Judged) -> dict[str, Any]:
    nearest = min(judged.diagram, key=lambda part: abs(part.said - 0.7))
    expected = 0.7 + nearest.happened - nearest.said
    return {"happened": round(100 * min(max(expected, 0.0), 1.0)), "error": f"{100 * judged.ece:.1f}"}


def diagram_of(judged: Judged, name: str) -> Chart | None:
    """Said against happened; None while there is too little to draw."""
    if not judged.enough:
        return None
    return reliability([Bin(part.said, part.happened, part.low, part.high, part.count) for part in judged.diagram], name=name)


urlpatterns = [path("readiness/how/", honesty, name="honesty")]
