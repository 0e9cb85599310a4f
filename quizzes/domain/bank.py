"""Use cases of the question bank: making versions, publishing, correcting keys, retiring.

A question's newest version may be ahead of its current one: that is a draft, which nobody has been asked, and the only version
that may be replaced. Publishing makes it current; from then on it never changes. Whatever is written here by a person marks the
question as edited, so that loading content files leaves it alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import AuditEntry, User, db_now, read_db_now
from quizzes.domain.key_changes import change_keys
from quizzes.domain.question_text import (
    CASE_STUDY,
    MATCHING,
    ORDERING,
    SCENARIO_QUESTIONS,
    OptionText,
    Problem,
    QuestionRefused,
    QuestionText,
    problems_in,
    text_digest,
)
from quizzes.domain.recalls import recall_version
from quizzes.domain.twins import regroup_twins
from quizzes.models import KeyRevision, Misconception, Option, Question, QuestionVersion

Answer = list[str] | dict[str, str]
METADATA = ("task", "objective", "lesson", "lesson_anchor", "scenario", "facts", "level", "difficulty", "blocked_from_exams")
"""What an edit of a question may change besides its text; state, kind and versions have their own use cases."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def working_version(question: Question) -> QuestionVersion | None:
    """The newest version: the draft where there is one, else what learners are asked."""
    return question.versions.order_by("-number").first()


def text_of(version: QuestionVersion) -> QuestionText:
    """A version's text with what its latest key says is right. Costs two statements unless options and keys are prefetched."""
    options = sorted(version.options.all(), key=lambda option: option.order)
    keys = sorted(version.key_revisions.all(), key=lambda key: key.revision)
    answer = keys[-1].answer if keys else []
    return QuestionText(
        kind=version.kind,
        stem=version.stem,
        options=tuple(_option_text(option, options, version.kind, answer) for option in options),
        rule=version.rule,
        source_title=version.source_title,
        source_url=version.source_url,
        checked=version.checked,
        choose=version.choose,
        language=version.language,
    )


def _option_text(option: Option, options: Sequence[Option], kind: str, answer: Any) -> OptionText:
    text = OptionText(option.text, option.rationale, misconception=option.misconception.slug if option.misconception else "")
    if kind == ORDERING:
        return replace(text, position=answer.index(option.key) + 1 if option.key in answer else None)
    if kind == MATCHING:
        prompts = {other.prompt_key: other.prompt for other in options}
        return replace(text, prompt=next((prompts[prompt] for prompt, key in dict(answer).items() if key == option.key), ""))
    return replace(text, correct=option.key in answer)


@transaction.atomic
def store_question(*, question: Question, actor: User | None = None) -> Question:
    """Store what is said about a question apart from its text: task, objective, lesson, scenario, facts, level, difficulty.

    A new question is a draft. Its stages and services are the caller's to set afterwards. Raises QuestionRefused where kind and
    scenario do not go together.
    """
    if (question.kind == CASE_STUDY) != (question.scenario_id is not None):
        raise QuestionRefused([Problem("scenario", _("A case study, and nothing else, has a scenario."))])
    if question.objective and question.objective.task_id != question.task_id:
        raise QuestionRefused([Problem("objective", _("The objective belongs to another task."))])
    made = question.pk is None
    question.edited_at = read_db_now()
    question.save(update_fields=None if made else [*METADATA, "edited_at"])
    _audit(actor, "question.make" if made else "question.edit", question)
    return question


@transaction.atomic
def make_version(*, question: Question, text: QuestionText, actor: User | None = None) -> QuestionVersion:
    """Store a text as the question's draft: the next version, in place of an earlier draft.

    A draft may be incomplete (`publish_question` is strict), but needs the date of comparison with its source and options that
    differ; else QuestionRefused.
    """
    locked = Question.objects.select_for_update().get(pk=question.pk)
    problems = [problem for problem in problems_in(text) if problem.field == "checked" or problem.field.endswith((".text", ".prompt"))]
    if (text.kind == CASE_STUDY) != (locked.scenario_id is not None):
        problems.append(Problem("scenario", _("A case study, and nothing else, has a scenario.")))
    if problems:
        raise QuestionRefused(problems)
    _drop_draft(locked)
    newest = working_version(locked)
    version = store_versions(drafts=[(locked, newest.number + 1 if newest else 1, text)], actor=actor)[0]
    kind = locked.kind if locked.current_version_id else text.kind
    Question.objects.filter(pk=locked.pk).update(edited_at=db_now(), kind=kind)
    _audit(actor, "question.version", question, after={"version": version.number})
    return version


