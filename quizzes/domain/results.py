"""What a graded sitting says: the score, by domain, and every option of every question explained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from lifecycle.public import Domain
from quizzes.catalogue import VersionText, version_texts
from quizzes.domain.errors import NotGraded
from quizzes.models import Attempt, Grade, KeyRevision, Question, QuestionVersion, Response, ReviewCard
from quizzes.scoring import Answer, is_answered, score_answer


@dataclass(frozen=True)
class ExplainedOption:
    """An option with its verdict here. `place`: where an ordering step belongs; `prompt`: what a matching answer belongs to."""

    key: str
    text: str
    correct: bool
    chosen: bool
    rationale: str
    place: int | None
    given_place: int | None
    prompt: str | None
    prompt_text: str
    given_text: str
    misconception: str
    struck: bool


@dataclass(frozen=True)
class LessonLink:
    """Where the explanation continues."""

    slug: str
    title: str
    anchor: str


@dataclass(frozen=True)
class ExplainedQuestion:
    """A question as it is reviewed, in the option order of the attempt."""

    position: int
    question_id: int
    version_id: int
    kind: str
    stem: str
    choose: int
    scenario: tuple[str, str, str] | None
    task: str
    domain: int
    scored: bool
    answered: bool
    right: bool
    credit: float
    parts_right: int
    parts: int
    voided: bool
    answer: Answer
    correct: Answer
    options: tuple[ExplainedOption, ...]
    rule: str
    lesson: LessonLink
    source_title: str
    source_url: str
    checked: Any
    flagged: bool
    seconds: int
    changes: int
    confidence: int | None
    returns_at: datetime | None


@dataclass(frozen=True)
class DomainScore:
    """Right answers of a domain among its scored questions. `short_title` is the title where no shorter one is known."""

    number: int
    title: str
    short_title: str
    right: float
    of: int


@dataclass(frozen=True)
class Result:
    """A graded sitting. `scaled` and `passed` exist for whole exams only."""

    attempt: Attempt
    revision: int
    score: float
    max_score: float
    scaled: int | None
    passed: bool | None
    graded_at: datetime
    graded_by: str
    answered: int
    domains: tuple[DomainScore, ...]
    questions: tuple[ExplainedQuestion, ...]


def result_of(attempt: Attempt) -> Result:
    """The result under the newest grade. Raises NotGraded while there is none."""
    grade = Grade.objects.filter(attempt=attempt).order_by("-revision").first()
    if grade is None or attempt.state != Attempt.State.GRADED:
        raise NotGraded
    questions = _explained(attempt, grade)
    return Result(
        attempt=attempt,
        revision=grade.revision,
        score=grade.score,
        max_score=grade.max_score,
        scaled=grade.scaled,
        passed=grade.passed,
        graded_at=grade.graded_at,
        graded_by=grade.graded_by,
        answered=sum(question.answered for question in questions),
        domains=_by_domain(attempt, questions),
        questions=questions,
    )


def explain(
    *, text: VersionText, seed: int, answer: Answer, correct: Answer, struck: list[str] | tuple[str, ...] = ()
) -> tuple[ExplainedOption, ...]:
    """Every option with its verdict and reason, in the order of the attempt."""
    if text.kind == "matching":
        return _explain_matching(text, seed, answer or {}, correct)
    given = answer or []
    ordering = text.kind == "ordering"
    return tuple(
        ExplainedOption(
            key=option.key,
            text=option.text,
            correct=option.key in correct,
            chosen=option.key in given,
            rationale=option.rationale,
            place=correct.index(option.key) + 1 if ordering and option.key in correct else None,
            given_place=given.index(option.key) + 1 if ordering and option.key in given else None,
            prompt=None,
            prompt_text="",
            given_text="",
            misconception=option.misconception,
            struck=option.key in struck,
        )
        for option in text.shuffled_options(seed)
    )


def _explain_matching(text: VersionText, seed: int, given: dict[str, str], correct: dict[str, str]) -> tuple[ExplainedOption, ...]:
    """One row a prompt in the order of the attempt, then the spare answers."""
    by_key = {option.key: option for option in text.options}
    rows = [
        ExplainedOption(
            key=correct[prompt.prompt_key],
            text=by_key[correct[prompt.prompt_key]].text,
            correct=given.get(prompt.prompt_key) == correct[prompt.prompt_key],
            chosen=prompt.prompt_key in given,
            rationale=prompt.rationale,
            place=None,
            given_place=None,
            prompt=prompt.prompt_key,
            prompt_text=prompt.prompt,
            given_text=by_key[given[prompt.prompt_key]].text if prompt.prompt_key in given else "",
            misconception="",
            struck=False,
        )
        for prompt in text.shuffled_prompts(seed)
    ]
    spare = [option for option in text.shuffled_options(seed) if not option.prompt_key]
    rows += [
        ExplainedOption(
            key=option.key,
            text=option.text,
            correct=False,
            chosen=option.key in given.values(),
            rationale=option.rationale,
            place=None,
            given_place=None,
            prompt=None,
            prompt_text="",
            given_text="",
            misconception=option.misconception,
            struck=False,
        )
        for option in spare
    ]
    return tuple(rows)


def _explained(attempt: Attempt, grade: Grade) -> tuple[ExplainedQuestion, ...]:
    texts = version_texts(version_id for version_id, _scored in attempt.form)
    keys = _keys_as_graded(attempt, grade)
    responses: dict[int, Response] = {response.position: response for response in attempt.responses.all()}
    questions = {
        question.pk: question
        for question in Question.objects.filter(pk__in=[text.question_id for text in texts.values()])
        .select_related("lesson")
        .annotate(task_number=F("task__number"), domain_number=F("task__domain__number"))
    }
    returns = _returns_at(attempt, set(questions))
    explained = []
    for position, (version_id, scored) in enumerate(attempt.form, start=1):
        text, response = texts[version_id], responses.get(position)
        question = questions[text.question_id]
        answer = response.answer if response else None
        key = keys[version_id]
        credit = score_answer(text.kind, key.answer, answer)
        explained.append(
            ExplainedQuestion(
                position=position,
                question_id=question.pk,
                version_id=version_id,
                kind=text.kind,
                stem=text.stem,
                choose=text.choose,
                scenario=attempt.pinned_scenario(version_id) or text.scenario,
                task=question.task_number,
                domain=question.domain_number,
                scored=bool(scored),
                answered=is_answered(answer),
                right=credit.right or key.voided,
                credit=grade.credits[position - 1],
                parts_right=credit.parts_right,
                parts=credit.parts,
                voided=key.voided,
                answer=answer,
                correct=key.answer,
                options=explain(
                    text=text, seed=attempt.seed, answer=answer, correct=key.answer, struck=response.struck if response else ()
                ),
                rule=text.rule,
                lesson=LessonLink(question.lesson.slug, question.lesson.title, question.lesson_anchor),
                source_title=text.source_title,
                source_url=text.source_url,
                checked=text.checked,
                flagged=bool(response and response.flagged),
                seconds=response.seconds if response else 0,
                changes=response.changes if response else 0,
                confidence=response.confidence if response else None,
                returns_at=returns.get(question.pk),
            )
        )
    return tuple(explained)


def _keys_as_graded(attempt: Attempt, grade: Grade) -> dict[int, KeyRevision]:
    wanted = {version_id: revision for (version_id, _scored), revision in zip(attempt.form, grade.keys, strict=True)}
    rows = KeyRevision.objects.filter(version_id__in=wanted)
    return {row.version_id: row for row in rows if row.revision == wanted[row.version_id]}


def _returns_at(attempt: Attempt, question_ids: set[int]) -> dict[int, datetime]:
    if attempt.user_id is None:
        return {}
    cards = ReviewCard.objects.filter(user_id=attempt.user_id, question_id__in=question_ids)
    return dict(cards.values_list("question_id", "due_at"))


def _by_domain(attempt: Attempt, questions: tuple[ExplainedQuestion, ...]) -> tuple[DomainScore, ...]:
    counts = _counted((question.domain, question.credit) for question in questions if question.scored)
    return _in_order(counts, list(Domain.objects.filter(blueprint__exam_id=attempt.exam_id, blueprint__current=True)))


def domain_scores(attempt_ids: Iterable[UUID]) -> dict[UUID, tuple[DomainScore, ...]]:
    """Right answers by domain of graded sittings, under the newest grade of each; three statements, however many there are."""
    grades = Grade.objects.filter(attempt__in=list(attempt_ids)).order_by("revision")
    rows = grades.values_list("attempt_id", "attempt__exam_id", "attempt__form", "credits")
    newest = {attempt_id: (exam_id, form, credits) for attempt_id, exam_id, form, credits in rows}
    if not newest:
        return {}
    of_version = _domain_numbers(version_id for _exam, form, _credits in newest.values() for version_id, _scored in form)
    titles: dict[int, list[Domain]] = defaultdict(list)
    current = Domain.objects.filter(blueprint__exam__in={exam_id for exam_id, _form, _credits in newest.values()}, blueprint__current=True)
    for domain in current.select_related("blueprint"):
        titles[domain.blueprint.exam_id].append(domain)
    return {
        attempt_id: _in_order(
            _counted((of_version[version_id], credit) for (version_id, scored), credit in zip(form, credits, strict=True) if scored),
            titles[exam_id],
        )
        for attempt_id, (exam_id, form, credits) in newest.items()
    }


def _domain_numbers(version_ids: Iterable[int]) -> dict[int, int]:
    versions = QuestionVersion.objects.filter(pk__in=set(version_ids))
    return dict(versions.values_list("pk", "question__task__domain__number"))


def _counted(credits: Iterable[tuple[int, float]]) -> dict[int, tuple[float, int]]:
    """(right, of) by domain number."""
    counts: dict[int, tuple[float, int]] = {}
    for number, credit in credits:
        right, of = counts.get(number, (0.0, 0))
        counts[number] = (right + credit, of + 1)
    return counts


def _in_order(counts: dict[int, tuple[float, int]], domains: list[Domain]) -> tuple[DomainScore, ...]:
    """The domains that were asked about, in the order of the blueprint."""
    return tuple(
        DomainScore(domain.number, domain.title, domain.short_title or domain.title, *counts[domain.number])
        for domain in domains
        if domain.number in counts
    )


def graded_attempt(attempt_id: UUID, user: Any, guest_key: str = "") -> Attempt | None:
    """A person's attempt, whatever its state; None when it is not theirs."""
    return Attempt.objects.visible_to(user, guest_key).select_related("exam", "quiz").filter(pk=attempt_id).first()
