"""Lines over time: a score or a chance with its band, and the small line of a table row."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pages.charts.drawing import Chart, Scale, Table, band, curve, decoration, dot, frame, in_two_widths, line, scale, text


def score_line(
    labels: Sequence[str],
    middle: Sequence[int],
    low: Sequence[int],
    high: Sequence[int],
    *,
    pass_mark: int,
    title: str,
    sentence: str,
    names: tuple[str, str, str],
    name: str = "trend",
    wide: float = 600,
) -> Chart:
    """A line with its band on the exam's scale, the pass mark dashed, the ends labelled.

    `names` say what line, lower edge and upper edge are ("Median", "Low ¼", "Top ¼"). All series have the length of `labels`.
    `wide` is the width of the place, in pixels.
    """
    rows = tuple((label, str(m), str(lo), str(hi)) for label, m, lo, hi in zip(labels, middle, low, high, strict=True))
    table = Table(title, (_("Date"), *names), rows)

    def draw(width: float, suffix: str) -> SafeString:
        return _score_line(labels, middle, low, high, pass_mark, width, names, title, sentence, f"{name}-{suffix}")

    return in_two_widths(draw, wide=wide, narrow=330, sentence=sentence, table=table)


def _score_line(
    labels: Sequence[str],
    middle: Sequence[int],
    low: Sequence[int],
    high: Sequence[int],
    pass_mark: int,
    width: float,
    names: tuple[str, str, str],
    title: str,
    description: str,
    name: str,
) -> SafeString:
    height = 262.0 if width > 400 else 220.0
    left, right, top, base = 72.0, width - 100.0, 14.0, height - 30.0
    bottom_score = floor(min([*low, pass_mark - 50]) / 50) * 50
    top_score = ceil(max([*high, pass_mark + 50]) / 50) * 50
    across = scale(0, max(len(labels) - 1, 1), left, right)
    up = scale(bottom_score, top_score, base, top)
    step = 50 if top_score - bottom_score <= 250 else 100
    parts = []
    for score in range(ceil(bottom_score / step) * step, top_score + 1, step):
        if abs(score - pass_mark) >= step / 2:
            parts += [line(left, up(score), right, up(score)), text(left - 8, up(score) + 4, score, kind="s", anchor="end")]
    parts.append(text(left - 8, up(pass_mark) + 4, _("Pass %(mark)d") % {"mark": pass_mark}, kind="b", anchor="end"))
    places = [(across(index), up(value)) for index, value in enumerate(middle)]
    parts.append(band([(across(i), up(v)) for i, v in enumerate(low)], [(across(i), up(v)) for i, v in enumerate(high)]))
    parts += [line(left, up(pass_mark), right, up(pass_mark), "c-pass"), curve(places)]
    parts += [dot(x, y, 4) for x, y in places] if len(places) <= 16 else [dot(*places[-1], 4)]
    parts += _date_labels(labels, across, height - 9, fits=int(width / 90) if width > 400 else 3)
    parts += _end_labels(
        right + 10, [(up(high[-1]), names[2], high[-1]), (up(middle[-1]), names[0], middle[-1]), (up(low[-1]), names[1], low[-1])]
    )
    return frame(width, height, parts, name=name, title=title, description=description)


def _date_labels(labels: Sequence[str], across: Scale, y: float, *, fits: int) -> list[str]:
    every = max(1, ceil(len(labels) / fits))
    return [text(across(i), y, label, kind="s") for i, label in enumerate(labels) if (len(labels) - 1 - i) % every == 0]


def _end_labels(x: float, ends: Sequence[tuple[float, str, int]]) -> list[str]:
    """Labels at the line's end, from top to bottom, pushed apart where they would overlap."""
    parts, below = [], float("-inf")
    for place, (y, name, value) in enumerate(ends):
        below = max(y + 4, below + 17)
        parts.append(text(x, below, f"{name} {value}", kind="b" if place == 1 else "s", anchor="start"))
    return parts


def spark(values: Sequence[float], *, width: float = 72, height: float = 28) -> SafeString:
    """A small line with its last value marked; the change in numbers stands beside it. Nothing under two values."""
    if len(values) < 2:
        return decoration(width, height, ())
    middle = sum(values) / len(values)
    reach = max(52.0, *(abs(value - middle) for value in values))
    across = scale(0, len(values) - 1, 3, width - 7)
    up = scale(middle - reach, middle + reach, height - 4, 4)
    places = [(across(index), up(value)) for index, value in enumerate(values)]
    return decoration(width, height, [curve(places, width="2"), dot(*places[-1], 3.6)])
