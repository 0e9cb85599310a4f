"""Figures in words: chances, durations, days."""

from __future__ import annotations

import re
from datetime import date

from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

DAY, YEAR = 28, 4567  # figures that stand for nothing else in a date
WEEKDAY = re.compile(r"(?<!\\)[lD]")


def chance_in_twenty(chance: float) -> str:
    """ "14 in 20"; the ends are words, since nobody is certain to pass or to fail."""
    dots = round(20 * chance)
    if dots < 1:
        return _("under 1 in 20")
    if dots > 19:
        return _("over 19 in 20")
    return _("%(n)s in 20") % {"n": dots}


def chance_in_ten(chance: float) -> str:
    """ "7 in 10"; "under 1 in 10" and "over 9 in 10" at the ends."""
    if chance < 0.05:
        return _("under 1 in 10")
    if chance >= 0.95:
        return _("over 9 in 10")
    return _("%(n)s in 10") % {"n": min(9, max(1, round(10 * chance)))}


def duration(seconds: float) -> str:
    """Hours and minutes, or seconds under a minute: "1 h 45 min", "12 min", "40 s"."""
    if seconds < 60:
        return _("%(n)s s") % {"n": int(seconds)}
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return _("%(n)s min") % {"n": minutes}
    if not minutes:
        return _("%(n)s h") % {"n": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def days_until(day: date, today: date) -> str:
    """The heading over the weeks before an exam."""
    days = (day - today).days
    if days == 0:
        return _("Your exam is today")
    if days < 0:
        return _("Your exam was on %(day)s") % {"day": short_date(day)}
    return ngettext("Your exam is in %(n)s day", "Your exam is in %(n)s days", days) % {"n": days}


def short_date(day: date) -> str:
    """A day and month, by the page's language."""
    # Translators: a day and a short month, as Django's date filter writes them.
    return date_format(day, pgettext("date format", "j M"))


def date_patterns() -> list[str]:
    """The long date of each month, January first, as every page writes it, for scripts to fill in.

    {day} is the day of the month, {padded} the same in two digits, {year} the year. The short date, where the long one names the
    weekday: a script could not fill that in.
    """
    form = "SHORT_DATE_FORMAT" if WEEKDAY.search(get_format("DATE_FORMAT")) else "DATE_FORMAT"
    padded = "08" in date_format(date(YEAR, 1, 8), form)
    return [
        date_format(date(YEAR, month, DAY), form).replace(str(YEAR), "{year}").replace(str(DAY), "{padded}" if padded else "{day}")
        for month in range(1, 13)
    ]


def days_ago(day: date, today: date) -> str:
    """When somebody was last here."""
    days = (today - day).days
    if days <= 0:
        return _("Today")
    if days == 1:
        return _("Yesterday")
    return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
