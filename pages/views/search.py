"""Search over lessons, stages, services, terms and formulas, as a page; the dialog asks the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from lifecycle.public import Exam, search


@require_safe
def search_page(request: HttpRequest, exam: str) -> HttpResponse:
    """What fits a query best."""
    the_exam = get_object_or_404(Exam, slug=exam)
    query = request.GET.get("q", "").strip()[:200]
    return render(request, "pages/search.html", {"exam": the_exam, "query": query, "hits": search(the_exam, query, limit=30)})


urlpatterns = [path("<slug:exam>/search/", search_page, name="search")]
