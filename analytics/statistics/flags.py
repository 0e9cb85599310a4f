"""Nine flags on bad questions, each from sums that a gatherer can add up, each with its uncertainty.

A flag is raised on a confidence bound, not on an estimate, so that few answers accuse no good question. Every correlation is
with the learner's ability in the question's task as believed *before* the answer, over first exposures only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import atanh, inf, nan, sqrt, tanh

import numpy as np

from .differential import FEWEST_IN_GROUP, EtsClass, MantelHaenszel

Z = 1.645
FEWEST = 30
WEAK = 0.20
KEY_WEAK = 0.10
TOO_EASY = 0.95
TOO_HARD = 0.25
FEWEST_FOR_FACILITY = 50
DEAD_SHARE = 0.05
FEWEST_TAKERS = 5
FEWEST_ATTRACTED = 10
LABEL_SD = 0.85
MISFIT_Z = 3.0
MISFIT_WINDOW = (100, 200)
SLOW_MADS = 2.5
RAPID_SHARE = 0.15
OVEREXPOSED, UNDEREXPOSED = 3.0, 1 / 3
UNSEEN_DAYS = 60
FEWEST_EXPOSURES = 20
BASE_RATE = 0.05


class Flag(StrEnum):
    KEY_SUSPECT = "key_suspect"
    NEGATIVE = "negative"
    NOT_DISCRIMINATING = "not_discriminating"
    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"
    DEAD_DISTRACTOR = "dead_distractor"
    ATTRACTS_ABLE = "attracts_able"
    MISFIT = "misfit"
    SPEED = "speed"
    EXPOSURE = "exposure"
    DIFFERENTIAL = "differential"


class Severity(StrEnum):
    """Block: leaves exams at once. Alarm: somebody must look. Advice: worth a look when the question is edited anyway."""

    BLOCK = "block"
    ALARM = "alarm"
    ADVICE = "advice"


# What each alarm finds of the bad questions it is made for, and accuses of the good ones, at 100 answers (docs/readiness).
RATES: dict[Flag, tuple[float, float]] = {
    Flag.KEY_SUSPECT: (0.87, 0.002),
    Flag.NEGATIVE: (0.97, 0.001),
    Flag.NOT_DISCRIMINATING: (0.64, 0.005),
    Flag.TOO_EASY: (0.50, 0.005),
    Flag.TOO_HARD: (0.50, 0.005),
    Flag.DEAD_DISTRACTOR: (0.83, 0.04),
    Flag.ATTRACTS_ABLE: (0.50, 0.005),
    Flag.MISFIT: (0.90, 0.003),
    Flag.SPEED: (0.50, 0.012),
    Flag.EXPOSURE: (0.50, 0.02),
    Flag.DIFFERENTIAL: (0.50, 0.01),
}


@dataclass(frozen=True, slots=True)
class Raised:
    """A flag with its severity, the figure it rests on with its 90 % interval, and the option or group it names."""

    flag: Flag
    severity: Severity
    value: float
    low: float = nan
    high: float = nan
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Sums:
    """A group of answers: how many, and the sum and sum of squares of the abilities of those who gave them."""

    count: int = 0
    ability: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        return self.ability / self.count if self.count else nan

    @property
    def variance(self) -> float:
        """Sample variance of ability; NaN below two answers."""
        if self.count < 2:
            return nan
        return max(0.0, (self.squares - self.ability**2 / self.count) / (self.count - 1))

    def plus(self, other: Sums) -> Sums:
        return Sums(self.count + other.count, self.ability + other.ability, self.squares + other.squares)


@dataclass(frozen=True)
class Evidence:
    """What is known of one question version, from first exposures at full weight unless said otherwise.

    ``everyone`` and ``right``: all answers and the right ones. ``distractors``: those who chose each wrong option.
    ``label_mean``, ``difficulty``, ``uncertainty``: the author's label and the calibration, in logits; None before one.
    ``residual``, ``residual_variance``, ``recent``: sum of y - p and of p(1 - p) over the last ``recent`` answers.
    ``slow_mads``: how far the question's log time lies above what length and learners explain, in median absolute deviations.
    ``rapid``, ``shown``: answers too fast to be read, and all answers, repeats and rapid ones included.
    ``exposure_ratio``: share of learners who met it in 30 days over its fair share in the task; None with too few to say.
    ``days_unseen``: days since it was last met or published; ``groups``: comparisons made by Mantel-Haenszel.
    """

    everyone: Sums
    right: Sums
    distractors: Mapping[str, Sums] = field(default_factory=dict)
    label_mean: float | None = None
    difficulty: float | None = None
    uncertainty: float | None = None
    residual: float = 0.0
    residual_variance: float = 0.0
    recent: int = 0
    slow_mads: float | None = None
    rapid: int = 0
    shown: int = 0
    exposure_ratio: float | None = None
    days_unseen: float = 0.0
    groups: Mapping[str, tuple[MantelHaenszel, int, int]] = field(default_factory=dict)

    @property
    def facility(self) -> float:
        return self.right.count / self.everyone.count if self.everyone.count else nan


@dataclass(frozen=True, slots=True)
class Bounded:
    """An estimate with its 90 % interval."""

    value: float
    low: float
    high: float


def fisher(r: float, n: int) -> Bounded:
    """A correlation over n > 3 observations with Fisher's 90 % interval."""
    inside = max(-0.999999, min(0.999999, r))
    half = Z / sqrt(n - 3)
    return Bounded(inside, tanh(atanh(inside) - half), tanh(atanh(inside) + half))


def point_biserial(chosen: Sums, everyone: Sums) -> Bounded:
    """Correlation of choosing with ability, with Fisher's interval; NaN where nobody or everybody chose, or ability is constant."""
    n, k = everyone.count, chosen.count
    spread = everyone.squares - everyone.ability**2 / n if n else 0.0
    if n < 4 or k in (0, n) or spread <= 0:
        return Bounded(nan, -1.0, 1.0)
    covariance = chosen.ability - k * everyone.ability / n
    return fisher(covariance / sqrt(spread * k * (n - k) / n), n)


def share(count: int, total: int) -> Bounded:
    """A share with Wilson's 90 % interval."""
    if total <= 0:
        return Bounded(nan, 0.0, 1.0)
    p, z2 = count / total, Z * Z
    centre = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = Z * sqrt(p * (1 - p) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return Bounded(p, max(0.0, centre - half), min(1.0, centre + half))


def abler(chosen: Sums, than: Sums) -> float:
    """z of the difference in mean ability between those who chose an option and those who chose the key; -inf if it has none."""
    if chosen.count < 2 or than.count < 2:
        return -inf
    noise = chosen.variance / chosen.count + than.variance / than.count
    return (chosen.mean - than.mean) / sqrt(noise) if noise > 0 else -inf


def key_suspect(evidence: Evidence) -> list[Raised]:
    """1. A wrong option draws abler learners than the key, and the question does not discriminate: the key may be wrong."""
    n = evidence.everyone.count
    r = point_biserial(evidence.right, evidence.everyone)
    if n < FEWEST or not r.value < KEY_WEAK:
        return []
    fewest = max(FEWEST_TAKERS, 0.05 * n)
    suspects = [(abler(taken, evidence.right), option) for option, taken in evidence.distractors.items() if taken.count >= fewest]
    z, option = max(suspects, default=(-inf, ""))
    return [Raised(Flag.KEY_SUSPECT, Severity.BLOCK, z, subject=option)] if z > Z else []


def discrimination(evidence: Evidence) -> list[Raised]:
    """2. The upper bound of r lies below .20 (does not discriminate) or below 0 (the able are wrong more often)."""
    if evidence.everyone.count < FEWEST:
        return []
    r = point_biserial(evidence.right, evidence.everyone)
    if r.high < 0:
        return [Raised(Flag.NEGATIVE, Severity.ALARM, r.value, r.low, r.high)]
    if r.high < WEAK:
        return [Raised(Flag.NOT_DISCRIMINATING, Severity.ALARM, r.value, r.low, r.high)]
    return []


def difficulty(evidence: Evidence) -> list[Raised]:
    """3. Too easy or too hard for its label.

    An alarm where facility (above .95, below .25) and calibrated difficulty (2 standard deviations from the label) agree;
    either alone may be a good question at the edge of the bank and is advice.
    """
    n = evidence.everyone.count
    extreme = None
    if n >= FEWEST_FOR_FACILITY and evidence.facility > TOO_EASY:
        extreme = Flag.TOO_EASY
    elif n >= FEWEST_FOR_FACILITY and evidence.facility < TOO_HARD:
        extreme = Flag.TOO_HARD
    off_label = None
    if n >= FEWEST and evidence.difficulty is not None and evidence.uncertainty is not None and evidence.label_mean is not None:
        distance = evidence.difficulty - evidence.label_mean
        if abs(distance) > 2 * sqrt(evidence.uncertainty**2 + LABEL_SD**2):
            off_label = Flag.TOO_HARD if distance > 0 else Flag.TOO_EASY
    raised = extreme or off_label
    if raised is None:
        return []
    facility = share(evidence.right.count, n)
    severity = Severity.ALARM if extreme == off_label else Severity.ADVICE
    return [Raised(raised, severity, facility.value, facility.low, facility.high)]


def dead_distractors(evidence: Evidence) -> list[Raised]:
    """4. The upper bound of a wrong option's share lies below 5 % (Haladyna & Downing 1993). Advice."""
    n = evidence.everyone.count
    if n < FEWEST:
        return []
    shares = {option: share(taken.count, n) for option, taken in evidence.distractors.items()}
    return [
        Raised(Flag.DEAD_DISTRACTOR, Severity.ADVICE, taken.value, taken.low, taken.high, option)
        for option, taken in shares.items()
        if taken.high < DEAD_SHARE
    ]


def attracts_able(evidence: Evidence) -> list[Raised]:
    """5. A wrong option with at least 10 takers whose correlation with ability has its lower bound above 0."""
    if evidence.everyone.count < FEWEST:
        return []
    found = []
    for option, taken in evidence.distractors.items():
        r = point_biserial(taken, evidence.everyone)
        if taken.count >= FEWEST_ATTRACTED and r.low > 0:
            found.append(Raised(Flag.ATTRACTS_ABLE, Severity.ALARM, r.value, r.low, r.high, option))
    return found


def misfit(evidence: Evidence) -> list[Raised]:
    """6. The last 100 to 200 answers differ from what was predicted by more than 3 standard errors: drift or leak."""
    if evidence.recent < MISFIT_WINDOW[0] or evidence.residual_variance <= 0:
        return []
    z = evidence.residual / sqrt(evidence.residual_variance)
    subject = "easier" if z > 0 else "harder"
    return [Raised(Flag.MISFIT, Severity.ALARM, z, z - Z, z + Z, subject)] if abs(z) > MISFIT_Z else []


def speed(evidence: Evidence) -> list[Raised]:
    """7. Far slower than its length and its learners explain, or more than 15 % answer it without reading: unclear or too long."""
    if evidence.shown >= FEWEST:
        rapid = share(evidence.rapid, evidence.shown)
        if rapid.low > RAPID_SHARE:
            return [Raised(Flag.SPEED, Severity.ALARM, rapid.value, rapid.low, rapid.high, "rapid")]
    if evidence.everyone.count >= FEWEST and evidence.slow_mads is not None and evidence.slow_mads > SLOW_MADS:
        return [Raised(Flag.SPEED, Severity.ALARM, evidence.slow_mads, subject="slow")]
    return []


def exposure(evidence: Evidence) -> list[Raised]:
    """8. Met by more than 3 times, or less than a third, of its fair share of learners; or not met in 60 days."""
    if evidence.days_unseen >= UNSEEN_DAYS:
        return [Raised(Flag.EXPOSURE, Severity.ALARM, evidence.days_unseen, subject="unseen")]
    ratio = evidence.exposure_ratio
    if ratio is None or UNDEREXPOSED <= ratio <= OVEREXPOSED:
        return []
    return [Raised(Flag.EXPOSURE, Severity.ALARM, ratio, subject="over" if ratio > OVEREXPOSED else "under")]


def differential(evidence: Evidence) -> list[Raised]:
    """9. Harder for one group at equal ability: ETS class C with at least 100 answers in each group."""
    return [
        Raised(Flag.DIFFERENTIAL, Severity.ALARM, result.delta, result.delta_low, result.delta_high, group)
        for group, (result, reference, focal) in evidence.groups.items()
        if result.ets is EtsClass.C and min(reference, focal) >= FEWEST_IN_GROUP
    ]


CHECKS = (key_suspect, discrimination, difficulty, dead_distractors, attracts_able, misfit, speed, exposure, differential)


def raise_flags(evidence: Evidence) -> list[Raised]:
    """All flags on a question, the most severe first."""
    order = list(Severity)
    return sorted((raised for check in CHECKS for raised in check(evidence)), key=lambda raised: order.index(raised.severity))


def probability_true(flag: Flag, base_rate: float = BASE_RATE) -> float:
    """The chance that a raised flag is right, from what it finds and accuses, if 1 in 20 questions is bad."""
    found, accused = RATES[flag]
    return base_rate * found / (base_rate * found + (1 - base_rate) * accused)


def expected_harm(raised: Sequence[Raised], exams: float) -> float:
    """What to look at first: the chance that the worst flag is true times the exams that use the question. Advice counts a tenth."""
    worst = max((probability_true(flag.flag) * (0.1 if flag.severity is Severity.ADVICE else 1.0) for flag in raised), default=0.0)
    return worst * exams


def slowness(log_seconds: np.ndarray, words: np.ndarray) -> np.ndarray:
    """How slow each question is against its length, in median absolute deviations (scaled to a standard deviation's size).

    ``log_seconds`` (questions,) is the mean of log time less each learner's own pace; ``words`` its length. A line through log
    length is taken out by least squares. Fewer than 10 questions say nothing: zeros.
    """
    if len(log_seconds) != len(words):
        raise ValueError("every question needs its length")
    if len(log_seconds) < 10:
        return np.zeros(len(log_seconds))
    design = np.column_stack((np.ones(len(words)), np.log(np.maximum(words, 1))))
    residual = log_seconds - design @ np.linalg.lstsq(design, log_seconds, rcond=None)[0]
    away = residual - np.median(residual)
    scale = 1.4826 * float(np.median(np.abs(away)))
    return away / scale if scale > 0 else np.zeros(len(away))
