"""Question statistics: gathered once each, by one gatherer, equal however they are added up."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from analytics.domain.gathering import GATHERER_LOCK, gather, gather_all, rebuild
from analytics.domain.judging import judge
from analytics.domain.nights import run_night
from analytics.items import item_detail, item_list
from analytics.models import AttemptEvidence, QuestionDay, QuestionStatistics
from analytics.queries import share_per_option
from analytics.tallies import BINS, Tally
from quizzes.models import Question
from tests.analytics.conftest import START, spread, take
from tests.servers.waiting import PATIENCE

pytestmark = pytest.mark.django_db


def tally_of(question: Question) -> Tally:
    return Tally.from_json(QuestionStatistics.objects.get(pk=question.current_version_id).sums)


def all_sums() -> dict[int, dict]:
    return dict(QuestionStatistics.objects.values_list("pk", "sums"))


def test_answers_are_added_up(sitting, people, exam):
    question = spread(exam)[0]
    users = people(6)
    take(
        *[
            sitting(questions=[question], user=user, right=lambda _, n=number: n < 4, seconds=30 + number)
            for number, user in enumerate(users)
        ]
    )
    assert gather_all() == 1
    total = tally_of(question)
    assert (total.everyone.count, total.right.count, total.shown) == (6, 4, 6)
    assert total.facility == pytest.approx(4 / 6)
    assert total.mean_seconds == pytest.approx(32.5)
    assert {place: cell.count for place, cell in total.options.items()} == {0: 2, 2: 4}
    assert sum(total.bins) == 6
    assert len(total.recent) == 6
    row = QuestionStatistics.objects.get(pk=question.current_version_id)
    assert row.first_answers == 6


def test_gathering_again_finds_nothing(practised):
    practised(3, 6)
    gather_all()
    before = all_sums()
    assert gather() == []
    assert all_sums() == before
    assert not AttemptEvidence.objects.filter(counted=False).exists()


def test_batches_of_any_size_add_up_to_the_same(practised, exam):
    practised(9, 12)
    gather_all()
    whole = all_sums()
    days = list(QuestionDay.objects.order_by("question", "day").values_list("question", "day", "met", "first_met"))
    assert rebuild(exam_id=exam.pk, batch=2) == 5
    assert all_sums() == whole
    assert list(QuestionDay.objects.order_by("question", "day").values_list("question", "day", "met", "first_met")) == days


def test_repeats_rapid_ones_and_blanks_are_counted_beside(sitting, people, exam):
    question = spread(exam)[0]
    first, second, third = people(3)
    take(
        sitting(questions=[question], user=first),
        sitting(questions=[question], user=second, first_time=False, right=lambda _: True),
        sitting(questions=[question], user=third, mode="simulation", answered=False, right=lambda _: False, chosen=None),
    )
    gather_all()
    total = tally_of(question)
    assert (total.everyone.count, total.repeats, total.repeats_right, total.blank, total.shown) == (1, 1, 1, 1, 2)


def test_recall_takes_back_what_was_counted(sitting, people, exam):
    questions = spread(exam)[:5]
    users = people(8)
    sittings = [sitting(questions=questions, user=user, right=lambda _: False) for user in users]
    take(*sittings)
    gather_all()
    assert tally_of(questions[0]).right.count == 0
    recalled = [
        sitting(
            questions=questions,
            user=user,
            attempt=AttemptEvidence.objects.get(user=user).attempt,
            right=lambda position: position == 1,
            revision=2,
        )
        for user in users
    ]
    take(*recalled)
    assert gather_all() == 1
    assert tally_of(questions[0]).right.count == 8
    assert tally_of(questions[0]).everyone.count == 8
    assert tally_of(questions[1]).right.count == 0
    mended = all_sums()
    met = QuestionDay.objects.get(question=questions[0]).met
    assert met == 8
    rebuild(exam_id=exam.pk)
    assert all_sums() == mended


def test_recall_before_the_first_gathering_is_counted_once(sitting, learner, exam):
    questions = spread(exam)[:2]
    take(sitting(questions=questions, right=lambda _: False))
    take(sitting(questions=questions, attempt=AttemptEvidence.objects.get().attempt, right=lambda _: True, revision=2))
    gather_all()
    assert (tally_of(questions[0]).everyone.count, tally_of(questions[0]).right.count) == (1, 1)


def test_exam_and_study_are_kept_apart(sitting, people, exam):
    question = spread(exam)[0]
    first, second = people(2)
    take(sitting(questions=[question], user=first), sitting(questions=[question], user=second, mode="practice_exam"))
    gather_all()
    assert {group: sum(answers) for group, (answers, _right) in tally_of(question).groups.items()} == {"mode:study": 1, "mode:exam": 1}


def test_days_count_who_met_a_question(sitting, people, exam):
    question = spread(exam)[0]
    first, second = people(2)
    take(
        sitting(questions=[question], user=first),
        sitting(questions=[question], user=second),
        sitting(questions=[question], user=first, first_time=False, at=START + timedelta(hours=1)),
        sitting(questions=[question], user=first, first_time=False, at=START + timedelta(days=1)),
    )
    gather_all()
    assert list(QuestionDay.objects.order_by("day").values_list("met", "first_met")) == [(3, 2), (1, 0)]


def test_newest_answers_are_kept_in_order(sitting, people, exam, monkeypatch):
    monkeypatch.setattr("analytics.tallies.RECENT", 5)
    question = spread(exam)[0]
    for number, user in enumerate(people(8)):
        take(sitting(questions=[question], user=user, at=START + timedelta(minutes=number), right=lambda _, n=number: n % 2 == 0))
    gather(batch=3)
    gather_all()
    recent = tally_of(question).recent
    assert recent["right"].tolist() == [0, 1, 0, 1, 0]
    assert (np.diff(recent["when"]) > 0).all()


def test_tally_survives_json(practised):
    practised(4, 14)
    gather_all()
    for sums in all_sums().values():
        total = Tally.from_json(sums)
        assert total.as_json() == sums
        assert len(total.bins) == BINS
    assert Tally.from_json({}).as_json() == Tally().as_json()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_second_gatherer_goes_home(practised):
    """While one gathers, another finds nothing to do rather than a lock to wait for."""
    practised(2, 4)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATHERER_LOCK])
        assert in_another_thread(gather) == []
    assert len(in_another_thread(gather)) > 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_graders_do_not_wait_for_the_gatherer(practised, sitting, people, exam):
    """The gatherer holds every row of the statistics; grading the same questions goes on."""
    users = practised(3, 6)
    gather_all()
    late = sitting(questions=spread(exam)[:6], user=users[0], at=START + timedelta(days=1))
    with transaction.atomic():
        list(QuestionStatistics.objects.select_for_update())
        in_another_thread(lambda: take(late))
    assert gather_all() == 1


def in_another_thread(work):
    """What work returns from a thread with a connection of its own; AssertionError when it waits for somebody."""
    found = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=PATIENCE)
    assert not thread.is_alive(), "it waits"
    return found[0]


def test_batch_that_another_gathered_first_is_not_written(practised, monkeypatch):
    """Without a lock two may add up the same evidence; the second finds it counted and writes nothing."""
    from analytics.domain import gathering

    practised(3, 6)
    add_up = gathering._added_up

    def overtaken(waiting):
        added = add_up(waiting)
        monkeypatch.setattr(gathering, "_added_up", add_up)
        assert gathering._gather(100)
        return added

    monkeypatch.setattr(gathering, "_added_up", overtaken)
    assert gathering._gather(100) == []
    assert QuestionStatistics.objects.get(pk=AttemptEvidence.objects.first().attempt.form[0][0]).first_answers == 3


def test_recall_between_adding_up_and_writing_is_not_lost(sitting, learner, exam, monkeypatch):
    from analytics.domain import gathering

    questions = spread(exam)[:3]
    take(sitting(questions=questions, right=lambda _: False))
    add_up = gathering._added_up

    def recalled(waiting):
        added = add_up(waiting)
        monkeypatch.setattr(gathering, "_added_up", add_up)
        take(sitting(questions=questions, attempt=AttemptEvidence.objects.get().attempt, right=lambda _: True, revision=2))
        return added

    monkeypatch.setattr(gathering, "_added_up", recalled)
    assert gathering._gather(100) == []
    gather_all()
    assert (tally_of(questions[0]).everyone.count, tally_of(questions[0]).right.count) == (1, 1)


def age(question: Question) -> None:
    """Leave the sums as an earlier release kept them: without a format, the newest answers in lists."""
    row = QuestionStatistics.objects.get(pk=question.current_version_id)
    row.sums = {name: part for name, part in row.sums.items() if name != "format"} | {"recent": [[1, 2, 1, 500_000, 10]]}
    row.save()


def test_sums_of_an_earlier_release_are_counted_anew_with_the_next_batch(practised, sitting, people, exam):
    practised(4, 8)
    gather_all()
    right = all_sums()
    age(spread(exam)[0])
    assert [row.pk for row in QuestionStatistics.objects.outdated()] == [spread(exam)[0].current_version_id]
    take(sitting(1, user=User.objects.create_user("late"), questions=spread(exam)[:1]))
    gather_all()
    assert not QuestionStatistics.objects.outdated().exists()
    after = all_sums()
    late = spread(exam)[0].current_version_id
    assert after.pop(late)["everyone"][0] == right.pop(late)["everyone"][0] + 1
    assert after == right


def test_sums_of_an_earlier_release_are_renewed_at_night(practised, exam):
    practised(4, 8)
    gather_all()
    right = all_sums()
    age(spread(exam)[3])
    run_night()
    assert {pk: sums for pk, sums in all_sums().items() if sums} == right


def test_sums_of_an_earlier_release_are_never_shown(practised, exam):
    practised(40, 8)
    gather_all()
    version = spread(exam)[0].current_version_id
    assert item_detail(exam, spread(exam)[0].pk).shown
    assert share_per_option([version])
    age(spread(exam)[0])
    shown = item_detail(exam, spread(exam)[0].pk)
    assert (shown.outdated, shown.shown, shown.answers) == (True, False, 0)
    assert item_list(exam).outdated == 1
    assert share_per_option([version]) == {}
    judge(exam_id=exam.pk)
    assert QuestionStatistics.objects.get(pk=version).judged_at is None
    assert QuestionStatistics.objects.get(pk=spread(exam)[1].current_version_id).judged_at is not None
