"""The nightly fit of the questions: marginal maximum likelihood of the two-parameter model by EM, with priors from the authors' labels.

A pseudo-person is one learner in one domain over 30 consecutive first-time answers, with ability N(0, 1): short blocks make
learning harmless. With logit P = a theta + d the answers enter the E-step only through the questions answered, the sum of d and
the sum of a over the right ones; and the M-step only through N(question, node), the number right and the expected ability of
those who were right. So one dense product of answered questions and nodes per chunk does nearly all the work.
Bock & Aitkin (1981); extrapolation by SQUAREM, Varadhan & Roland (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .distributions import logistic_of
from .state import Floats

BLOCK = 30
NODES = np.linspace(-5, 5, 21)
LABEL_MEANS = {"easy": -0.85, "medium": -0.20, "hard": 0.45}
LABEL_SD = 0.85
LOG_SLOPE_SD = 0.30
SHIFT_FROM = 20
LINK_FROM = 50
FEWEST_LINKS = 5
START_ANSWERS = 10
START_WEIGHT = 50
TOLERANCE = 1e-7
CYCLES = 200
_DENSE = 2_000_000
_NEWTON_STEPS = 3
_HALVINGS = 6
_LONGEST_STEP = 16.0
_PRIOR_LOG = -0.5 * NODES**2 - np.log(np.exp(-0.5 * NODES**2).sum())

Ints = NDArray[np.int32]
Progress = Callable[[int, float], None]


class Answers(NamedTuple):
    """Answers as columns of equal length: pseudo-person (ascending, from 0), question (from 0), right or wrong."""

    person: Ints
    question: Ints
    correct: NDArray[np.bool_]


@dataclass(frozen=True)
class Labels:
    """What is said of each question beforehand, (questions,): its expected difficulty, and how far the truth spreads around it.

    ``shifts`` tells whose mean is an author's label, which the fitted shift moves; others (an edited question, whose earlier
    difficulty is known) stay where they are. One number for ``sd`` and none for ``shifts`` mean labels all over.
    """

    mean: Floats
    sd: Floats | float = LABEL_SD
    shifts: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Calibration:
    """Fitted parameters per question: slope, difficulty and its standard error (logits), answers used; and how the fit went."""

    slope: Floats
    difficulty: Floats
    uncertainty: Floats
    answers: NDArray[np.int64]
    shift: float
    log_likelihood: float
    cycles: int
    converged: bool
    persons: int


def pseudo_persons(learner: NDArray[np.integer], domain: NDArray[np.integer], block: int = BLOCK) -> NDArray[np.int32]:
    """Number the pseudo-persons of answers that stand in the order they were given, shape (answers,).

    The numbers are dense, but not ascending: see ``sort_answers``.
    """
    if not len(learner):
        return np.zeros(0, dtype=np.int32)
    domains = int(domain.max()) + 1
    key = learner.astype(np.int64) * domains + domain
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    place = np.arange(len(key)) - np.repeat(starts, np.diff(np.r_[starts, len(key)]))
    opens = place % block == 0
    person = np.empty(len(key), dtype=np.int32)
    person[order] = np.cumsum(opens) - 1
    return person


def sort_answers(person: NDArray[np.integer], question: NDArray[np.integer], correct: NDArray[np.bool_]) -> Answers:
    """Answers by pseudo-person, each question once per person (the first counts)."""
    if not len(person) == len(question) == len(correct):
        raise ValueError("the columns of answers must be equally long")
    order = np.argsort(person, kind="stable")
    who, what, right = person[order].astype(np.int32), question[order].astype(np.int32), np.asarray(correct, dtype=bool)[order]
    width = int(what.max()) + 1 if len(what) else 1
    pair = who.astype(np.int64) * width + what
    firsts = np.unique(pair, return_index=True)[1]
    if len(firsts) < len(pair):
        firsts.sort()
        who, what, right = who[firsts], what[firsts], right[firsts]
    return Answers(who, what, right)


class _Chunk(NamedTuple):
    """A run of persons: how many, which questions they met, the places of their answers in the dense (person, question) table,
    and person and question of the right ones."""

    persons: int
    questions: NDArray[np.int64]
    cells: Ints
    right_person: Ints
    right_question: Ints


def _chunks(answers: Answers, questions: int) -> Iterator[_Chunk]:
    """Cut the answers into runs of persons whose dense table has about two million cells."""
    person = answers.person
    total = len(person)
    begin = 0
    while begin < total:
        mean_length = max(1, round(total / (int(person[-1]) + 1)))
        rows = max(1, _DENSE // min(questions, max(64, mean_length * 64)))
        end = int(np.searchsorted(person, person[begin] + rows, side="left"))
        who = person[begin:end] - person[begin]
        persons = int(who[-1]) + 1
        met, local = np.unique(answers.question[begin:end], return_inverse=True)
        right = answers.correct[begin:end]
        cells = (who.astype(np.int64) * len(met) + local).astype(np.int32)
        yield _Chunk(persons, met.astype(np.int64), cells, who[right], answers.question[begin:end][right])
        begin = end


class _Evidence(NamedTuple):
    """What the E-step learns: N (questions, nodes), expected ability of those who were right, log-likelihood."""

    taken: Floats
    right_ability: Floats
    log_likelihood: float


class _Fit:
    """The EM of one calibration. Parameters travel as (log slope, difficulty) stacked in one vector: in these the priors are normal,
    and the search stays tame even for a question whose slope wants to vanish."""

    def __init__(self, answers: Answers, labels: Labels) -> None:
        self.questions = len(labels.mean)
        self.labels = labels
        self.chunks = list(_chunks(answers, self.questions))
        self.count = np.bincount(answers.question, minlength=self.questions)
        self.right = np.bincount(answers.question[answers.correct], minlength=self.questions).astype(np.float64)
        self.shifted = np.ones(self.questions, dtype=bool) if labels.shifts is None else labels.shifts
        self.anchors = (self.count >= SHIFT_FROM) & self.shifted
        self.shift = 0.0
        size = max((chunk.persons * len(chunk.questions) for chunk in self.chunks), default=0)
        self.buffer = np.zeros(size)

    def start(self) -> Floats:
        """Slope 1 and the authors' difficulty."""
        return np.concatenate((np.zeros(self.questions), self.labels.mean))

    def split(self, packed: Floats) -> tuple[Floats, Floats]:
        """Logarithm of the slope, and difficulty."""
        return packed[: self.questions], packed[self.questions :]

    def expect(self, log_slope: Floats, difficulty: Floats) -> _Evidence:
        """The E-step over all chunks."""
        slope = np.exp(log_slope)
        intercept = -slope * difficulty
        log_wrong = -np.logaddexp(0, intercept[:, None] + slope[:, None] * NODES)
        taken = np.zeros((self.questions, len(NODES)))
        right_ability = np.zeros(self.questions)
        total = 0.0
        for chunk in self.chunks:
            table = self.buffer[: chunk.persons * len(chunk.questions)]
            table[:] = 0.0
            table[chunk.cells] = 1.0
            table = table.reshape(chunk.persons, len(chunk.questions))
            weights = table @ log_wrong[chunk.questions]
            weights += np.bincount(chunk.right_person, intercept[chunk.right_question], chunk.persons)[:, None]
            weights += np.bincount(chunk.right_person, slope[chunk.right_question], chunk.persons)[:, None] * NODES
            weights += _PRIOR_LOG
            top = weights.max(axis=1, keepdims=True)
            np.exp(weights - top, out=weights)
            mass = weights.sum(axis=1, keepdims=True)
            weights /= mass
            total += float(np.sum(np.log(mass)) + np.sum(top))
            taken[chunk.questions] += table.T @ weights
            ability = weights @ NODES
            right_ability += np.bincount(chunk.right_question, ability[chunk.right_person], self.questions)
        return _Evidence(taken, right_ability, total)

    def away(self, difficulty: Floats) -> Floats:
        """How far each difficulty lies from what was said of it."""
        return difficulty - self.labels.mean - self.shift * self.shifted

    def log_prior(self, log_slope: Floats, difficulty: Floats) -> Floats:
        """Of each question."""
        return -0.5 * (log_slope / LOG_SLOPE_SD) ** 2 - 0.5 * (self.away(difficulty) / self.labels.sd) ** 2

    def expected_value(self, log_slope: Floats, difficulty: Floats, evidence: _Evidence) -> Floats:
        """What the M-step climbs: the expected log-likelihood of each question plus its prior."""
        slope = np.exp(log_slope)
        log_wrong = -np.logaddexp(0, slope[:, None] * (NODES - difficulty[:, None]))
        rights = slope * (evidence.right_ability - difficulty * self.right)
        return rights + np.sum(evidence.taken * log_wrong, axis=1) + self.log_prior(log_slope, difficulty)

    def information(self, log_slope: Floats, difficulty: Floats, taken: Floats) -> tuple[Floats, Floats, Floats]:
        """The 2 x 2 information on (log slope, difficulty) of each question, priors included: entries aa, ab, bb."""
        slope = np.exp(log_slope)
        distance = NODES - difficulty[:, None]
        p = logistic_of(slope[:, None] * distance)
        weight = taken * p * (1 - p) * (slope**2)[:, None]
        aa = np.sum(weight * distance**2, axis=1) + LOG_SLOPE_SD**-2
        ab = -np.sum(weight * distance, axis=1)
        bb = np.sum(weight, axis=1) + 1 / np.square(self.labels.sd)
        return aa, ab, bb

    def maximise(self, log_slope: Floats, difficulty: Floats, evidence: _Evidence) -> tuple[Floats, Floats]:
        """The M-step: three scoring steps of every question, each halved until it does not go down; then the shift of the labels."""
        value = self.expected_value(log_slope, difficulty, evidence)
        for _ in range(_NEWTON_STEPS):
            slope = np.exp(log_slope)
            surplus = evidence.taken * logistic_of(slope[:, None] * (NODES - difficulty[:, None]))
            expected, expected_ability = surplus.sum(axis=1), surplus @ NODES
            by_a = slope * (evidence.right_ability - expected_ability - difficulty * (self.right - expected)) - log_slope / LOG_SLOPE_SD**2
            by_b = -slope * (self.right - expected) - self.away(difficulty) / np.square(self.labels.sd)
            aa, ab, bb = self.information(log_slope, difficulty, evidence.taken)
            determinant = aa * bb - ab * ab
            step_a = np.clip((bb * by_a - ab * by_b) / determinant, -1.0, 1.0)
            step_b = np.clip((aa * by_b - ab * by_a) / determinant, -2.0, 2.0)
            share = np.ones(self.questions)
            for _halving in range(_HALVINGS):
                following = self.expected_value(log_slope + share * step_a, difficulty + share * step_b, evidence)
                worse = following < value
                if not worse.any():
                    break
                share[worse] /= 2
            share[following < value] = 0.0
            log_slope, difficulty = log_slope + share * step_a, difficulty + share * step_b
            value = np.maximum(value, following)
        if self.anchors.any():
            self.shift = float(np.mean((difficulty - self.labels.mean)[self.anchors]))
        return log_slope, difficulty

    def cycle(self, packed: Floats) -> tuple[Floats, float]:
        """One E- and M-step: the next parameters, and the log posterior of those given."""
        log_slope, difficulty = self.split(packed)
        evidence = self.expect(log_slope, difficulty)
        value = evidence.log_likelihood + float(self.log_prior(log_slope, difficulty).sum())
        return np.concatenate(self.maximise(log_slope, difficulty, evidence)), value


