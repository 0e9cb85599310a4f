"""Team reports: what they say, whom they leave out, what they cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.domain.teams import create_team, set_consent
from accounts.models import Membership, Team, User
from analytics import instrument
from analytics.domain.team_rows import DomainCell, chance_words
from analytics.domain.teams import exam_of_team, member_row, team_report
from analytics.models import DailySnapshot
from analytics.queries import readiness_of
from lifecycle.models import Enrolment, Lesson, LessonProgress
from tests import bank
from tests.analytics.people import make_members, practise


@pytest.fixture
def exam(db):
    made = bank.make_exam()
    bank.make_bank(made, per_task=2)
    return made


@pytest.fixture
def lead(db):
    return User.objects.create_user("lead", display_name="Sam Drew")


@pytest.fixture
def team(lead):
    return create_team(name="Data Platform", actor=lead)


def by_name(report):
    return {row.name: row for row in report.members}


def test_report_says_who_is_ready_and_sorts_by_chance(team, exam, lead):
    strong, weak, middle = make_members(team, ["strong", "weak", "middle"])
    practise([strong, weak, middle], exam, shares=[0.95, 0.2, 0.68])
    report = team_report(team, exam, lead)
    assert [row.name for row in report.members] == ["weak", "middle", "strong"]
    assert report.ready.value == 1
    assert report.sentences[0] == "1 of 3 is ready."
    rows = by_name(report)
    assert (rows["strong"].verdict, rows["strong"].chance_words) == ("ready", "over 9 in 10")
    assert rows["weak"].chance_words == "under 1 in 10"
    assert rows["weak"].estimate < 700 < rows["strong"].estimate
    assert "lead" not in rows


def test_row_of_a_member_is_their_own_readiness(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    practise([ada], exam, shares=[0.6])
    row, own = by_name(team_report(team, exam, lead))["ada"], readiness_of(ada, exam)
    assert (row.estimate, row.low, row.high) == (own.estimate, own.low, own.high)
    assert row.chance == pytest.approx(own.chance, abs=1e-6)
    assert {cell.number: cell.answers for cell in row.domains} == {domain.number: domain.answers for domain in own.domains}
    assert {cell.number: cell.estimate for cell in row.domains if cell.estimate is not None} == {
        domain.number: domain.estimate for domain in own.domains if not domain.too_few
    }


def test_domain_under_eight_answers_is_too_few(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    practise([ada], exam, shares=[0.6], weeks=2, per_week=14)
    cells = {cell.number: cell for cell in by_name(team_report(team, exam, lead))["ada"].domains}
    assert {cell.answers for cell in cells.values()} == {4, 6, 8}
    assert all(cell.too_few == (cell.answers < 8) for cell in cells.values())
    assert any(cell.too_few for cell in cells.values())


def test_too_few_answers_say_nothing_of_the_exam(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    practise([ada], exam, shares=[0.9], weeks=1, per_week=10)
    row = by_name(team_report(team, exam, lead))["ada"]
    assert (row.state, row.chance, row.estimate, row.chance_words) == ("too_early", None, None, "")
    assert set(row.spark) == {None}


def test_without_consent_there_is_a_name_and_nothing_else(team, exam, lead):
    users = make_members(team, ["ada", "bo", "cy", "di"])
    practise(users, exam, shares=[0.9, 0.8, 0.7, 0.1])
    before = team_report(team, exam, lead)
    set_consent(team=team, user=users[3], shares=False)
    report = team_report(team, exam, lead)
    row = report.members[-1]
    assert row.name == "di"
    assert (row.state, row.chance, row.estimate, row.domains, row.spark, row.last_active, row.lessons, row.days_away, row.answers) == (
        "hidden", None, None, (), (), None, None, None, 0,
    )  # fmt: skip
    assert before.median.value < report.median.value
    assert report.ready.of == 3
    assert [help.member.name for help in report.help] == []


def test_no_medians_with_fewer_than_three_members_with_data(team, exam, lead):
    users = make_members(team, ["ada", "bo", "cy"])
    practise(users[:2], exam, shares=[0.5, 0.8])
    report = team_report(team, exam, lead)
    assert report.median is None
    assert {point.median for point in report.trend} == {None}
    assert {cell.estimate for cell in report.medians} == {None}
    practise(users[2:], exam, shares=[0.65])
    report = team_report(team, exam, lead)
    assert report.median.value == sorted(row.estimate for row in report.members)[1]
    assert all(cell.estimate is not None for cell in report.medians)


def test_consent_withdrawn_of_three_takes_the_medians_away(team, exam, lead):
    users = make_members(team, ["ada", "bo", "cy"])
    practise(users, exam, shares=[0.5, 0.8, 0.6])
    set_consent(team=team, user=users[0], shares=False)
    report = team_report(team, exam, lead)
    assert report.median is None
    assert report.practice is None


def test_trend_has_eight_weeks_and_its_table_agrees_with_the_rows(team, exam, lead):
    users = make_members(team, ["ada", "bo", "cy", "di", "ed"])
    practise(users, exam, shares=[0.3, 0.5, 0.6, 0.7, 0.9])
    report = team_report(team, exam, lead)
    assert len(report.trend) == 8
    assert [(b.day - a.day).days for a, b in zip(report.trend, report.trend[1:], strict=False)] == [7] * 7
    last = report.trend[-1]
    estimates = sorted(row.estimate for row in report.members)
    assert (last.low, last.median, last.high) == (estimates[1], estimates[2], estimates[3])
    assert last.day == timezone.localdate()
    assert report.median.value - report.median.change == report.trend[-2].median


def test_trend_carries_an_old_standing_forward(team, exam, lead):
    users = make_members(team, ["ada", "bo", "cy"])
    practise(users, exam, shares=[0.5, 0.6, 0.7], ends=timezone.now() - timedelta(weeks=20))
    report = team_report(team, exam, lead)
    medians = [point.median for point in report.trend]
    assert len(set(medians[:-1])) == 1
    assert medians[0] is not None


def test_figures_compare_with_a_week_before(team, exam, lead):
    users = make_members(team, ["ada", "bo", "cy"])
    practise(users[:2], exam, shares=[0.95, 0.95], seconds=60)
    practise(users[2:], exam, shares=[0.95], ends=timezone.now() - timedelta(days=9), seconds=60)
    report = team_report(team, exam, lead)
    assert (report.active.value, report.active.of, report.active.change) == (2, 3, -1)
    assert report.practice.value == 15 * 60
    assert report.practice.change == 0
    ada = Membership.objects.get(user=users[0])
    DailySnapshot.objects.filter(user=ada.user, day__lt=timezone.localdate()).update(verdict="close")
    assert team_report(team, exam, lead).ready.change == report.ready.change + 1


def test_lessons_done_are_those_of_the_course(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    now = timezone.now()
    lesson = Lesson.objects.filter(exam=exam).first()
    LessonProgress.objects.create(user=ada, lesson=lesson, state="done", begun_at=now, seen_at=now, done_at=now)
    row = by_name(team_report(team, exam, lead))["ada"]
    assert (row.lessons.done, row.lessons.total) == (1, 14)
    assert (row.state, row.active_words) == ("none", "Today")


def test_a_lead_who_studies_is_in_the_table(team, exam, lead):
    practise([lead], exam, shares=[0.7])
    assert [row.name for row in team_report(team, exam, lead).members] == ["Sam Drew"]


def test_accounts_that_are_closed_are_left_out(team, exam, lead):
    make_members(team, ["ada", "bo"])
    User.objects.filter(username="bo").update(is_active=False)
    assert [row.name for row in team_report(team, exam, lead).members] == ["ada"]


# Who needs help


def joined_long_ago():
    Membership.objects.update(joined_at=timezone.now() - timedelta(days=30))


def help_of(team, exam, lead):
    return {row.member.name: row for row in team_report(team, exam, lead).help}


def test_help_for_who_has_not_practised_for_a_week(team, exam, lead):
    users = make_members(team, ["away", "here"])
    practise(users[:1], exam, shares=[0.4], ends=timezone.now() - timedelta(days=11))
    practise(users[1:], exam, shares=[0.74])
    found = help_of(team, exam, lead)
    assert found["away"].reason == "No practice for 11 days."
    assert found["away"].text == f"No practice for 11 days. Chance of passing {found['away'].member.chance_words}."
    assert found["away"].action.kind == "nudge"
    assert "here" not in found


def test_help_for_who_never_began(team, exam, lead):
    make_members(team, ["new"])
    assert help_of(team, exam, lead) == {}
    joined_long_ago()
    assert help_of(team, exam, lead)["new"].text == "Has not begun yet."


def test_no_help_for_who_is_ready_however_long_away(team, exam, lead):
    users = make_members(team, ["ready"])
    practise(users, exam, shares=[0.97], ends=timezone.now() - timedelta(days=12))
    assert help_of(team, exam, lead) == {}


def test_help_before_a_near_exam(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    practise([ada], exam, shares=[0.45])
    low = {str(number): [0.1, 0.05, 0.2, 20] for number in range(1, 6)}
    DailySnapshot.objects.filter(user=ada, day__lt=timezone.localdate()).update(estimate=300, domains=low)
    Enrolment.objects.create(user=ada, exam=exam, blueprint=exam.blueprints.get(), exam_date=timezone.localdate() + timedelta(days=24))
    found = help_of(team, exam, lead)["ada"]
    assert found.reason == "Rising, but the exam is in 24 days."
    assert (found.action.kind, found.action.domain is not None) == ("drills", True)


def test_help_by_the_window_of_the_team(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    practise([ada], exam, shares=[0.45], weeks=1, per_week=10)
    Team.objects.update(exam_from=timezone.localdate() + timedelta(days=3))
    assert help_of(team, exam, lead)["ada"].reason == "Few answers so far, and the exam is in 3 days."


def test_help_for_who_falls(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    practise([ada], exam, shares=[0.45])
    four_weeks_ago = timezone.localdate() - timedelta(weeks=4)
    DailySnapshot.objects.filter(user=ada, day__lte=four_weeks_ago).update(estimate=690)
    assert help_of(team, exam, lead)["ada"].reason.startswith("Down ")


def test_help_for_a_domain_that_stays_flat(team, exam, lead):
    (ada,) = make_members(team, ["ada"])
    practise([ada], exam, shares=[0.45])
    row = by_name(team_report(team, exam, lead))["ada"]
    weakest = min(row.domains, key=lambda cell: cell.estimate)
    for snapshot in DailySnapshot.objects.filter(user=ada):
        snapshot.domains = {str(cell.number): [cell.estimate / 100, 0, 1, 20] for cell in row.domains}
        snapshot.estimate = row.estimate
        snapshot.save()
    found = help_of(team, exam, lead)["ada"]
    assert found.reason == f"{weakest.title} flat for 4 weeks."
    assert (found.action.kind, found.action.domain) == ("lesson", weakest.number)


# Words


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0, "under 1 in 10"),
        (0.099, "under 1 in 10"),
        (0.1, "1 in 10"),
        (0.3, "3 in 10"),
        (0.799, "7 in 10"),
        (0.8, "8 in 10"),
        (0.949, "9 in 10"),
        (0.95, "over 9 in 10"),
        (1.0, "over 9 in 10"),
    ],
)
def test_chance_words_are_never_none_nor_all(chance, words):
    assert chance_words(chance) == words


@pytest.mark.parametrize(
    ("estimate", "step", "below"),
    [
        (0, 0, True), (49, 0, True), (50, 1, True), (60, 2, True), (67, 2, True), (68, 3, True),
        (70, 3, False), (73, 4, False), (81, 5, False), (89, 6, False),
    ],
)  # fmt: skip
def test_cell_has_a_step_of_the_scale(estimate, step, below):
    cell = DomainCell(1, "AI", estimate, 20)
    assert (cell.step, cell.below, cell.too_few) == (step, below, False)


# Who sees what


def test_member_sees_exactly_what_the_lead_sees_of_them(team, exam, lead):
    users = make_members(team, ["ada", "bo", "cy"])
    practise(users, exam, shares=[0.5, 0.6, 0.7])
    seen_by_lead = by_name(team_report(team, exam, lead))
    for user in users:
        report = team_report(team, exam, user)
        assert not report.leads
        (row,) = report.members
        assert row.chance == pytest.approx(seen_by_lead[row.name].chance, abs=1e-6)  # the clock has moved on by a moment
        assert replace(row, chance=None) == replace(seen_by_lead[user.username], chance=None)
        assert (report.ready, report.median, report.active, report.practice) == (None, None, None, None)
        assert (report.trend, report.help, report.medians, report.sentences) == ((), (), (), [])


def test_member_row_of_another_is_for_leads(team, exam, lead):
    users = make_members(team, ["ada", "bo"])
    keys = {row.name: row.key for row in team_report(team, exam, lead).members}
    assert member_row(team, exam, lead, keys["bo"]).name == "bo"
    assert member_row(team, exam, users[0], keys["ada"]).name == "ada"
    for viewer, key in ((users[0], keys["bo"]), (lead, 0)):
        with pytest.raises(Team.DoesNotExist):
            member_row(team, exam, viewer, key)


def test_report_is_nothing_to_outsiders_not_even_superusers(team, exam):
    from django.contrib.auth.models import AnonymousUser

    for outsider in (User.objects.create_user("x"), User.objects.create_superuser("root"), AnonymousUser()):
        with pytest.raises(Team.DoesNotExist):
            team_report(team, exam, outsider)


def test_exam_of_team_is_the_one_most_are_enrolled_in(team, exam):
    other = bank.make_exam("other")
    users = make_members(team, ["ada", "bo", "cy"])
    assert exam_of_team(team) == exam
    for user in users[:2]:
        Enrolment.objects.create(user=user, exam=other, blueprint=other.blueprints.get())
    Enrolment.objects.create(user=users[2], exam=exam, blueprint=exam.blueprints.get())
    assert exam_of_team(team) == other


# Cost


def statements(call):
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


STATEMENTS = 11


@pytest.mark.parametrize("size", [1, 3, 300])
def test_report_costs_the_same_for_any_number_of_members(team, exam, lead, size):
    users = make_members(team, [f"member{number}" for number in range(size)])
    practise(users, exam, shares=[0.2 + 0.6 * number / size for number in range(size)], weeks=3, per_week=14)
    instrument.instrument_of(exam.pk)
    cost = statements(lambda: team_report(team, exam, lead))
    assert cost == STATEMENTS + (connection.vendor == "postgresql")  # whose clock has to be asked
    assert cost <= 20
