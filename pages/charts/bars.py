"""Bars: minutes in a week, reviews that come due, choices of the best and the weakest third."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pages.charts.drawing import ACCENT, PAPER, SEQUENCE, Chart, Table, frame, in_two_widths, line, rect, scale, text


def week_bars(days: Sequence[tuple[str, int]], *, goal: int, name: str = "week") -> Chart:
    """Minutes a day against a goal (dashed). `days`: label and minutes, oldest first, today last."""
    met = sum(minutes >= goal for _label, minutes in days)
    sentence = _("Goal %(goal)d min a day (dashed), met on %(met)d of %(days)d days.") % {"goal": goal, "met": met, "days": len(days)}
    table = Table(_("Minutes studied a day"), (_("Day"), _("Minutes")), tuple((label, str(minutes)) for label, minutes in days))

    def draw(width: float, suffix: str) -> SafeString:
        return _columns(days, width, f"{name}-{suffix}", title=_("Minutes studied a day"), description=sentence, goal=goal)

    return in_two_widths(draw, wide=420, narrow=300, sentence=sentence, table=table)


def due_bars(days: Sequence[tuple[str, int]], *, name: str = "due") -> Chart:
    """Reviews that come due on each of the next days; the first is today with what is overdue."""
    total = sum(count for _label, count in days)
    sentence = _("%(total)d reviews come due in these %(days)d days, %(first)d of them today.") % {
        "total": total,
        "days": len(days),
        "first": days[0][1] if days else 0,
    }
    table = Table(_("Reviews that come due"), (_("Day"), _("Questions")), tuple((label, str(count)) for label, count in days))

    def draw(width: float, suffix: str) -> SafeString:
        return _columns(days, width, f"{name}-{suffix}", title=_("Reviews that come due"), description=sentence)

    return in_two_widths(draw, wide=420, narrow=300, sentence=sentence, table=table)


def _columns(
    days: Sequence[tuple[str, int]], width: float, name: str, *, title: str, description: str, goal: int | None = None
) -> SafeString:
    height = 124.0
    base, column = height - 22, (width - 8) / max(len(days), 1)
    up = scale(0, max([*(count for _label, count in days), goal or 0, 1]) * 1.18, base, 16)
    level = up(goal) if goal else float("-inf")
    parts = [line(0, base, width, base, "c-axis")]
    special = 0 if goal is None else len(days) - 1
    for index, (label, count) in enumerate(days):
        middle, y = 4 + (index + 0.5) * column, up(count)
        if count:
            full = goal is None or count >= goal
            css, fill = ("c-bar", ACCENT) if full else ("c-bar part", SEQUENCE[1])
            parts.append(rect(middle - column * 0.3, y, column * 0.6, base - y, css=css, fill=fill, stroke=ACCENT))
            above = y - 5 if abs(y - 5 - level) > 11 else min(y, level) - 6
            parts.append(text(middle, above, count, kind="b" if index == special else ""))
        else:
            parts.append(text(middle, base - 5, "–", kind="s"))
        parts.append(text(middle, height - 5, label, kind="b" if index == special else "s"))
    if goal:
        parts.append(line(0, level, width, level, "c-pass"))
    return frame(width, height, parts, name=name, title=title, description=description)


def paired_bars(rows: Sequence[tuple[str, float, float]], *, name: str = "options") -> Chart:
    """How the best and the weakest third chose: option, share of the best third, share of the weakest (0 to 1)."""
    drawn = [label for label, top, bottom in rows if top > bottom]
    sentence = _("The best third chooses these more often than the weakest: %(options)s.") % {"options": ", ".join(drawn) or _("none")}
    table = Table(
        _("Choices of the best and the weakest third"),
        (_("Option"), _("Best third"), _("Weakest third")),
        tuple((label, f"{round(100 * top)}%", f"{round(100 * bottom)}%") for label, top, bottom in rows),
    )

    def draw(width: float, suffix: str) -> SafeString:
        return _paired_bars(rows, width, f"{name}-{suffix}", sentence)

    return in_two_widths(draw, wide=460, narrow=300, sentence=sentence, table=table)


def _paired_bars(rows: Sequence[tuple[str, float, float]], width: float, name: str, description: str) -> SafeString:
    left, height = 44.0, 38.0
    across = scale(0, 1, left, width - 50)
    parts = []
    for index, (label, top, bottom) in enumerate(rows):
        y = index * height
        parts.append(text(0, y + 20, label, kind="b", anchor="start"))
        for share, offset, css, fill in ((top, 2, "c-bar", ACCENT), (bottom, 17, "c-bar none", PAPER)):
            parts.append(rect(left, y + offset, max(across(share) - left, 1), 12, css=css, fill=fill, stroke=ACCENT, radius=2))
            parts.append(text(across(share) + 6, y + offset + 10.5, f"{round(100 * share)}%", kind="s", anchor="start"))
    legend = len(rows) * height + 14
    parts += [
        rect(left, legend - 9, 12, 10, css="c-bar", fill=ACCENT, stroke=ACCENT, radius=2),
        text(left + 18, legend, _("Best third"), kind="s", anchor="start"),
        rect(left + 110, legend - 9, 12, 10, css="c-bar none", fill=PAPER, stroke=ACCENT, radius=2),
        text(left + 128, legend, _("Weakest third"), kind="s", anchor="start"),
    ]
    title = _("Choices of the best and the weakest third")
    return frame(width, legend + 6, parts, name=name, title=title, description=description)
