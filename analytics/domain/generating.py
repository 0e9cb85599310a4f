"""A history of practice, made up: learners who sit, answer and learn, at any size, the same for the same seed.

Attempts and answers are put into the real tables as if they had been submitted in the past, and the production grader takes them
from there: grades, memory, mastery, evidence and statistics come from nowhere else. Eight nights calibrate on the way. Questions can
be made bad on purpose, so that what the flags find can be held against what is there.
"""

from __future__ import annotations

import heapq
import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from accounts.public import Membership, Preferences, Team, User, read_db_now
from analytics.domain.calibrating import calibrate_exam
from analytics.domain.gathering import CATCH_UP, gather_all
from analytics.models import QuestionFlag, QuestionStatistics
from analytics.readiness.calibration import LABEL_MEANS
from lifecycle.public import Domain, Enrolment, current_blueprint
from quizzes.public import Attempt, GradingJob, KeyRevision, Question, Response, drain_jobs, version_texts

Progress = Callable[[str, int, int], None]
"""Told the step (`learners`, `answers`), how far it is, and how far it goes."""

DAYS = 120
LABEL_NOISE = 0.75
MEAN_ABILITY, SD_ABILITY, SD_DOMAIN = 0.1, 0.9, 0.4
GAIN, CEILING = 0.004, 1.0
REPEAT_SHARE = 0.10
EXAM_SHARE = 0.25
DRILL_LENGTHS = (10, 15, 20, 30)
RAPID_SHARE = 0.015
AT_ONCE = 200
GRADED_AT_ONCE = 50
BAD_KINDS = ("wrong_key", "two_right", "unanswerable", "give_away", "leak")
LEAK_KNOWN_BY = 0.25
LEAK_CHANCE = 0.40
NIGHTS = 8
LANGUAGES = ("en", "", "de", "en", "")


@dataclass
class Generated:
    """What was made: learners, attempts, answers, and the questions that were made bad, by kind."""

    learners: int = 0
    attempts: int = 0
    responses: int = 0
    bad: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posed:
    """A question as the made-up learners meet it."""

    question_id: int
    version_id: int
    kind: str
    domain: int
    difficulty: float
    slope: float
    key: Any
    options: tuple[str, ...]
    prompts: tuple[str, ...]
    pull: tuple[float, ...]
    seconds: float
    bad: str


@dataclass(frozen=True, slots=True)
class Part:
    """A domain of the exam: its weight, how many of its questions an exam scores and pilots, the questions there are, and those of
    them that exams may ask.
    """

    weight: int
    scored: int
    unscored: int
    questions: list[Posed]
    for_exams: list[Posed]


@dataclass(slots=True)
class Persona:
    """A made-up learner."""

    user_id: int
    ability: list[float]
    learnt: list[float]
    seconds: float
    met: set[int] = field(default_factory=set)
    knows_leaks: bool = False


def generate_history(
    *, exam: Any, learners: int, responses: int, seed: int = 1, team: int = 0, bad: int = 0, progress: Progress | None = None
) -> Generated:
    """Make learners and a history of at least that many responses, grade and gather it; returns what was made.

    `team` puts that many of the learners into a team; `bad` makes that many questions of each bad kind. Raises ValueError for
    sizes that make no sense, an exam without published questions, or a seed whose learners are there already.
    """
    if learners < 1 or responses < learners:
        raise ValueError("a history needs a learner, and a response from each")
    if not 0 <= team <= learners:
        raise ValueError(f"a team has from 0 to all {learners} learners, not {team}")
    told = progress or _silent
    dealer = random.Random(seed)
    bank = _bank(exam, dealer, bad)
    if not bank:
        raise ValueError(f"{exam.slug} has no published questions; load some first")
    made = Generated(bad=_bad_ones(bank))
    now = read_db_now()
    people = _people(exam, learners, seed, team, dealer, told)
    made.learners = len(people)
    plan = _sittings(people, responses, dealer, now - timedelta(days=DAYS), now - timedelta(hours=1))
    batch: list[tuple[Attempt, list[Response]]] = []
    middle = now - timedelta(days=DAYS / 2)
    parts = _parts(exam, bank)
    nights = 0
    with _quick_writes():
        for at, person, mode, length in plan:
            batch.append(_sitting(exam, person, _Paper(mode, length, at), parts, dealer, leaked=at > middle))
            made.responses += len(batch[-1][1])
            if len(batch) >= AT_ONCE:
                made.attempts += _hand_in(batch)
                batch = []
                told("answers", made.responses, responses)
                if made.responses * NIGHTS >= (nights + 1) * responses:
                    nights += 1
                    gather_all(batch=CATCH_UP)
                    calibrate_exam(exam_id=exam.pk)
        made.attempts += _hand_in(batch)
        gather_all(batch=CATCH_UP)
    told("answers", made.responses, responses)
    return made


