"""Figures in words."""

from __future__ import annotations

from datetime import date

import pytest

from pages.words import chance_in_ten, chance_in_twenty, days_until, duration


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0, "under 1 in 20"),
        (0.02, "under 1 in 20"),
        (0.03, "1 in 20"),
        (0.7, "14 in 20"),
        (0.97, "19 in 20"),
        (0.98, "over 19 in 20"),
        (1, "over 19 in 20"),
    ],
)
def test_chance_in_twenty_never_says_none_or_all(chance, words):
    assert chance_in_twenty(chance) == words


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0, "under 1 in 10"), (0.04, "under 1 in 10"), (0.06, "1 in 10"), (0.72, "7 in 10"), (0.94, "9 in 10"), (0.95, "over 9 in 10")],
)
def test_chance_in_ten_never_says_none_or_all(chance, words):
    assert chance_in_ten(chance) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3540, "59 min"), (3599, "1 h"), (3600, "1 h"), (6300, "1 h 45 min")],
)
def test_duration_uses_the_largest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 18), "Your exam is in 27 days"),
        (date(2026, 11, 22), "Your exam is in 1 day"),
        (date(2026, 11, 21), "Your exam is today"),
        (date(2026, 11, 20), "Your exam was on 20 Nov"),
    ],
)
def test_days_until_the_exam(day, words):
    assert days_until(day, date(2026, 11, 21)) == words
