"""The first two questions, and the last one: when is the exam, how much time is there, how did it go."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.public import read_db_now
from analytics.public import ResultRefused, report_exam_result
from lifecycle.public import Exam, enrol, enrolment_of, enrolment_or_exam
from pages.forms import PlanForm, ResultForm
from pages.signed_in import SignedInRequest
from pages.templatetags.studyloop import problems

MINUTES_A_DAY = 20
REFUSALS = {
    "future": gettext_lazy("This day is still to come."),
    "off_scale": gettext_lazy("This score is not on the exam’s scale."),
    "contradicts": gettext_lazy("This score and your answer to “Did you pass?” contradict each other."),
}


@login_required
@require_http_methods(["GET", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """Exam date and minutes a day; both can be skipped."""
    enrolment, exam = enrolment_or_exam(request.user)
    if exam is None:
        return redirect("home")
    today = timezone.localdate(read_db_now())
    if request.method == "POST" and "skip" in request.POST:
        enrol(user=request.user, exam=exam, minutes_a_day=enrolment.minutes_a_day if enrolment else MINUTES_A_DAY)
        return redirect("home")
    begun = {"exam_date": enrolment.exam_date, "minutes_a_day": enrolment.minutes_a_day} if enrolment else {"minutes_a_day": MINUTES_A_DAY}
    form = PlanForm(request.POST or None, initial=begun, today=today)
    if request.method == "POST" and form.is_valid():
        enrol(user=request.user, exam=exam, exam_date=form.cleaned_data["exam_date"], minutes_a_day=form.cleaned_data["minutes_a_day"])
        return redirect("home")
    context = {"exam": exam, "form": form, "errors": problems(form), "section": "home"}
    return render(request, "pages/start.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def exam_result(request: SignedInRequest, exam: str) -> HttpResponse:
    """What happened on the exam day."""
    the_exam = get_object_or_404(Exam, slug=exam)
    enrolment = enrolment_of(request.user, the_exam)
    form = ResultForm(request.POST or None, initial={"taken_on": enrolment.exam_date if enrolment else None})
    if request.method == "POST" and form.is_valid() and reported(request, the_exam, form):
        return redirect("home")
    context = {"exam": the_exam, "form": form, "errors": problems(form), "section": "home"}
    return render(request, "pages/exam_result.html", context, status=422 if form.errors else 200)


def reported(request: SignedInRequest, exam: Exam, form: ResultForm) -> bool:
    """Keep what the learner says; where it cannot be, the form says why."""
    try:
        report_exam_result(user=request.user, exam=exam, **form.cleaned_data)
    except ResultRefused as refused:
        form.add_error(refused.field, REFUSALS.get(refused.reason, _("This cannot be.")))
        return False
    if form.cleaned_data["passed"]:
        messages.success(request, _("Congratulations! Thank you for telling us."))
    else:
        messages.success(request, _("Thank you for telling us. Set a new date when you have one."))
    return True


urlpatterns = [
    path("start/", start, name="start"),
    path("<slug:exam>/exam-result/", exam_result, name="exam-result"),
]
