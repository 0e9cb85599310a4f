"""Services and terms that a learner misses: the empty search, the form, the queue and the answer."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.domain.privacy import erase_account
from accounts.models import User
from lifecycle.domain.suggestions import MOST_A_DAY, answer_suggestion, suggest_term
from lifecycle.models import Service, Term, TermSuggestion

pytestmark = pytest.mark.django_db


@pytest.fixture
def reference(exam):
    """Three services and four terms."""
    for name, description in (("Cloud Notebooks", "Writes code."), ("Model Monitor", "Watches drift."), ("Label Works", "Labels images.")):
        Service.objects.create(exam=exam, slug=name.lower().replace(" ", "-"), name=name, description=description)
    for name in ("Shadow testing", "Shadow deployment", "Canary release", "Drift"):
        Term.objects.create(exam=exam, slug=name.lower().replace(" ", "-"), term=name, definition="What it is.")
    return exam


@pytest.fixture
def signed_in(browser_of, learner):
    return browser_of(learner)


@pytest.fixture
def teacher():
    return User.objects.create_user("teacher")


def text_of(answer) -> str:
    return answer.content.decode()


def sent(browser, **said):
    return browser.post(reverse("suggest-term"), {"kind": "term", "name": "Shadow traffic", **said}, follow=True)


@pytest.mark.parametrize(("page", "kind"), [("services", "service"), ("glossary", "term")])
def test_a_search_without_a_hit_offers_to_suggest(signed_in, reference, page, kind):
    body = text_of(signed_in.get(reverse(page), {"q": "Qubit <b>"}))
    assert f'action="{reverse("suggest-term")}"' in body
    assert f'<input type="hidden" name="kind" value="{kind}">' in body
    assert 'value="Qubit &lt;b&gt;"' in body, "the name is there already"
    assert body.count("<form") == body.count("</form>"), "no form inside another"


@pytest.mark.parametrize("page", ["services", "glossary"])
def test_a_visitor_is_asked_to_sign_in_and_comes_back(client, reference, page):
    body = text_of(client.get(reverse(page), {"q": "qubit"}))
    assert reverse("suggest-term") not in body
    assert f"{reverse('account_login')}?next={reverse(page)}%3Fq%3Dqubit" in body


@pytest.mark.parametrize("page", ["services", "glossary"])
def test_a_full_page_has_a_quiet_link(client, reference, page):
    assert reverse("suggest-term") in text_of(client.get(reverse(page)))


def test_a_search_without_a_hit_names_the_nearest_three(client, reference):
    assert [row.term for row in client.get(reverse("glossary"), {"q": "shadow traffic"}).context["nearest"]][:2] == [
        "Shadow testing",
        "Shadow deployment",
    ]
    assert [row.name for row in client.get(reverse("services"), {"q": "notebok"}).context["nearest"]] == ["Cloud Notebooks"]
    assert client.get(reverse("glossary"), {"q": "xyzzy"}).context["nearest"] == [], "nothing is near"


def test_a_visitor_cannot_suggest(client, reference):
    answer = client.post(reverse("suggest-term"), {"kind": "term", "name": "Shadow traffic"})
    assert (answer.status_code, answer.url.startswith(reverse("account_login"))) == (302, True)
    assert not TermSuggestion.objects.exists()


def test_a_suggestion_reaches_the_queue(signed_in, learner, reference):
    answer = sent(signed_in, note="In a practice exam.")
    row = TermSuggestion.objects.get()
    assert (row.name, row.note, row.kind, row.suggested_by, row.exam) == (
        "Shadow traffic",
        "In a practice exam.",
        "term",
        learner,
        reference,
    )
    assert answer.redirect_chain == [(reverse("glossary"), 302)]
    assert "Thank you. An instructor will read your suggestion of “Shadow traffic”" in text_of(answer)


def test_a_service_leads_back_to_the_services(signed_in, reference):
    assert sent(signed_in, kind="service").redirect_chain == [(reverse("services"), 302)]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "?!"}, "Name a service or a term."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"note": "x" * 501}, "at most 500 characters"),
        ({"kind": "joke"}, "Select a valid choice"),
    ],
)
def test_what_says_nothing_is_refused_at_the_top_and_at_the_field(signed_in, reference, said, complaint):
    answer = sent(signed_in, **said)
    assert answer.status_code == 422
    assert text_of(answer).count(complaint) == 2
    assert "<title>Error: " in text_of(answer)
    assert not TermSuggestion.objects.exists()


def test_what_is_in_the_reference_is_shown_instead(signed_in, reference):
    assert sent(signed_in, name="shadow  Testing").redirect_chain == [(f"{reverse('glossary')}#shadow-testing", 302)]
    assert sent(signed_in, name="model monitor", kind="service").redirect_chain == [(reverse("service", args=["model-monitor"]), 302)]
    assert not TermSuggestion.objects.exists()


def test_a_second_time_is_answered_kindly(signed_in, reference, teacher):
    sent(signed_in)
    again = text_of(sent(signed_in, name="SHADOW traffic"))
    assert "You suggested “Shadow traffic” on" in again
    assert "It still waits for an instructor." in again
    answer_suggestion(suggestion=TermSuggestion.objects.get(), state="declined", answer="Look under shadow testing.", actor=teacher)
    answered = sent(signed_in)
    assert answered.redirect_chain == [(f"{reverse('account-reports')}#suggestions", 302)]
    assert "Look under shadow testing." in text_of(answered)
    assert TermSuggestion.objects.count() == 1


def test_an_eleventh_in_a_day_waits_until_tomorrow(signed_in, learner, reference):
    for number in range(MOST_A_DAY):
        suggest_term(exam=reference, kind="term", name=f"Term {number}", note="", suggested_by=learner)
    answer = sent(signed_in)
    assert answer.status_code == 429
    assert "ten suggestions a day" in text_of(answer)
    assert TermSuggestion.objects.count() == MOST_A_DAY


def test_the_answer_comes_back_to_who_suggested(signed_in, enrolled, reference, teacher, browser_of):
    told = "An instructor answered your suggestion of a term."
    sent(signed_in)
    assert told not in text_of(signed_in.get("/"))
    assert "Waits for an instructor" in text_of(signed_in.get(reverse("account-reports")))
    answer_suggestion(suggestion=TermSuggestion.objects.get(), state="done", answer="", actor=teacher)
    assert told in text_of(signed_in.get("/"))
    own = text_of(signed_in.get(reverse("account-reports")))
    assert "Shadow traffic" in own
    assert "Added" in own
    assert told not in text_of(signed_in.get("/")), "read is read"
    assert "Shadow traffic" not in text_of(browser_of(teacher).get(reverse("account-reports")))


def test_a_suggestion_outlives_its_account_without_a_name(signed_in, learner, reference):
    sent(signed_in)
    erase_account(user=learner, actor=learner)
    assert TermSuggestion.objects.get().suggested_by is None
