"""The pieces that figures are drawn from: lines, texts, frames; and the figure with its words and its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

ACCENT, WARN, INK, INK2, INK3 = "#2B48C4", "#865200", "#16181D", "#45474F", "#62646C"
LINE, CONTROL, PAPER = "#DEDED6", "#7C7D78", "#FFFFFF"
SEQUENCE = ("#EEEEE8", "#CBD6F5", "#94AAEA", "#4E67D0", "#22399C")


BROAD = 700
"""A figure drawn wider than this fills its place; a smaller one would have its text blown up."""


@dataclass(frozen=True)
class Table:
    """The numbers of a figure: a caption, the names of the columns, and the rows (each begins with what it is about)."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A figure in two widths (`narrow` is empty where one drawing without text serves both), its sentence, and the table behind it."""

    wide: SafeString
    narrow: SafeString
    sentence: str
    table: Table


def in_two_widths(draw: Callable[[float, str], SafeString], *, wide: float, narrow: float, sentence: str, table: Table) -> Chart:
    """Draw for a wide and a narrow place; `draw` gets the width and a suffix that keeps ids apart."""
    return Chart(draw(wide, "w"), draw(narrow, "n"), sentence, table)


def number(value: float) -> str:
    """A coordinate: one decimal, no trailing zero."""
    return f"{value:.1f}".removesuffix(".0")


def frame(width: float, height: float, parts: Iterable[str], *, name: str, title: str, description: str) -> SafeString:
    """A figure as an image with a name and a description."""
    across, down = number(width), number(height)
    return mark_safe(  # noqa: S308  every text in it was escaped where it was drawn
        f'<svg class="c full{" broad" if width > BROAD else ""}" viewBox="0 0 {across} {down}" width="{across}" height="{down}" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def decoration(width: float, height: float, parts: Iterable[str], *, css: str = "c") -> SafeString:
    """A figure that says nothing which the words beside it don't."""
    return mark_safe(  # noqa: S308
        f'<svg class="{css}" viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}" '
        f'aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def text(x: float, y: float, words: object, *, kind: str = "", anchor: str = "middle") -> str:
    """A text; `kind` b is bold and dark, s small and quiet."""
    fill = {"b": INK, "s": INK3}.get(kind, INK2)
    size, weight = ("12.5" if kind == "s" else "13"), ("680" if kind == "b" else "500")
    css = f"c-txt {kind}".strip()
    return (
        f'<text class="{css}" fill="{fill}" font-size="{size}" font-weight="{weight}" x="{number(x)}" y="{number(y)}" '
        f'text-anchor="{anchor}">{escape(str(words))}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, css: str = "c-line") -> str:
    """A straight line in one of the kinds of the style sheet."""
    stroke, width, dash = _LINES[css]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line class="{css}" stroke="{stroke}" stroke-width="{width}"{dashed} '
        f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>'
    )


_LINES = {
    "c-line": (LINE, "1", ""),
    "c-axis": (CONTROL, "1", ""),
    "c-pass": (INK, "1.5", "4 3"),
}


def rect(x: float, y: float, width: float, height: float, *, css: str, fill: str, stroke: str = "none", radius: float = 3) -> str:
    """A rectangle with rounded corners."""
    return (
        f'<rect class="{css}" fill="{fill}" stroke="{stroke}" x="{number(x)}" y="{number(y)}" '
        f'width="{number(max(width, 0))}" height="{number(max(height, 0))}" rx="{number(radius)}"/>'
    )


def dot(x: float, y: float, radius: float, *, low: bool = False) -> str:
    """An estimate: filled at or over the pass level, a ring below it."""
    fill, stroke, width = (PAPER, WARN, "2.5") if low else (ACCENT, PAPER, "2")
    css = "c-pt lo" if low else "c-pt"
    place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
    return f'<circle class="{css}" fill="{fill}" stroke="{stroke}" stroke-width="{width}" {place}/>'


def points(pairs: Sequence[tuple[float, float]]) -> str:
    """Coordinates as a points attribute holds them."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def curve(pairs: Sequence[tuple[float, float]], *, width: str = "2.5") -> str:
    """The main line of a figure."""
    return (
        f'<polyline class="c-main" fill="none" stroke="{ACCENT}" stroke-width="{width}" stroke-linejoin="round" points="{points(pairs)}"/>'
    )


def band(low: Sequence[tuple[float, float]], high: Sequence[tuple[float, float]]) -> str:
    """The range around a line."""
    return f'<polygon class="c-band" fill="{ACCENT}" fill-opacity=".16" points="{points([*high, *reversed(low)])}"/>'


Scale = Callable[[float], float]
"""From a value to a coordinate."""


def scale(low: float, high: float, start: float, end: float) -> Scale:
    """From values to coordinates, held inside the drawing."""
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return start + (min(max(value, low), high) - low) / span * (end - start)

    return place