def _drop_draft(question: Question) -> None:
    current = question.current_version.number if question.current_version else 0
    drafts = question.versions.filter(number__gt=current)
    KeyRevision.objects.filter(version__in=drafts).delete()
    drafts.delete()


def store_versions(*, drafts: Sequence[tuple[Question, int, QuestionText]], actor: User | None = None) -> list[QuestionVersion]:
    """Write versions (question, number, text) with options and first keys, in a few statements however many there are.

    Keys of options and prompts are dealt at random, so that neither their letters nor their order in the database hint at the answer.
    """
    texts = [text.with_counted_choose() for _question, _number, text in drafts]
    misconceptions = _misconception_ids(texts)
    versions = QuestionVersion.objects.bulk_create(
        [_version_row(question, number, text, actor) for (question, number, _text), text in zip(drafts, texts, strict=True)],
        batch_size=200,
    )
    options: list[Option] = []
    keys: list[KeyRevision] = []
    for version, text in zip(versions, texts, strict=True):
        rows = _option_rows(version, text, misconceptions)
        options += rows
        keys.append(KeyRevision(version=version, answer=_answer(text, rows), created_by=actor))
    Option.objects.bulk_create(options, batch_size=500)
    KeyRevision.objects.bulk_create(keys, batch_size=500)
    return versions


def _misconception_ids(texts: Iterable[QuestionText]) -> dict[str, int]:
    named = {option.misconception for text in texts for option in text.options if option.misconception}
    return dict(Misconception.objects.filter(slug__in=named).values_list("slug", "pk")) if named else {}


def _version_row(question: Question, number: int, text: QuestionText, actor: User | None) -> QuestionVersion:
    return QuestionVersion(
        question=question,
        number=number,
        language=text.language,
        kind=text.kind,
        stem=text.stem,
        choose=text.choose or 1,
        rule=text.rule,
        source_title=text.source_title,
        source_url=text.source_url,
        checked=_given(text.checked),
        text_digest=text_digest(text),
        created_by=actor,
    )


def _given(day: date | None) -> date:
    if day is None:
        raise QuestionRefused([Problem("checked", _("The date of comparison with the source is missing."))])
    return day


def _option_rows(version: QuestionVersion, text: QuestionText, misconceptions: dict[str, int]) -> list[Option]:
    dice = secrets.SystemRandom()
    letters = dice.sample(LETTERS[: len(text.options)], len(text.options))
    prompts = iter(dice.sample(range(1, len(text.options) + 1), len(text.options)))
    return [
        Option(
            version=version,
            order=order,
            key=letter,
            text=option.text,
            prompt=option.prompt,
            prompt_key=f"p{next(prompts)}" if option.prompt else "",
            rationale=option.rationale,
            misconception_id=misconceptions.get(option.misconception),
        )
        for order, (letter, option) in enumerate(zip(letters, text.options, strict=True))
    ]


def _answer(text: QuestionText, rows: Sequence[Option]) -> Answer:
    pairs = list(zip(rows, text.options, strict=True))
    if text.kind == ORDERING:
        steps = [(option.position, row.key) for row, option in pairs if option.position is not None]
        return [key for _position, key in sorted(steps)]
    if text.kind == MATCHING:
        return {row.prompt_key: row.key for row in rows if row.prompt_key}
    return sorted(row.key for row, option in pairs if option.correct)


def answer_for(version: QuestionVersion, text: QuestionText) -> Answer:
    """The key that a text gives to a version whose options say the same, in whatever order they were written."""
    rows = {option.text: option for option in version.options.all()}
    if text.kind == MATCHING:
        prompts = {option.prompt: option.prompt_key for option in rows.values() if option.prompt}
        return {prompts[option.prompt]: rows[option.text].key for option in text.options if option.prompt}
    return _answer(text, [rows[option.text] for option in text.options])


@transaction.atomic
def publish_question(*, question: Question, actor: User | None = None) -> Question:
    """Make the newest version the one that learners are asked.

    Raises QuestionRefused with every problem, each at its field: an incomplete text, an objective of another task, an unpublished
    lesson, a case study with fewer than two questions.
    """
    question = Question.objects.select_for_update().get(pk=question.pk)
    version = working_version(question)
    problems = publishing_problems(question)
    if problems or version is None:
        raise QuestionRefused(problems)
    before = {"state": question.state, "version": question.current_version_id}
    Question.objects.filter(pk=question.pk).update(
        state=Question.State.PUBLISHED, current_version=version, kind=version.kind, edited_at=db_now()
    )
    question.refresh_from_db()
    _audit(actor, "question.publish", question, before=before, after={"state": question.state, "version": version.pk})
    regroup_twins(exam_id=question.exam_id)
    return question


