"""Hold the readiness model against simulated learners: `python -m bench.simulate` (also `make simulate`).

Prints for each world, after 10, 25, 50, 100, 200 and 400 answers, how far the stated chance to pass is from the truth (Brier score
beside its floor, ECE), how often the 90 % intervals hold the true score, and the error of the score; beside raw per cent and Elo.
The questions' parameters come from the production calibration of another cohort's 120,000 answers.

Exits with 1 when world S1 or S2 misses its gate. `--size small` takes half a minute.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import comb, sqrt

import numpy as np

from analytics.readiness.accuracy import bin_of, brier
from analytics.readiness.calibration import (
    LABEL_MEANS,
    LABEL_SD,
    START_ANSWERS,
    Calibration,
    Labels,
    calibrate,
    first_answers,
    pseudo_persons,
    sort_answers,
    start_ability,
)
from analytics.readiness.curves import Bank, response_curves
from analytics.readiness.distributions import Z90, normal_cdf
from analytics.readiness.filter import FIRST_TIME, REPEAT, QuestionParameters, at_day, update
from analytics.readiness.scores import READY_FROM, ExamForm, Standard, report, stage_estimates
from analytics.readiness.state import Floats, Hyperparameters, ability_model, pack
from bench.worlds import (
    CUT,
    DOMAIN_OF,
    DOMAINS,
    LAYOUT,
    SCORED,
    STAGES,
    TASKS,
    WEIGHTS,
    WORLDS,
    SimulatedLearner,
    TrueBank,
    World,
    true_bank,
    true_chance,
    true_curves,
    true_scores,
    without_repeats,
)

CHECKPOINTS = (10, 25, 50, 100, 200, 400)
GATED = ("S1", "S2")
ECE_AT = (10, 50, 200, 400)
MOST_ECE = 0.04
COVERAGE = (0.85, 0.97)
STAGE_COVERAGE = (0.85, 0.95)
BETTER_THAN_RAW = 0.02
ABOVE_FLOOR = 0.03
CALIBRATION_ANSWERS = 120_000
ANSWERS = 400
METHODS = ("readiness", "raw %", "plain %", "Elo")
EXAM = sum(SCORED)
FORM = ExamForm.from_domains(LAYOUT, dict(zip(DOMAINS, WEIGHTS, strict=True)), dict(zip(DOMAINS, SCORED, strict=True)))
FEWEST_FOR_STAGE = 1
SIZES = {"full": (",".join(WORLDS), 1500), "small": (",".join(GATED), 1000)}


@dataclass(frozen=True)
class FittedBank:
    """The bank as the model knows it, and the ability that learners are expected to start with."""

    questions: list[QuestionParameters]
    standard: Standard
    start: float


def fitted_bank(bank: TrueBank, world: World, seed: int) -> FittedBank:
    """Parameters from another cohort's answers by the production calibration; or from the labels alone."""
    label = np.array([LABEL_MEANS[name] for name in bank.label])
    if world.calibrated:
        fit, start = _calibrated(bank, without_repeats(world), label, seed)
        slope, difficulty, uncertainty = fit.slope, fit.difficulty, fit.uncertainty
    else:
        slope, difficulty, uncertainty, start = np.ones(len(label)), label, np.full(len(label), LABEL_SD), 0.0
    columns = zip(bank.task, slope.tolist(), difficulty.tolist(), uncertainty.tolist(), bank.stage, strict=True)
    questions = [QuestionParameters(task, a, b, sd, stage if stage >= 0 else None) for task, a, b, sd, stage in columns]
    curves = response_curves(LAYOUT, Bank(np.array(bank.task), np.array(bank.stage), slope, difficulty, uncertainty))
    return FittedBank(questions, Standard(LAYOUT, FORM, curves), start)


