"""A chance as twenty dots, and an estimate with its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pages.charts.drawing import (
    ACCENT,
    INK2,
    LINE,
    PAPER,
    WARN,
    Chart,
    Table,
    frame,
    in_two_widths,
    line,
    number,
    scale,
    text,
)

BIN = 25
"""Points of the exam's scale in a column of dots."""


def dot_plot(dots: Sequence[int], *, pass_mark: int, low: int, high: int, estimate: int, name: str = "dots") -> Chart:
    """Twenty equally likely exam scores; those at or past the pass mark are filled, the others are rings.

    `low` and `high` are the interval of the estimate, on the exam's scale.
    """
    hits = sum(score >= pass_mark for score in dots)
    sentence = _(
        "%(hits)d of %(all)d dots are at or above the pass mark of %(mark)d. Estimate %(estimate)d, nine times in ten %(low)d to %(high)d."
    ) % {
        "hits": hits,
        "all": len(dots),
        "mark": pass_mark,
        "estimate": estimate,
        "low": low,
        "high": high,
    }
    rows = tuple(
        (str(place), str(score), _("pass") if score >= pass_mark else _("fail")) for place, score in enumerate(sorted(dots), start=1)
    )
    table = Table(_("Twenty equally likely exam scores"), (_("Dot"), _("Score"), _("Result")), rows)

    def draw(width: float, suffix: str) -> SafeString:
        return _dots(dots, pass_mark, width, f"{name}-{suffix}", sentence)

    return in_two_widths(draw, wide=470, narrow=320, sentence=sentence, table=table)


def _dots(scores: Sequence[int], pass_mark: int, width: float, name: str, description: str) -> SafeString:
    first = min(500, min(scores, default=500) // 100 * 100)
    last = max(900, -(-max(scores, default=900) // 100) * 100)
    left, right = 16.0, width - 16.0
    across = scale(first, last, left, right)
    radius = min((across(first + BIN) - across(first)) * 0.42, 9.5)
    columns = Counter((score - pass_mark) // BIN for score in scores)
    rise = 2 * radius + 2.5
    base = 34 + max(columns.values(), default=1) * rise
    parts = [line(left, base, right, base, "c-axis")]
    for score in range(first, last + 1, 100):
        parts += [line(across(score), base, across(score), base + 5, "c-axis"), text(across(score), base + 20, score, kind="s")]
    cut = across(pass_mark)
    parts += [line(cut, 20, cut, base, "c-pass"), text(cut, 13, _("Pass %(mark)d") % {"mark": pass_mark}, kind="b")]
    for column, count in sorted(columns.items()):
        x = min(max(across(pass_mark + (column + 0.5) * BIN), left + radius), right - radius)
        parts += [_score(x, base - radius - 3 - level * rise, radius - 1, hit=column >= 0) for level in range(count)]
    return frame(width, base + 30, parts, name=name, title=_("Twenty equally likely exam scores"), description=description)


def _score(x: float, y: float, radius: float, *, hit: bool) -> str:
    css, fill, stroke = ("c-hit", ACCENT, ACCENT) if hit else ("c-miss", PAPER, WARN)
    return (
        f'<circle class="{css}" fill="{fill}" stroke="{stroke}" stroke-width="2" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'
    )


def interval(estimate: float, low: float, high: float, *, cut: float, start: float, end: float) -> SafeString:
    """An estimate with its range on a scale that all rows of a table share; the numbers stand beside it.

    Stretches to its place, which percentages in SVG attributes allow without a style attribute.
    """

    def across(value: float) -> str:
        return f"{3 + 94 * (min(max(value, start), end) - start) / (end - start):.1f}%"

    below = estimate < cut
    css, stroke = ("lo", WARN) if below else ("", ACCENT)
    fill, ring, width = (PAPER, WARN, "2.5") if below else (ACCENT, PAPER, "2")
    return mark_safe(  # noqa: S308  numbers only
        '<svg class="iv" width="100%" height="28" aria-hidden="true" focusable="false">'
        f'<line class="rule" stroke="{LINE}" x1="0" y1="14" x2="100%" y2="14"/>'
        f'<line class="cut" stroke="{INK2}" stroke-width="1.5" stroke-dasharray="3 2" '
        f'x1="{across(cut)}" y1="2" x2="{across(cut)}" y2="26"/>'
        f'<line class="{f"c-rng {css}".strip()}" stroke="{stroke}" stroke-opacity=".38" stroke-width="6" stroke-linecap="round" '
        f'x1="{across(low)}" y1="14" x2="{across(high)}" y2="14"/>'
        f'<circle class="{f"c-pt {css}".strip()}" fill="{fill}" stroke="{ring}" stroke-width="{width}" '
        f'cx="{across(estimate)}" cy="14" r="6"/></svg>'
    )
