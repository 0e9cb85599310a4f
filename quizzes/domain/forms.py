"""Drawing the questions of a sitting: by blueprint, by choice, from what is due, or as an instructor listed them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from lifecycle.public import Exam
from quizzes.domain.errors import NothingToAsk
from quizzes.models import Exposure, Question, Quiz, ReviewCard
from quizzes.models.attempt import Timing

DIAGNOSTIC_PER_DOMAIN = 3
SOURCES = ("new", "missed", "flagged")


@dataclass(frozen=True)
class Wanted:
    """What a learner asks for. Empty tuples mean: everything. `sources`: any of new, missed, flagged.

    `levels`: the difficulty to prefer, by domain number, where questions near one's level are wanted. `timing`: the clock of a drill.
    """

    mode: str
    quiz: Quiz | None = None
    domains: tuple[int, ...] = ()
    tasks: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    count: int = 10
    feedback: str = "end"
    sources: tuple[str, ...] = ()
    levels: tuple[tuple[int, str], ...] = ()
    timing: str = Timing.NONE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that could be asked."""

    question_id: int
    version_id: int
    domain: int
    task: str
    twin_group: int | None
    scenario_id: int | None
    difficulty: str


@dataclass(frozen=True)
class Met:
    """How a learner has met a question before."""

    right: bool
    flagged: bool
    last_at: datetime


@dataclass
class Form:
    """The questions of a sitting in order; `cards` names the question whose review card a sibling stands for, by position."""

    entries: list[tuple[int, int]]  # (version id, scored 0 or 1)
    cards: dict[int, int] = field(default_factory=dict)


def draw_form(*, exam: Exam, user: Any, wanted: Wanted, seed: int, now: datetime) -> Form:
    """The form for what is wanted; the same bank, history and seed give the same form. Raises NothingToAsk."""
    dealer = random.Random(seed)
    met = _met_by(user)
    match wanted.mode:
        case "quiz":
            form = _quiz_form(wanted.quiz)
        case "simulation" | "practice_exam":
            form = _blueprint_form(exam, met, dealer)
        case "diagnostic":
            form = _diagnostic_form(exam, met, dealer)
        case "review":
            form = _review_form(exam, user, met, wanted.count, now)
        case _:
            form = _drill_form(exam, met, wanted, dealer)
    if not form.entries:
        raise NothingToAsk(wanted.mode)
    return form


def _met_by(user: Any) -> dict[int, Met]:
    if user is None:
        return {}
    rows = Exposure.objects.filter(user=user).values_list("question_id", "last_right", "last_flagged", "last_at")
    return {question_id: Met(right, flagged, last_at) for question_id, right, flagged, last_at in rows}


def _candidates(questions: QuerySet[Question]) -> list[Candidate]:
    rows = questions.order_by("pk").values_list(
        "pk", "current_version_id", "task__domain__number", "task__number", "twin_group", "scenario_id", "difficulty"
    )
    return [Candidate(*row) for row in rows]


def _quiz_form(quiz: Quiz | None) -> Form:
    assert quiz is not None
    versions = quiz.entries.filter(question__state=Question.State.PUBLISHED).values_list("question__current_version_id", flat=True)
    return Form([(version_id, 1) for version_id in versions])


def _blueprint_form(exam: Exam, met: dict[int, Met], dealer: random.Random) -> Form:
    """Scored and unscored questions of each domain as the blueprint counts them, tasks in even shares, unseen first.

    The unscored ones pilot the newest questions; nobody is told which they are.
    """
    pools: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in _candidates(Question.objects.for_exams().filter(exam=exam)):
        pools[candidate.domain].append(candidate)
    drawn: list[tuple[int, int]] = []
    taken = Taken()
    for domain in exam.blueprints.get(current=True).domains.all():
        pool = pools[domain.number]
        dealer.shuffle(pool)
        scored = taken.take(_unseen_then_even(pool, met), domain.scored)
        pilots = taken.take(sorted(pool, key=lambda c: (_staleness(met.get(c.question_id)), -c.version_id)), domain.unscored)
        if len(scored) < domain.scored or len(pilots) < domain.unscored:
            raise NothingToAsk(f"domain {domain.number}")
        drawn += [(c.version_id, 1) for c in scored] + [(c.version_id, 0) for c in pilots]
    dealer.shuffle(drawn)
    return Form(drawn)


def _diagnostic_form(exam: Exam, met: dict[int, Met], dealer: random.Random) -> Form:
    """Three questions of each domain, of middling difficulty first, easiest domain to open."""
    pools: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in _candidates(Question.objects.for_exams().filter(exam=exam)):
        pools[candidate.domain].append(candidate)
    taken = Taken()
    entries: list[tuple[int, int]] = []
    for number in sorted(pools):
        pool = pools[number]
        dealer.shuffle(pool)
        pool.sort(key=lambda c: c.difficulty != Question.Difficulty.MEDIUM)
        entries += [(c.version_id, 1) for c in taken.take(_unseen_then_even(pool, met), DIAGNOSTIC_PER_DOMAIN)]
    return Form(entries)


