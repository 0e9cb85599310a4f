"""Response curves: the mean chance of a right answer on the questions of a task or stage, as a function of ability.

Tabulated nightly on a grid of abilities -7 to 7 in steps of .05 and read by linear interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from .distributions import logistic_of
from .state import Floats, Integers, Layout

GRID_START = -7.0
GRID_STEP = 0.05
GRID = GRID_START + GRID_STEP * np.arange(281)
FEWEST_QUESTIONS = 10
LABEL_SD = 0.85


@dataclass(frozen=True)
class Bank:
    """The active questions: arrays of equal length. ``task`` and ``stage`` are indices; a stage of -1 is none."""

    task: Integers
    stage: Integers
    slope: Floats
    difficulty: Floats
    uncertainty: Floats

    def __post_init__(self) -> None:
        lengths = {len(column) for column in (self.task, self.stage, self.slope, self.difficulty, self.uncertainty)}
        if len(lengths) > 1:
            raise ValueError("the columns of a bank must be equally long")

    def __len__(self) -> int:
        return len(self.task)


@dataclass(frozen=True)
class Curves:
    """``task`` (tasks, grid); ``stage`` (stages, tasks, grid) and ``stage_share`` (stages, tasks), whose rows add to 1 or are 0."""

    task: Floats
    stage: Floats
    stage_share: Floats


def question_curves(slope: Floats, difficulty: Floats, uncertainty: Floats) -> Floats:
    """The curve of each question, (questions, grid), flattened by what is not known of its difficulty."""
    flattened = slope / np.sqrt(1 + pi / 8 * slope**2 * uncertainty**2)
    return logistic_of(flattened[:, None] * (GRID - difficulty[:, None]))


def unknown_curve() -> Floats:
    """The curve of a question of which nothing is known, for an exam without questions."""
    return question_curves(np.ones(1), np.zeros(1), np.full(1, LABEL_SD))[0]


def response_curves(layout: Layout, bank: Bank) -> Curves:
    """The curves of all tasks and stages.

    A task with fewer than 10 questions takes those of its domain, a domain with fewer than 10 those of the exam. A stage with
    fewer than 10 questions in a task takes the task's curve; ``stage_share`` is the share of the stage's questions in each task.
    """
    tasks, stages = len(layout.tasks), len(layout.stages)
    curves = question_curves(bank.slope, bank.difficulty, bank.uncertainty)
    whole = curves.mean(axis=0) if len(bank) else unknown_curve()

    def mean_of(chosen: np.ndarray, otherwise: Floats) -> Floats:
        return curves[chosen].mean(axis=0) if chosen.sum() >= FEWEST_QUESTIONS else otherwise

    domain_of_question = layout.domain_of_task[bank.task]
    by_domain = [mean_of(domain_of_question == domain, whole) for domain in range(len(layout.domain_keys))]
    by_task = np.array([mean_of(bank.task == task, by_domain[layout.domain_of_task[task]]) for task in range(tasks)])
    by_stage = np.zeros((stages, tasks, len(GRID)))
    share = np.zeros((stages, tasks))
    for stage in range(stages):
        in_stage = bank.stage == stage
        counts = np.bincount(bank.task[in_stage], minlength=tasks)
        if counts.sum():
            share[stage] = counts / counts.sum()
        for task in np.flatnonzero(counts):
            by_stage[stage, task] = mean_of(in_stage & (bank.task == task), by_task[task])
    return Curves(by_task, by_stage, share)


def interpolate(curves: Floats, ability: Floats) -> Floats:
    """Curves (n, grid) at abilities (n, points): linear between grid points, level beyond the ends."""
    position = np.clip((ability - GRID_START) / GRID_STEP, 0, len(GRID) - 1 - 1e-12)
    left = position.astype(np.int64)
    rows = np.arange(len(curves))[:, None]
    below = curves[rows, left]
    return below + (position - left) * (curves[rows, left + 1] - below)
