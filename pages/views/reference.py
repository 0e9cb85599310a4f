"""The reference: services with a comparison of two, the glossary, the formula cards with their calculator."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.public import Exam, Formula, Service, ServiceConfusion, Stage, Term, search
from pages.forms import LONGEST_NAME, SuggestionForm

NEAREST = 3
Row = TypeVar("Row", Service, Term)
PRESETS = {"fraud": (80, 30, 20, 870), "spam": (450, 5, 50, 495), "screening": (48, 190, 2, 760)}
LARGEST_COUNT = 1_000_000


def reference_exam() -> Exam:
    """The exam whose reference is shown; the first while there is one."""
    return get_object_or_404(Exam.objects.order_by("pk")[:1])


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """All services, or those that fit what somebody needs; two chosen ones side by side."""
    exam = reference_exam()
    query = request.GET.get("q", "").strip()
    stage = request.GET.get("stage", "")
    rows = Service.objects.filter(exam=exam).prefetch_related("stages")
    if stage:
        rows = rows.filter(stages__slug=stage)
    found = list(rows)
    nearest: list[Service] = []
    if query:
        ranks = {hit.slug: rank for rank, hit in enumerate(search(exam, query, limit=60)) if hit.kind == "service"}
        everything = found
        found = sorted((row for row in everything if row.slug in ranks), key=lambda row: ranks[row.slug])
        nearest = [] if found else _nearest(everything, query, lambda row: (row.name, *row.aliases))
    chosen = request.GET.getlist("compare")[:2]
    context = {
        "section": "reference",
        "exam": exam,
        "query": query,
        "stage": stage,
        "stages": Stage.objects.filter(exam=exam),
        "services": found,
        "nearest": nearest,
        "comparison": _comparison(exam, chosen),
        "chosen": chosen,
        "suggestion": SuggestionForm(initial={"name": query[:LONGEST_NAME]}),
    }
    return render(request, "pages/services.html", context)


def _nearest(rows: list[Row], query: str, names: Callable[[Row], Iterable[str]]) -> list[Row]:
    """The entries whose names, and then whose words, share most letters with a query that nothing answers; a third of them at least."""
    asked = {query.casefold()[i : i + 3] for i in range(max(len(query) - 2, 1))}

    def shared(text: str) -> int:
        found = sum(piece in text.casefold() for piece in asked)
        return found if 3 * found >= len(asked) else 0

    ranked = [(shared(" ".join(names(row))), shared(row.description if isinstance(row, Service) else row.definition), row) for row in rows]
    ranked.sort(key=lambda found: found[:2], reverse=True)
    return [row for in_names, in_words, row in ranked[:NEAREST] if in_names or in_words]


@dataclass(frozen=True)
class Comparison:
    """Two services side by side with what tells them apart, where that is written."""

    left: Service
    right: Service
    difference: str


def _comparison(exam: Exam, slugs: list[str]) -> Comparison | None:
    rows = {row.slug: row for row in Service.objects.filter(exam=exam, slug__in=slugs).prefetch_related("stages")}
    if len(rows) != 2:
        return None
    left, right = (rows[slug] for slug in dict.fromkeys(slugs))
    said = ServiceConfusion.objects.filter(service__in=[left, right], other__in=[left, right]).first()
    return Comparison(left, right, said.difference if said else "")


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """One service: what it is for, where it belongs, what it is taken for."""
    exam = reference_exam()
    confusions = Prefetch("confused_with", ServiceConfusion.objects.select_related("other"))
    row = get_object_or_404(Service.objects.prefetch_related("stages", "lessons", confusions), exam=exam, slug=slug)
    lessons = [lesson for lesson in row.lessons.all() if lesson.published]
    return render(request, "pages/service.html", {"section": "reference", "exam": exam, "service": row, "lessons": lessons})


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Terms by letter, or those that hold what was typed."""
    exam = reference_exam()
    query = request.GET.get("q", "").strip()
    everything = list(Term.objects.filter(exam=exam).select_related("lesson").order_by("term"))
    terms = _holding(everything, query) if query else everything
    terms.sort(key=lambda term: term.term.casefold())
    letters = [(letter, list(group)) for letter, group in groupby(terms, key=lambda term: term.term[0].upper())]
    context = {
        "section": "reference",
        "exam": exam,
        "query": query,
        "letters": letters,
        "count": len(terms),
        "nearest": [] if terms else _nearest(everything, query, lambda term: (term.term, *term.also)),
        "suggestion": SuggestionForm(initial={"name": query[:LONGEST_NAME]}),
    }
    return render(request, "pages/glossary.html", context)