def _extrapolate(start: Floats, first: Floats, second: Floats) -> Floats:
    """SQUAREM's step from three successive parameters (its third step length), never shorter than the plain one.

    Every question has a length of its own: one that creeps towards its end must not throw the others off theirs.
    """
    change = (first - start).reshape(2, -1)
    curve = (second - first).reshape(2, -1) - change
    moved, bent = np.linalg.norm(change, axis=0), np.linalg.norm(curve, axis=0)
    step = np.clip(np.divide(moved, bent, out=np.ones_like(moved), where=bent > 0), 1.0, _LONGEST_STEP)
    return (start.reshape(2, -1) + 2 * step * change + step * step * curve).ravel()


def calibrate(answers: Answers, labels: Labels, *, progress: Progress | None = None, tolerance: float = TOLERANCE) -> Calibration:
    """Fit slope and difficulty of every question; ``labels.mean`` has one entry per question.

    A question without answers keeps its label (moved by the shift) and the label's spread. ``progress`` is told the cycle and
    the relative change after each. Raises ValueError where answers name a question that has no label.
    """
    if len(answers.question) and int(answers.question.max()) >= len(labels.mean):
        raise ValueError("an answer names a question without a label")
    fit = _Fit(answers, labels)
    packed = fit.start()
    history: list[Floats] = []
    before = -np.inf
    plain = packed
    converged = False
    cycles = 0
    while cycles < CYCLES and not converged:
        cycles += 1
        following, value = fit.cycle(packed)
        if value < before and packed is not plain:
            packed, history = plain, []
            continue
        change = abs(value - before) / max(abs(value), 1.0) if np.isfinite(before) else np.inf
        converged = change < tolerance
        before = value
        if progress is not None:
            progress(cycles, float(change))
        history.append(packed)
        packed = plain = following
        if len(history) == 2:
            packed, history = _extrapolate(history[0], history[1], following), []
    log_slope, difficulty = fit.split(plain)
    evidence = fit.expect(log_slope, difficulty)
    aa, ab, bb = fit.information(log_slope, difficulty, evidence.taken)
    return Calibration(
        slope=np.exp(log_slope),
        difficulty=difficulty,
        uncertainty=np.sqrt(aa / (aa * bb - ab * ab)),
        answers=fit.count,
        shift=fit.shift,
        log_likelihood=evidence.log_likelihood,
        cycles=cycles,
        converged=converged,
        persons=sum(chunk.persons for chunk in fit.chunks),
    )


