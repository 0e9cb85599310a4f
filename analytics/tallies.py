"""Sums over the answers to a question version, in whole numbers, so that any order of adding gives equal results.

Abilities are kept in ten-thousandths of a logit, chances in millionths, logarithms of seconds in ten-thousandths. Only first
answers at full weight count as evidence; repeats, rapid guesses and blanks are counted beside them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics import ledger
from analytics.statistics.flags import Sums

ABILITY_UNIT, CHANCE_UNIT, LOG_UNIT = 10_000, 1_000_000, 10_000
EDGES = np.arange(-2.25, 2.26, 0.25)
BINS = len(EDGES) + 1
RECENT = 200
KNOWN_SD = 0.08
LONGEST_SECONDS = 600
OPTIONS = 16
SUMS_FORMAT = 2
"""Raised whenever what is stored of a tally changes its meaning; sums of another format are counted anew, never read."""

Counts = NDArray[np.int64]


class OutdatedSums(ValueError):
    """Stored sums are of another format than this release adds up."""


@dataclass
class Cell:
    """Answers of one sort: their number, and sum and sum of squares of ability in fixed point."""

    count: int = 0
    ability: int = 0
    squares: int = 0

    def add(self, other: Cell, sign: int = 1) -> None:
        self.count += sign * other.count
        self.ability += sign * other.ability
        self.squares += sign * other.squares

    def sums(self) -> Sums:
        """In logits, for the flags."""
        return Sums(self.count, self.ability / ABILITY_UNIT, self.squares / ABILITY_UNIT**2)


NEWEST = np.dtype([("when", "<i8"), ("attempt", "<i8"), ("right", "u1"), ("chance", "<u4"), ("doubt", "u1")])
"""One of the newest answers: milliseconds, the attempt as a number, right or wrong, the chance stated before in millionths, and the
standard error of the question's difficulty then, in hundredths."""
Newest = NDArray[np.void]


def newest(entries: Newest) -> Newest:
    """The newest of some answers, in the order of time; those of one millisecond by attempt."""
    return entries[np.lexsort((entries["attempt"], entries["when"]))][-RECENT:]


def _empty() -> list[int]:
    return [0] * BINS


