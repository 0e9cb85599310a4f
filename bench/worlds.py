"""Simulated learners whose truth is deliberately not the model's: what `bench.simulate` holds the readiness model against.

Abilities rise by answering (saturating), half of every gain is forgotten, and study elsewhere adds jumps that nobody sees.
Ten worlds differ in what goes against the model; READINESS' names S1 to S10 are kept.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from analytics.readiness.calibration import LABEL_MEANS
from analytics.readiness.state import Floats, Layout

DOMAINS = ("1", "2", "3", "4", "5")
TASKS_PER_DOMAIN = (3, 3, 4, 2, 2)
WEIGHTS = (20, 24, 28, 14, 14)
SCORED = (10, 12, 14, 7, 7)
CUT = 35
STAGED_TASK = 2
STAGES = tuple(f"stage-{number}" for number in range(1, 11))
LAYOUT = Layout(
    tasks=tuple(f"{domain}.{task}" for domain, tasks in zip(DOMAINS, TASKS_PER_DOMAIN, strict=True) for task in range(1, tasks + 1)),
    domains=tuple(domain for domain, tasks in zip(DOMAINS, TASKS_PER_DOMAIN, strict=True) for _task in range(tasks)),
    stages=STAGES,
)
TASKS = len(LAYOUT.tasks)
DOMAIN_OF = LAYOUT.domain_of_task.tolist()
TASKS_OF = tuple(tuple(task for task in range(TASKS) if DOMAIN_OF[task] == domain) for domain in range(len(DOMAINS)))
TASK_WEIGHTS = np.array([WEIGHTS[domain] / 100 / TASKS_PER_DOMAIN[domain] for domain in DOMAIN_OF])
QUESTIONS = 1000
LABEL_CORRELATION = 0.65
MEAN_ABILITY, SD_ABILITY, SD_DOMAIN, SD_TASK, SD_STAGE = -0.2, 0.9, 0.45, 0.25, 0.20
MEAN_DIFFICULTY, SD_DIFFICULTY, SD_LOG_SLOPE = -0.2, 1.0, 0.3
CEILING = 1.8
SIBLING = 0.3
SPEED, SD_LOG_SPEED = 0.03, 0.5
HALF_LIFE, SD_LOG_HALF_LIFE = 30.0, 0.3
JUMP_A_DAY, MEAN_JUMP = 0.08, 0.10
REMEMBERED = 0.5


@dataclass(frozen=True)
class World:
    """What is true in a world. `guess` is the floor of a right answer, `repeats` the share of questions seen before, `gap` days of
    absence after 200 answers; `least_known` has learners choose the domain that they truly know least."""

    name: str
    story: str
    learns: bool = True
    speed: float = 1.0
    shift: float = 0.0
    guess: float = 0.0
    repeats: float = 0.0
    gap: float = 0.0
    least_known: bool = False
    calibrated: bool = True


WORLDS = {
    world.name: world
    for world in (
        World("S1", "learning"),
        World("S2", "static", learns=False),
        World("S3", "labels only, nothing calibrated", calibrated=False),
        World("S4", "guessing floor .20", guess=0.20),
        World("S5", "30 % repeats, half recalled", repeats=0.30),
        World("S6", "60 days away after 200 answers", gap=60.0),
        World("S7", "learners choose what they truly know least", least_known=True),
        World("S8", "a cohort .8 stronger that learns 1.5 times as fast", shift=0.8, speed=1.5),
        World("S9", "half the speed", speed=0.5),
        World("S10", "a cohort .8 weaker", shift=-0.8),
    )
}


@dataclass(frozen=True)
class TrueBank:
    """Questions as they really are, and as their authors label them; stage -1 is none."""

    task: list[int]
    stage: list[int]
    slope: list[float]
    difficulty: list[float]
    label: list[str]
    by_task: tuple[tuple[int, ...], ...]


def true_bank(seed: int) -> TrueBank:
    """A thousand questions by blueprint; two thirds of domain 1 ask the staged task."""
    rng = np.random.default_rng(seed)
    task: list[int] = []
    for domain, weight in enumerate(WEIGHTS):
        share = np.ones(len(TASKS_OF[domain]))
        if STAGED_TASK in TASKS_OF[domain]:
            share[TASKS_OF[domain].index(STAGED_TASK)] = 4.0
        counts = np.floor(share / share.sum() * weight / 100 * QUESTIONS).astype(int)
        counts[-1] += weight * QUESTIONS // 100 - counts.sum()
        task += [chosen for chosen, count in zip(TASKS_OF[domain], counts, strict=True) for _ in range(count)]
    difficulty = rng.normal(MEAN_DIFFICULTY, SD_DIFFICULTY, len(task))
    noise = rng.normal(0, 1, len(task))
    guessed = LABEL_CORRELATION * (difficulty - MEAN_DIFFICULTY) + np.sqrt(1 - LABEL_CORRELATION**2) * noise
    labels = np.array(list(LABEL_MEANS))[np.digitize(guessed, (-0.43, 0.43))]
    stage = [index % len(STAGES) if chosen == STAGED_TASK else -1 for index, chosen in enumerate(task)]
    return TrueBank(
        task=task,
        stage=stage,
        slope=np.exp(rng.normal(0, SD_LOG_SLOPE, len(task))).tolist(),
        difficulty=difficulty.tolist(),
        label=labels.tolist(),
        by_task=tuple(tuple(index for index, chosen in enumerate(task) if chosen == wanted) for wanted in range(TASKS)),
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as it was given: day, question, right or wrong, whether the question was new."""

    day: float
    question: int
    right: bool
    first: bool


