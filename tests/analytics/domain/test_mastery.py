"""Mastery: written with the grade or not at all, once, in order, and again the same by a replay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import ledger
from analytics.domain.mastery import replay, replay_all, replay_stale, state_of, take_graded
from analytics.instrument import instrument_of
from analytics.models import AttemptEvidence, DailySnapshot, Mastery, ParameterVersion
from lifecycle.models import Blueprint, Stage
from quizzes.models import Question, QuestionVersion
from quizzes.signals import attempts_graded
from tests.analytics.conftest import START, spread, take

pytestmark = pytest.mark.django_db


def mastery_of(user):
    return Mastery.objects.get(user=user)


def records_of(attempt):
    return ledger.read(bytes(AttemptEvidence.objects.get(attempt_id=attempt.attempt_id).records))


def believed(user, exam):
    return state_of(mastery_of(user), instrument_of(exam.pk))


def test_graded_attempt_leaves_mastery_evidence_and_snapshot(sitting, learner, exam):
    take(sitting(14))
    row = mastery_of(learner)
    assert (row.answers, row.first_answers, row.stale) == (14, 14, False)
    assert row.last_submitted_at == START
    assert len(bytes(row.state)) <= 1536
    evidence = AttemptEvidence.objects.get(user=learner)
    assert len(ledger.read(bytes(evidence.records))) == 14
    snapshot = DailySnapshot.objects.get(user=learner)
    assert (snapshot.day, snapshot.answers, snapshot.verdict) == (START.date(), 14, "too_early")
    assert sum(domain[3] for domain in snapshot.domains.values()) == 14


def test_the_signal_is_connected(exam, learner, sitting):
    attempts_graded.send(sender=None, graded=[sitting(3)])
    assert mastery_of(learner).answers == 3


def test_nothing_is_left_when_the_grading_transaction_fails(sitting, learner):
    from django.db import transaction

    graded = sitting(5)

    def grade_and_fail() -> None:
        with transaction.atomic():
            take_graded(graded=[graded])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        grade_and_fail()
    assert not Mastery.objects.exists()
    assert not AttemptEvidence.objects.exists()


def test_same_attempt_twice_counts_once(sitting, learner):
    graded = sitting(5)
    take(graded)
    before = bytes(mastery_of(learner).state)
    take(graded)
    assert bytes(mastery_of(learner).state) == before
    assert mastery_of(learner).answers == 5


def test_stored_predictions_are_what_was_believed_before(sitting, learner, exam):
    graded = sitting(14, right=lambda _: True)
    take(graded)
    records = records_of(graded)
    assert records["probability"][0] == pytest.approx(0.549, abs=0.02)  # the prior on a medium question of unknown difficulty
    assert records["ability"][0] == 0
    assert 0 < records["ability"][1] < 1 < records["ability"][-1]
    assert ledger.has(records, ledger.RIGHT).all()
    assert set(records["chosen"].tolist()) == {1 << 2}  # option c, the third as written


def test_right_answers_raise_and_wrong_answers_lower(sitting, people, exam):
    strong, weak = people(2)
    take(sitting(28, user=strong, right=lambda _: True), sitting(28, user=weak, right=lambda _: False))
    assert believed(strong, exam).mean[:14].min() > 0 > believed(weak, exam).mean[:14].max()


def test_repeats_count_a_quarter(sitting, learner, exam):
    questions = spread(exam)[:6]
    take(sitting(questions=questions))
    again = sitting(questions=questions, at=START + timedelta(days=1), first_time=False)
    take(again)
    assert (records_of(again)["weight"] == 1).all()
    assert (mastery_of(learner).answers, mastery_of(learner).first_answers) == (12, 6)


@pytest.mark.parametrize(
    ("mode", "feedback", "seen", "weight"),
    [
        ("simulation", "end", True, 4),
        ("practice_exam", "end", True, 4),
        ("quiz", "end", True, 4),
        ("quiz", "each", True, 0),
        ("drill", "end", True, 0),
        ("simulation", "end", False, 0),
    ],
)
def test_open_questions_are_wrong_where_they_were_seen_in_an_exam(sitting, mode, feedback, seen, weight):
    graded = sitting(3, mode=mode, feedback=feedback, right=lambda _: False, answered=False, seen=seen, chosen=None)
    take(graded)
    assert set(records_of(graded)["weight"].tolist()) == {weight}


def test_voided_questions_move_nobody(sitting, learner, exam):
    graded = sitting(5, voided=True)
    take(graded)
    assert (believed(learner, exam).mean == instrument_of(exam.pk).model.prior_mean).all()
    assert mastery_of(learner).answers == 0
    assert ledger.has(records_of(graded), ledger.VOIDED).all()


def test_retired_versions_move_nobody(sitting, learner, exam):
    questions = spread(exam)[:2]
    graded = sitting(questions=questions)
    old = questions[0].current_version
    newer = QuestionVersion.objects.create(
        question=questions[0],
        number=2,
        kind=old.kind,
        stem="Newer",
        rule="r",
        source_title="t",
        source_url="https://example.org",
        checked=old.checked,
    )
    Question.objects.filter(pk=questions[0].pk).update(current_version=newer)
    take(graded)
    assert records_of(graded)["weight"].tolist() == [0, 4]


def test_rapid_guesses_move_nobody(sitting, learner, exam):
    questions = spread(exam)[:4]
    ParameterVersion.objects.create(
        exam=exam,
        created_at=START,
        parameters={str(question.pk): [1.0, 0.0, 0.2, 100, question.current_version_id, 80.0] for question in questions},
        answers=400,
        persons=40,
        cycles=7,
        converged=True,
        log_likelihood=-100.0,
        seconds=0.1,
    )
    fast, slow = sitting(questions=questions[:2], seconds=7), sitting(questions=questions[2:], seconds=9, at=START + timedelta(hours=1))
    take(fast, slow)
    assert ledger.has(records_of(fast), ledger.RAPID).all()
    assert (records_of(fast)["weight"] == 0).all()
    assert (records_of(slow)["weight"] == 4).all()
    assert mastery_of(learner).pace_count == 2


def test_unmeasured_time_is_no_guess(sitting):
    graded = sitting(2, seconds=0)
    take(graded)
    assert (records_of(graded)["weight"] == 4).all()


def test_replay_gives_the_same_state_to_the_last_bit(sitting, learner, exam):
    for day in range(4):
        take(sitting(11, at=START + timedelta(days=3 * day), first_time=day != 2))
    row = mastery_of(learner)
    again = replay(user_id=learner.pk, exam_id=exam.pk)
    assert bytes(again.state) == bytes(row.state)
    for name in ("answers", "first_answers", "pace_count", "last_submitted_at", "last_attempt"):
        assert getattr(again, name) == getattr(row, name), name
    assert again.pace_sum == pytest.approx(row.pace_sum)


def test_batch_gives_the_same_state_as_one_at_a_time(sitting, people, exam):
    first, second = people(2)
    attempts = {user: [sitting(9, user=user, at=START + timedelta(days=day)) for day in range(3)] for user in (first, second)}
    take(*[attempt for user in (second, first) for attempt in reversed(attempts[user])])
    together = {user: bytes(mastery_of(user).state) for user in (first, second)}
    Mastery.objects.all().delete()
    AttemptEvidence.objects.all().delete()
    for day in range(3):
        for user in (first, second):
            take(attempts[user][day])
    assert {user: bytes(mastery_of(user).state) for user in (first, second)} == together


def test_late_attempt_is_put_right_by_a_replay(sitting, people, exam):
    in_order, disordered = people(2)
    for user, order in ((in_order, (0, 1, 2)), (disordered, (0, 2, 1))):
        attempts = [sitting(8, user=user, at=START + timedelta(days=day)) for day in range(3)]
        for index in order:
            take(attempts[index])
    assert (mastery_of(in_order).stale, mastery_of(disordered).stale) == (False, True)
    assert replay_stale() == 1
    assert bytes(mastery_of(disordered).state) == bytes(mastery_of(in_order).state)
    assert not Mastery.objects.filter(stale=True).exists()


def test_recall_changes_outcomes_and_never_a_prediction(sitting, learner, exam):
    graded = sitting(10, right=lambda _: False)
    take(graded)
    before, predictions = believed(learner, exam), records_of(graded)
    recalled = sitting(
        questions=spread(exam)[:10], attempt=AttemptEvidence.objects.get().attempt, right=lambda _: True, revision=2, first_time=False
    )
    take(recalled)
    after = records_of(graded)
    assert ledger.has(after, ledger.RIGHT).all()
    for name in ("probability", "ability", "weight", "uncertainty"):
        assert (after[name] == predictions[name]).all(), name
    assert mastery_of(learner).stale
    replay_stale()
    assert believed(learner, exam).mean[0] > 0 > before.mean[0]


def test_replay_does_not_rewrite_what_was_stated(sitting, learner, exam):
    take(sitting(30))
    stated = DailySnapshot.objects.values().get()
    mastery_of(learner)
    Mastery.objects.update(stale=True)
    replay_stale()
    assert DailySnapshot.objects.values().get() == stated


def test_replay_all_visits_everybody(practised, exam):
    practised(3, 4)
    assert replay_all(exam_id=exam.pk) == 3


def test_replay_of_a_stranger_is_nothing(exam, learner):
    assert replay(user_id=learner.pk, exam_id=exam.pk) is None


def test_state_of_another_blueprint_starts_again_and_waits_for_a_replay(sitting, learner, exam):
    take(sitting(14))
    Stage.objects.create(exam=exam, slug="training", order=9, name="Training", purpose="p")
    from analytics import instrument

    instrument.forget()
    take(sitting(3, at=START + timedelta(days=1)))
    assert mastery_of(learner).stale
    replay_stale()
    assert mastery_of(learner).answers == 17
    assert believed(learner, exam).first_answers.sum() == 17


def test_exam_without_blueprint_is_left_alone(sitting, exam):
    graded = sitting(3)
    Blueprint.objects.update(current=False)
    take(graded)
    assert not Mastery.objects.exists()


def test_whole_exam_keeps_what_was_expected_of_it(sitting, exam):
    graded = sitting(50, mode="simulation")
    take(graded)
    evidence = AttemptEvidence.objects.get()
    assert evidence.score == sum(answer.credit for answer in graded.answers)
    assert 20 < evidence.expected_score < 35
    assert evidence.expected_variance > 20
    take(sitting(10, at=START + timedelta(days=1)))
    assert AttemptEvidence.objects.get(mode="drill").expected_score is None


def test_statements_do_not_grow_with_the_batch(sitting, people, exam):
    users = people(12)

    def statements(chosen):
        batch = [sitting(questions=spread(exam)[:5], user=user) for user in chosen]
        with CaptureQueriesContext(connection) as queries:
            take(*batch)
        return len(queries)

    statements(users)
    assert statements(users[:1]) == statements(users[1:])


def test_answers_of_a_later_day_make_a_second_snapshot(sitting, learner):
    take(sitting(5), sitting(5, at=START + timedelta(hours=2)), sitting(5, at=START + timedelta(days=1)))
    assert list(DailySnapshot.objects.order_by("day").values_list("answers", flat=True)) == [15]
    take(sitting(5, at=START + timedelta(days=2)))
    assert list(DailySnapshot.objects.order_by("day").values_list("answers", flat=True)) == [15, 20]
