"""Study days of the last weeks as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pages.charts.drawing import INK, SEQUENCE, Chart, Table, frame, rect
from pages.words import short_date

STEPS = (1, 10, 20, 40)
"""Answers a day from which a square is one step darker."""


def calendar(counts: Sequence[int], *, last_day: date, name: str = "calendar") -> Chart:
    """Answers a day, oldest first, ending on `last_day`; a column a week. Whole weeks only."""
    active = sum(count > 0 for count in counts)
    sentence = _("%(active)d of the last %(all)d days with answers; darker means more.") % {"active": active, "all": len(counts)}
    first = last_day - timedelta(days=len(counts) - 1)
    weeks = [counts[start : start + 7] for start in range(0, len(counts), 7)]
    rows = tuple(
        (short_date(first + timedelta(days=7 * place)), str(sum(count > 0 for count in week)), str(sum(week)))
        for place, week in enumerate(weeks)
    )
    table = Table(_("Study days by week"), (_("Week from"), _("Days"), _("Answers")), rows)

    return Chart(_squares(weeks, 300, name, sentence), SafeString(""), sentence, table)


def _squares(weeks: Sequence[Sequence[int]], width: float, name: str, description: str) -> SafeString:
    gap, tall = 3.0, 16.0
    wide = (width - gap * (len(weeks) - 1)) / max(len(weeks), 1)
    parts = []
    for column, week in enumerate(weeks):
        for row, count in enumerate(week):
            step = sum(count >= least for least in STEPS)
            x, y = column * (wide + gap), row * (tall + gap)
            parts.append(
                rect(x + 0.5, y + 0.5, wide - 1, tall - 1, css=f"c-cell q{step}", fill=SEQUENCE[step], stroke=INK).replace(
                    "/>", ' stroke-opacity=".12"/>'
                )
            )
    return frame(width, 7 * (tall + gap) - gap, parts, name=name, title=_("Study days"), description=description)