class SimulatedLearner:
    """A learner who practises in sessions. `ability` is the truth at this moment."""

    def __init__(self, world: World, bank: TrueBank, seed: int) -> None:
        self.world, self.bank = world, bank
        self.random = random.Random(seed)
        draw = self.random.gauss
        overall = draw(MEAN_ABILITY + world.shift, SD_ABILITY)
        by_domain = [draw(0, SD_DOMAIN) for _ in DOMAINS]
        self.base = [overall + by_domain[domain] + draw(0, SD_TASK) for domain in DOMAIN_OF]
        self.deviation = [draw(0, SD_STAGE) for _ in STAGES]
        self.kept, self.fading = [0.0] * TASKS, [0.0] * TASKS
        self.speed = world.speed * exp(draw(log(SPEED), SD_LOG_SPEED))
        self.half_life = exp(draw(log(HALF_LIFE), SD_LOG_HALF_LIFE))
        self.day = 0.0
        self.unseen = [list(questions) for questions in bank.by_task]
        for questions in self.unseen:
            self.random.shuffle(questions)
        self.seen: list[int] = []
        self.seen_count, self.right_count = [0] * len(DOMAINS), [0] * len(DOMAINS)

    def ability(self, task: int) -> float:
        return self.base[task] + self.kept[task] + self.fading[task]

    def abilities(self) -> Floats:
        return np.array([self.ability(task) for task in range(TASKS)])

    def answers(self, number: int) -> Iterator[Answered]:
        """That many answers, in sessions of 5 to 40, one to three days apart; half of them mixed, half on one domain."""
        given = 0
        while given < number:
            session = min(self.random.randint(5, 40), number - given)
            mixed = self.random.random() < 0.5
            domain = self._blocked_domain()
            for _ in range(session):
                yield self._answer(None if mixed else domain)
                given += 1
                if given == 200 and self.world.gap:
                    self._pass(self.world.gap)
            self._pass(self.random.uniform(1, 3))

    def _blocked_domain(self) -> int:
        if self.world.least_known:
            scores = [sum(self.ability(task) for task in TASKS_OF[domain]) / len(TASKS_OF[domain]) for domain in range(len(DOMAINS))]
        else:
            scores = [(right + 1) / (seen + 2) for right, seen in zip(self.right_count, self.seen_count, strict=True)]
        lowest = min(scores)
        return self.random.choice([domain for domain, score in enumerate(scores) if score == lowest])

    def _answer(self, domain: int | None) -> Answered:
        repeat = bool(self.seen) and self.random.random() < self.world.repeats
        question = self.random.choice(self.seen) if repeat else self._next_question(domain)
        task, stage = self.bank.task[question], self.bank.stage[question]
        ability = self.ability(task) + (self.deviation[stage] if stage >= 0 else 0.0)
        chance = 1 / (1 + exp(-self.bank.slope[question] * (ability - self.bank.difficulty[question])))
        chance = self.world.guess + (1 - self.world.guess) * chance
        if repeat and self.random.random() < REMEMBERED:
            chance = 1.0
        right = self.random.random() < chance
        if not repeat:
            self.seen.append(question)
            self.seen_count[DOMAIN_OF[task]] += 1
            self.right_count[DOMAIN_OF[task]] += right
        answered = Answered(self.day, question, right, not repeat)
        self._learn(task)
        return answered

    def _next_question(self, domain: int | None) -> int:
        """A new question of the task wanted, else of its domain, else of any."""
        if domain is None:
            first = self.random.choices(range(TASKS), TASK_WEIGHTS)[0]
            wanted = (first, *TASKS_OF[DOMAIN_OF[first]])
        else:
            wanted = tuple(self.random.sample(TASKS_OF[domain], len(TASKS_OF[domain])))
        for task in (*wanted, *range(TASKS)):
            if self.unseen[task]:
                return self.unseen[task].pop()
        raise RuntimeError("the bank is used up")

    def _learn(self, task: int) -> None:
        if not self.world.learns:
            return
        for other in TASKS_OF[DOMAIN_OF[task]]:
            self._gain(other, self.speed * (1.0 if other == task else SIBLING))

    def _gain(self, task: int, size: float) -> None:
        """A gain, smaller the nearer the ceiling; half of it will fade."""
        rise = size * max(0.0, 1 - (self.kept[task] + self.fading[task]) / CEILING)
        self.kept[task] += rise / 2
        self.fading[task] += rise / 2

    def _pass(self, days: float) -> None:
        self.day += days
        if not self.world.learns:
            return
        left = 0.5 ** (days / self.half_life)
        self.fading = [part * left for part in self.fading]
        for _ in range(round(days)):
            if self.random.random() < JUMP_A_DAY:
                size = self.random.expovariate(1 / MEAN_JUMP)
                for task in TASKS_OF[self.random.randrange(len(DOMAINS))]:
                    self._gain(task, size)


