"""The arrows of the lifecycle. The stages themselves are links in a list; these lines only show what the list says in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

from pages.charts.drawing import CONTROL, number

_STILL = 'vector-effect="non-scaling-stroke"'


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
        f'<svg class="loops" viewBox="0 0 900 {height}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{''.join(parts)}</svg>"
    )
