"""The table of what was kept, as text for the terminal and for docs/faults.md."""

from __future__ import annotations

import re
from argparse import Namespace
from collections import defaultdict
from datetime import date
from pathlib import Path

from tests.faults.matrix import Outcome

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "faults.md"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
HEAD = "| fault | database | seeds | acknowledged saves | lost | submitted | grades | duplicates | last grade after | kept | measured |"
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def table(outcomes: list[Outcome]) -> str:
    """One row for each fault and database; the worst of all seeds."""
    rows: dict[tuple[int, str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        number = int("".join(filter(str.isdigit, outcome.fault)))
        rows[number, outcome.fault, outcome.database].append(outcome)
    lines = [HEAD, re.sub(r"[^|]+", "---", HEAD)]
    lines += [_row(rows[key]) for key in sorted(rows)]
    return "\n".join(lines)


def _row(outcomes: list[Outcome]) -> str:
    first = outcomes[0]
    bound = max(outcome.graded_bound for outcome in outcomes)
    after = max(outcome.graded_after for outcome in outcomes)
    kept = sum(outcome.kept for outcome in outcomes)
    verdict = "yes" if kept == len(outcomes) else f"NO: {len(outcomes) - kept} of {len(outcomes)} broken"
    if first.not_run:
        verdict = f"NOT RUN: {first.not_run}"
    cells = [
        first.fault,
        NAMES[first.database],
        str(len(outcomes)),
        str(sum(outcome.acknowledged for outcome in outcomes)),
        str(sum(outcome.lost for outcome in outcomes)),
        str(sum(outcome.submitted for outcome in outcomes)),
        str(sum(outcome.grades for outcome in outcomes)),
        str(sum(outcome.duplicates for outcome in outcomes)),
        f"{after:.1f} s (≤ {bound:g} s)" if bound else "",
        verdict,
        "; ".join(_measures(outcomes)),
    ]
    return "| " + " | ".join(cells) + " |"


def _measures(outcomes: list[Outcome]) -> list[str]:
    worst: dict[str, tuple[float, float, str]] = {}
    for outcome in outcomes:
        for what, measured, bound, unit in outcome.measures:
            before = worst.get(what)
            worst[what] = (max(measured, before[0]) if before else measured, bound, unit)
    notes = list(dict.fromkeys(note for outcome in outcomes for note in outcome.notes))
    return [f"{what} {measured:.2f} (≤ {bound:g}) {unit}".rstrip() for what, (measured, bound, unit) in worst.items()] + notes


def write(text: str, options: Namespace, outcomes: list[Outcome]) -> None:
    """Replace the table in docs/faults.md."""
    seeds = f"{options.seeds} seed{'s' if options.seeds > 1 else ''} from {options.seed}"
    said = f"Size {options.size}, {seeds}, {date.today().isoformat()}."
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{said}\n\n{text}\n{END}{after}")
