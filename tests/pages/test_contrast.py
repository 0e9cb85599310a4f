"""Every pair of colours that can meet, held to WCAG 2: 4.5 for text, 3 for what can be acted on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEET = Path(settings.BASE_DIR) / "static" / "css" / "site.css"
TOKEN = re.compile(r"--([a-z0-9-]+):\s*light-dark\((#[0-9A-Fa-f]{6}),\s*(#[0-9A-Fa-f]{6})\)")
GROUNDS = ("bg", "surface", "sunken")

TEXT = [(ink, ground) for ink in ("ink", "ink2", "ink3", "accent", "ok", "bad", "warn") for ground in GROUNDS]
TEXT += [("ink", soft) for soft in ("accent-soft", "ok-soft", "bad-soft", "warn-soft")]
TEXT += [("ink2", soft) for soft in ("accent-soft", "ok-soft", "bad-soft", "warn-soft")]
TEXT += [("accent", "accent-soft"), ("ok", "ok-soft"), ("bad", "bad-soft"), ("warn", "warn-soft")]
TEXT += [("on-accent", "accent"), ("on-accent", "accent-hover"), ("surface", "ink")]
TEXT += [("hero-ink", "hero"), ("hero-ink2", "hero"), ("hero-btn-ink", "hero-btn"), ("hero-btn-ink", "hero-ink"), ("hero-btn", "hero")]
TEXT += [(f"div-{step}-ink", f"div-{step}") for step in range(7)]
TEXT += [(f"seq-{step}-ink", f"seq-{step}") for step in range(5)]

CONTROLS = [(mark, ground) for mark in ("control", "focus", "accent", "warn") for ground in GROUNDS]
CONTROLS += [("hero-btn", "hero-track"), ("control", "accent-soft")]


def tokens(text: str) -> dict[str, tuple[str, str]]:
    """Name to (light, dark)."""
    return {name: (light, dark) for name, light, dark in TOKEN.findall(text)}


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance of #rrggbb."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(scope="module")
def sheet() -> dict[str, tuple[str, str]]:
    return tokens(SHEET.read_text(encoding="utf-8"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_has_contrast(sheet, theme, ink, ground):
    place = ("light", "dark").index(theme)
    assert contrast(sheet[ink][place], sheet[ground][place]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), CONTROLS)
def test_controls_and_focus_have_contrast(sheet, theme, mark, ground):
    place = ("light", "dark").index(theme)
    assert contrast(sheet[mark][place], sheet[ground][place]) >= 3


def test_every_colour_token_is_in_a_pair(sheet):
    paired = {name for pair in TEXT + CONTROLS for name in pair}
    assert set(sheet) - paired == {"line", "hero-line"}, "a new colour needs its pairs here; hairlines carry no meaning"


def test_ratio_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
