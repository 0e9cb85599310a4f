"""Drawing the questions of a sitting."""

from __future__ import annotations

from collections import Counter

import pytest

from accounts.public import read_db_now
from quizzes.domain.errors import NothingToAsk
from quizzes.domain.forms import Wanted, draw_form
from quizzes.models import Exposure, Question, QuestionVersion

pytestmark = pytest.mark.django_db


def draw(exam, user=None, mode="drill", seed=7, **wish):
    return draw_form(exam=exam, user=user, wanted=Wanted(mode, **wish), seed=seed, now=read_db_now())


def domains_of(form, *, scored=None):
    ids = [version_id for version_id, counts in form.entries if scored is None or counts == scored]
    rows = QuestionVersion.objects.filter(pk__in=ids).values_list("question__task__domain__number", flat=True)
    return Counter(rows)


def met(user, question, *, right=True, flagged=False):
    now = read_db_now()
    Exposure.objects.create(user=user, question=question, first_at=now, last_at=now, last_right=right, last_flagged=flagged)


def test_simulation_follows_the_blueprint(exam):
    form = draw(exam, mode="simulation")
    assert domains_of(form, scored=1) == {1: 10, 2: 12, 3: 14, 4: 7, 5: 7}
    assert domains_of(form, scored=0) == {1: 3, 2: 4, 3: 4, 4: 2, 5: 2}
    assert len({version_id for version_id, _scored in form.entries}) == 65


def test_simulation_leaves_case_studies_and_suspected_keys_out(exam):
    Question.objects.filter(task__number="1.1").update(blocked_from_exams=True)
    drawn = QuestionVersion.objects.filter(pk__in=[entry[0] for entry in draw(exam, mode="simulation").entries])
    assert not drawn.filter(kind="case_study").exists()
    assert not drawn.filter(question__task__number="1.1").exists()


def test_simulation_is_reproducible_from_its_seed(exam, learner):
    first, again, other = (draw(exam, learner, "simulation", seed=seed).entries for seed in (1, 1, 2))
    assert first == again != other


def test_simulation_prefers_unseen_questions(exam, learner):
    for question in Question.objects.filter(task__domain__number=5)[:9]:
        met(learner, question)
    form = draw(exam, learner, "simulation")
    seen = Exposure.objects.filter(user=learner, question__versions__in=[entry[0] for entry in form.entries])
    assert not seen.exists()


def test_simulation_never_holds_two_near_duplicates(exam):
    twins = list(Question.objects.filter(task__domain__number=4).values_list("pk", flat=True)[:14])
    Question.objects.filter(pk__in=twins).update(twin_group=1)
    form = draw(exam, mode="simulation")
    assert QuestionVersion.objects.filter(pk__in=[e[0] for e in form.entries], question_id__in=twins).count() <= 1


def test_simulation_without_stock_is_refused(exam):
    Question.objects.filter(task__domain__number=5).update(state="retired")
    with pytest.raises(NothingToAsk):
        draw(exam, mode="simulation")


@pytest.mark.parametrize(
    ("wish", "lookup"),
    [
        ({"domains": (2,)}, {"question__task__domain__number": 2}),
        ({"tasks": ("3.1",)}, {"question__task__number": "3.1"}),
        ({"stages": ("eda",)}, {"question__stages__slug": "eda"}),
    ],
)
def test_drill_asks_only_what_was_chosen(exam, wish, lookup):
    form = draw(exam, count=8, **wish)
    ids = [entry[0] for entry in form.entries]
    assert len(ids) == 8
    assert QuestionVersion.objects.filter(pk__in=ids, **lookup).count() == 8


def test_mixed_drill_covers_every_domain(exam):
    assert set(domains_of(draw(exam, count=10))) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(("source", "fields"), [("missed", {"right": False}), ("flagged", {"flagged": True})])
def test_drill_from_history_asks_only_that(exam, learner, source, fields):
    chosen = list(Question.objects.filter(kind="multiple_choice")[:3])
    other = Question.objects.filter(kind="multiple_choice").last()
    for question in chosen:
        met(learner, question, **fields)
    met(learner, other)
    form = draw(exam, learner, sources=(source,))
    assert {entry[0] for entry in form.entries} == {question.current_version_id for question in chosen}


def test_drill_from_an_empty_history_is_refused(exam, learner):
    with pytest.raises(NothingToAsk):
        draw(exam, learner, sources=("missed",))


def test_drill_keeps_a_case_study_together(exam):
    for seed in range(20):
        form = draw(exam, tasks=("1.3",), count=17, seed=seed)
        kinds = dict(QuestionVersion.objects.filter(pk__in=[e[0] for e in form.entries]).values_list("pk", "kind"))
        places = [place for place, (version_id, _scored) in enumerate(form.entries) if kinds[version_id] == "case_study"]
        assert places == list(range(places[0], places[0] + 2))


def test_diagnostic_has_three_questions_of_each_domain(exam):
    assert domains_of(draw(exam, mode="diagnostic")) == dict.fromkeys(range(1, 6), 3)


def levels_in(form, domain):
    ids = [version_id for version_id, _scored in form.entries]
    rows = QuestionVersion.objects.filter(pk__in=ids, question__task__domain__number=domain)
    return Counter(rows.values_list("question__difficulty", flat=True))


def with_difficulties(exam):
    """A third of each domain's questions easy, a third medium, a third hard."""
    for domain in (1, 2):
        for place, question in enumerate(Question.objects.filter(exam=exam, task__domain__number=domain).order_by("pk")):
            Question.objects.filter(pk=question.pk).update(difficulty=("easy", "medium", "hard")[place % 3])


def test_drill_near_ones_level_prefers_it_domain_by_domain(exam, learner):
    with_difficulties(exam)
    form = draw(exam, learner, domains=(1, 2), count=12, levels=((1, "hard"), (2, "easy")))
    assert set(levels_in(form, 1)) <= {"hard"}
    assert set(levels_in(form, 2)) <= {"easy"}
    assert len(form.entries) == 12


def test_drill_near_ones_level_takes_the_neighbours_before_what_is_known(exam, learner):
    with_difficulties(exam)
    hard = Question.objects.filter(exam=exam, task__domain__number=1, difficulty="hard")
    for question in hard:
        met(learner, question)
    form = draw(exam, learner, domains=(1,), count=5, levels=((1, "hard"),))
    assert set(levels_in(form, 1)) == {"medium"}
