"""Suggesting a service or a term that the reference lacks."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lifecycle.public import Exam, Service, Suggested, Term, TermSuggestion, TooManySuggestions, entry_named, suggest_term
from pages.forms import LONGEST_NAME, SuggestionForm
from pages.signed_in import SignedInRequest
from pages.templatetags.studyloop import problems
from pages.views.reference import reference_exam

PAGES = {TermSuggestion.Kind.SERVICE.value: "services", TermSuggestion.Kind.TERM.value: "glossary"}


@login_required
@require_http_methods(["GET", "POST"])
def suggest(request: SignedInRequest) -> HttpResponse:
    """The form; where it was filled in, the instructors' queue has what it says."""
    exam = reference_exam()
    kind = request.GET.get("kind", "")
    begun = {"kind": kind if kind in PAGES else TermSuggestion.Kind.TERM, "name": request.GET.get("name", "")[:LONGEST_NAME]}
    form = SuggestionForm(request.POST if request.method == "POST" else None, initial=begun)
    status = 200
    if form.is_valid():
        if known := entry_named(exam=exam, name=form.cleaned_data["name"]):
            return shown_instead(request, known)
        try:
            return thanked(request, suggested_of(request, exam, form))
        except TooManySuggestions:
            form.add_error(None, _("That is all for today: ten suggestions a day are read with care, more are not. Come back tomorrow."))
            status = 429
    elif form.errors:
        status = 422
    context = {"section": "reference", "exam": exam, "form": form, "errors": problems(form)}
    return render(request, "pages/suggest.html", context, status=status)


def suggested_of(request: SignedInRequest, exam: Exam, form: SuggestionForm) -> Suggested:
    """What the form says, in the queue. Raises TooManySuggestions."""
    return suggest_term(exam=exam, suggested_by=request.user, **form.cleaned_data)


def shown_instead(request: SignedInRequest, known: Service | Term) -> HttpResponseRedirect:
    """The entry that bears the name already."""
    messages.info(request, _("“%(name)s” is here already.") % {"name": known})
    if isinstance(known, Service):
        return redirect("service", known.slug)
    return redirect(f"{reverse('glossary')}#{known.slug}")


def thanked(request: SignedInRequest, suggested: Suggested) -> HttpResponseRedirect:
    """Back to the reference with thanks, or to the answer where there is one."""
    suggestion = suggested.suggestion
    facts = {"name": suggestion.name, "day": date_format(timezone.localdate(suggestion.created_at))}
    if suggested.made:
        thanks = _("Thank you. An instructor will read your suggestion of “%(name)s”; the answer comes to your reports.")
        messages.success(request, thanks % facts)
    elif suggestion.state == TermSuggestion.State.OPEN:
        messages.info(request, _("You suggested “%(name)s” on %(day)s already. It still waits for an instructor.") % facts)
    else:
        messages.info(request, _("You suggested “%(name)s” on %(day)s. What an instructor answered is below.") % facts)
        return redirect(f"{reverse('account-reports')}#suggestions")
    return redirect(PAGES[suggestion.kind])


urlpatterns = [path("reference/suggest/", suggest, name="suggest-term")]
