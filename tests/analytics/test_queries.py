"""Reads of readiness, and the plan."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.domain.gathering import gather_all
from analytics.models import DailySnapshot, Mastery
from analytics.planner import exam_outlook, plan_next
from analytics.queries import in_twenty, readiness_history, readiness_of, share_per_option, stage_level
from analytics.readiness.scores import Estimate
from lifecycle.models import Lesson, LessonProgress
from lifecycle.public import enrol
from quizzes.models import ReviewCard
from tests.analytics.conftest import START, spread, take

pytestmark = pytest.mark.django_db


def test_new_learner_is_told_what_is_missing(learner, exam):
    standing = readiness_of(learner, exam)
    assert (standing.state, standing.verdict, standing.answers) == ("too_early", "too_early", 0)
    assert standing.needed.answers == 25
    assert [domain[0] for domain in standing.needed.domains] == [1, 2, 3, 4, 5]
    assert standing.updated_at is None


def test_visitor_gets_the_prior(exam):
    assert readiness_of(AnonymousUser(), exam).state == "too_early"
    assert readiness_history(AnonymousUser(), exam) == []


def test_enough_answers_in_every_domain_show_a_verdict(sitting, learner, exam):
    take(sitting(70, right=lambda position: position % 4 != 0))
    standing = readiness_of(learner, exam)
    assert standing.shown
    assert standing.verdict in {"ready", "close", "not_yet"}
    assert 100 <= standing.low < standing.estimate < standing.high <= 1000
    assert standing.high - standing.low <= 250
    assert len(standing.dots) == 20
    assert sum(dot >= 700 for dot in standing.dots) == pytest.approx(20 * standing.chance, abs=1)
    assert [domain.marks_to_gain for domain in standing.domains] == sorted((d.marks_to_gain for d in standing.domains), reverse=True)
    assert not any(domain.too_few for domain in standing.domains)
    assert standing.needed.answers == 0


def test_answers_in_one_domain_alone_are_too_early(sitting, learner, exam):
    questions = [question for question in spread(exam) if question.task.number.startswith("1.")]
    take(sitting(questions=questions))
    standing = readiness_of(learner, exam)
    assert standing.state == "too_early"
    assert [(number, count) for number, _title, count in standing.needed.domains] == [(2, 2), (3, 2), (4, 2), (5, 2)]


def test_reading_takes_three_statements_however_long_the_history(sitting, learner, exam):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            readiness_of(learner, exam)
        return len(queries)

    take(sitting(10))
    readiness_of(learner, exam)
    few = statements()
    for day in range(5):
        take(sitting(10, at=START + timedelta(days=day)))
    clock = connection.vendor == "postgresql"  # there, the database's time is a statement of its own
    assert statements() == few == 3 + clock


def test_change_in_a_week_compares_with_the_last_snapshot_before_it(sitting, learner, exam):
    now = timezone.now()
    take(sitting(70, right=lambda position: position % 2 == 0, at=now - timedelta(days=9)))
    take(sitting(70, right=lambda _: True, at=now - timedelta(days=1)))
    standing = readiness_of(learner, exam)
    earlier = DailySnapshot.objects.earliest("day")
    assert standing.change_in_week == standing.in_twenty - in_twenty(earlier.chance)
    assert standing.change_in_week > 0


def test_first_week_has_no_change(sitting, learner, exam):
    take(sitting(70, at=timezone.now()))
    assert readiness_of(learner, exam).change_in_week is None


def test_what_if_raises_the_chance(sitting, learner, exam):
    take(sitting(70, right=lambda position: position % 2 == 0))
    standing = readiness_of(learner, exam)
    assert standing.what_if
    assert all(chance > standing.chance for _title, chance in standing.what_if)
    assert [chance for _title, chance in standing.what_if] == sorted((chance for _t, chance in standing.what_if), reverse=True)


def test_history_holds_the_days_asked_for(sitting, learner, exam):
    now = timezone.now()
    for days in (100, 50, 1):
        take(sitting(20, at=now - timedelta(days=days)))
    assert len(readiness_history(learner, exam)) == 2
    points = readiness_history(learner, exam, days=200)
    assert [point.shown for point in points] == [False, True, True]
    assert points[0].day < points[1].day


def test_nobody_sees_another_learner(sitting, people, exam, learner):
    other = people(1)[0]
    take(sitting(30, user=other))
    assert readiness_of(learner, exam).answers == 0
    assert readiness_history(learner, exam, days=10_000) == []


def test_stage_levels_can_fall_and_need_certainty():
    def level(score, low, answers=20):
        return stage_level(Estimate(score, low, 1.0, 0.01), answers)

    assert level(0.9, 0.8, answers=0) == "not_started"
    assert [level(0.5, 0.4), level(0.65, 0.5), level(0.75, 0.6), level(0.9, 0.6), level(0.9, 0.71)] == [
        "attempted",
        "familiar",
        "proficient",
        "proficient",
        "mastered",
    ]


def test_stages_report_their_own_answers(sitting, learner, exam):
    staged = [question for question in spread(exam) if question.task.number == "1.3"]
    take(sitting(questions=staged, right=lambda _: True))
    stages = readiness_of(learner, exam).stages
    assert sum(stage.answers for stage in stages.values()) == len(staged)
    assert all(stage.level != "not_started" for stage in stages.values() if stage.answers)


@pytest.mark.parametrize(("chance", "dots"), [(0.0, 1), (0.02, 1), (0.7, 14), (0.98, 19), (1.0, 19)])
def test_dots_are_never_none_and_never_all(chance, dots):
    assert in_twenty(chance) == dots


def test_option_shares_need_thirty_answers(sitting, people, exam):
    first, second = spread(exam)[:2]
    users = people(40)
    for number, user in enumerate(users):
        asked = [first, second] if number < 20 else [first]
        take(sitting(questions=asked, user=user, right=lambda _, n=number: n % 4 != 0))
    gather_all()
    shares = share_per_option([first.current_version_id, second.current_version_id])
    assert set(shares) == {first.current_version_id}
    assert shares[first.current_version_id] == {"a": 0.25, "c": 0.75}


def test_plan_of_a_new_learner_is_to_find_the_level(learner, exam):
    steps = plan_next(learner, exam)
    assert [step.kind for step in steps] == ["diagnostic"]
    assert steps[0].start == {"exam": exam.slug, "feedback": "each", "mode": "diagnostic", "count": 15}


def test_plan_before_a_verdict_fills_what_is_missing(sitting, learner, exam):
    take(sitting(questions=[question for question in spread(exam) if question.task.number.startswith("1.")]))
    (step,) = plan_next(learner, exam)
    assert step.start["domains"] == [2, 3, 4, 5]
    assert step.start["count"] == 8


def test_plan_puts_due_reviews_first_and_then_what_is_worth_most(sitting, learner, exam):
    take(sitting(70, right=lambda position: position % 2 == 0, at=timezone.now()))
    for question in spread(exam)[:3]:
        ReviewCard.objects.create(
            user=learner,
            question=question,
            state=2,
            stability=1,
            difficulty=5,
            due_at=timezone.now() - timedelta(hours=1),
            reviewed_at=START,
        )
    steps = plan_next(learner, exam)
    assert steps[0].kind == "reviews"
    assert steps[0].start["count"] == 3
    assert {step.kind for step in steps[1:]} == {"drill", "lesson"}
    assert all(step.gain > 0 for step in steps)
    rates = [step.gain / step.minutes for step in steps[1:]]
    assert rates == sorted(rates, reverse=True)
    drill = next(step for step in steps if step.kind == "drill")
    assert drill.start["tasks"][0] in instrument_tasks(exam)
    assert drill.reason


def instrument_tasks(exam) -> set[str]:
    from analytics.instrument import instrument_of

    return set(instrument_of(exam.pk).layout.tasks)


def test_plan_without_open_lessons_has_none(sitting, learner, exam):
    take(sitting(70, at=timezone.now()))
    now = timezone.now()
    LessonProgress.objects.bulk_create(
        LessonProgress(user=learner, lesson=lesson, state="done", begun_at=now, seen_at=now, done_at=now) for lesson in Lesson.objects.all()
    )
    assert [step.kind for step in plan_next(learner, exam)] == ["drill"]


def test_begun_lesson_says_so(sitting, learner, exam):
    take(sitting(70, at=timezone.now()))
    now = timezone.now()
    LessonProgress.objects.bulk_create(
        LessonProgress(user=learner, lesson=lesson, state="begun", begun_at=now, seen_at=now) for lesson in Lesson.objects.all()
    )
    lesson = next(step for step in plan_next(learner, exam) if step.kind == "lesson")
    assert lesson.reason == "You have begun it."


def test_outlook_needs_a_date_and_a_verdict(sitting, learner, exam):
    assert exam_outlook(learner, exam) is None
    enrol(user=learner, exam=exam, exam_date=timezone.localdate() + timedelta(days=20), minutes_a_day=30)
    assert exam_outlook(learner, exam) is None
    take(sitting(70, right=lambda position: position % 3 != 0, at=timezone.now()))
    outlook = exam_outlook(learner, exam)
    assert (outlook.days_left, outlook.minutes_a_day) == (20, 30)
    assert outlook.answers > 100
    assert outlook.chance_then > outlook.chance_now


def test_pace_is_measured_from_ten_answers_on(sitting, learner, exam):
    from analytics.queries import pace_of

    assert pace_of(None) is None
    take(sitting(9, seconds=30))
    assert pace_of(Mastery.objects.get()) is None
    take(sitting(1, seconds=30, at=START + timedelta(days=1)))
    assert pace_of(Mastery.objects.get()) == pytest.approx(30)


def test_rapid_answers_are_counted_of_a_graded_sitting(sitting, learner, exam):
    from analytics.models import ParameterVersion
    from analytics.queries import RapidAnswers, rapid_answers

    questions = spread(exam)[:4]
    ParameterVersion.objects.create(
        exam=exam,
        created_at=START,
        parameters={str(question.pk): [1.0, 0.0, 0.2, 100, question.current_version_id, 80.0] for question in questions[:1]},
        answers=1,
        persons=1,
        cycles=1,
        converged=True,
        log_likelihood=0.0,
        seconds=0.1,
    )
    graded = sitting(questions=questions, seconds=3)
    assert rapid_answers(graded.attempt_id) == RapidAnswers(0, 0)
    take(graded)
    assert rapid_answers(graded.attempt_id) == RapidAnswers(1, 4)
    blank = sitting(questions=questions, answered=False, seen=False, at=START + timedelta(days=1))
    take(blank)
    assert not rapid_answers(blank.attempt_id).told


def standing_of(learner, exam, sitting, share=0.5):
    rng = random.Random(9)
    take(sitting(70, right=lambda _position: rng.random() < share, at=timezone.now()))
    return readiness_of(learner, exam)


def test_plan_for_the_day_before_is_the_plan_of_any_day(sitting, learner, exam):
    standing_of(learner, exam, sitting)
    enrol(user=learner, exam=exam, exam_date=timezone.localdate() + timedelta(days=1), minutes_a_day=10)
    steps = plan_next(learner, exam)
    assert {step.kind for step in steps} == {"drill", "lesson"}
    assert all(0 < step.gain < 0.05 for step in steps)
    outlook = exam_outlook(learner, exam)
    assert (outlook.days_left, outlook.answers) == (1, 10)
    assert outlook.chance_now < outlook.chance_then < outlook.chance_now + 0.05


@pytest.mark.parametrize("days", [None, -3], ids=["no date", "a date that is past"])
def test_plan_without_a_day_ahead_is_worth_what_it_is_worth_today(sitting, learner, exam, days):
    standing_of(learner, exam, sitting)
    today = plan_next(learner, exam)
    enrol(user=learner, exam=exam, exam_date=None if days is None else timezone.localdate() + timedelta(days=days))
    assert [(step.kind, step.gain) for step in plan_next(learner, exam)] == [(step.kind, pytest.approx(step.gain)) for step in today]
    assert exam_outlook(learner, exam) is None


def test_plan_is_worth_its_gain_on_the_day_of_the_exam(sitting, learner, exam):
    """A day far ahead leaves more in doubt, so that the same practice moves the chance by another amount."""
    standing_of(learner, exam, sitting)
    enrol(user=learner, exam=exam, exam_date=timezone.localdate() + timedelta(days=1))
    near = next(step for step in plan_next(learner, exam) if step.kind == "drill")
    enrol(user=learner, exam=exam, exam_date=timezone.localdate() + timedelta(days=400))
    far = next(step for step in plan_next(learner, exam) if step.kind == "drill")
    assert near.start["tasks"] == far.start["tasks"]
    assert far.gain == pytest.approx(near.gain, rel=0.2)
    assert far.gain != pytest.approx(near.gain, rel=1e-3)


def test_plan_of_who_knows_all_promises_nothing(sitting, learner, exam):
    for minute in range(3):
        again = {"questions": spread(exam)[:150], "right": lambda _position: True, "at": timezone.now() + timedelta(minutes=minute)}
        take(sitting(**again))
    drill = next(step for step in plan_next(learner, exam) if step.kind == "drill")
    assert drill.gain < 0.0005
    assert drill.marks < 0.05
    assert "keep it fresh" in drill.reason


def test_plan_far_from_the_pass_mark_is_worth_right_answers(sitting, learner, exam):
    """The chance does not move, yet the drill is the one that wins most questions."""
    standing_of(learner, exam, sitting, share=0.15)
    steps = plan_next(learner, exam)
    drill = next(step for step in steps if step.kind == "drill")
    assert drill.gain < 0.0005
    assert drill.marks > 0.005
    assert "keep it fresh" not in drill.reason


def test_outlook_on_the_day_itself_is_the_chance_now(sitting, learner, exam):
    standing_of(learner, exam, sitting, share=0.7)
    enrol(user=learner, exam=exam, exam_date=timezone.localdate())
    outlook = exam_outlook(learner, exam)
    assert outlook.days_left == outlook.answers == 0
    assert outlook.chance_then == pytest.approx(outlook.chance_now)