@dataclass
class Tally:
    """What the answers to one version add up to. Lists of length BINS go by ability before the answer.

    ``options`` and ``option_bins`` go by the option's place as written; ``groups`` by group, each answers and right ones by bin.
    ``recent`` holds the newest 200 first answers as records of NEWEST, in the order of time.
    """

    everyone: Cell = field(default_factory=Cell)
    right: Cell = field(default_factory=Cell)
    bins: list[int] = field(default_factory=_empty)
    right_bins: list[int] = field(default_factory=_empty)
    expected_bins: list[int] = field(default_factory=_empty)
    options: dict[int, Cell] = field(default_factory=dict)
    option_bins: dict[int, list[int]] = field(default_factory=dict)
    groups: dict[str, list[list[int]]] = field(default_factory=dict)
    shown: int = 0
    rapid: int = 0
    blank: int = 0
    repeats: int = 0
    repeats_right: int = 0
    seconds: int = 0
    seconds_count: int = 0
    log_over_pace: int = 0
    log_count: int = 0
    recent: Newest = field(default_factory=lambda: np.zeros(0, dtype=NEWEST))

    def add(self, other: Tally, sign: int = 1) -> None:
        """Add another tally, or with sign -1 take one back that was added."""
        self.everyone.add(other.everyone, sign)
        self.right.add(other.right, sign)
        for mine, theirs in ((self.bins, other.bins), (self.right_bins, other.right_bins), (self.expected_bins, other.expected_bins)):
            _add(mine, theirs, sign)
        for place, cell in other.options.items():
            self.options.setdefault(place, Cell()).add(cell, sign)
            _add(self.option_bins.setdefault(place, _empty()), other.option_bins[place], sign)
        for group, (answers, right) in other.groups.items():
            pair = self.groups.setdefault(group, [_empty(), _empty()])
            _add(pair[0], answers, sign)
            _add(pair[1], right, sign)
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + sign * getattr(other, name))
        if sign > 0:
            self.recent = newest(np.concatenate((self.recent, other.recent)))
        else:
            gone = np.isin(self.recent[["when", "attempt"]], other.recent[["when", "attempt"]])
            self.recent = self.recent[~gone]

    def as_json(self) -> dict[str, Any]:
        """The tally for a JSON column; empty parts are left out."""
        document: dict[str, Any] = {"format": SUMS_FORMAT} | {name: getattr(self, name) for name in _NUMBERS if getattr(self, name)}
        document["everyone"] = [self.everyone.count, self.everyone.ability, self.everyone.squares]
        document["right"] = [self.right.count, self.right.ability, self.right.squares]
        document["bins"] = [self.bins, self.right_bins, self.expected_bins]
        document["options"] = {
            str(place): [cell.count, cell.ability, cell.squares, self.option_bins[place]]
            for place, cell in sorted(self.options.items())
            if cell.count
        }
        document["groups"] = {group: counts for group, counts in sorted(self.groups.items()) if any(counts[0])}
        document["recent"] = b64encode(self.recent.tobytes()).decode()
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tally:
        """The tally that ``as_json`` wrote; an empty document is an empty tally. Raises OutdatedSums."""
        if not document:
            return cls()
        if document.get("format") != SUMS_FORMAT:
            raise OutdatedSums(f"sums of format {document.get('format', 1)}, not {SUMS_FORMAT}")
        tally = cls(
            everyone=Cell(*document["everyone"]),
            right=Cell(*document["right"]),
            options={int(place): Cell(*part[:3]) for place, part in document["options"].items()},
            option_bins={int(place): list(part[3]) for place, part in document["options"].items()},
            groups={group: [list(part) for part in counts] for group, counts in document["groups"].items()},
            recent=np.frombuffer(b64decode(document["recent"]), dtype=NEWEST),
            **{name: document.get(name, 0) for name in _NUMBERS},
        )
        tally.bins, tally.right_bins, tally.expected_bins = (list(part) for part in document["bins"])
        return tally

    @property
    def facility(self) -> float:
        return self.right.count / self.everyone.count if self.everyone.count else nan

    @property
    def mean_seconds(self) -> float | None:
        """Mean seconds of first answers, none longer than ten minutes; None without any."""
        return self.seconds / self.seconds_count if self.seconds_count else None

    @property
    def slowness(self) -> float | None:
        """Mean of log seconds less each learner's own pace; None without measured answers."""
        return self.log_over_pace / LOG_UNIT / self.log_count if self.log_count else None

    def residual(self, slope: float) -> tuple[float, float, int]:
        """Sum of y - p, its variance, and number of the newest first answers.

        What was not known of the difficulty when the chances were stated is shared by all of them and widens the variance, by the
        delta method with the question's slope; a standard error below .08 is taken as known.
        """
        chance = self.recent["chance"] / CHANCE_UNIT
        spread = chance * (1 - chance)
        doubt = self.recent["doubt"] / 100
        shared = slope * float(np.sum(spread * np.where(doubt >= KNOWN_SD, doubt, 0.0)))
        surplus = float(self.recent["right"].sum()) - float(chance.sum())
        return surplus, float(spread.sum()) + shared**2, len(self.recent)


_NUMBERS = ("shown", "rapid", "blank", "repeats", "repeats_right", "seconds", "seconds_count", "log_over_pace", "log_count")


def current_sums(document: Mapping[str, Any]) -> Tally | None:
    """The tally of stored sums; None where they are of another format and wait to be counted anew."""
    try:
        return Tally.from_json(document)
    except OutdatedSums:
        return None


def _add(mine: list[int], theirs: list[int], sign: int) -> None:
    for index, value in enumerate(theirs):
        mine[index] += sign * value


@dataclass(frozen=True, slots=True)
class Sitting:
    """One attempt's evidence as the gatherer reads it: a number that tells it from others of the same millisecond (62 bits), the
    learner's mean log seconds before it, and the names of the groups it belongs to."""

    attempt: int
    submitted_at: datetime
    records: ledger.Records
    pace: float | None
    groups: tuple[str, ...]


def tally(sittings: Iterable[Sitting]) -> dict[int, Tally]:
    """Add up sittings, by question version."""
    parts = [sitting for sitting in sittings if len(sitting.records)]
    if not parts:
        return {}
    records = np.concatenate([sitting.records for sitting in parts])
    owner = np.repeat(np.arange(len(parts)), [len(sitting.records) for sitting in parts])
    order = np.argsort(records["version"], kind="stable")
    records, owner = records[order], owner[order]
    starts = np.flatnonzero(np.r_[True, records["version"][1:] != records["version"][:-1]])
    ends = np.r_[starts[1:], len(records)]
    pace = np.array([np.nan if sitting.pace is None else sitting.pace for sitting in parts])
    when = np.array([round(sitting.submitted_at.timestamp() * 1000) for sitting in parts])
    return {
        int(records["version"][start]): _tally_version(records[start:end], owner[start:end], parts, pace, when)
        for start, end in zip(starts, ends, strict=True)
    }


def _tally_version(records: ledger.Records, owner: Counts, parts: list[Sitting], pace: NDArray[np.float64], when: Counts) -> Tally:
    answered, rapid = ledger.has(records, ledger.ANSWERED), ledger.has(records, ledger.RAPID)
    voided, right = ledger.has(records, ledger.VOIDED), ledger.has(records, ledger.RIGHT)
    first = (records["weight"] == ledger.QUARTERS) & ~voided
    counted = first & answered
    repeat = (records["weight"] > 0) & (records["weight"] < ledger.QUARTERS) & answered & ~voided
    ability = np.rint(np.clip(records["ability"].astype(np.float64), -7, 7) * ABILITY_UNIT).astype(np.int64)
    bins = np.searchsorted(EDGES, records["ability"].astype(np.float64), side="right")
    chance = np.rint(records["probability"].astype(np.float64) * CHANCE_UNIT).astype(np.int64)
    result = Tally(
        everyone=_cell(ability, counted),
        right=_cell(ability, counted & right),
        bins=_by_bin(bins, counted),
        right_bins=_by_bin(bins, counted & right),
        expected_bins=np.bincount(bins[counted], chance[counted], BINS).astype(np.int64).tolist(),
        shown=int(answered.sum()),
        rapid=int((answered & rapid).sum()),
        blank=int((first & ~answered).sum()),
        repeats=int(repeat.sum()),
        repeats_right=int((repeat & right).sum()),
    )
    for place in range(OPTIONS):
        took = counted & ((records["chosen"] >> place) & 1).astype(bool)
        if took.any():
            result.options[place] = _cell(ability, took)
            result.option_bins[place] = _by_bin(bins, took)
    _add_times(result, records, owner, counted, pace)
    for name in sorted({group for part in np.unique(owner[counted]) for group in parts[part].groups}):
        member = counted & np.array([name in sitting.groups for sitting in parts])[owner]
        result.groups[name] = [_by_bin(bins, member), _by_bin(bins, member & right)]
    number = np.array([sitting.attempt for sitting in parts], dtype=np.int64)
    chosen = np.flatnonzero(counted)
    entries = np.zeros(len(chosen), dtype=NEWEST)
    entries["when"], entries["attempt"] = when[owner[chosen]], number[owner[chosen]]
    entries["right"], entries["chance"], entries["doubt"] = right[chosen], chance[chosen], records["uncertainty"][chosen]
    result.recent = newest(entries)
    return result


def _cell(ability: Counts, chosen: NDArray[np.bool_]) -> Cell:
    values = ability[chosen]
    return Cell(len(values), int(values.sum()), int((values * values).sum()))


def _by_bin(bins: Counts, chosen: NDArray[np.bool_]) -> list[int]:
    counts: list[int] = np.bincount(bins[chosen], minlength=BINS).tolist()
    return counts


def _add_times(result: Tally, records: ledger.Records, owner: Counts, counted: NDArray[np.bool_], pace: NDArray[np.float64]) -> None:
    seconds = np.minimum(records["seconds"].astype(np.int64), LONGEST_SECONDS)
    timed = counted & (seconds > 0)
    result.seconds, result.seconds_count = int(seconds[timed].sum()), int(timed.sum())
    paced = timed & np.isfinite(pace[owner])
    over = np.rint((np.log(seconds[paced]) - pace[owner[paced]]) * LOG_UNIT).astype(np.int64)
    result.log_over_pace, result.log_count = int(over.sum()), int(paced.sum())


def thirds(bins: list[int], part: list[int]) -> tuple[float, float]:
    """The share of the bottom and of the top third of learners who are in ``part``, both counted by ability bin.

    A bin that a third ends in is divided evenly. NaN for no learners.
    """
    total = sum(bins)
    if not total:
        return nan, nan

    def share_of(indices: Iterable[int]) -> float:
        wanted, taken, hits = total / 3, 0.0, 0.0
        for index in indices:
            use = min(bins[index], wanted - taken)
            if bins[index]:
                hits += part[index] * use / bins[index]
            taken += use
        return hits / wanted

    return share_of(range(BINS)), share_of(reversed(range(BINS)))


def strata(bins: list[int], groups: int = 10) -> list[tuple[int, int]]:
    """Neighbouring bins joined into at most ``groups`` runs of about equal numbers, as (first, end) indices."""
    runs: list[tuple[int, int]] = []
    total, first, seen = sum(bins), 0, 0
    for index, count in enumerate(bins):
        seen += count
        if total and seen * groups >= (len(runs) + 1) * total:
            runs.append((first, index + 1))
            first = index + 1
    return runs