def start_ability(answers: Answers, fit: Calibration, *, sd: float, prior: float = 0.0) -> float:
    """The mean ability with which learners start, from their first answers in a domain, on the scale of the fit.

    ``answers`` holds those first answers only, one person per learner and domain. EM on the mean of N(mean, sd^2), drawn to
    ``prior`` with the weight of 50 persons.
    """
    if not len(answers.person):
        return prior
    nodes = np.linspace(-6, 6, 61)
    linear = fit.slope[:, None] * (nodes - fit.difficulty[:, None])
    log_right, log_wrong = -np.logaddexp(0, -linear), -np.logaddexp(0, linear)
    starts = np.flatnonzero(np.r_[True, answers.person[1:] != answers.person[:-1]])
    likelihood = np.empty((len(starts), len(nodes)))
    for node in range(len(nodes)):
        table = np.where(answers.correct, log_right[answers.question, node], log_wrong[answers.question, node])
        likelihood[:, node] = np.add.reduceat(table, starts)
    mean = prior
    for _ in range(100):
        joint = likelihood - 0.5 * ((nodes - mean) / sd) ** 2
        weights = np.exp(joint - joint.max(axis=1, keepdims=True))
        ability = (weights @ nodes) / weights.sum(axis=1)
        before, mean = mean, float((ability.sum() + START_WEIGHT * prior) / (len(ability) + START_WEIGHT))
        if abs(mean - before) < 1e-6:
            break
    return mean


