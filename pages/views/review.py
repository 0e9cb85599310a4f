"""Daily review: what is due now, what comes due this week, and when the next question returns."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.public import read_db_now
from lifecycle.public import Exam
from pages.charts import due_bars
from pages.next_steps import MINUTES_A_REVIEW, REVIEW_AT_MOST
from pages.signed_in import SignedInRequest
from quizzes.public import due_reviews


@login_required
@require_safe
def review(request: SignedInRequest, exam: str) -> HttpResponse:
    """The load of reviews, and the button that begins them."""
    the_exam = get_object_or_404(Exam, slug=exam)
    now = read_db_now()
    today = timezone.localdate(now)
    due = due_reviews(request.user, the_exam, now)
    days = [
        (_("Today") if ahead == 0 else date_format(today + timedelta(days=ahead), "D"), count) for ahead, count in enumerate(due.by_day)
    ]
    count = min(due.due, REVIEW_AT_MOST)
    context = {
        "section": "practice",
        "exam": the_exam,
        "due": due,
        "count": count,
        "minutes": max(1, round(count * MINUTES_A_REVIEW)),
        "week": due_bars(days),
        "any": due.due or due.next_due_at,
    }
    return render(request, "pages/review.html", context)


urlpatterns = [path("<slug:exam>/review/", review, name="review")]
