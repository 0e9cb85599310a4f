"""Content in the admin: what is edited is checked, searchable at once, and never overwritten by a load."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.domain.roles import make_instructor
from accounts.models import User
from lifecycle.domain.suggestions import answer_suggestion, suggest_term
from lifecycle.models import Formula, Lesson, Module, Service, Stage, Task, Term, TermSuggestion
from lifecycle.search import search
from tests import bank

BODY = """Read on.

## Two kinds {#two-kinds}

There are two kinds.

```check
question: Which kind is this?
options:
- text: The first
  correct: true
  why: It is the first.
- text: The second
  correct: false
  why: It is not.
```

```check
question: And this?
options:
- text: The first
  correct: false
  why: It is not.
- text: The second
  correct: true
  why: It is.
```
"""


@pytest.fixture
def exam(db):
    return bank.make_exam()


@pytest.fixture
def client(db):
    user = User.objects.create_user("ina")
    make_instructor(user=user)
    made = Client()
    made.force_login(user)
    return made


def address(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def lesson_data(exam, **fields):
    task = Task.objects.get(number="1.3")
    return {
        "exam": exam.pk, "slug": "two-kinds", "title": "Two kinds of things", "task": task.pk, "module": "", "order": "5", "minutes": "6",
        "summary": "What there is.", "key_rule": "One rule.", "body": BODY, "sources": "A page | https://example.org/a\nB | https://example.org/b",
        "checked": "2026-11-20", "published": "on", **fields,
    }  # fmt: skip


def test_lesson_is_taken_apart_and_searchable_at_once(client, exam):
    answer = client.post(address(Lesson, "add"), lesson_data(exam))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    lesson = Lesson.objects.get(slug="two-kinds")
    assert lesson.sections == [{"anchor": "two-kinds", "title": "Two kinds"}]
    assert [check["question"] for check in lesson.checks] == ["Which kind is this?", "And this?"]
    assert lesson.sources[1] == {"title": "B", "url": "https://example.org/b"}
    assert lesson.edited_at is not None
    assert [hit.slug for hit in search(exam, "two kinds")] == ["two-kinds"]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"body": "No section."}, "body", "has no section"),
        ({"body": BODY + "\n[x](term:nothing)"}, "body", "the term “nothing” does not exist"),
        ({"body": BODY + "\n<script>alert(1)</script>"}, "body", "raw HTML is not allowed"),
        ({"minutes": "9"}, "__all__", "lesson_at_most_eight_minutes"),
        ({"sources": "no address"}, "sources", "is not of the form"),
        ({"task": ""}, "task", "required"),
        ({"slug": "lesson-1-3"}, "__all__", "already exists"),
    ],
)
def test_lesson_with_a_mistake_is_refused_at_its_field(client, exam, fields, field, said):
    answer = client.post(address(Lesson, "add"), lesson_data(exam, **fields))
    assert answer.status_code == 200
    found = answer.context["adminform"].form.errors
    assert said in str(found[field]) or field == "__all__", found
    assert not Lesson.objects.filter(slug="two-kinds").exists()


def test_mistake_in_a_lesson_names_its_line(client, exam):
    answer = client.post(address(Lesson, "add"), lesson_data(exam, body=BODY + "\n[x](term:nothing)"))
    number = BODY.count("\n") + 2
    assert f"Line {number}: the term" in str(answer.context["adminform"].form.errors["body"])


@pytest.fixture
def entries(exam):
    term = Term.objects.create(exam=exam, slug="recall", term="Recall", definition="d", content_digest="x")
    service = Service.objects.create(exam=exam, slug="s3", name="Amazon S3", description="d", aliases=["S3"], content_digest="x")
    formula = Formula.objects.create(
        exam=exam,
        slug="f1",
        order=1,
        name="F1",
        kind="classification",
        formula="f",
        words="w",
        use_when="u",
        example="e",
        content_digest="x",
    )
    module = Module.objects.create(exam=exam, number=1, slug="m", title="M", difficulty=1, content_digest="x")
    return {"term": term, "service": service, "formula": formula, "module": module, "stage": Stage.objects.get(slug="eda")}


CHANGES = {
    "term": {"term": "Recall", "definition": "What was found.", "also": "sensitivity\nhit rate", "example": "", "slug": "recall"},
    "service": {
        "slug": "s3", "name": "Amazon S3", "description": "Keeps objects.", "aliases": "S3\nSimple Storage Service", "category": "",
        "in_guide": "", "status": "", "source": "", "checked": "", "confused_with-TOTAL_FORMS": 0, "confused_with-INITIAL_FORMS": 0,
    },
    "formula": {
        "slug": "f1", "order": 1, "name": "F1", "kind": "classification", "formula": "2pr/(p+r)", "words": "w", "use_when": "u",
        "beware": "", "example": "e", "also": "F-measure",
    },
    "module": {
        "slug": "m", "title": "M 2", "difficulty": 2, "summary": "", "prerequisites": "", "objectives": "a\nb", "success_measures": "",
    },
    "stage": {
        "name": "EDA", "phase": "", "phase_title": "", "module_number": "", "purpose": "Look at the data.", "inputs": "raw data",
        "outputs": "", "activities": "plot\ncount", "common_mistakes": "", "loops_back-TOTAL_FORMS": 0, "loops_back-INITIAL_FORMS": 0,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_edit_is_stored_and_marked(client, exam, entries, kind):
    entry = entries[kind]
    answer = client.post(address(type(entry), "change", entry.pk), {"exam": exam.pk, **CHANGES[kind]})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    entry.refresh_from_db()
    assert entry.edited_at is not None
    lists = {"term": "also", "service": "aliases", "formula": "also", "module": "objectives", "stage": "activities"}
    assert getattr(entry, lists[kind]) == CHANGES[kind][lists[kind]].split("\n")


def test_entries_of_files_are_not_deleted(client, entries):
    assert client.post(address(Term, "delete", entries["term"].pk), {"post": "yes"}).status_code == 403
    own = Term.objects.create(exam=entries["term"].exam, slug="own", term="Own", definition="d")
    assert client.post(address(Term, "delete", own.pk), {"post": "yes"}).status_code == 302
    assert not Term.objects.filter(slug="own").exists()


def test_preview_of_a_lesson_shows_it_and_stores_nothing(client, exam):
    answer = client.post(reverse("admin:lifecycle_lesson_preview"), lesson_data(exam))
    page = client.get(answer.url)
    assert page.status_code == 200
    text = page.content.decode()
    assert "Two kinds of things" in text
    assert "There are two kinds." in text
    assert "Which kind is this?" in text
    assert "<div inert>" in text
    assert not Lesson.objects.filter(slug="two-kinds").exists()


def test_preview_of_an_unfinished_lesson_goes_as_far_as_it_goes(client, exam):
    data = lesson_data(exam, title="", task="", minutes="", checked="", sources="half", body="Just a beginning")
    page = client.get(client.post(reverse("admin:lifecycle_lesson_preview"), data).url)
    assert page.status_code == 200
    assert "Just a beginning" in page.content.decode()


def make_rows(exam, count):
    start = Term.objects.count()
    task = Task.objects.get(number="1.1")
    Term.objects.bulk_create(Term(exam=exam, slug=f"t{start + n}", term="T", definition="d") for n in range(count))
    Service.objects.bulk_create(Service(exam=exam, slug=f"s{start + n}", name="S", description="d") for n in range(count))
    Formula.objects.bulk_create(
        Formula(exam=exam, slug=f"f{start + n}", order=1, name="F", kind="text", formula="f", words="w", use_when="u", example="e")
        for n in range(count)
    )
    users = User.objects.bulk_create(User(username=f"u{start + n}", password="!") for n in range(count))
    TermSuggestion.objects.bulk_create(
        TermSuggestion(exam=exam, kind="term", name="T", folded="t", suggested_by=user, created_at=timezone.now()) for user in users
    )
    Lesson.objects.bulk_create(
        Lesson(
            exam=exam,
            slug=f"l{start + n}",
            title="L",
            task=task,
            order=1,
            minutes=1,
            summary="s",
            key_rule="k",
            body="b",
            checked="2026-11-20",
        )
        for n in range(count)
    )


def suggested(exam, name="Shadow traffic", **fields):
    by, _made = User.objects.get_or_create(username="ada")
    return suggest_term(exam=exam, **{"kind": "term", "name": name, "note": "In a talk.", "suggested_by": by, **fields}).suggestion


def test_instructor_answers_a_suggestion_once(client, exam):
    suggestion = suggested(exam)
    url = address(TermSuggestion, "change", suggestion.pk)
    refused = client.post(url, {"state": "declined", "answer": " "})
    assert "Say why it is not added" in refused.content.decode()
    assert client.post(url, {"state": "declined", "answer": "Look under shadow testing."}).status_code == 302
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.answer, suggestion.answered_by.username) == ("declined", "Look under shadow testing.", "ina")
    client.post(url, {"state": "done", "answer": "Changed my mind."})
    suggestion.refresh_from_db()
    assert suggestion.state == "declined", "what is answered stays answered"
    assert "Look under shadow testing." in client.get(url).content.decode()


def test_suggestions_are_sorted_found_and_sifted(client, exam):
    answered, waiting = suggested(exam, "Canary"), suggested(exam, "Qubit", kind="service", note="On a slide.")
    answer_suggestion(suggestion=answered, state="done", answer="", actor=None)

    def names(**query):
        return [row.name for row in client.get(address(TermSuggestion), query).context["cl"].result_list]

    assert names() == ["Qubit", "Canary"], "what waits comes first"
    assert names(q="slide") == [waiting.name]
    assert names(state__exact="done") == [answered.name]
    assert names(kind__exact="service") == [waiting.name]


def test_suggestions_are_not_made_or_deleted_here(client, exam):
    suggestion = suggested(exam)
    assert client.get(address(TermSuggestion, "add")).status_code == 403
    assert client.post(address(TermSuggestion, "delete", suggestion.pk), {"post": "yes"}).status_code == 403


def test_a_learner_has_no_way_to_the_suggestions(exam):
    suggestion = suggested(exam)
    browser = Client()
    browser.force_login(suggestion.suggested_by)
    assert browser.get(address(TermSuggestion)).status_code == 302


@pytest.mark.parametrize("model", [Lesson, Service, Term, Formula, TermSuggestion])
def test_lists_cost_the_same_with_1_3_and_300_rows(client, exam, model):
    costs = []
    for count in (1, 2, 297):
        make_rows(exam, count)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(model)).status_code == 200
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs
