"""Who in a team needs help, why, and what a lead can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.domain.team_rows import DomainCell, MemberRow

AWAY_DAYS = 7
EXAM_NEAR_DAYS = 28
FALLING_POINTS = 20
FLAT_PERCENT = 3
UNLIKELY = 0.5


@dataclass(frozen=True)
class Action:
    """What a lead can do: `nudge` (write to them), `drills` (in a domain) or `lesson` (of a domain)."""

    kind: str
    label: str
    domain: int | None = None


@dataclass(frozen=True)
class HelpRow:
    """A member who needs help. `reason` is a sentence; `text` adds the chance where there is one."""

    member: MemberRow
    reason: str
    action: Action

    @property
    def text(self) -> str:
        if not self.member.chance_words:
            return self.reason
        return _("%(reason)s Chance of passing %(chance)s.") % {"reason": self.reason, "chance": self.member.chance_words}


def who_needs_help(
    members: Sequence[MemberRow], *, window: date | None, today: date, earlier: dict[int, dict[int, int]]
) -> tuple[HelpRow, ...]:
    """The members who need help this week, the lowest chance first; who never began counts as lowest.

    `window`: the first day of the team's exam window. `earlier`: estimates by domain four weeks ago, by user id.
    """
    rows = []
    for member in members:
        found = _reason(member, _days_left(member.exam_date or window, today), today, earlier.get(member.user_id, {}))
        if found is not None:
            rows.append(HelpRow(member, *found))
    return tuple(sorted(rows, key=lambda row: (row.member.chance or 0.0, row.member.name.casefold(), row.member.key)))


def _days_left(exam: date | None, today: date) -> int | None:
    return (exam - today).days if exam and exam >= today else None


def _reason(member: MemberRow, days_left: int | None, today: date, earlier: dict[int, int]) -> tuple[str, Action] | None:
    """The weightiest reason, or None. Who is ready needs no help."""
    if member.verdict == "ready":
        return None
    away = _away(member, today)
    if away:
        return away, Action("nudge", _("Send a nudge"))
    if not member.shown:
        return _few_answers(member, days_left)
    if member.chance is None or member.chance >= UNLIKELY:
        return None
    return _falling(member) or _flat(member, earlier) or _exam_near(member, days_left)


def _away(member: MemberRow, today: date) -> str:
    if member.state == "none" and member.last_active is None:
        waited = (today - member.joined_on).days if member.joined_on else 0
        return _("Has not begun yet.") if waited >= AWAY_DAYS else ""
    days = member.days_away or 0
    if days < AWAY_DAYS:
        return ""
    return ngettext("No practice for %(days)d day.", "No practice for %(days)d days.", days) % {"days": days}


def _few_answers(member: MemberRow, days_left: int | None) -> tuple[str, Action] | None:
    if days_left is None or days_left > EXAM_NEAR_DAYS:
        return None
    reason = ngettext(
        "Few answers so far, and the exam is in %(days)d day.", "Few answers so far, and the exam is in %(days)d days.", days_left
    )
    return reason % {"days": days_left}, Action("nudge", _("Send a nudge"))


def _falling(member: MemberRow) -> tuple[str, Action] | None:
    now, before = member.spark[-1], member.spark[-5]
    if now is None or before is None or before - now < FALLING_POINTS:
        return None
    return _("Down %(points)d points in 4 weeks.") % {"points": before - now}, _drills(member)


def _exam_near(member: MemberRow, days_left: int | None) -> tuple[str, Action] | None:
    if days_left is None or days_left > EXAM_NEAR_DAYS:
        return None
    if (member.change or 0) > 0:
        reason = ngettext("Rising, but the exam is in %(days)d day.", "Rising, but the exam is in %(days)d days.", days_left)
    else:
        reason = ngettext("The exam is in %(days)d day.", "The exam is in %(days)d days.", days_left)
    return reason % {"days": days_left}, _drills(member)


def _flat(member: MemberRow, earlier: dict[int, int]) -> tuple[str, Action] | None:
    """The weakest domain under the pass level that has not moved in four weeks."""
    weak = sorted((cell for cell in member.domains if cell.below), key=lambda cell: cell.estimate or 0)
    for cell in weak:
        if cell.number in earlier and (cell.estimate or 0) - earlier[cell.number] < FLAT_PERCENT:
            return _("%(domain)s flat for 4 weeks.") % {"domain": cell.title}, Action("lesson", _("Assign lesson"), cell.number)
    return None


def _drills(member: MemberRow) -> Action:
    known: list[DomainCell] = [cell for cell in member.domains if cell.estimate is not None]
    weakest = min(known, key=lambda cell: cell.estimate or 0, default=None)
    return Action("drills", _("Plan 3 drills"), weakest.number if weakest else None)
