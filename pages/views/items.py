"""Item analysis for instructors: the questions that need a look, worst first, and one question with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.public import is_instructor
from analytics.public import FILTERS, Item, ItemList, NoBlueprint, QuestionFlag, close_flag, item_detail, item_list, own_flag
from pages.charts import Chart, Fifth, ItemPoint, ability_curve, item_scatter, paired_bars
from pages.views.honesty import exam_asked_for
from quizzes.public import Question

A_PAGE = 50
LONGEST_NOTE = 2000


def instructors_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Signed-out visitors are sent to sign in; others are told that this is for instructors."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated or not is_instructor(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@instructors_only
@require_safe
def items(request: HttpRequest) -> HttpResponse:
    """The bank by expected harm; `?show=` chooses, `?page=` turns."""
    exam = exam_asked_for(request)
    show = request.GET.get("show", FILTERS[0])
    if show not in FILTERS:
        raise Http404
    found = item_list(exam, show)
    page = Paginator(found.rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "items",
        "exam": exam,
        "list": found,
        "page": page,
        "show": show,
        "filters": filters_of(found, show),
        "scatter": scatter_of(found),
    }
    return render(request, "analytics/items.html", context)


def filters_of(found: ItemList, show: str) -> list[dict[str, Any]]:
    """The choices above the list, each with its count."""
    names = {"flagged": _("To look at"), "advice": _("Advice"), "reported": _("Reported"), "all": _("All")}
    return [
        {"label": f"{names[key]} ({found.counts[key]})", "url": f"{reverse('items')}?show={key}", "current": key == show} for key in FILTERS
    ]


def scatter_of(found: ItemList) -> Chart | None:
    """Difficulty against discrimination of what is listed; None where nothing has figures."""
    points = [
        ItemPoint(row.facility.value, row.discrimination.value, row.flagged, row.slug)
        for row in found.rows
        if row.facility is not None and row.discrimination is not None
    ]
    return item_scatter(points) if points else None


@instructors_only
@require_safe
def item(request: HttpRequest, question_id: int) -> HttpResponse:
    """One question: why it is flagged, its options by thirds, its versions, what learners say."""
    shown = _item(question_id)
    context = {"section": "items", "exam": shown.question.exam, "item": shown, "options": options_of(shown), "curve": curve_of(shown)}
    return render(request, "analytics/item.html", context)


def _item(question_id: int) -> Item:
    question = get_object_or_404(Question.objects.select_related("exam"), pk=question_id)
    try:
        return item_detail(question.exam, question_id)
    except (Question.DoesNotExist, NoBlueprint) as error:
        raise Http404 from error


def options_of(shown: Item) -> Chart | None:
    """How the best and the weakest third chose; None for orderings, matchings and young questions."""
    if not shown.options:
        return None
    return paired_bars([(f"{row.letter} ✓" if row.right else row.letter, row.top, row.bottom) for row in shown.options])


def curve_of(shown: Item) -> Chart | None:
    """Right and predicted by ability; None for young questions."""
    rows = shown.quintiles
    return ability_curve([Fifth(row.observed.value, row.observed.low, row.observed.high, row.predicted) for row in rows]) if rows else None


@instructors_only
@require_POST
def settle_flag(request: HttpRequest, flag_id: int) -> HttpResponse:
    """Take a flag's task, accept the flag with a note, or say that it is fixed."""
    flag = get_object_or_404(QuestionFlag.objects.select_related("version"), pk=flag_id)
    note = request.POST.get("note", "").strip()[:LONGEST_NOTE]
    match request.POST.get("do"):
        case "own":
            own_flag(flag=flag, actor=request.user)
            messages.success(request, _("This is yours now."))
        case "accept" if not note:
            messages.error(request, _("Not closed yet: say in a few words why the question is right as it is."))
        case "accept":
            close_flag(flag=flag, actor=request.user, accepted=True, note=note)
            messages.success(request, _("Accepted. It is not raised again for this version."))
        case "fixed":
            close_flag(flag=flag, actor=request.user, accepted=False, note=note)
            messages.success(request, _("Closed as fixed. It comes back if the evidence does."))
        case _:
            raise Http404
    return redirect("item", question_id=flag.version.question_id)


urlpatterns = [
    path("instruct/items/", items, name="items"),
    path("instruct/items/<int:question_id>/", item, name="item"),
    path("instruct/flags/<int:flag_id>/", settle_flag, name="flag-settle"),
]
