"""Tables of answers and marks from CSV files, checked cell by cell before anything is computed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MISSING = -1
LONG_COLUMNS = ("person", "item", "correct")
FREQUENCY = ("frequency", "freq", "count")
ATTEMPT = ("attempt", "person", "student", "id")
MAXIMA = "max"
BLANK = ("", "na", "nan", ".")


class TableRefused(ValueError):
    """What is wrong with a table, with its line."""


@dataclass(frozen=True)
class ResponseTable:
    """Answers (rows, items) of 0, 1 and -1 for missing; how often each row occurs; the names of the items."""

    items: tuple[str, ...]
    answers: NDArray[np.int8]
    frequency: NDArray[np.float64]


@dataclass(frozen=True)
class MarkTable:
    """Marks (attempts, items), the maximum of each item, and the names of the items."""

    items: tuple[str, ...]
    marks: NDArray[np.float64]
    maxima: NDArray[np.float64]


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with their line numbers. Raises TableRefused where a line is no CSV."""
    reader = csv.reader(lines)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise TableRefused(f"line {reader.line_num}: {error}") from error


def _named_once(heading: list[str]) -> None:
    """Raises TableRefused for a column without a name, such as the row numbers that some programs write, and for two of one name."""
    for place, name in enumerate(heading, 1):
        if not name:
            raise TableRefused(f"column {place} has no name in the heading")
        if heading.index(name) != place - 1:
            raise TableRefused(f"the heading names {name} twice")


def read_responses(lines: Iterable[str]) -> ResponseTable:
    """Answers from CSV lines in one of two shapes.

    Long: columns person, item, correct, one answer a line. Wide: a column an item, one person or pattern a line, with an optional
    frequency column. Cells are 0, 1, or empty for missing. Raises TableRefused.
    """
    rows = _rows(lines)
    _line, heading = next(rows, (0, []))
    if not heading:
        raise TableRefused("the file is empty")
    _named_once(heading)
    names = [name.lower() for name in heading]
    if all(name in names for name in LONG_COLUMNS):
        return _long(rows, names)
    return _wide(rows, heading, names)


def _answer(cell: str, line: int) -> int:
    if cell.lower() in BLANK:
        return MISSING
    if cell in ("0", "1", "0.0", "1.0"):
        return int(float(cell))
    raise TableRefused(f"line {line}: an answer is 0, 1 or empty, not {cell!r}")


def _long(rows: Iterator[tuple[int, list[str]]], names: list[str]) -> ResponseTable:
    person_at, item_at, correct_at = (names.index(name) for name in LONG_COLUMNS)
    people: dict[str, int] = {}
    items: dict[str, int] = {}
    cells: dict[tuple[int, int], int] = {}
    for line, row in rows:
        if len(row) <= max(person_at, item_at, correct_at):
            raise TableRefused(f"line {line}: has {len(row)} cells, the heading {len(names)}")
        if not row[person_at] or not row[item_at]:
            raise TableRefused(f"line {line}: names no {'item' if row[person_at] else 'person'}")
        place = (people.setdefault(row[person_at], len(people)), items.setdefault(row[item_at], len(items)))
        if place in cells:
            raise TableRefused(f"line {line}: {row[person_at]} answers {row[item_at]} a second time")
        cells[place] = _answer(row[correct_at], line)
    if not cells:
        raise TableRefused("the file has a heading and no answers")
    answers = np.full((len(people), len(items)), MISSING, dtype=np.int8)
    for (person, item), answer in cells.items():
        answers[person, item] = answer
    return ResponseTable(tuple(items), answers, np.ones(len(people)))


def _wide(rows: Iterator[tuple[int, list[str]]], heading: list[str], names: list[str]) -> ResponseTable:
    weight_at = next((index for index, name in enumerate(names) if name in FREQUENCY), None)
    person_at = next((index for index, name in enumerate(names) if name in ATTEMPT), None)
    item_at = [index for index in range(len(names)) if index not in (weight_at, person_at)]
    answers, weights = [], []
    for line, row in rows:
        if len(row) != len(names):
            raise TableRefused(f"line {line}: has {len(row)} cells, the heading {len(names)}")
        answers.append([_answer(row[index], line) for index in item_at])
        weights.append(1.0 if weight_at is None else _number(row[weight_at], line, "a frequency"))
    if not answers or not item_at:
        raise TableRefused("the file has no answers")
    return ResponseTable(tuple(heading[index] for index in item_at), np.array(answers, dtype=np.int8), np.array(weights))


def _number(cell: str, line: int, what: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise TableRefused(f"line {line}: {what} is a number, not {cell!r}") from None
    if not np.isfinite(value) or value < 0:
        raise TableRefused(f"line {line}: {what} is not negative and finite, not {cell!r}")
    return value


def read_marks(lines: Iterable[str]) -> MarkTable:
    """Marks from CSV lines: a column an item, a line an attempt, with an optional first column that names the attempt.

    A line named `max` holds the maximum marks; without one every maximum is 1. Raises TableRefused.
    """
    rows = _rows(lines)
    _line, heading = next(rows, (0, []))
    if not heading:
        raise TableRefused("the file is empty")
    _named_once(heading)
    named = heading[0].lower() in ATTEMPT
    items = tuple(heading[1:] if named else heading)
    marks, maxima, with_maxima, above = [], np.ones(len(items)), False, ""
    for line, row in rows:
        if len(row) != len(heading):
            raise TableRefused(f"line {line}: has {len(row)} cells, the heading {len(heading)}")
        values = [_number(cell, line, "a mark") for cell in (row[1:] if named else row)]
        if named and row[0].lower() == MAXIMA:
            if with_maxima:
                raise TableRefused(f"line {line}: names maximum marks a second time")
            maxima, with_maxima = np.array(values), True
        else:
            marks.append(values)
            above = above or next(
                (f"line {line}: a mark of {value:g} for {item}" for item, value in zip(items, values, strict=True) if value > 1), ""
            )
    if above and not with_maxima:
        raise TableRefused(f"{above}, and no line {MAXIMA} with the maximum marks, which are 1 without it")
    if len(marks) < 2 or not items:
        raise TableRefused("item statistics need two attempts or more")
    return MarkTable(items, np.array(marks), maxima)
