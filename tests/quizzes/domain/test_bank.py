"""Making versions, publishing, correcting keys, retiring."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from accounts.models import AuditEntry, User
from lifecycle.models import Lesson, Objective, Task
from quizzes.domain.bank import (
    make_version,
    publish_question,
    publishing_problems,
    retire_question,
    revise_key,
    store_question,
    text_of,
    working_version,
)
from quizzes.domain.question_text import QuestionRefused, key_of
from quizzes.models import KeyRevision, Misconception, Question, QuestionVersion, Recall, Scenario
from tests import bank
from tests.quizzes.domain.test_question_text import CASE, CHOICE, GOOD, MATCHING, ORDERING, RESPONSE, changed


@pytest.fixture
def exam(db):
    return bank.make_exam()


@pytest.fixture
def instructor(db) -> User:
    return User.objects.create_user("ines")


def draft(exam, slug: str = "own-1", **fields: object) -> Question:
    task = Task.objects.get(domain__blueprint__exam=exam, number="1.3")
    base = {
        "kind": "multiple_choice",
        "task": task,
        "objective": task.objectives.first(),
        "lesson": Lesson.objects.get(exam=exam, slug="lesson-1-3"),
        "level": "apply",
        "difficulty": "easy",
    }
    return Question.objects.create(exam=exam, slug=slug, **{**base, **fields})


def problems_of(call, **arguments) -> dict[str, str]:
    with pytest.raises(QuestionRefused) as refused:
        call(**arguments)
    return {problem.field: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize("text", [CHOICE, RESPONSE, ORDERING, MATCHING], ids=lambda text: text.kind)
def test_version_gives_its_text_back(exam, instructor, text):
    question = draft(exam)
    version = make_version(question=question, text=text, actor=instructor)
    assert text_of(version) == text.with_counted_choose()
    assert (version.number, version.created_by) == (1, instructor)
    published = publish_question(question=question, actor=instructor)
    assert (published.state, published.current_version, published.kind) == ("published", version, text.kind)
    assert published.edited_at is not None


def test_keys_are_dealt_at_random(exam):
    question = draft(exam)
    dealt = set()
    for _ in range(40):
        version = make_version(question=question, text=MATCHING)
        dealt.add(tuple(version.options.order_by("order").values_list("key", "prompt_key")))
    assert len(dealt) > 20
    assert all(sorted(key for key, _prompt in row) == list("abcd") for row in dealt)
    spare_prompts = {row[3][1] for row in dealt}
    assert spare_prompts == {""}


def test_draft_is_replaced_and_published_text_stays(exam, instructor):
    question = draft(exam)
    make_version(question=question, text=CHOICE, actor=instructor)
    second = make_version(question=question, text=replace(CHOICE, stem="Better?"), actor=instructor)
    assert (second.number, question.versions.count()) == (1, 1)
    publish_question(question=question, actor=instructor)
    third = make_version(question=question, text=replace(CHOICE, stem="Better still?"), actor=instructor)
    assert third.number == 2
    question.refresh_from_db()
    assert question.current_version == second
    assert working_version(question) == third
    publish_question(question=question, actor=instructor)
    assert [version.stem for version in question.versions.order_by("number")] == ["Better?", "Better still?"]


def test_unfinished_draft_is_kept_and_not_published(exam):
    question = draft(exam)
    make_version(question=question, text=changed(replace(CHOICE, rule=""), 2, rationale=""))
    assert set(problems_of(publish_question, question=question)) == {"rule", "options.2.rationale"}
    question.refresh_from_db()
    assert question.state == Question.State.DRAFT


def test_version_with_the_same_option_twice_is_refused(exam):
    assert set(problems_of(make_version, question=draft(exam), text=changed(CHOICE, 2, text="one"))) == {"options.2.text"}
    assert not QuestionVersion.objects.exists()


def test_question_without_text_is_not_published(exam):
    assert set(problems_of(publish_question, question=draft(exam))) == {"stem"}


def test_objective_of_another_task_and_hidden_lesson_are_refused(exam):
    question = draft(exam, objective=Objective.objects.get(code="2.1.1"))
    Lesson.objects.filter(pk=question.lesson_id).update(published=False)
    make_version(question=question, text=CHOICE)
    assert set(problems_of(publish_question, question=question)) == {"objective", "lesson"}


def case(exam, slug: str, scenario: Scenario, stem: str) -> Question:
    question = draft(exam, slug, kind="case_study", scenario=scenario)
    make_version(question=question, text=replace(CASE, stem=stem))
    return question


def test_case_study_needs_two_to_four_questions(exam):
    scenario = Scenario.objects.create(exam=exam, slug="shop", title="A shop", text="It sells.")
    first = case(exam, "case-1", scenario, "Which goods sell?")
    assert problems_of(publish_question, question=first) == {
        "scenario": "The scenario has only this question; a case study has two to four."
    }
    others = [case(exam, f"case-{n}", scenario, f"Question {n} on quite another side of it?") for n in range(2, 5)]
    assert publish_question(question=first).state == "published"
    case(exam, "case-5", scenario, "One too many?")
    assert set(problems_of(publish_question, question=others[0])) == {"scenario"}


def test_case_study_and_nothing_else_has_a_scenario(exam):
    scenario = Scenario.objects.create(exam=exam, slug="shop", title="A shop", text="It sells.")
    assert set(problems_of(make_version, question=draft(exam), text=CASE)) == {"scenario"}
    with_scenario = draft(exam, "own-2", kind="case_study", scenario=scenario)
    assert set(problems_of(make_version, question=with_scenario, text=CHOICE)) == {"scenario"}


def published(exam, text=CHOICE) -> Question:
    question = draft(exam)
    make_version(question=question, text=text)
    return publish_question(question=question)


def key(version: QuestionVersion, *texts: str) -> list[str]:
    letters = dict(version.options.values_list("text", "key"))
    return [letters[text] for text in texts]


def test_revised_key_is_a_new_revision_with_a_recall(exam, instructor):
    version = published(exam).current_version
    revision = revise_key(version=version, answer=key(version, "two"), reason="Two is right.", actor=instructor)
    assert (revision.revision, revision.voided) == (2, False)
    assert key_of(text_of(version)) == ["two"]
    assert KeyRevision.objects.filter(version=version).count() == 2
    assert Recall.objects.get().key_revision == revision
    assert version.question.versions.count() == 1


def test_voided_key(exam):
    version = published(exam).current_version
    assert revise_key(version=version, answer=key(version, "one"), voided=True, reason="Two are right.").voided


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (CHOICE, []),
        (CHOICE, ["a", "b"]),
        (CHOICE, ["z"]),
        (CHOICE, {"p1": "a"}),
        (CHOICE, "a"),
        (RESPONSE, ["a"]),
        (RESPONSE, ["a", "a"]),
        (ORDERING, ["a", "b"]),
        (MATCHING, ["a", "b", "c"]),
        (MATCHING, {"p1": "a"}),
    ],
)
def test_key_that_does_not_fit_is_refused(exam, text, answer):
    version = published(exam, text).current_version
    assert set(problems_of(revise_key, version=version, answer=answer, reason="Because.")) == {"answer"}
    assert version.key_revisions.count() == 1


def test_key_revision_needs_a_change_and_a_reason(exam):
    version = published(exam).current_version
    assert set(problems_of(revise_key, version=version, answer=key(version, "one"), reason=" ")) == {"answer", "reason"}


def test_retired_question_is_asked_no_more(exam, instructor):
    question = retire_question(question=published(exam), actor=instructor)
    assert question.state == Question.State.RETIRED
    assert question not in Question.objects.published()
    assert question.current_version is not None


def test_every_step_leaves_an_audit_row(exam, instructor):
    question = draft(exam)
    version = make_version(question=question, text=CHOICE, actor=instructor)
    publish_question(question=question, actor=instructor)
    revise_key(version=version, answer=key(version, "two"), reason="Two.", actor=instructor)
    retire_question(question=question, actor=instructor)
    actions = set(AuditEntry.objects.filter(actor=instructor).values_list("action", flat=True))
    assert {"question.version", "question.publish", "question.retire"} <= actions
    assert len(actions) == 4


def test_publishing_groups_near_duplicates(exam):
    stem = "A forecast grows worse although its inputs look as they did in training. What has changed?"
    questions = []
    for number, text in enumerate((stem, stem.replace("grows", "became"), "What does a ledger count?")):
        question = draft(exam, f"twin-{number}")
        make_version(question=question, text=replace(CHOICE, stem=text))
        questions.append(publish_question(question=question))
    groups = [Question.objects.get(pk=question.pk).twin_group for question in questions]
    assert groups == [questions[0].pk, questions[0].pk, None]
    make_version(question=questions[1], text=replace(CHOICE, stem="Quite another question, about the price of storage?"))
    publish_question(question=questions[1])
    assert {Question.objects.get(pk=question.pk).twin_group for question in questions} == {None}


def test_misconceptions_are_linked(exam):
    Misconception.objects.create(slug="drifts-are-one", belief="B", truth="T")
    version = published(exam, changed(CHOICE, 2, misconception="drifts-are-one")).current_version
    assert [option.misconception.slug if option.misconception else None for option in version.options.order_by("order")] == [
        None,
        "drifts-are-one",
        None,
        None,
    ]


def test_problems_of_a_publishable_question(exam):
    question = draft(exam)
    make_version(question=question, text=GOOD[0])
    assert publishing_problems(question) == []


def test_checked_date_is_needed_even_for_a_draft(exam):
    assert set(problems_of(make_version, question=draft(exam), text=replace(CHOICE, checked=None))) == {"checked"}
    assert make_version(question=draft(exam, "own-3"), text=replace(CHOICE, checked=date(2026, 1, 1))).checked == date(2026, 1, 1)


def test_stored_metadata_marks_the_question_and_leaves_its_text(exam, instructor):
    question = published(exam)
    stale = Question.objects.get(pk=question.pk)
    make_version(question=question, text=replace(CHOICE, stem="Newer?"))
    newest = publish_question(question=question)
    stale.difficulty, stale.edited_at = "hard", None
    store_question(question=stale, actor=instructor)
    stored = Question.objects.get(pk=question.pk)
    assert (stored.difficulty, stored.current_version) == ("hard", newest.current_version)
    assert stored.edited_at is not None
    assert AuditEntry.objects.filter(action="question.edit", actor=instructor).count() == 1


def test_stored_question_is_refused_with_a_scenario_of_its_own(exam):
    question = draft(exam)
    question.scenario = Scenario.objects.create(exam=exam, slug="shop", title="A shop", text="It sells.")
    assert set(problems_of(store_question, question=question)) == {"scenario"}
    question.scenario = None
    question.objective = Objective.objects.get(code="2.1.1")
    assert set(problems_of(store_question, question=question)) == {"objective"}


def test_new_question_is_stored_as_a_draft(exam, instructor):
    made = draft(exam)
    made.pk, made.slug = None, "own-2"
    assert store_question(question=made, actor=instructor).state == Question.State.DRAFT
    assert AuditEntry.objects.filter(action="question.make").count() == 1
