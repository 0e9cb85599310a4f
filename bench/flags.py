"""Hold the flags against generated questions: `python -m bench.flags` (a part of `make simulate`).

Good questions and bad ones of five kinds are met by learners whose ability is known with reliability .75, each once. Their answers
are packed, added up and judged by the production code. Prints which share of the generated questions carries an alarm, beside what
has to be found at 100 answers (leaks: 200), and which share of the good ones is accused.

Exits with 1 when a bad kind is found more seldom than it has to be by more than chance explains (what has to be found was itself
measured on 600 questions), or more than 2 in 100 good questions are accused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics import ledger
from analytics.readiness.state import Floats
from analytics.statistics.flags import Evidence, Flag, Raised, Severity, Sums, raise_flags
from analytics.tallies import Sitting, Tally, tally

RELIABILITY = 0.75
ALARMS = (Severity.BLOCK, Severity.ALARM)
OPTIONS = 4
KEY = 0
SLOPE = 1.0
COUNTS = (30, 50, 100, 200, 400)
MOST_ACCUSED = 0.02
MEASURED_ON = 600
KNOWN, LEAK_CHANCE, LEAK_KNOWN_BY = 0.07, 0.40, 0.25
SIZES = {"full": 2000, "small": 600}
NIGHT = datetime(2026, 1, 1, tzinfo=UTC)

Ints = NDArray[np.int64]


class Met(NamedTuple):
    """A question as learners met it: what each chose (0 to 3, 0 is the true answer), what was believed of their abilities, the
    chance that was stated that they are right, which option counts as the key, and how surely its difficulty was known."""

    chosen: Ints
    known: Floats
    stated: Floats
    key: int = KEY
    doubt: float = KNOWN


def learners(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """True abilities, and what is believed of them: correlated by the root of the reliability, as a posterior mean is."""
    ability = rng.normal(0, 1, n)
    return ability, RELIABILITY * ability + np.sqrt(RELIABILITY * (1 - RELIABILITY)) * rng.normal(0, 1, n)


def _chance(ability: Floats, slope: float, difficulty: float, spread: float = 0.0) -> Floats:
    """Of a right answer, where ability is known but for a normal spread."""
    flat = np.sqrt(1 + np.pi / 8 * slope**2 * spread**2)
    return 1 / (1 + np.exp(-slope * (ability - difficulty) / flat))


class Knowledge(NamedTuple):
    """Who knows the answer of an ordinary question, what was believed of their abilities, and the chance that was stated."""

    knows: NDArray[np.bool_]
    known: Floats
    stated: Floats


def ordinary(n: int, rng: np.random.Generator) -> Knowledge:
    ability, known = learners(n, rng)
    slope, difficulty = float(np.exp(rng.normal(0, 0.3))), float(rng.normal(-0.2, 1))
    knows = rng.random(n) < _chance(ability, slope, difficulty)
    return Knowledge(knows, known, _chance(known, slope, difficulty, np.sqrt(1 - RELIABILITY)))


def distracted(n: int, rng: np.random.Generator) -> Ints:
    """A wrong option for each, the three not equally attractive."""
    return rng.choice((1, 2, 3), n, p=rng.dirichlet((4, 4, 4)))


def good(n: int, rng: np.random.Generator) -> Met:
    known = ordinary(n, rng)
    return Met(np.where(known.knows, KEY, distracted(n, rng)), known.known, known.stated)


def wrong_key(n: int, rng: np.random.Generator) -> Met:
    """The author marked the distractor that most fall for; nothing was known of it when the chances were stated."""
    known = ordinary(n, rng)
    fallen = rng.choice((1, 2, 3), n, p=np.sort(rng.dirichlet((2, 2, 2)))[::-1])
    chosen = np.where(known.knows, KEY, fallen)
    return Met(chosen, known.known, np.full(n, float(np.mean(chosen == 1))), key=1)


def two_right(n: int, rng: np.random.Generator) -> Met:
    """Those who know choose either of two options; one of them is the key."""
    known = ordinary(n, rng)
    chosen = np.where(known.knows, rng.choice((KEY, 1), n), distracted(n, rng))
    return Met(chosen, known.known, known.stated * float(np.mean(chosen == KEY) / np.mean(known.stated)))


def unanswerable(n: int, rng: np.random.Generator) -> Met:
    """Everybody guesses."""
    return Met(rng.integers(0, OPTIONS, n), learners(n, rng)[1], np.full(n, 1 / OPTIONS))


def give_away(n: int, rng: np.random.Generator) -> Met:
    """Nine in ten are right, whatever they know."""
    return Met(np.where(rng.random(n) < 0.9, KEY, distracted(n, rng)), learners(n, rng)[1], np.full(n, 0.9))


def leak(n: int, rng: np.random.Generator) -> Met:
    """Right at .40 before, and so predicted; now a quarter know it in advance."""
    right = rng.random(n) < np.where(rng.random(n) < LEAK_KNOWN_BY, 1.0, LEAK_CHANCE)
    return Met(np.where(right, KEY, distracted(n, rng)), learners(n, rng)[1], np.full(n, LEAK_CHANCE))


Kind = Callable[[int, np.random.Generator], Met]
KINDS: dict[str, Kind] = {
    "good": good,
    "wrong key": wrong_key,
    "two right": two_right,
    "unanswerable": unanswerable,
    "give-away": give_away,
    "leak": leak,
}
# The least share to be found, by kind and number of answers.
WANTED = {
    ("wrong key", 100): 0.97,
    ("two right", 100): 0.09,
    ("unanswerable", 100): 0.64,
    ("give-away", 100): 0.67,
    ("leak", 200): 0.90,
}


def added_up(met: Met) -> Tally:
    """The sums of the answers, as the gatherer adds them up from packed evidence."""
    records = np.zeros(len(met.chosen), dtype=ledger.RECORD)
    right = met.chosen == met.key
    records["version"] = 1
    records["flags"] = ledger.FIRST | ledger.ANSWERED | ledger.RIGHT * right
    records["weight"] = ledger.QUARTERS
    records["probability"], records["ability"] = met.stated, met.known
    records["uncertainty"] = round(100 * met.doubt)
    records["seconds"] = 40
    records["chosen"] = 1 << met.chosen
    return tally(Sitting(number, NIGHT, records[number : number + 1], None, ()) for number in range(len(records)))[1]


def judged(met: Met) -> list[Raised]:
    """The flags on a question, from its sums."""
    total = added_up(met)
    residual, variance, recent = total.residual(SLOPE)
    return raise_flags(
        Evidence(
            everyone=total.everyone.sums(),
            right=total.right.sums(),
            distractors={
                str(place): total.options[place].sums() if place in total.options else Sums()
                for place in range(OPTIONS)
                if place != met.key
            },
            residual=residual,
            residual_variance=variance,
            recent=recent,
            rapid=total.rapid,
            shown=total.shown,
        )
    )


def rate(kind: Kind, n: int, *, questions: int, flags: frozenset[Flag] | None = None, seed: int = 1) -> float:
    """The share of generated questions with an alarm, or with one of these flags."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(questions):
        raised = judged(kind(n, rng))
        hits += any(flag.flag in flags if flags else flag.severity in ALARMS for flag in raised)
    return hits / questions


