"""Cells that could be formulas become text."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from accounts.spreadsheet import cell, csv_table


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1"])
def test_cell_neutralises_what_could_start_a_formula(evil):
    assert cell(evil) == f"'{evil}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ada", "Ada"),
        (-22, "-22"),
        (0.5, "0.5"),
        (None, ""),
        (True, "yes"),
        (date(2026, 11, 20), "2026-11-20"),
        (["a"], '["a"]'),
        ("a=b", "a=b"),
    ],
)
def test_cell_leaves_the_rest_alone(value, text):
    assert cell(value) == text


def test_csv_table_survives_quotes_and_line_breaks():
    text = csv_table(["name"], [['a "b", c'], ["two\nlines"], ["=1"]])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["name"], ['a "b", c'], ["two\nlines"], ["'=1"]]
    assert text.endswith("\r\n")
