"""A team's report as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.public import csv_table
from analytics.domain.team_rows import MemberRow
from analytics.domain.teams import TeamReport


def team_table(report: TeamReport) -> str:
    """One line a member. What is not known is left empty; names that could be formulas are made text."""
    return csv_table(_head(report), (list(_line(row, report)) for row in report.members))


def _head(report: TeamReport) -> list[str]:
    domains = [_("%(domain)s, percent right") % {"domain": title} for _number, title in report.domains]
    return [
        _("Member"),
        _("State"),
        _("Chance of passing"),
        _("Estimated score"),
        _("Likely from"),
        _("Likely to"),
        *domains,
        _("Change in 8 weeks"),
        _("Lessons done"),
        _("Lessons"),
        _("Answers"),
        _("Last active"),
    ]


def _line(row: MemberRow, report: TeamReport) -> Iterator[Any]:
    yield row.name
    yield {"shown": row.verdict.replace("_", " "), "too_early": _("too early to say"), "none": _("not begun"), "hidden": _("not shared")}[
        row.state
    ]
    yield from (row.chance_words, row.estimate, row.low, row.high)
    cells = {cell.number: cell.estimate for cell in row.domains}
    yield from (cells.get(number) for number, _title in report.domains)
    yield row.change
    yield from (row.lessons.done, row.lessons.total) if row.lessons else (None, None)
    yield row.answers if row.state != "hidden" else None
    yield timezone.localtime(row.last_active).date() if row.last_active else None
