"""The honesty page: open to everybody, silent where there is nothing to say, and plain where there is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.domain.honesty import report_accuracy
from tests.analytics.conftest import *  # noqa: F403 - the same exam, learners and sittings
from tests.analytics.conftest import take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _recent(monkeypatch):
    monkeypatch.setattr("analytics.domain.honesty.WINDOW", timedelta(days=10_000))


def page(client=None, **query) -> str:
    response = (client or Client()).get(reverse("honesty"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_before_the_first_night_it_says_so(exam):
    text = page()
    assert "too few answers yet" in text
    assert "We assume 70%, which is 35 of 50" in text


def test_last_night_is_shown_with_its_figures(exam, practised):
    practised(10, 40)
    report = report_accuracy(exam_id=exam.pk)
    text = page()
    assert "What we said, and what happened" in text
    assert "400 first answers" in text
    assert f"{report.report['answers']['log_loss']:.3f}" in text
    assert f"{report.report['answers']['question_mean']:.3f}" in text
    assert "Answers 1 to 25 of a learner" in text
    assert "Domain 3" in text
    assert "<svg" in text


def test_readiness_says_how_its_predictions_did(exam, learner, client, practised):
    client.force_login(learner)
    where = reverse("readiness", args=[exam.slug])
    assert "The nightly check on single answers: There are too few answers yet" in client.get(where).content.decode()
    practised(10, 40)
    report_accuracy(exam_id=exam.pk)
    assert "The nightly check on single answers: When we say 7 in 10, about " in client.get(where).content.decode()


def test_real_results_are_asked_for_until_there_are_enough(exam, practised):
    practised(3, 20)
    report_accuracy(exam_id=exam.pk)
    assert "From 200 results with 30 fails on" in page()


def test_signed_in_learners_can_report_their_result(exam, learner, client):
    client.force_login(learner)
    assert reverse("exam-result", args=[exam.slug]) in page(client)
    assert reverse("exam-result", args=[exam.slug]) not in page()


@pytest.mark.parametrize("slug", ["nothing-such", "aif-c01x"])
def test_unknown_exam_is_missing(exam, slug):
    assert Client().get(reverse("honesty"), {"exam": slug}).status_code == 404


def test_no_exam_at_all_is_missing(db):
    assert Client().get(reverse("honesty")).status_code == 404


def test_statements_do_not_grow(exam, practised, sitting, learner):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            page()
        return len(queries)

    practised(2, 20)
    report_accuracy(exam_id=exam.pk)
    page()
    few = statements()
    take(sitting(40), sitting(40, mode="simulation"))
    report_accuracy(exam_id=exam.pk)
    assert statements() == few <= 15
