"""What a lead sees of a member: one row of the team's table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycle.public import Count

LATE_DAYS = 7
STEPS = (50, 60, 68, 73, 81, 89)
"""Where the seven steps of the colour scale begin, in percent; the fourth lies around the pass level."""
PASS_LEVEL = 70


def chance_words(chance: float) -> str:
    """A chance as "7 in 10". Never none and never all; rounded down, so that 8 in 10 and more means ready."""
    if chance < 0.1:
        return _("under 1 in 10")
    if chance >= 0.95:
        return _("over 9 in 10")
    return _("%(tenths)d in 10") % {"tenths": min(int(10 * chance + 1e-9), 9)}


@dataclass(frozen=True, slots=True)
class DomainCell:
    """A domain's estimated share of right answers in percent; None under eight answers."""

    number: int
    title: str
    estimate: int | None
    answers: int

    @property
    def too_few(self) -> bool:
        return self.estimate is None

    @property
    def below(self) -> bool:
        """Under the level that passes."""
        return self.estimate is not None and self.estimate < PASS_LEVEL

    @property
    def step(self) -> int | None:
        """The step of the colour scale, 0 to 6."""
        return None if self.estimate is None else sum(self.estimate >= bound for bound in STEPS)


@dataclass(frozen=True)
class MemberRow:
    """What a lead sees of a member. `state`: `shown`, `too_early` (answers, but too few), `none` (no answers), `hidden` (no consent).

    Estimates are on the exam's scale. `spark` has the estimate at the end of each of eight weeks, None before there was one.
    `key` stands for the member in addresses.
    """

    key: int
    user_id: int
    name: str
    initials: str
    state: str = "hidden"
    verdict: str = ""
    chance: float | None = None
    estimate: int | None = None
    low: int | None = None
    high: int | None = None
    answers: int = 0
    domains: tuple[DomainCell, ...] = ()
    spark: tuple[int | None, ...] = ()
    last_active: datetime | None = None
    days_away: int | None = None
    lessons: Count | None = None
    exam_date: date | None = None
    joined_on: date | None = None

    @property
    def shown(self) -> bool:
        return self.state == "shown"

    @property
    def chance_words(self) -> str:
        return "" if self.chance is None else chance_words(self.chance)

    @property
    def change(self) -> int | None:
        """Points gained over the weeks of the spark."""
        known = [value for value in self.spark if value is not None]
        return known[-1] - known[0] if len(known) > 1 else None

    @property
    def late(self) -> bool:
        return self.days_away is not None and self.days_away >= LATE_DAYS

    @property
    def active_words(self) -> str:
        """When the member was last active, in words; empty for never."""
        if self.days_away is None:
            return ""
        if self.days_away == 0:
            return _("Today")
        if self.days_away == 1:
            return _("Yesterday")
        return ngettext("%(days)d day ago", "%(days)d days ago", self.days_away) % {"days": self.days_away}