def _silent(step: str, done: int, of: int) -> None:
    """Nobody listens."""


class _quick_writes:  # noqa: N801 - reads as a statement
    """SQLite need not wait for the disk while a history is made up; it waits again afterwards."""

    def __enter__(self) -> None:
        self._set("OFF")

    def __exit__(self, *exc: object) -> None:
        self._set("FULL")

    def _set(self, value: str) -> None:
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA synchronous={value}")


def _bank(exam: Any, dealer: random.Random, bad: int) -> list[Posed]:
    """The published questions with a truth of their own: about as hard as labelled, distractors of different pull."""
    rows = list(
        Question.objects.published()
        .filter(exam=exam)
        .order_by("pk")
        .values_list("pk", "current_version_id", "kind", "task__domain__number", "difficulty")
    )
    texts = version_texts(version for _pk, version, *_rest in rows)
    keys: dict[int, Any] = {}
    for version, answer, voided in (
        KeyRevision.objects.filter(version_id__in=texts).order_by("version_id", "revision").values_list("version_id", "answer", "voided")
    ):
        keys[version] = None if voided else answer
    made_bad = _choose_bad([pk for pk, _version, kind, *_rest in rows if kind == Question.Kind.MULTIPLE_CHOICE], dealer, bad)
    bank = []
    for pk, version, kind, domain, label in rows:
        if keys.get(version) is None:
            continue
        text = texts[version]
        words = len(text.stem.split()) + sum(len(option.text.split()) for option in text.options)
        bank.append(
            Posed(
                question_id=pk,
                version_id=version,
                kind=kind,
                domain=domain,
                difficulty=LABEL_MEANS[label] + dealer.gauss(0, LABEL_NOISE),
                slope=exp(dealer.gauss(0, 0.3)),
                key=keys[version],
                options=tuple(option.key for option in text.options),
                prompts=tuple(option.prompt_key for option in text.options if option.prompt_key),
                pull=tuple(dealer.gammavariate(4, 1) for _ in text.options),
                seconds=12 + 0.35 * words,
                bad=made_bad.get(pk, ""),
            )
        )
    return bank


def _choose_bad(questions: list[int], dealer: random.Random, each: int) -> dict[int, str]:
    if not 0 <= each * len(BAD_KINDS) <= len(questions) / 2:
        most = len(questions) // (2 * len(BAD_KINDS))
        raise ValueError(f"from 0 to {most} questions of each kind can be bad, not {each}: half of the bank must stay good")
    chosen = dealer.sample(questions, each * len(BAD_KINDS))
    return {question: BAD_KINDS[index % len(BAD_KINDS)] for index, question in enumerate(chosen)}