def publishing_problems(question: Question) -> list[Problem]:
    """Every reason why the newest version of a question cannot be published."""
    version = working_version(question)
    if version is None:
        return [Problem("stem", _("The question has no text yet."))]
    problems = problems_in(text_of(version))
    if question.objective and question.objective.task_id != question.task_id:
        problems.append(Problem("objective", _("The objective belongs to another task.")))
    if not question.lesson.published:
        problems.append(Problem("lesson", _("The lesson is not published.")))
    if version.kind == CASE_STUDY:
        problems += _scenario_problems(question)
    elif question.scenario_id:
        problems.append(Problem("scenario", _("Only a case study has a scenario.")))
    return problems


def _scenario_problems(question: Question) -> list[Problem]:
    if question.scenario_id is None:
        return [Problem("scenario", _("A case study needs a scenario."))]
    low, high = SCENARIO_QUESTIONS
    siblings = Question.objects.filter(scenario_id=question.scenario_id, versions__isnull=False)
    count = siblings.exclude(state=Question.State.RETIRED).exclude(pk=question.pk).distinct().count() + 1
    if count < low:
        return [Problem("scenario", _("The scenario has only this question; a case study has two to four."))]
    if count > high:
        return [Problem("scenario", _("The scenario has %(count)d questions; a case study has two to four.") % {"count": count})]
    return []


@transaction.atomic
def retire_question(*, question: Question, actor: User | None = None) -> Question:
    """Ask the question no more; sittings that hold it go on."""
    question = Question.objects.select_for_update().get(pk=question.pk)
    before = {"state": question.state}
    Question.objects.filter(pk=question.pk).update(state=Question.State.RETIRED, edited_at=db_now())
    question.refresh_from_db()
    _audit(actor, "question.retire", question, before=before, after={"state": question.state})
    return question


@transaction.atomic
def revise_key(*, version: QuestionVersion, answer: Answer, reason: str, voided: bool = False, actor: User | None = None) -> KeyRevision:
    """Correct what is right for a version without touching its text, and have the sittings that it affects graded again.

    `voided` gives everybody the mark.
    `answer` has the shape of a learner's answer. Raises QuestionRefused where it does not fit the version, where nothing changes, or
    without a reason.
    """
    change_keys()
    question = Question.objects.select_for_update().get(pk=version.question_id)
    latest = version.key_revisions.order_by("-revision").first()
    problems = answer_problems(version, answer)
    if not reason.strip():
        problems.append(Problem("reason", _("Say why the key changes.")))
    if latest and latest.voided == voided and normal_answer(version, latest.answer) == normal_answer(version, answer):
        problems.append(Problem("answer", _("This is the key already.")))
    if problems:
        raise QuestionRefused(problems)
    recall = recall_version(version=version, answer=normal_answer(version, answer), voided=voided, reason=reason, actor=actor)
    Question.objects.filter(pk=question.pk).update(edited_at=db_now())
    return recall.key_revision


def normal_answer(version: QuestionVersion, answer: Answer) -> Answer:
    """An answer as it is stored: sorted keys where the order means nothing."""
    if version.kind in (ORDERING, MATCHING):
        return answer
    return sorted(answer)


def answer_problems(version: QuestionVersion, answer: Any) -> list[Problem]:
    """Why an answer cannot be the key of a version: wrong shape, unknown keys, or a wrong number of them."""
    options = list(version.options.all())
    keys = {option.key for option in options}
    if version.kind == MATCHING:
        prompts = {option.prompt_key for option in options if option.prompt_key}
        if not isinstance(answer, dict) or set(answer) != prompts:
            return [Problem("answer", _("Every prompt needs one answer."))]
        chosen = list(answer.values())
    elif isinstance(answer, list):
        chosen = answer
    else:
        return [Problem("answer", _("The key must be a list of options."))]
    if len(set(chosen)) < len(chosen) or not set(chosen) <= keys:
        return [Problem("answer", _("The key names an option twice, or one that does not exist."))]
    if len(chosen) != version.choose:
        return [Problem("answer", _("%(count)d options are needed.") % {"count": version.choose})]
    return []


def _audit(actor: User | None, action: str, question: Question, *, before: Any = None, after: Any = None) -> None:
    AuditEntry.objects.create(actor=actor, action=action, subject_kind="question", subject_id=question.slug, before=before, after=after)
