"""What learners miss in the reference."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, User
from accounts.public import read_db_now
from lifecycle.domain.errors import NotAllowed, TooManySuggestions
from lifecycle.domain.suggestions import MOST_A_DAY, answer_suggestion, entry_named, read_suggestions, suggest_term
from lifecycle.models import Service, Term, TermSuggestion
from lifecycle.public import enrol, unread_suggestions


@pytest.fixture
def teacher(db):
    return User.objects.create_user("ina")


@pytest.fixture
def suggest(exam, learner):
    def _suggest(name="Shadow traffic", *, by=learner, kind="term", note=""):
        return suggest_term(exam=exam, kind=kind, name=name, note=note, suggested_by=by)

    return _suggest


def test_suggestion_waits_with_what_was_said(suggest, learner, exam):
    suggested = suggest("  Shadow   traffic ", note=" In a talk. ")
    row = TermSuggestion.objects.get()
    assert suggested.made
    assert (row.name, row.note, row.kind, row.exam, row.suggested_by, row.state) == (
        "Shadow traffic", "In a talk.", "term", exam, learner, "open",
    )  # fmt: skip


@pytest.mark.parametrize("again", ["Shadow traffic", "shadow TRAFFIC", " shadow  traffic"])
def test_the_same_term_of_the_same_person_is_there_once(suggest, again):
    first = suggest()
    second = suggest(again)
    assert not second.made
    assert second.suggestion == first.suggestion
    assert TermSuggestion.objects.count() == 1


def test_the_same_term_of_two_people_is_there_twice(suggest, teacher):
    assert suggest().made
    assert suggest(by=teacher).made


def test_the_database_refuses_the_same_term_twice(suggest, exam, learner):
    suggest()
    with pytest.raises(IntegrityError), transaction.atomic():
        TermSuggestion.objects.create(
            exam=exam, kind="service", name="x", folded="shadow traffic", suggested_by=learner, created_at=read_db_now()
        )


@pytest.mark.parametrize("broken", [{"name": ""}, {"state": "done"}, {"state": "declined"}])
def test_the_database_refuses_what_means_nothing(suggest, broken):
    suggest()
    with pytest.raises(IntegrityError), transaction.atomic():
        TermSuggestion.objects.update(**broken)


def test_ten_a_day_are_the_most(suggest, teacher):
    for number in range(MOST_A_DAY):
        suggest(f"Term {number}")
    with pytest.raises(TooManySuggestions):
        suggest("One more")
    assert not suggest("Term 3").made, "what is there already is no new one"
    assert suggest("One more", by=teacher).made
    TermSuggestion.objects.filter(name="Term 0").update(created_at=read_db_now() - timedelta(hours=25))
    assert suggest("One more").made


def test_answer_closes_once_and_is_kept_in_the_record(suggest, teacher):
    suggestion = suggest().suggestion
    answered = answer_suggestion(suggestion=suggestion, state="declined", answer="It is “shadow testing” here.", actor=teacher)
    assert (answered.state, answered.answered_by) == ("declined", teacher)
    assert AuditEntry.objects.get().action == "answer_suggestion"
    with pytest.raises(NotAllowed, match="answered before"):
        answer_suggestion(suggestion=suggestion, state="done", answer="", actor=teacher)


def test_declining_says_why(suggest, teacher):
    with pytest.raises(NotAllowed, match="Say why"):
        answer_suggestion(suggestion=suggest().suggestion, state="declined", answer="  ", actor=teacher)
    assert TermSuggestion.objects.get().state == "open"


def test_adding_needs_no_words(suggest, teacher):
    assert answer_suggestion(suggestion=suggest().suggestion, state="done", answer="", actor=teacher).state == "done"


def test_an_answer_is_unread_until_its_person_looks(suggest, learner, teacher, exam):
    enrolment = enrol(user=learner, exam=exam)
    enrol(user=teacher, exam=exam)

    def unread():
        return dict(type(enrolment).objects.annotate(n=unread_suggestions()).values_list("user__username", "n"))

    suggestion = suggest().suggestion
    assert unread() == {"ada": 0, "ina": 0}
    answer_suggestion(suggestion=suggestion, state="done", answer="", actor=teacher)
    assert unread() == {"ada": 1, "ina": 0}
    assert read_suggestions(suggested_by=teacher) == 0
    assert read_suggestions(suggested_by=learner) == 1
    assert unread() == {"ada": 0, "ina": 0}


def test_entries_are_known_by_every_name(exam):
    service = Service.objects.create(exam=exam, slug="notebooks", name="Cloud Notebooks", aliases=["Note Books"], description="d")
    term = Term.objects.create(exam=exam, slug="shadow-testing", term="Shadow testing", also=["shadow deployment"], definition="d")
    assert entry_named(exam=exam, name="note  books") == entry_named(exam=exam, name="CLOUD notebooks") == service
    assert entry_named(exam=exam, name="Shadow Deployment") == term
    assert entry_named(exam=exam, name="Shadow") is None