def _holding(terms: list[Term], query: str) -> list[Term]:
    """Terms with the query in a name; where there is none, those with it in their definition."""
    wanted = query.casefold()
    named = [term for term in terms if any(wanted in name.casefold() for name in (term.term, *term.also))]
    return named or [term for term in terms if wanted in term.definition.casefold()]


@dataclass(frozen=True)
class Measure:
    """A measure worked out from the four counts: the numbers put in, and the answer or why there is none."""

    slug: str
    name: str
    working: str
    answer: str


@require_safe
def formulas(request: HttpRequest) -> HttpResponse:
    """The formula cards, and the calculator on a confusion matrix."""
    exam = reference_exam()
    counts = _counts(request)
    context = {
        "section": "reference",
        "exam": exam,
        "formulas": Formula.objects.filter(exam=exam).select_related("lesson"),
        "kinds": Formula.Kind.choices,
        "counts": counts,
        "measures": measures(*counts.values()),
        "presets": [(name, PRESETS[name]) for name in PRESETS],
        "labels": {"fraud": _("Fraud"), "spam": _("Spam"), "screening": _("Screening")},
    }
    return render(request, "pages/formulas.html", context)


def _counts(request: HttpRequest) -> dict[str, int]:
    given = dict(zip(("tp", "fp", "fn", "tn"), PRESETS.get(request.GET.get("preset", ""), PRESETS["fraud"]), strict=True))
    for name in given:
        typed = request.GET.get(name, "")
        if typed.isdecimal() and len(typed) < 9:
            given[name] = min(int(typed), LARGEST_COUNT)
    return given


def measures(tp: int, fp: int, fn: int, tn: int) -> list[Measure]:
    """Accuracy, precision, recall, specificity and F1 of a confusion matrix; a division by nothing says why instead."""
    f1_top, f1_bottom = 2 * tp, 2 * tp + fp + fn
    return [
        _measure("accuracy", _("Accuracy"), tp + tn, tp + fp + fn + tn, f"({tp} + {tn}) / ({tp} + {fp} + {fn} + {tn})", _("no cases")),
        _measure("precision", _("Precision"), tp, tp + fp, f"{tp} / ({tp} + {fp})", _("no predicted positives")),
        _measure("recall", _("Recall"), tp, tp + fn, f"{tp} / ({tp} + {fn})", _("no actual positives")),
        _measure("specificity", _("Specificity"), tn, tn + fp, f"{tn} / ({tn} + {fp})", _("no actual negatives")),
        _measure("f1", _("F1"), f1_top, f1_bottom, f"2 × {tp} / (2 × {tp} + {fp} + {fn})", _("no positives at all")),
    ]


def _measure(slug: str, name: str, top: int, bottom: int, working: str, missing: str) -> Measure:
    answer = f"{100 * top / bottom:.0f} %" if bottom else _("not defined: %(why)s") % {"why": missing}
    return Measure(slug, name, working, answer)


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Where the parts of the reference are."""
    exam = reference_exam()
    counts: dict[str, Any] = {
        "services": Service.objects.filter(exam=exam).count(),
        "terms": Term.objects.filter(exam=exam).count(),
        "formulas": Formula.objects.filter(exam=exam).count(),
    }
    return render(request, "pages/reference.html", {"section": "reference", "exam": exam, "counts": counts})


urlpatterns = [
    path("reference/", reference, name="reference"),
    path("reference/services/", services, name="services"),
    path("reference/services/<slug:slug>/", service, name="service"),
    path("reference/glossary/", glossary, name="glossary"),
    path("reference/formulas/", formulas, name="formulas"),
]
