"""Groups that questions are compared between: kept with the evidence as they were, large enough to say something."""

from __future__ import annotations

import random

import pytest

from accounts.models import Membership, Preferences, Team, User
from analytics.domain import groups as groups_module
from analytics.domain.gathering import gather_all, rebuild
from analytics.domain.groups import groups_of
from analytics.domain.judging import compare_groups, judge
from analytics.flag_words import describe
from analytics.items import item_detail, item_list
from analytics.models import AttemptEvidence, QuestionFlag, QuestionStatistics
from analytics.tallies import BINS, Tally
from tests.analytics.conftest import spread, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db):
    return Team.objects.create(name="Night shift", slug="night-shift")


def speak(users: list[User], language: str) -> None:
    Preferences.objects.bulk_create(Preferences(user=user, language=language) for user in users)


def total_of(question) -> Tally:
    return Tally.from_json(QuestionStatistics.objects.get(pk=question.current_version_id).sums)


def test_language_and_large_teams_are_named(people, team, monkeypatch):
    monkeypatch.setattr(groups_module, "FEWEST_IN_GROUP", 2)
    small = Team.objects.create(name="Pair of one", slug="one")
    ada, ben, cleo, dan = people(4)
    speak([ada], "de")
    speak([ben], "")
    Membership.objects.bulk_create([Membership(team=team, user=ada), Membership(team=team, user=ben), Membership(team=small, user=ben)])
    assert groups_of([ada.pk, ben.pk, cleo.pk]) == {ada.pk: f"language:de team:{team.pk}", ben.pk: f"team:{team.pk}", cleo.pk: ""}
    assert dan.pk not in groups_of([ada.pk])


def test_naming_takes_one_statement(people, django_assert_num_queries):
    users = people(5)
    with django_assert_num_queries(1):
        groups_of(user.pk for user in users)


def test_who_changes_group_changes_nothing_that_was_counted(sitting, people, exam):
    user = people(1)[0]
    speak([user], "de")
    take(sitting(questions=spread(exam)[:3], user=user))
    assert AttemptEvidence.objects.get().groups == "language:de"
    gather_all()
    before = total_of(spread(exam)[0]).groups
    assert set(before) == {"mode:study", "language:de"}
    Preferences.objects.update(language="fr")
    rebuild(exam_id=exam.pk)
    assert total_of(spread(exam)[0]).groups == before


@pytest.fixture
def harder_abroad(exam, people, sitting, team):
    """A question that two groups of equal ability meet: those who read it in their own language, half of the others wrongly."""
    rng = random.Random(5)
    question = spread(exam)[0]
    users = people(260)
    speak(users[:130], "en")
    speak(users[130:], "de")
    Membership.objects.bulk_create(Membership(team=team, user=user) for user in users[130:])
    graded = []
    for number, user in enumerate(users):
        share = 0.8 if number < 130 else 0.35
        graded.append(sitting(questions=[question], user=user, right=lambda _, share=share: rng.random() < share))
    take(*graded)
    gather_all()
    judge(exam_id=exam.pk)
    return question


def test_question_that_is_harder_in_a_second_language_is_flagged(harder_abroad, team):
    flags = {flag.subject: flag for flag in QuestionFlag.objects.filter(flag="differential")}
    assert set(flags) == {"language:de", f"team:{team.pk}"}
    assert all(flag.value < -1.5 and flag.high < -1 for flag in flags.values())
    assert "harder for those whose best language is Deutsch" in describe(flags["language:de"]).seen


def test_team_of_a_flag_is_named_on_the_pages(harder_abroad, exam):
    seen = [flag.words.seen for flag in item_detail(exam, harder_abroad.pk).flags]
    assert any("harder for the team Night shift" in words for words in seen)
    row = next(row for row in item_list(exam, "flagged").rows if row.question_id == harder_abroad.pk)
    assert any("harder for the team Night shift" in words.seen for words in row.flags)


def test_a_side_under_a_hundred_is_not_compared(harder_abroad):
    total = total_of(harder_abroad)
    assert set(compare_groups(total, "en")) == {"language:de", *(name for name in total.groups if name.startswith("team:"))}
    abroad = max(range(BINS), key=lambda place: total.groups["language:de"][0][place])
    for answers in (100, 99):
        at_home = [[answers * (place == abroad) for place in range(BINS)], [70 * (place == abroad) for place in range(BINS)]]
        total.groups["language:en"] = at_home
        assert ("language:de" in compare_groups(total, "en")) is (answers == 100)
    assert "language:de" not in compare_groups(total, "fr")