def _drill_form(exam: Exam, met: dict[int, Met], wanted: Wanted, dealer: random.Random) -> Form:
    """Questions that fit the choice, in random order with unseen and missed ones first; a case study stays together.

    With `levels`, those nearest to the level of their domain go before the rest, but for questions that are known already.
    """
    questions = Question.objects.published().filter(exam=exam)
    if wanted.domains:
        questions = questions.filter(task__domain__number__in=wanted.domains)
    if wanted.tasks:
        questions = questions.filter(task__number__in=wanted.tasks)
    if wanted.stages:
        questions = questions.filter(stages__slug__in=wanted.stages).distinct()
    pool = [c for c in _candidates(questions) if _from_sources(met.get(c.question_id), wanted.sources)]
    dealer.shuffle(pool)
    levels = dict(wanted.levels)
    pool.sort(key=lambda c: _worth(met.get(c.question_id), _apart(c.difficulty, levels.get(c.domain))))
    narrow = wanted.domains or wanted.tasks or wanted.stages
    chosen = Taken().take(pool if narrow else _even_by(pool, lambda c: c.domain), wanted.count)
    dealer.shuffle(chosen)
    chosen.sort(key=_together(chosen))
    return Form([(c.version_id, 1) for c in chosen])


def _review_form(exam: Exam, user: Any, met: dict[int, Met], count: int, now: datetime) -> Form:
    """Due cards, oldest first. Where the task has an unseen question of like difficulty, that one stands for the card:
    recalling a letter is not knowing."""
    cards = ReviewCard.objects.filter(user=user, due_at__lte=now, question__exam=exam).order_by("due_at")[:count]
    due = list(cards.values_list("question_id", flat=True))
    pool = {c.question_id: c for c in _candidates(Question.objects.published().filter(exam=exam))}
    spare: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for candidate in pool.values():
        if candidate.question_id not in met and candidate.scenario_id is None:
            spare[candidate.task, candidate.difficulty].append(candidate)
    form = Form([])
    for question_id in due:
        if question_id not in pool:
            continue  # retired since
        own = pool[question_id]
        siblings = spare[own.task, own.difficulty]
        asked = siblings.pop() if siblings else own
        form.entries.append((asked.version_id, 1))
        form.cards[len(form.entries)] = question_id
    return form


class Taken:
    """Takes candidates in order, never one twice and never two near-duplicates."""

    def __init__(self) -> None:
        self._questions: set[int] = set()
        self._twins: set[int] = set()

    def take(self, candidates: Iterable[Candidate], count: int) -> list[Candidate]:
        """The first `count` that are still free; fewer when there are not that many."""
        chosen: list[Candidate] = []
        for candidate in candidates:
            if len(chosen) == count:
                break
            if candidate.question_id in self._questions or (candidate.twin_group and candidate.twin_group in self._twins):
                continue
            self._questions.add(candidate.question_id)
            if candidate.twin_group:
                self._twins.add(candidate.twin_group)
            chosen.append(candidate)
        return chosen


def _staleness(met: Met | None) -> tuple[int, float]:
    """Unseen first, then missed, then right; within each the one met longest ago first."""
    if met is None:
        return (0, 0.0)
    return (2 if met.right else 1, met.last_at.timestamp())


def _worth(met: Met | None, apart: int) -> tuple[bool, int, tuple[int, float]]:
    """The order of a drill: what is known comes last, and before that what lies nearest to the level wanted."""
    staleness = _staleness(met)
    return (met is not None and met.right, apart, staleness)


def _apart(difficulty: str, level: str | None) -> int:
    """Steps between a question's difficulty and the level wanted; none where no level is wanted."""
    steps = Question.Difficulty.values
    return abs(steps.index(difficulty) - steps.index(level)) if level else 0


def _from_sources(met: Met | None, sources: tuple[str, ...]) -> bool:
    if not sources:
        return True
    return any(
        (source == "new" and met is None)
        or (source == "missed" and met is not None and not met.right)
        or (source == "flagged" and met is not None and met.flagged)
        for source in sources
    )


def _unseen_then_even(pool: list[Candidate], met: dict[int, Met]) -> Iterator[Candidate]:
    """What was never seen before what was, and within each the tasks in turns."""
    unseen = [candidate for candidate in pool if candidate.question_id not in met]
    seen = sorted((c for c in pool if c.question_id in met), key=lambda c: _staleness(met[c.question_id]))
    for part in (unseen, seen):
        yield from _even_by(part, lambda candidate: candidate.task)


def _even_by(pool: list[Candidate], part: Callable[[Candidate], object]) -> Iterator[Candidate]:
    """The pool in turns, one of each part at a time, each part in its own order."""
    parts: dict[object, list[Candidate]] = defaultdict(list)
    for candidate in pool:
        parts[part(candidate)].append(candidate)
    queues = [iter(members) for members in parts.values()]
    while queues:
        still: list[Iterator[Candidate]] = []
        for queue in queues:
            candidate = next(queue, None)
            if candidate is not None:
                still.append(queue)
                yield candidate
        queues = still


def _together(chosen: list[Candidate]) -> Callable[[Candidate], int]:
    """A sort key that keeps the questions of a scenario side by side where its first one stands."""
    first: dict[int, int] = {}
    place: dict[int, int] = {}
    for index, candidate in enumerate(chosen):
        place[candidate.question_id] = first.setdefault(candidate.scenario_id, index) if candidate.scenario_id else index
    return lambda candidate: place[candidate.question_id]