GRID = np.linspace(-8, 8, 641)


@dataclass(frozen=True)
class TrueCurves:
    """The true mean chance of a right answer, tabulated on GRID: on the bank's questions of each task and stage, and on the fresh
    questions of an exam."""

    task: Floats
    stage: Floats
    exam: Floats


def true_curves(bank: TrueBank, guess: float) -> TrueCurves:
    """Curves of the questions as they really are."""
    slope, difficulty = np.array(bank.slope), np.array(bank.difficulty)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()
    slopes, difficulties = np.exp(SD_LOG_SLOPE * nodes)[:, None, None], (MEAN_DIFFICULTY + SD_DIFFICULTY * nodes)[None, :, None]
    fresh = np.einsum("i,j,ijg->g", weights, weights, 1 / (1 + np.exp(-slopes * (GRID - difficulties))))
    single = guess + (1 - guess) / (1 + np.exp(-slope[:, None] * (GRID - difficulty[:, None])))
    task, stage = np.array(bank.task), np.array(bank.stage)
    return TrueCurves(
        task=np.array([single[task == index].mean(axis=0) for index in range(TASKS)]),
        stage=np.array([single[stage == index].mean(axis=0) for index in range(len(STAGES))]),
        exam=guess + (1 - guess) * fresh,
    )


def true_scores(learner: SimulatedLearner, curves: TrueCurves) -> tuple[float, Floats, Floats]:
    """What the learner would score: overall in exams, per task (tasks,) and per stage (stages,) on the bank's questions.

    The staged task is asked evenly over its stages.
    """
    abilities = learner.abilities()
    tasks = np.array([np.interp(abilities[task], GRID, curves.task[task]) for task in range(TASKS)])
    stages = np.array(
        [np.interp(abilities[STAGED_TASK] + learner.deviation[index], GRID, curves.stage[index]) for index in range(len(STAGES))]
    )
    tasks[STAGED_TASK] = stages.mean()
    exam = np.interp(abilities, GRID, curves.exam)
    exam[STAGED_TASK] = np.interp(abilities[STAGED_TASK] + np.array(learner.deviation), GRID, curves.exam).mean()
    return float(TASK_WEIGHTS @ exam), tasks, stages


def true_chance(learner: SimulatedLearner, rng: np.random.Generator) -> float:
    """The exact chance to pass one fresh form of 50 questions by blueprint: a Poisson-binomial tail."""
    chances = []
    abilities = learner.abilities()
    for domain, count in enumerate(SCORED):
        tasks = rng.choice(TASKS_OF[domain], count)
        deviation = np.where(tasks == STAGED_TASK, np.array(learner.deviation)[rng.integers(0, len(STAGES), count)], 0.0)
        slope = np.exp(rng.normal(0, SD_LOG_SLOPE, count))
        difficulty = rng.normal(MEAN_DIFFICULTY, SD_DIFFICULTY, count)
        chances.append(1 / (1 + np.exp(-slope * (abilities[tasks] + deviation - difficulty))))
    guess = learner.world.guess
    right = np.zeros(sum(SCORED) + 1)
    right[0] = 1.0
    for chance in guess + (1 - guess) * np.concatenate(chances):
        right[1:] = right[1:] * (1 - chance) + right[:-1] * chance
        right[0] *= 1 - chance
    return float(right[CUT:].sum())


def without_repeats(world: World) -> World:
    """The world in which the questions' parameters are fitted: the same truth for learning, none of what goes against the model."""
    return replace(world, name="calibration", shift=0.0, speed=1.0, repeats=0.0, gap=0.0, least_known=False, calibrated=True)
