"""The arrows of the lifecycle. The stages themselves are links in a list; these lines only show what the list says in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from pages.charts.drawing import ACCENT, CONTROL, INK2, number


@dataclass(frozen=True)
class MapPlace:
    """Where a stage stands on the map, in rows and columns from 1."""

    row: int
    column: int


MAP_PLACES = tuple(MapPlace(1, column) for column in range(1, 6)) + tuple(MapPlace(2, column) for column in range(5, 0, -1))
"""Ten stages in order: five to the right, five back to the left below them."""

COLUMNS, WIDTH, HEIGHT = 5, 1000.0, 400.0
CELL, GAP = 168.0, 40.0
ROW = 132.0
_STILL = 'vector-effect="non-scaling-stroke"'


def lifecycle_map(loops: Sequence[tuple[int, int]]) -> SafeString:
    """Arrows from stage to stage, and dashed ones for the ways back drawn here: (origin, target) by place from 0.

    A way back is drawn where its two stages stand above each other; the list names all of them in words.
    """
    parts = [_next_arrow(place) for place in range(len(MAP_PLACES) - 1)]
    parts += [_back_arrow(origin, target) for origin, target in loops if MAP_PLACES[origin].column == MAP_PLACES[target].column]
    return mark_safe(  # noqa: S308  numbers only
        f'<svg class="arrows" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def _corner(place: int) -> tuple[float, float]:
    spot = MAP_PLACES[place]
    return (spot.column - 1) * (CELL + GAP), (spot.row - 1) * (HEIGHT - ROW)


def _next_arrow(place: int) -> str:
    x, y = _corner(place)
    spot, following = MAP_PLACES[place], MAP_PLACES[place + 1]
    if spot.row != following.row:
        middle = x + CELL / 2
        return _arrow(middle, ROW + 4, middle, HEIGHT - ROW - 6)
    middle = y + ROW / 2
    if following.column > spot.column:
        return _arrow(x + CELL + 4, middle, x + CELL + GAP - 5, middle)
    return _arrow(x - 4, middle, x - GAP + 5, middle)


def _back_arrow(origin: int, target: int) -> str:
    x, _y = _corner(origin)
    middle = x + CELL / 2 - 24
    return _arrow(middle, HEIGHT - ROW - 4, middle, ROW + 6, back=True)


def _arrow(x1: float, y1: float, x2: float, y2: float, *, back: bool = False) -> str:
    css, colour, dash = ("c-back", ACCENT, ' stroke-dasharray="6 5"') if back else ("c-arrow", INK2, "")
    head = _head(x1, y1, x2, y2)
    return (
        f'<path {_STILL} class="{css}" fill="none" stroke="{colour}" stroke-width="2"{dash} '
        f'd="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"/>'
        f'<path {_STILL} class="{css} head" fill="none" stroke="{colour}" stroke-width="2" d="{head}"/>'
    )


def _head(x1: float, y1: float, x2: float, y2: float) -> str:
    """An open arrow head: two short strokes, which keep their look when the drawing is stretched."""
    if x1 == x2:
        back = 9 if y1 > y2 else -9
        return f"M{number(x2 - 7)} {number(y2 + back)}L{number(x2)} {number(y2)}L{number(x2 + 7)} {number(y2 + back)}"
    back = 8 if x1 > x2 else -8
    return f"M{number(x2 + back)} {number(y2 - 8)}L{number(x2)} {number(y2)}L{number(x2 + back)} {number(y2 + 8)}"


def lifecycle_strip(stages: int, loops: Sequence[tuple[int, int]]) -> SafeString:
    """The ways back under a row of stages: (origin, target) by place from 0, longer ones lower."""
    unit = 900 / max(stages, 1)
    ordered = sorted(loops, key=lambda loop: loop[0] - loop[1])
    height = 20 + 14 * max(len(ordered), 1)
    parts = []
    for depth, (origin, target) in enumerate(ordered):
        start, end, low = (origin + 0.5) * unit, (target + 0.5) * unit, 18 + 14 * depth
        parts.append(
            f'<path {_STILL} class="c-loop" fill="none" stroke="{CONTROL}" stroke-width="1.6" '
            f'd="M{number(start)} 2V{low - 8}q0 8-8 8H{number(end + 8)}q-8 0-8-8V5m-4 6 4-8 4 8"/>'
        )
    return mark_safe(  # noqa: S308  numbers only
        f'<svg class="loops" viewBox="0 0 900 {height}" preserveAspectRatio="none" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )
