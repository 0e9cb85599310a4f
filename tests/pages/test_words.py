"""Figures in words."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf.locale import LANG_INFO
from django.utils import translation
from django.utils.formats import date_format

from pages.words import chance_in_ten, chance_in_twenty, date_patterns, days_until, duration


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


WITH_WEEKDAYS = {"ka"}


def written_by_a_script(day: date) -> str:
    """What the player's Catalogue makes of a day."""
    pattern = date_patterns()[day.month - 1]
    return pattern.replace("{year}", str(day.year)).replace("{padded}", f"{day:%d}").replace("{day}", str(day.day))


@pytest.mark.parametrize("language", sorted(code for code, info in LANG_INFO.items() if "fallback" not in info))
def test_a_date_that_a_script_writes_is_the_date_of_every_other_page(language):
    with translation.override(language):
        for day in [date(2026, 11, 20), date(2027, 1, 8), date(2028, 8, 28), date(2026, 5, 31)]:
            assert written_by_a_script(day) == date_format(day, "SHORT_DATE_FORMAT" if language in WITH_WEEKDAYS else "DATE_FORMAT")


def test_english_dates_have_the_day_before_the_month():
    assert date_patterns()[10] == "{day} November {year}"
