"""The search: the same answers on both databases, and an index that keeps up by itself."""

from __future__ import annotations

import pytest

from lifecycle.models import Exam, Lesson, SearchEntry, Service, Term
from lifecycle.search import index_entry, reindex, search


def found(exam: Exam, query: str) -> list[tuple[str, str]]:
    return [(hit.kind, hit.slug) for hit in search(exam, query)]


def test_search_finds_every_kind(exam):
    assert ("lesson", "counting-costs") in found(exam, "counting")
    assert ("service", "ledger") in found(exam, "ledger")
    assert ("term", "data-drift") in found(exam, "drift")
    assert ("formula", "recall") in found(exam, "recall")
    assert ("stage", "monitoring") in found(exam, "monitoring")


def test_hit_leads_to_its_page_and_marks_the_words(exam):
    hit = search(exam, "meter")[0]
    assert (hit.kind, hit.title, hit.url) == ("service", "Gauge", "/reference/services/gauge/")
    assert hit.text == "Compares live inputs with those of training."
    assert "<mark>inputs</mark>" in search(exam, "input compares")[0].mark


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("gauge", ("service", "gauge")),  # the name itself
        ("met", ("service", "gauge")),  # the beginning of another name
        ("data dr", ("term", "data-drift")),  # the beginning of a name of two words
        ("sensitivity", ("formula", "recall")),
        ("RECALL", ("formula", "recall")),
    ],
)
def test_what_is_named_so_comes_first(exam, query, first):
    assert found(exam, query)[0] == first


@pytest.mark.parametrize("query", ["dri", "drift", "drifts", "drifting", "drifted"])
def test_words_are_found_by_beginning_and_without_inflection(exam, query):
    assert set(found(exam, query)) >= {("term", "data-drift"), ("lesson", "two-drifts")}


@pytest.mark.parametrize("query", ["moni", "monitori", "monitoring", "monitors", "t", "the"])
def test_word_half_typed_is_found(exam, query):
    """As somebody types; words that full-text search usually leaves out count too."""
    assert found(exam, query)


def test_all_words_are_wanted_else_one_will_do(exam):
    assert found(exam, "relation retrain") == [("lesson", "two-drifts")]
    assert ("service", "ledger") in found(exam, "ledger zebra")
    assert found(exam, "zebra") == []


@pytest.mark.parametrize(
    "query", ["", "  ", "'", '"', "a AND", "NEAR(", "title:x*", "%", "\\", "a'b\"c", "-gauge", "* *", "(", "\x00", "ÄÖ ß", "x" * 5000]
)
def test_odd_queries_are_only_words(exam, query):
    assert isinstance(search(exam, query), list)


def test_limit(exam):
    assert len(search(exam, "t", limit=2)) == 2


def test_other_exams_are_not_searched(exam):
    other = Exam.objects.create(slug="other", code="O", name="Other", provider="P")
    assert search(other, "gauge") == []
    Term.objects.create(exam=other, slug="gauge", term="Gauge", definition="Another thing.")
    reindex(other)
    assert found(other, "gauge") == [("term", "gauge")]


def test_texts_are_escaped_in_the_excerpt(exam):
    term = Term.objects.get(slug="data-drift")
    term.definition = "<script>alert(1)</script> inputs & outcome"
    term.save()
    index_entry(term)
    mark = search(exam, "outcome drift inputs")[0].mark
    assert "<script>" not in mark
    assert "&lt;script&gt;" in mark
    assert "&amp; <mark>outcome</mark>" in mark


def test_index_follows_edits(exam):
    service = Service.objects.get(slug="ledger")
    service.name = "Abacus"
    service.save()
    index_entry(service)
    assert found(exam, "abacus") == [("service", "ledger")]
    assert ("service", "ledger") not in found(exam, "ledger")


def test_index_forgets_what_is_unpublished_or_gone(exam):
    lesson = Lesson.objects.get(slug="counting-costs")
    lesson.published = False
    lesson.save()
    index_entry(lesson)
    assert ("lesson", "counting-costs") not in found(exam, "counting")
    Term.objects.filter(slug="running-cost").delete()
    reindex(exam)
    assert ("term", "running-cost") not in found(exam, "running")
    SearchEntry.objects.all().delete()
    assert found(exam, "drift") == []


def test_reindex_writes_only_what_changed(exam):
    assert reindex(exam) == 0
    Term.objects.filter(slug="data-drift").update(definition="New words.")
    assert reindex(exam) == 1


def test_search_costs_the_same_however_much_there_is(exam, django_assert_num_queries):
    for count in (1, 3, 300):
        Term.objects.bulk_create(
            Term(exam=exam, slug=f"t{count}-{n}", term=f"Widget {count} {n}", definition="Some thing.") for n in range(count)
        )
        reindex(exam)
        with django_assert_num_queries(2):
            search(exam, "widget")
