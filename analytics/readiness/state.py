"""The state of one learner: a Gaussian over task abilities and a learning speed, and its packed form."""

from __future__ import annotations

import struct
import zlib
from dataclasses import asdict, dataclass, fields
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FORMAT = 1
_HEADER = struct.Struct("<BBBbId")  # format, tasks, stages, pending step, fingerprint of the layout, day of the last answer


class LayoutMismatch(ValueError):
    """The packed state belongs to another set of tasks or stages; replay the answers."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """How abilities spread, correlate and move. Abilities are in logits, times in days."""

    mu0: float = 0.0
    tau_g: float = 1.0
    tau_d: float = 0.45
    tau_t: float = 0.25
    r0: float = 0.006
    s_r: float = 0.008
    q_g: float = 2e-4
    q_d: float = 1e-4
    q_a: float = 3e-4
    q_k: float = 1e-4
    sibling: float = 0.3
    stage_sd: float = 0.20

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not np.isfinite(value):
                raise ValueError(f"{field.name} must be a finite number, not {value!r}")
            if field.name not in ("mu0", "r0") and value < 0:
                raise ValueError(f"{field.name} must not be negative, not {value!r}")
        if self.tau_g + self.tau_d + self.tau_t == 0:
            raise ValueError("an ability needs some prior variance")

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True)
class Layout:
    """Which tasks an exam has, the domain of each, and the stages its questions may belong to. Keys are unique strings."""

    tasks: tuple[str, ...]
    domains: tuple[str, ...]
    stages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.tasks or len(self.tasks) > 127:
            raise ValueError("a layout has 1 to 127 tasks")
        if len(self.tasks) != len(self.domains):
            raise ValueError("every task needs its domain")
        if len(set(self.tasks)) != len(self.tasks) or len(set(self.stages)) != len(self.stages):
            raise ValueError("keys of tasks and stages must be unique")
        if len(self.stages) > 255:
            raise ValueError("a layout has at most 255 stages")

    @cached_property
    def domain_keys(self) -> tuple[str, ...]:
        """The domains in the order of their first task."""
        return tuple(dict.fromkeys(self.domains))

    @cached_property
    def domain_of_task(self) -> Integers:
        """Index into ``domain_keys`` for each task, shape (tasks,)."""
        order = {key: index for index, key in enumerate(self.domain_keys)}
        return np.array([order[key] for key in self.domains], dtype=np.int64)

    @cached_property
    def task_index(self) -> dict[str, int]:
        return {key: index for index, key in enumerate(self.tasks)}

    @cached_property
    def stage_index(self) -> dict[str, int]:
        return {key: index for index, key in enumerate(self.stages)}

    @cached_property
    def fingerprint(self) -> int:
        """A checksum of all keys and their order: packed states of another layout are refused."""
        text = "\x1e".join("\x1f".join(keys) for keys in (self.tasks, self.domains, self.stages))
        return zlib.crc32(text.encode())


@dataclass(slots=True)
class AbilityState:
    """What we believe of one learner.

    ``mean`` (tasks + 1,) and ``cov`` (tasks + 1, tasks + 1): abilities, then the learning speed in logits an answer.
    ``stage_mean``, ``stage_var`` (stages,): how far the learner's ability in a stage lies from that of its task.
    ``first_answers`` (tasks,) and ``stage_answers`` (stages,): first-time answers that counted in full.
    ``day`` is the day number (with fraction) of the last answer, or None before the first.
    ``pending`` is the learning step that the last answer earned and that the next one applies: 0 none, k + 1 a first-time
    answer in task k, -(k + 1) a repeat. What is shown to the learner is thereby always the state before that step.
    """

    mean: Floats
    cov: Floats
    stage_mean: Floats
    stage_var: Floats
    first_answers: Integers
    stage_answers: Integers
    day: float | None = None
    pending: int = 0

    def copy(self) -> AbilityState:
        return AbilityState(
            self.mean.copy(),
            self.cov.copy(),
            self.stage_mean.copy(),
            self.stage_var.copy(),
            self.first_answers.copy(),
            self.stage_answers.copy(),
            self.day,
            self.pending,
        )


class AbilityModel:
    """The matrices that a layout and hyper-parameters imply. Build with ``ability_model``, which remembers them."""

    def __init__(self, layout: Layout, hyper: Hyperparameters) -> None:
        self.layout = layout
        self.hyper = hyper
        tasks = len(layout.tasks)
        self.tasks = tasks
        same = np.zeros((tasks + 1, tasks + 1))
        same[:tasks, :tasks] = layout.domain_of_task[:, None] == layout.domain_of_task
        everywhere = np.zeros_like(same)
        everywhere[:tasks, :tasks] = 1.0
        own = np.zeros_like(same)
        own[:tasks, :tasks] = np.eye(tasks)

        self.prior_mean = np.append(np.full(tasks, hyper.mu0), hyper.r0)
        self.prior_cov = hyper.tau_g**2 * everywhere + hyper.tau_d**2 * same + hyper.tau_t**2 * own
        self.prior_cov[tasks, tasks] = hyper.s_r**2
        self.day_noise = hyper.q_g * everywhere + hyper.q_d * same
        self.answer_noise = np.repeat(hyper.q_a * everywhere[None], tasks, axis=0)
        self.answer_noise[np.arange(tasks), np.arange(tasks), np.arange(tasks)] += hyper.q_k
        self.practice = hyper.sibling * same[:tasks]
        self.practice[np.arange(tasks), np.arange(tasks)] = 1.0

    def prior(self) -> AbilityState:
        """The state of a learner of whom nothing is known."""
        stages = len(self.layout.stages)
        return AbilityState(
            mean=self.prior_mean.copy(),
            cov=self.prior_cov.copy(),
            stage_mean=np.zeros(stages),
            stage_var=np.full(stages, self.hyper.stage_sd**2),
            first_answers=np.zeros(self.tasks, dtype=np.int64),
            stage_answers=np.zeros(stages, dtype=np.int64),
        )


@lru_cache(maxsize=64)
def ability_model(layout: Layout, hyper: Hyperparameters = Hyperparameters()) -> AbilityModel:
    """The model of a layout under hyper-parameters, built once per process."""
    return AbilityModel(layout, hyper)


@lru_cache(maxsize=16)
def _lower(size: int) -> tuple[Integers, Integers]:
    return np.tril_indices(size)


def pack(state: AbilityState, layout: Layout) -> bytes:
    """The state as bytes: float64 means, the lower triangle of the covariance, stages, counts. 1,352 bytes for 14 tasks and 10 stages."""
    day = np.nan if state.day is None else state.day
    size = len(state.mean)
    header = _HEADER.pack(FORMAT, size - 1, len(state.stage_mean), state.pending, layout.fingerprint, day)
    counts = np.concatenate((state.first_answers, state.stage_answers)).astype("<u4")
    body = np.concatenate((state.mean, state.cov[_lower(size)], state.stage_mean, state.stage_var)).astype("<f8")
    return header + body.tobytes() + counts.tobytes()


def unpack(data: bytes, layout: Layout) -> AbilityState:
    """The state that ``pack`` made. Raises LayoutMismatch for another layout or format, ValueError for damaged bytes."""
    if len(data) < _HEADER.size:
        raise ValueError("packed state is too short")
    version, tasks, stages, pending, fingerprint, day = _HEADER.unpack_from(data)
    if version != FORMAT or fingerprint != layout.fingerprint:
        raise LayoutMismatch("packed state is of another layout or format")
    size = tasks + 1
    triangle = size * (size + 1) // 2
    floats = size + triangle + 2 * stages
    if len(data) != _HEADER.size + 8 * floats + 4 * (tasks + stages):
        raise ValueError("packed state has the wrong length")
    body = np.frombuffer(data, dtype="<f8", count=floats, offset=_HEADER.size)
    counts = np.frombuffer(data, dtype="<u4", offset=_HEADER.size + 8 * floats).astype(np.int64)
    mean, lower, stage_mean, stage_var = np.split(body, (size, size + triangle, size + triangle + stages))
    rows, columns = _lower(size)
    cov = np.empty((size, size))
    cov[rows, columns] = lower
    cov[columns, rows] = lower
    return AbilityState(
        mean.copy(), cov, stage_mean.copy(), stage_var.copy(), counts[:tasks], counts[tasks:], None if np.isnan(day) else day, pending
    )
