"""How honest stated chances were: proper scores, calibration, coverage. Pure functions of what was said and what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distributions import Z90
from .state import Floats

BINS = 10
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Statements between ``low`` and ``high``: how many, what they said on average, and how often it happened."""

    low: float
    high: float
    count: int
    said: float
    happened: float
    happened_low: float
    happened_high: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Standardised surprises z of predicted scores: their number, mean, standard deviation, and the share inside the 90 % interval."""

    count: int
    mean: float
    sd: float
    inside: float


def _pairs(said: Floats, happened: Floats) -> tuple[Floats, Floats]:
    p = np.asarray(said, dtype=np.float64)
    y = np.asarray(happened, dtype=np.float64)
    if p.shape != y.shape or p.ndim != 1 or not len(p):
        raise ValueError("stated chances and outcomes must be two equally long, non-empty lists")
    if not (((p >= 0) & (p <= 1)).all() and ((y >= 0) & (y <= 1)).all()):
        raise ValueError("chances and outcomes lie between 0 and 1")
    return p, y


def brier(said: Floats, happened: Floats) -> float:
    """Mean squared distance. Where ``happened`` is a true probability, the exact expectation over outcomes."""
    p, y = _pairs(said, happened)
    return float(np.mean((p - y) ** 2 + y * (1 - y)))


def log_loss(said: Floats, happened: Floats) -> float:
    """Mean negative log likelihood in nats. ``happened`` may be a true probability."""
    p, y = _pairs(said, happened)
    p = np.clip(p, _EDGE, 1 - _EDGE)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))


def wilson(successes: float, count: float, z: float = Z90) -> tuple[float, float]:
    """Wilson's interval of a share; (0, 1) for no observations."""
    if count <= 0:
        return 0.0, 1.0
    share = successes / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def reliability_from_sums(count: Floats, said: Floats, happened: Floats) -> list[ReliabilityBin]:
    """The diagram from sums per bin of equal width: statements, their chances, their outcomes. Empty bins are left out."""
    bins = len(count)
    diagram = []
    for index in range(bins):
        n = float(count[index])
        if n:
            low, high = wilson(float(happened[index]), n)
            diagram.append(
                ReliabilityBin(index / bins, (index + 1) / bins, int(n), float(said[index] / n), float(happened[index] / n), low, high)
            )
    return diagram


def bin_of(said: Floats, bins: int = BINS) -> np.ndarray:
    """The bin of equal width that each stated chance falls into, 0 to bins - 1."""
    return np.minimum((np.asarray(said) * bins).astype(np.int64), bins - 1)


def reliability(said: Floats, happened: Floats, bins: int = BINS) -> list[ReliabilityBin]:
    """What was said against what happened, in bins of equal width."""
    p, y = _pairs(said, happened)
    which = bin_of(p, bins)
    count, said_sum, happened_sum = (np.bincount(which, values, bins).astype(np.float64) for values in (np.ones(len(p)), p, y))
    return reliability_from_sums(count, said_sum, happened_sum)


def calibration_error(diagram: list[ReliabilityBin]) -> float:
    """Expected calibration error (ECE): the mean distance between said and happened, weighted by statements."""
    total = sum(part.count for part in diagram)
    if not total:
        raise ValueError("no statements to judge")
    return sum(part.count * abs(part.said - part.happened) for part in diagram) / total


def coverage(score: Floats, mean: Floats, variance: Floats) -> Coverage:
    """How exam scores fell about what was predicted: z = (score - mean) / sqrt(variance)."""
    z = (np.asarray(score, dtype=np.float64) - np.asarray(mean)) / np.sqrt(np.asarray(variance, dtype=np.float64))
    if not len(z):
        raise ValueError("no scores to judge")
    sd = float(np.std(z, ddof=1)) if len(z) > 1 else float("nan")
    return Coverage(len(z), float(np.mean(z)), sd, float(np.mean(np.abs(z) <= Z90)))
