"""How a team stands: one page for the lead, and for each member exactly what the lead sees of them.

Everything comes from rollups (mastery, daily snapshots, the evidence of the last two weeks) and is read for the whole team at once:
the number of statements depends neither on the members nor on the answers ever given. Who does not share their progress is a name
without figures, and is in no median, count or trend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.public import Team, seat_in
from analytics.domain import team_help
from analytics.domain.team_reading import FEW_ANSWERS, WEEK, Sight, look_at
from analytics.domain.team_rows import LATE_DAYS, DomainCell, MemberRow
from analytics.instrument import Instrument, NoBlueprint, instrument_of
from analytics.models import DailySnapshot
from lifecycle.public import Enrolment, Exam

ENOUGH_MEMBERS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the four figures: its value, what it is out of, and how much it differs from a week before."""

    value: int
    of: int | None = None
    change: int | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The team on one day: median and quartiles of the estimates; None where fewer than three members have one."""

    day: date
    median: int | None
    low: int | None
    high: int | None
    members: int


@dataclass(frozen=True)
class TeamReport:
    """How a team stands for one exam. A member who does not lead gets their own row, and nothing else."""

    team: Team
    exam: Exam
    leads: bool
    since: date
    until: date
    pass_mark: int
    domains: tuple[tuple[int, str], ...]
    members: tuple[MemberRow, ...]
    ready: Figure | None = None
    median: Figure | None = None
    active: Figure | None = None
    practice: Figure | None = None
    trend: tuple[TrendPoint, ...] = ()
    medians: tuple[DomainCell, ...] = ()
    help: tuple[team_help.HelpRow, ...] = ()

    @property
    def sharing(self) -> list[MemberRow]:
        """Members whose figures are here."""
        return [row for row in self.members if row.state != "hidden"]

    @property
    def sentences(self) -> list[str]:
        """What the page says first: "6 of 14 are ready." and "3 need help this week."."""
        if self.ready is None:
            return []
        total, ready = len(self.sharing), self.ready.value
        if not total:
            return [_("Nobody shares their progress yet.")]
        first = ngettext("%(ready)d of %(total)d is ready.", "%(ready)d of %(total)d are ready.", ready) % {"ready": ready, "total": total}
        if not self.help:
            return [first, _("Nobody needs help this week.")]
        count = len(self.help)
        return [first, ngettext("%(count)d needs help this week.", "%(count)d need help this week.", count) % {"count": count}]


def team_report(team: Team, exam: Exam, viewer: Any) -> TeamReport:
    """How a team stands. Raises Team.DoesNotExist for who is not in it.

    About a dozen statements whatever the number of members and answers.
    """
    seat = seat_in(team.slug, viewer)
    instrument = _instrument(exam)
    sight = look_at(seat, exam, instrument)
    report = TeamReport(
        team=seat.team,
        exam=exam,
        leads=seat.leads,
        since=sight.today - timedelta(days=6),
        until=sight.today,
        pass_mark=round(instrument.form.pass_mark) if instrument else 0,
        domains=tuple((int(key), title) for key, title in instrument.domain_titles.items()) if instrument else (),
        members=tuple(sight.rows()),
    )
    return _with_aggregates(report, sight) if seat.leads else report


def member_row(team: Team, exam: Exam, viewer: Any, key: int) -> MemberRow:
    """One member as the report shows them: to a lead any member, to a member themselves. Raises Team.DoesNotExist otherwise."""
    for row in team_report(team, exam, viewer).members:
        if row.key == key:
            return row
    raise Team.DoesNotExist


def exam_of_team(team: Team) -> Exam | None:
    """The exam that most of a team's people are enrolled in, else the first there is."""
    counts = Counter(Enrolment.objects.filter(user__memberships__team=team).values_list("exam_id", flat=True))
    if counts:
        return Exam.objects.get(pk=max(counts, key=lambda exam_id: (counts[exam_id], -exam_id)))
    return Exam.objects.order_by("pk").first()


def _instrument(exam: Exam) -> Instrument | None:
    try:
        return instrument_of(exam.pk)
    except NoBlueprint:
        return None


def _with_aggregates(report: TeamReport, sight: Sight) -> TeamReport:
    """The report with what is said of the team as a whole."""
    sharing, shown = report.sharing, [row for row in report.members if row.shown]
    week_ago = sight.today - WEEK
    ready = sum(row.verdict == "ready" for row in shown)
    active = sum(row.days_away is not None and row.days_away < LATE_DAYS for row in sharing)
    trend = _trend(sharing, sight)
    return replace(
        report,
        ready=Figure(ready, len(sharing), ready - sum(sight.was_ready(row.user_id, week_ago) for row in sharing)),
        active=Figure(active, len(sharing), active - sum(row.user_id in sight.active_before for row in sharing)),
        median=_median_figure(trend),
        practice=_practice_figure(sharing, sight),
        trend=trend,
        medians=_domain_medians(report, shown),
        help=team_help.who_needs_help(
            sharing, window=report.team.exam_from, today=sight.today, earlier=_domains_four_weeks_ago(sharing, sight)
        ),
    )


def _trend(sharing: Sequence[MemberRow], sight: Sight) -> tuple[TrendPoint, ...]:
    points = []
    for place, day in enumerate(sight.weeks):
        known = [row.spark[place] for row in sharing]
        points.append(_trend_point(day, [value for value in known if value is not None]))
    return tuple(points)


def _trend_point(day: date, values: list[int]) -> TrendPoint:
    if len(values) < ENOUGH_MEMBERS:
        return TrendPoint(day, None, None, None, len(values))
    low, median, high = (round(float(value)) for value in np.percentile(values, (25, 50, 75)))
    return TrendPoint(day, median, low, high, len(values))


def _median_figure(trend: Sequence[TrendPoint]) -> Figure | None:
    now, before = trend[-1].median, trend[-2].median
    if now is None:
        return None
    return Figure(now, change=None if before is None else now - before)


def _practice_figure(sharing: Sequence[MemberRow], sight: Sight) -> Figure | None:
    """The median of the seconds practised in the last seven days."""
    if len(sharing) < ENOUGH_MEMBERS:
        return None
    spent = [sight.seconds.get(row.user_id, (0, 0)) for row in sharing]
    now, before = median([this for this, _last in spent]), median([last for _this, last in spent])
    return Figure(now, change=now - before)


def _domain_medians(report: TeamReport, shown: Sequence[MemberRow]) -> tuple[DomainCell, ...]:
    cells = []
    for place, (number, title) in enumerate(report.domains):
        known = [cell.estimate for row in shown if (cell := row.domains[place]).estimate is not None]
        answers = sum(row.domains[place].answers for row in shown)
        cells.append(DomainCell(number, title, median(known) if len(known) >= ENOUGH_MEMBERS else None, answers))
    return tuple(cells)


def median(values: Iterable[int | None]) -> int:
    """The middle of some numbers, rounded; of an even number of them the mean of the two."""
    return round(float(np.median([value for value in values if value is not None])))


def _domains_four_weeks_ago(sharing: Sequence[MemberRow], sight: Sight) -> dict[int, dict[int, int]]:
    """The estimates by domain number that members had four weeks ago, where there were answers enough; by user id, one statement."""
    day = sight.today - 4 * WEEK
    snapshots = {standing.snapshot_id: row.user_id for row in sharing if (standing := sight.standing_on(row.user_id, day))}
    rows = DailySnapshot.objects.filter(pk__in=snapshots).values_list("pk", "domains")
    return {
        snapshots[pk]: {
            int(number): round(100 * score) for number, (score, _low, _high, answers) in domains.items() if answers >= FEW_ANSWERS
        }
        for pk, domains in rows
    }