def _calibrated(bank: TrueBank, world: World, label: Floats, seed: int) -> tuple[Calibration, float]:
    learner, question, right = [], [], []
    for number in range(CALIBRATION_ANSWERS // ANSWERS):
        for answer in SimulatedLearner(world, bank, seed + 900_000 + number).answers(ANSWERS):
            learner.append(number)
            question.append(answer.question)
            right.append(answer.right)
    who, what, outcome = np.array(learner), np.array(question), np.array(right)
    domain = LAYOUT.domain_of_task[np.array(bank.task)[what]]
    fit = calibrate(sort_answers(pseudo_persons(who, domain), what, outcome), Labels(label))
    early = first_answers(who, domain, START_ANSWERS)
    opening = sort_answers(pseudo_persons(who[early], domain[early], START_ANSWERS), what[early], outcome[early])
    return fit, start_ability(opening, fit, sd=sqrt(ability_model(LAYOUT).prior_cov[0, 0]))


def binomial_tail(share: float) -> float:
    """The chance of enough right answers in an exam at that share of right answers."""
    return min(sum(comb(EXAM, k) * share**k * (1 - share) ** (EXAM - k) for k in range(CUT, EXAM + 1)), 1.0)


class RawPercent:
    """The share right in each domain so far, weighted as the exam weighs the domains met, with its binomial interval.

    The chance to pass is the binomial tail of that share. This is the baseline of the gate. The plain share over all answers
    stands beside it: as learners practise their weakest domain half of the time, it leans towards them and falls behind later.
    """

    def __init__(self) -> None:
        self.right, self.given = np.zeros(len(DOMAINS)), np.zeros(len(DOMAINS))

    def take(self, answer_right: bool, question: QuestionParameters) -> None:
        domain = DOMAIN_OF[question.task]
        self.given[domain] += 1
        self.right[domain] += answer_right

    def estimate(self, _standard: Standard) -> tuple[float, float, float, float]:
        """Chance to pass, score, and the ends of the 90 % interval."""
        met = self.given > 0
        weights = np.array(WEIGHTS)[met] / np.array(WEIGHTS)[met].sum()
        shares = self.right[met] / self.given[met]
        share = float(weights @ shares)
        half = Z90 * sqrt(float(weights**2 @ (shares * (1 - shares) / self.given[met])))
        return binomial_tail(share), share, share - half, share + half


@dataclass
class PlainPercent:
    """The share right of all answers so far, whatever their domain, with its binomial interval."""

    right: int = 0
    given: int = 0

    def take(self, answer_right: bool, _question: QuestionParameters) -> None:
        self.given += 1
        self.right += answer_right

    def estimate(self, _standard: Standard) -> tuple[float, float, float, float]:
        """Chance to pass, score, and the ends of the 90 % interval."""
        share = self.right / self.given
        half = Z90 * sqrt(share * (1 - share) / self.given)
        return binomial_tail(share), share, share - half, share + half


@dataclass
class Elo:
    """One rating with a step that shrinks; no interval, so the chance knows only the draw of the exam."""

    rating: float = 0.0
    given: int = 0

    def take(self, answer_right: bool, question: QuestionParameters) -> None:
        expected = 1 / (1 + np.exp(-question.slope * (self.rating - question.difficulty)))
        self.rating += 0.8 / (1 + 0.05 * self.given) ** 0.75 * (answer_right - expected)
        self.given += 1

    def estimate(self, standard: Standard) -> tuple[float, float, float, float]:
        """Chance to pass, score, and an interval of no width."""
        position = np.clip((self.rating + 7) / 0.05, 0, 280)
        share = float(np.asarray(standard.form.weights) @ standard.curves.task[:, round(position)])
        return normal_cdf((EXAM * share - CUT + 0.5) / sqrt(EXAM * share * (1 - share))), share, share, share


@dataclass
class Tally:
    """What one method said, beside the truth."""

    chance: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One method in one world after so many answers."""

    world: str
    answers: int
    method: str
    brier: float
    floor: float
    ece: float
    coverage: float
    rmse: float
    decided: float
    wrong: float
    ready_pass: float


def verdicts(said: Sequence[float], truth: Floats) -> tuple[float, float, float]:
    """Share of learners called ready or not yet, share called so wrongly, and share of the "ready" who pass; NaN if none is."""
    chances = np.array(said)
    ready, not_yet = chances >= READY_FROM, chances <= 1 - READY_FROM
    wrong = np.where(ready, 1 - truth, np.where(not_yet, truth, 0.0))
    return float(np.mean(ready | not_yet)), float(wrong.mean()), float(truth[ready].mean()) if ready.any() else float("nan")


@dataclass
class Outcome:
    """All lines of a world, the coverage of task and stage intervals, and the stored size of a state."""

    lines: list[Line]
    task_coverage: dict[int, float]
    stage_coverage: dict[int, float]
    width: dict[int, float]
    bytes_stored: int
    updates: int
    seconds: float


def exact_ece(said: Sequence[float], truth: Sequence[float]) -> float:
    """Calibration error against true chances: mean distance per bin of a tenth."""
    chances, happened = np.array(said), np.array(truth)
    which = bin_of(chances)
    count = np.bincount(which, minlength=10)
    gap = np.abs(np.bincount(which, chances, 10) - np.bincount(which, happened, 10))
    return float(gap.sum() / count.sum())


def run_world(world: World, learners: int, seed: int) -> Outcome:
    """Let a cohort practise and compare at each checkpoint what is said with what is true."""
    started = time.perf_counter()
    bank = true_bank(seed)
    fitted = fitted_bank(bank, world, seed)
    curves = true_curves(bank, world.guess)
    model = ability_model(LAYOUT, Hyperparameters(mu0=fitted.start))
    rng = np.random.default_rng(seed + 1)
    truth: dict[int, list[tuple[float, float]]] = {checkpoint: [] for checkpoint in CHECKPOINTS}
    said = {(checkpoint, method): Tally() for checkpoint in CHECKPOINTS for method in METHODS}
    task_inside: dict[int, list[float]] = {checkpoint: [] for checkpoint in CHECKPOINTS}
    stage_inside: dict[int, list[bool]] = {checkpoint: [] for checkpoint in CHECKPOINTS}
    width: dict[int, list[float]] = {checkpoint: [] for checkpoint in CHECKPOINTS}
    updates, stored = 0, 0
    for number in range(learners):
        learner = SimulatedLearner(world, bank, seed + number)
        state, raw, plain, elo = model.prior(), RawPercent(), PlainPercent(), Elo()
        for given, answer in enumerate(learner.answers(ANSWERS), start=1):
            question = fitted.questions[answer.question]
            weight = FIRST_TIME if answer.first else REPEAT
            update(state, model, question, correct=answer.right, weight=weight, day=answer.day)
            raw.take(answer.right, question)
            plain.take(answer.right, question)
            elo.take(answer.right, question)
            if given not in truth:
                continue
            overall, tasks, stages = true_scores(learner, curves)
            truth[given].append((true_chance(learner, rng), overall))
            today = at_day(state, model, learner.day)
            shown = report(today, fitted.standard)
            _note(said[given, "readiness"], (shown.chance, shown.overall.score, shown.overall.low, shown.overall.high), overall)
            _note(said[given, "raw %"], raw.estimate(fitted.standard), overall)
            _note(said[given, "plain %"], plain.estimate(fitted.standard), overall)
            _note(said[given, "Elo"], elo.estimate(fitted.standard), overall)
            width[given].append(shown.scaled_high - shown.scaled_low)
            estimates = list(shown.tasks.values())
            task_inside[given].append(np.mean([estimates[task].low <= tasks[task] <= estimates[task].high for task in range(TASKS)]))
            by_stage = stage_estimates(today, LAYOUT, fitted.standard.curves)
            stage_inside[given] += [
                by_stage[slug].low <= stages[index] <= by_stage[slug].high
                for index, slug in enumerate(STAGES)
                if today.stage_answers[index] >= FEWEST_FOR_STAGE
            ]
        updates += ANSWERS
        stored = max(stored, len(pack(state, LAYOUT)))
    lines = []
    for (checkpoint, method), tally in said.items():
        decided, wrong, ready_pass = verdicts(tally.chance, _column(truth[checkpoint], 0))
        line = Line(
            world=world.name,
            answers=checkpoint,
            method=method,
            brier=brier(np.array(tally.chance), _column(truth[checkpoint], 0)),
            floor=brier(_column(truth[checkpoint], 0), _column(truth[checkpoint], 0)),
            ece=exact_ece(tally.chance, _column(truth[checkpoint], 0).tolist()),
            coverage=float(np.mean(tally.inside)),
            rmse=float(np.sqrt(np.mean((np.array(tally.score) - _column(truth[checkpoint], 1)) ** 2))),
            decided=decided,
            wrong=wrong,
            ready_pass=ready_pass,
        )
        lines.append(line)
    return Outcome(
        lines=lines,
        task_coverage={checkpoint: float(np.mean(inside)) for checkpoint, inside in task_inside.items()},
        stage_coverage={checkpoint: float(np.mean(inside)) for checkpoint, inside in stage_inside.items() if inside},
        width={checkpoint: float(np.median(values)) for checkpoint, values in width.items()},
        bytes_stored=stored,
        updates=updates,
        seconds=time.perf_counter() - started,
    )


def _column(pairs: list[tuple[float, float]], index: int) -> Floats:
    return np.array([pair[index] for pair in pairs])


def _note(tally: Tally, estimate: tuple[float, float, float, float], truth: float) -> None:
    chance, score, low, high = estimate
    tally.chance.append(chance)
    tally.score.append(score)
    tally.inside.append(low <= truth <= high)


def missed(outcome: Outcome) -> list[str]:
    """The gates that a world misses, in words."""
    lines = {(line.answers, line.method): line for line in outcome.lines}
    found = []
    for answers in CHECKPOINTS:
        line = lines[answers, "readiness"]
        if answers in ECE_AT and line.ece > MOST_ECE:
            found.append(f"{line.world}: ECE {line.ece:.3f} at {answers} answers, at most {MOST_ECE}")
        if not COVERAGE[0] <= line.coverage <= COVERAGE[1]:
            found.append(f"{line.world}: coverage {line.coverage:.3f} at {answers} answers, between {COVERAGE[0]} and {COVERAGE[1]}")
    at_50, raw_50 = lines[50, "readiness"], lines[50, "raw %"]
    if at_50.brier > raw_50.brier - BETTER_THAN_RAW:
        found.append(f"{at_50.world}: Brier {at_50.brier:.3f} at 50 answers, raw per cent has {raw_50.brier:.3f}")
    if at_50.brier > at_50.floor + ABOVE_FLOOR:
        found.append(f"{at_50.world}: Brier {at_50.brier:.3f} at 50 answers, the floor is {at_50.floor:.3f}")
    for answers, share in outcome.stage_coverage.items():
        if answers >= 50 and not STAGE_COVERAGE[0] <= share <= STAGE_COVERAGE[1]:
            found.append(
                f"{at_50.world}: coverage of stages {share:.3f} at {answers} answers, between {STAGE_COVERAGE[0]} and {STAGE_COVERAGE[1]}"
            )
    return found


COLUMNS = ("answers", "method", "Brier", "floor", "ECE", "cover", "RMSE", "decided", "wrong", "ready&pass", "tasks", "stages", "width")


def table(world: World, outcome: Outcome) -> str:
    """A world's lines as text. Coverage of tasks and stages and the median width of the interval belong to the model alone."""
    rows = [f"{world.name}  {world.story}  ({outcome.updates:,} answers, {outcome.seconds:.1f} s)"]
    rows.append("  " + "".join(f"{name:>11}" for name in COLUMNS))
    for line in outcome.lines:
        cells = [f"{line.answers}", line.method]
        cells += [
            f"{value:.3f}"
            for value in (line.brier, line.floor, line.ece, line.coverage, line.rmse, line.decided, line.wrong, line.ready_pass)
        ]
        if line.method == "readiness":
            stages = outcome.stage_coverage.get(line.answers, float("nan"))
            cells += [f"{outcome.task_coverage[line.answers]:.3f}", f"{stages:.3f}", f"{outcome.width[line.answers]:.0f}"]
        rows.append("  " + "".join(f"{cell:>11}" for cell in cells))
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worlds asked for; 1 when a gated one misses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="full", help="full: ten worlds of 1500 learners; small: S1 and S2 of 1000")
    parser.add_argument("--worlds", help="names joined by commas, instead of those of the size")
    parser.add_argument("--learners", type=int, help="learners in each world, instead of those of the size")
    parser.add_argument("--seed", type=int, default=20_261, help="the same seed gives the same numbers")
    parser.add_argument("--json", metavar="FILE", help="write the lines as JSON too")
    chosen = parser.parse_args(arguments)
    worlds, learners = SIZES[chosen.size]
    chosen.worlds, chosen.learners = chosen.worlds or worlds, chosen.learners or learners
    if chosen.learners < 50:
        parser.error("fewer than 50 learners say nothing")
    unknown = [name for name in chosen.worlds.split(",") if name not in WORLDS]
    if unknown:
        parser.error(f"no world {', '.join(unknown)}; there are {', '.join(WORLDS)}")
    failures, documents = [], []
    for name in chosen.worlds.split(","):
        outcome = run_world(WORLDS[name], chosen.learners, chosen.seed)
        print(table(WORLDS[name], outcome), flush=True)
        documents += [line.__dict__ for line in outcome.lines]
        if name in GATED:
            failures += missed(outcome)
    if chosen.json:
        with open(chosen.json, "w") as file:
            json.dump(documents, file, indent=1)
    for failure in failures:
        print(f"missed: {failure}")
    gated = [name for name in GATED if name in chosen.worlds.split(",")]
    if gated and not failures:
        print(f"met: {' and '.join(gated)} keep ECE, coverage and Brier within their gates.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