def _bad_ones(bank: list[Posed]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for posed in bank:
        if posed.bad:
            found[posed.bad].append(posed.question_id)
    return dict(found)


def _people(exam: Any, learners: int, seed: int, team: int, dealer: random.Random, told: Progress) -> list[Persona]:
    """New learners, enrolled; the first `team` of them in a team of their own."""
    blueprint = current_blueprint(exam)
    stem = f"made-{seed}-{uuid.UUID(int=dealer.getrandbits(128)).hex[:8]}"
    if User.objects.filter(username=f"{stem}-0").exists():
        raise ValueError(f"the learners of seed {seed} are there already; name another seed")
    people: list[Persona] = []
    nobody = make_password(None)  # no password opens these accounts
    with transaction.atomic():
        users = User.objects.bulk_create(
            [
                User(
                    username=f"{stem}-{number}",
                    email=f"{stem}-{number}@example.invalid",
                    display_name=f"Learner {number + 1}",
                    password=nobody,
                )
                for number in range(learners)
            ],
            batch_size=1000,
        )
        Preferences.objects.bulk_create(
            [Preferences(user=user, language=LANGUAGES[number % len(LANGUAGES)]) for number, user in enumerate(users)], batch_size=1000
        )
        Enrolment.objects.bulk_create([Enrolment(user=user, exam=exam, blueprint=blueprint) for user in users], batch_size=1000)
        if team:
            group = Team.objects.create(name=f"Team {stem}", slug=stem)
            Membership.objects.bulk_create([Membership(team=group, user=user) for user in users[:team]], batch_size=1000)
    domains = [domain.number for domain in Domain.objects.filter(blueprint=blueprint).order_by("number")]
    for user in users:
        overall = dealer.gauss(MEAN_ABILITY, SD_ABILITY)
        ability = [0.0] * (max(domains) + 1)
        for number in domains:
            ability[number] = overall + dealer.gauss(0, SD_DOMAIN)
        people.append(
            Persona(user.pk, ability, [0.0] * len(ability), exp(dealer.gauss(0, 0.3)), knows_leaks=dealer.random() < LEAK_KNOWN_BY)
        )
    told("learners", len(people), learners)
    return people


def _parts(exam: Any, bank: list[Posed]) -> list[Part]:
    of: dict[int, list[Posed]] = defaultdict(list)
    for posed in bank:
        of[posed.domain].append(posed)
    parts = []
    for domain in Domain.objects.filter(blueprint=current_blueprint(exam)).order_by("number"):
        questions = of[domain.number]
        for_exams = [posed for posed in questions if posed.kind != Question.Kind.CASE_STUDY] or questions
        parts.append(Part(domain.weight, domain.scored, domain.unscored, questions, for_exams))
    return parts


def _sittings(
    people: list[Persona], responses: int, dealer: random.Random, begin: datetime, end: datetime
) -> Iterator[tuple[datetime, Persona, str, int]]:
    """When who sits what, in the order of time, until the responses are reached; each learner at a pace that fills the period."""
    mean_length = EXAM_SHARE * 65 + (1 - EXAM_SHARE) * sum(DRILL_LENGTHS) / len(DRILL_LENGTHS)
    each = max(1.0, responses / mean_length / len(people))
    gap = (end - begin).total_seconds() / each
    queue = [(begin.timestamp() + dealer.random() * gap, index) for index in range(len(people))]
    heapq.heapify(queue)
    planned = 0
    while planned < responses:
        at, index = heapq.heappop(queue)
        exam_mode = dealer.random() < EXAM_SHARE
        length = 65 if exam_mode else dealer.choice(DRILL_LENGTHS)
        mode = dealer.choice(("simulation", "practice_exam")) if exam_mode else "drill"
        moment = datetime.fromtimestamp(min(at, end.timestamp()), tz=begin.tzinfo)
        planned += length
        yield moment, people[index], mode, length
        heapq.heappush(queue, (at + dealer.uniform(0.5, 1.5) * gap, index))


@dataclass(frozen=True, slots=True)
class _Paper:
    """A sitting to be made: its mode, its length, its time."""

    mode: str
    length: int
    at: datetime


def _sitting(
    exam: Any, person: Persona, paper: _Paper, parts: list[Part], dealer: random.Random, *, leaked: bool
) -> tuple[Attempt, list[Response]]:
    asked = _asked(person, paper, parts, dealer)
    attempt = Attempt(
        user_id=person.user_id,
        exam=exam,
        mode=paper.mode,
        title=str(Attempt.Mode(paper.mode).label),
        state=Attempt.State.SUBMITTED,
        feedback="end" if paper.length >= 65 else "each",
        form=[[posed.version_id, scored] for posed, scored in asked],
        question_count=len(asked),
        seed=dealer.getrandbits(31),
        minutes=90 if paper.length >= 65 else None,
        started_at=paper.at - timedelta(minutes=len(asked)),
        submitted_at=paper.at,
        active_at=paper.at,
    )
    responses = []
    for position, (posed, _scored) in enumerate(asked, start=1):
        answer, seconds = _answer(person, posed, dealer, leaked=leaked)
        responses.append(
            Response(
                attempt=attempt,
                position=position,
                answer=answer,
                save_id=uuid.UUID(int=dealer.getrandbits(128), version=4),
                seconds=seconds,
                saved_at=paper.at - timedelta(minutes=len(asked) - position),
            )
        )
        person.met.add(posed.question_id)
        person.learnt[posed.domain] = min(CEILING, person.learnt[posed.domain] + GAIN)
    return attempt, responses


def _asked(person: Persona, paper: _Paper, parts: list[Part], dealer: random.Random) -> list[tuple[Posed, int]]:
    """Different questions and whether each is scored: an exam's as the blueprint counts them, since that is what is predicted; a
    drill keeps to one domain half of the time.
    """
    if paper.mode == "drill":
        part = dealer.choices(parts, [part.weight for part in parts])[0]
        one_domain = part.questions and dealer.random() < 0.5
        pool = part.questions if one_domain else [posed for part in parts for posed in part.questions]
        return [(posed, 1) for posed in _mostly_new(person, pool, paper.length, dealer)]
    asked = []
    for part in parts:
        chosen = _mostly_new(person, part.for_exams, part.scored + part.unscored, dealer)
        asked += [(posed, int(index < part.scored)) for index, posed in enumerate(chosen)]
    dealer.shuffle(asked)
    return asked


def _mostly_new(person: Persona, pool: list[Posed], count: int, dealer: random.Random) -> list[Posed]:
    """So many different questions, new ones preferred; all of the pool where it has no more."""
    wanted = min(count, len(pool))
    chosen: dict[int, Posed] = {}
    for _ in range(12 * wanted):
        if len(chosen) == wanted:
            break
        posed = dealer.choice(pool)
        if posed.question_id not in chosen and (posed.question_id not in person.met or dealer.random() < REPEAT_SHARE):
            chosen[posed.question_id] = posed
    for posed in dealer.sample(pool, len(pool)) if len(chosen) < wanted else ():
        if len(chosen) == wanted:
            break
        chosen.setdefault(posed.question_id, posed)
    return list(chosen.values())


def _answer(person: Persona, posed: Posed, dealer: random.Random, *, leaked: bool) -> tuple[Any, int]:
    """What the learner answers, and in how many seconds."""
    if dealer.random() < RAPID_SHARE:
        return _wrong(posed, dealer) if dealer.random() < 0.75 else posed.key, 2
    seconds = max(8, round(posed.seconds * person.seconds * exp(dealer.gauss(0, 0.35))))
    again = posed.question_id in person.met and dealer.random() < 0.4
    knows = again or dealer.random() < _chance(person, posed, leaked=leaked)
    return _said(posed, knows, dealer), seconds


def _chance(person: Persona, posed: Posed, *, leaked: bool) -> float:
    if posed.bad == "give_away":
        return 0.9
    if posed.bad == "leak":
        return 1.0 if leaked and person.knows_leaks else LEAK_CHANCE
    ability = person.ability[posed.domain] + person.learnt[posed.domain]
    return 1 / (1 + exp(-posed.slope * (ability - posed.difficulty)))


def _said(posed: Posed, knows: bool, dealer: random.Random) -> Any:
    """The answer of somebody who knows, or does not; bad questions twist it."""
    if posed.bad == "unanswerable":
        return [dealer.choice(posed.options)]
    if posed.bad == "wrong_key":
        true = _strongest(posed)
        if knows:
            return [true]
        others = [(option, pull) for option, pull in zip(posed.options, posed.pull, strict=True) if option != true]
        return [dealer.choices([option for option, _pull in others], [pull for _option, pull in others])[0]]
    if posed.bad == "two_right" and knows:
        return [dealer.choice((posed.key[0], _strongest(posed)))]
    return posed.key if knows else _wrong(posed, dealer)


def _strongest(posed: Posed) -> str:
    """The option with most pull beside the key."""
    return max(
        ((pull, option) for option, pull in zip(posed.options, posed.pull, strict=True) if option not in posed.key), default=(0, "")
    )[1]


def _wrong(posed: Posed, dealer: random.Random) -> Any:
    """A wrong answer of the right shape."""
    if isinstance(posed.key, dict):
        prompts = list(posed.key)
        first, second = dealer.sample(prompts, 2)
        return posed.key | {first: posed.key[second], second: posed.key[first]}
    if posed.kind == Question.Kind.ORDERING:
        first, second = dealer.sample(range(len(posed.key)), 2)
        steps = list(posed.key)
        steps[first], steps[second] = steps[second], steps[first]
        return steps
    wrong = [(option, pull) for option, pull in zip(posed.options, posed.pull, strict=True) if option not in posed.key]
    taken = dealer.choices([option for option, _pull in wrong], [pull for _option, pull in wrong])[0]
    kept = list(posed.key)[1:] if len(posed.key) > 1 else []
    return sorted([taken, *kept])


def _hand_in(batch: list[tuple[Attempt, list[Response]]]) -> int:
    """Put sittings into the tables as submitted, order their grading, and grade them as any worker would."""
    if not batch:
        return 0
    with transaction.atomic():
        Attempt.objects.bulk_create([attempt for attempt, _responses in batch])
        Response.objects.bulk_create([response for _attempt, responses in batch for response in responses], batch_size=2000)
        GradingJob.objects.bulk_create([GradingJob(attempt=attempt, created_at=attempt.active_at) for attempt, _responses in batch])
    return drain_jobs(worker="generate_history", batch=GRADED_AT_ONCE)


def found_by_flags(made: Generated) -> dict[str, tuple[int, int]]:
    """Of each kind of bad question, how many carry an alarm, and how many were made; and of all others under `good`."""
    alarmed = set(
        QuestionFlag.objects.filter(state=QuestionFlag.State.OPEN).exclude(severity="advice").values_list("version__question_id", flat=True)
    )
    counts = {kind: (len(alarmed & set(questions)), len(questions)) for kind, questions in made.bad.items()}
    bad = {question for questions in made.bad.values() for question in questions}
    judged = set(QuestionStatistics.objects.filter(first_answers__gte=30).values_list("version__question_id", flat=True)) - bad
    counts["good"] = (len(alarmed & judged), len(judged))
    return counts