def first_answers(learner: NDArray[np.integer], domain: NDArray[np.integer], number: int) -> NDArray[np.bool_]:
    """Which answers, standing in the order they were given, are among a learner's first ``number`` in their domain."""
    if not len(learner):
        return np.zeros(0, dtype=bool)
    person = pseudo_persons(learner, domain, block=number)
    return np.isin(person, _opening_blocks(person, learner, domain))


def _opening_blocks(person: Ints, learner: NDArray[np.integer], domain: NDArray[np.integer]) -> NDArray[np.integer]:
    """The lowest pseudo-person of each learner and domain: they are numbered in that order."""
    key = learner.astype(np.int64) * (int(domain.max()) + 1) + domain
    order = np.lexsort((person, key))
    starts = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]])
    return person[order[starts]]


@dataclass(frozen=True, slots=True)
class Link:
    """The change of scale b' = scale b + shift, a' = a / scale, and the number of questions it rests on."""

    scale: float = 1.0
    shift: float = 0.0
    questions: int = 0


def mean_sigma(new: Floats, old: Floats) -> Link:
    """The link that gives the new difficulties of common questions the mean and standard deviation of the old ones.

    With fewer than 5 common questions there is no link; without spread only the mean is moved.
    """
    if len(new) != len(old):
        raise ValueError("common questions need both difficulties")
    if len(new) < FEWEST_LINKS:
        return Link(questions=len(new))
    spread = float(np.std(new))
    scale = float(np.std(old)) / spread if spread > 0 and np.std(old) > 0 else 1.0
    return Link(scale, float(np.mean(old)) - scale * float(np.mean(new)), len(new))


def linked(fit: Calibration, link: Link) -> Calibration:
    """The calibration on the linked scale."""
    return Calibration(
        slope=fit.slope / link.scale,
        difficulty=link.scale * fit.difficulty + link.shift,
        uncertainty=link.scale * fit.uncertainty,
        answers=fit.answers,
        shift=fit.shift,
        log_likelihood=fit.log_likelihood,
        cycles=fit.cycles,
        converged=fit.converged,
        persons=fit.persons,
    )


def label_means(difficulty: Floats, label: NDArray[np.str_], answers: NDArray[np.integer], fewest: int = SHIFT_FROM) -> dict[str, float]:
    """The mean calibrated difficulty of each label, from questions with enough answers; labels without any keep the start values."""
    means = dict(LABEL_MEANS)
    for key in means:
        chosen = (label == key) & (answers >= fewest)
        if chosen.sum() >= FEWEST_LINKS:
            means[key] = float(np.mean(difficulty[chosen]))
    return means