def too_few(found: float, wanted: float, questions: int) -> bool:
    """Whether a share of found questions lies below what is wanted, beyond the chance in both samples (95 %)."""
    return found < wanted - 1.645 * float(np.sqrt(wanted * (1 - wanted) * (1 / questions + 1 / MEASURED_ON)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a rate is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="full", help="2000 or 600 questions of each kind and number of answers")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    questions = SIZES[chosen.size]
    print(f"Questions with an alarm, of {questions} generated of each kind; in brackets what has to be found at least")
    print(f"{'answers':<14}" + "".join(f"{n:>14}" for n in COUNTS))
    missed = []
    for name, kind in KINDS.items():
        cells = []
        for n in COUNTS:
            found = rate(kind, n, questions=questions, seed=chosen.seed)
            wanted = WANTED.get((name, n))
            cells.append(f"{found:.3f}" + (f" [{wanted:.2f}]" if wanted else ""))
            if (name == "good" and found > MOST_ACCUSED) or (wanted and too_few(found, wanted, questions)):
                missed.append(f"{name} at {n} answers: {found:.3f}")
        print(f"{name:<14}" + "".join(f"{cell:>14}" for cell in cells), flush=True)
    for line in missed:
        print(f"missed: {line}")
    if not missed:
        print(f"met: flags find what they have to, and accuse at most {MOST_ACCUSED:.0%} of good questions.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
