"""The record of a sitting: every save that was stored, with its time, on both databases."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from quizzes.domain import grading
from quizzes.domain.attempts import submit_attempt
from quizzes.domain.errors import SaveStale
from quizzes.models import Response
from quizzes.models.attempt import HISTORY_LENGTH
from quizzes.privacy import _answers
from quizzes.records import Event, record_of, saves_of
from tests.quizzes.conftest import put


@pytest.fixture
def attempt(start):
    return start(count=3, tasks=("1.1",))


def stored(attempt):
    return [(entry.position, entry.version, entry.answer) for entry in record_of(attempt).entries if entry.event is Event.STORED]


def test_every_save_that_was_taken_is_there_with_its_time_and_none_that_was_refused(attempt, clock):
    times = []
    for base, answer in enumerate((["a"], None, ["b"], ["b"])):
        times.append(put(attempt, 1, answer, base=base).saved_at)
        clock.move(seconds=5)
    with pytest.raises(SaveStale):
        put(attempt, 1, ["d"], base=1)
    put(attempt, 2, ["c"])
    record = record_of(attempt)
    assert stored(attempt) == [(1, 1, ["a"]), (1, 2, None), (1, 3, ["b"]), (1, 4, ["b"]), (2, 1, ["c"])]
    told = [entry.at for entry in record.entries if entry.position == 1]
    assert all(abs(at - saved) < timedelta(milliseconds=1) for at, saved in zip(told, times, strict=True))
    assert record.forgotten == 0


def test_a_save_sent_again_is_stored_once(attempt):
    same = uuid.uuid4()
    put(attempt, 1, ["a"], save_id=same)
    put(attempt, 1, ["a"], save_id=same)
    assert stored(attempt) == [(1, 1, ["a"])]


def test_a_save_still_is_as_many_statements(attempt, django_assert_num_queries):
    from django.db import connection

    put(attempt, 1, ["a"])
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 4):  # SQLite: savepoint, write, deadline, release
        put(attempt, 1, ["b"], base=1)


def test_the_newest_saves_are_kept_of_very_many(attempt):
    response_count = HISTORY_LENGTH // 19 + 20
    for base in range(response_count):
        put(attempt, 1, ["abcd"[base % 4]], base=base)
    response = Response.objects.get(attempt=attempt)
    assert HISTORY_LENGTH < len(response.history) <= HISTORY_LENGTH + 20
    record = record_of(attempt)
    kept = stored(attempt)
    assert record.forgotten == response_count - len(kept) > 0
    assert kept[-1] == (1, response_count, ["abcd"[(response_count - 1) % 4]])
    assert [version for _position, version, _answer in kept] == list(range(response_count - len(kept) + 1, response_count + 1))
    assert all(answer == ["abcd"[(version - 1) % 4]] for _position, version, answer in kept)


def test_what_was_stored_before_histories_were_kept_is_told_by_its_last_save(attempt):
    saved = put(attempt, 1, ["a"])
    put(attempt, 1, ["b"], base=1)
    Response.objects.update(history="", version=7)
    response = Response.objects.get()
    assert saves_of(response) == [(response.saved_at, ["b"])]
    assert saved.saved_at <= response.saved_at
    assert record_of(attempt).forgotten == 6


def test_half_a_number_at_the_cut_is_not_taken_for_a_time(attempt):
    put(attempt, 1, ["a"])
    response = Response.objects.get()
    response.history, response.version = '65200123 ["b"]\n1795000000000 ["c"]\n', 9
    assert saves_of(response) == [(datetime.fromtimestamp(1795000000, UTC), ["c"])]


def test_the_whole_way_is_told_in_order(attempt, learner, clock):
    put(attempt, 2, ["c"])
    clock.move(seconds=10)
    submit_attempt(attempt_id=attempt.pk, user=learner)
    grading.drain_jobs(worker="test")
    attempt.refresh_from_db()
    assert [entry.event for entry in record_of(attempt).entries] == [Event.STARTED, Event.STORED, Event.SUBMITTED, Event.GRADED]
    assert record_of(attempt).entries[1].answer_text == ["Option c"]


def test_only_the_owner_reads_and_downloads_it(attempt, learner, other_learner):
    put(attempt, 1, ["a"])
    mine, stranger = Client(), Client()
    mine.force_login(learner)
    stranger.force_login(other_learner)
    for path in (f"/api/v1/attempts/{attempt.pk}/record/", f"/api/v1/attempts/{attempt.pk}/record.csv", f"/attempts/{attempt.pk}/record/"):
        assert mine.get(path).status_code == 200, path
        assert stranger.get(path).status_code == 404, path
        assert Client().get(path).status_code == 404, path
    body = mine.get(f"/api/v1/attempts/{attempt.pk}/record/").json()
    assert [(entry["event"], entry["answer"]) for entry in body["entries"]] == [("started", None), ("stored", ["a"])]
    table = mine.get(f"/api/v1/attempts/{attempt.pk}/record.csv")
    assert table["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert (rows[1]["event"], rows[1]["position"], rows[1]["answer"]) == ("stored", "1", '["a"]')
    page = mine.get(f"/attempts/{attempt.pk}/record/").content.decode()
    assert "Option a" in page and "Answer stored" in page


def test_the_export_of_a_person_has_the_saves(attempt, learner):
    put(attempt, 1, ["a"])
    put(attempt, 1, ["b"], base=1)
    [row] = _answers(learner)
    assert [save["answer"] for save in row["stored"]] == [["Option a"], ["Option b"]]


def test_old_code_that_knows_no_history_can_still_store(attempt):
    """The column has a default in the database: a release before this one names its columns and not this."""
    from django.db import connection

    put(attempt, 1, ["a"])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO quizzes_response (attempt_id, position, answer, version, save_id, flagged, struck, seconds, changes, saved_at)"
            " SELECT attempt_id, 2, answer, version, save_id, flagged, struck, seconds, changes, saved_at FROM quizzes_response"
        )
    assert Response.objects.get(position=2).history == ""
