"""What an audit finds, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHOWN = 25


@dataclass(frozen=True)
class Finding:
    """A line of the report: what was looked at, what was found, what is wanted, and which entries stand in the way."""

    part: str
    what: str
    found: str
    wanted: str
    passed: bool
    entries: tuple[str, ...] = ()


def at_least(part: str, what: str, found: float, wanted: float, *, unit: str = "", entries: Iterable[str] = ()) -> Finding:
    """A finding that passes from a number on."""
    return Finding(part, what, _number(found, unit), f"at least {_number(wanted, unit)}", found >= wanted, tuple(entries))


def at_most(part: str, what: str, found: float, wanted: float, *, unit: str = "", entries: Iterable[str] = ()) -> Finding:
    """A finding that passes up to a number."""
    return Finding(part, what, _number(found, unit), f"at most {_number(wanted, unit)}", found <= wanted, tuple(entries))


def none_of(part: str, what: str, entries: Sequence[str]) -> Finding:
    """A finding that passes when nothing was found."""
    return Finding(part, what, str(len(entries)), "0", not entries, tuple(entries))


def _number(value: float, unit: str) -> str:
    if float(value).is_integer():
        return f"{value:.0f}{unit}"
    return f"{value:.3f}{unit}" if abs(value) < 1 else f"{value:.1f}{unit}"


def as_table(findings: Sequence[Finding]) -> str:
    """The findings as a table, then the entries that stand in the way."""
    rows = [("", "part", "what", "found", "wanted")]
    rows += [("ok" if f.passed else "FAIL", f.part, f.what, f.found, f.wanted) for f in findings]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    for finding in findings:
        if finding.entries and not finding.passed:
            lines += ["", f"{finding.part}, {finding.what}:"]
            lines += [f"  {entry}" for entry in finding.entries[:SHOWN]]
            if len(finding.entries) > SHOWN:
                lines.append(f"  and {len(finding.entries) - SHOWN} more")
    return "\n".join(lines)
