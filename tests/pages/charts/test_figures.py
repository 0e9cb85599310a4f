"""Bars, lines, points, days and arrows: what they draw, say and list."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from pages.charts import (
    Bin,
    Chart,
    Fifth,
    ItemPoint,
    ability_curve,
    calendar,
    dot_plot,
    due_bars,
    item_scatter,
    lifecycle_strip,
    paired_bars,
    reliability,
    score_line,
    spark,
    week_bars,
)

SVG = "{http://www.w3.org/2000/svg}"
WEEKS = ["28 Sep", "5 Oct", "12 Oct", "19 Oct"]


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def words_of(svg: str) -> list[str]:
    return [element.text or "" for element in drawn(svg).iter(f"{SVG}text")]


def line() -> Chart:
    return score_line(
        WEEKS,
        [650, 665, 690, 715],
        [600, 610, 640, 660],
        [700, 710, 730, 760],
        pass_mark=700,
        title="Score",
        sentence="The median went from 650 to 715.",
        names=("Median", "Low", "High"),
    )


EVERY = {
    "dots": lambda: dot_plot(list(range(600, 800, 10)), pass_mark=700, low=620, high=790, estimate=700),
    "week": lambda: week_bars([("Mon", 24), ("Tue", 0), ("Wed", 12)], goal=20),
    "due": lambda: due_bars([("Today", 3), ("Tue", 0), ("Wed", 9)]),
    "options": lambda: paired_bars([("A", 0.7, 0.2), ("B", 0.1, 0.5)]),
    "line": line,
    "reliability": lambda: reliability([Bin(0.3, 0.32, 0.25, 0.4, 50), Bin(0.7, 0.5, 0.45, 0.6, 60)]),
    "ability": lambda: ability_curve([Fifth(0.3, 0.25, 0.35, 0.2), Fifth(0.5, 0.45, 0.55, 0.5), Fifth(0.97, 0.95, 1.0, 0.96)]),
    "items": lambda: item_scatter([ItemPoint(0.8, 0.4, False, "q-1"), ItemPoint(0.3, -0.1, True, "q-2")]),
    "calendar": lambda: calendar([0, 5, 12, 25, 50, 0, 1] * 12, last_day=date(2026, 11, 22)),
}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())
def test_figure_is_an_image_with_name_and_description(make):
    chart = make()
    for svg in filter(None, (chart.wide, chart.narrow)):
        figure = drawn(svg)
        named = {element.get("id"): element.text for element in figure if element.get("id")}
        title, description = figure.get("aria-labelledby").split()
        assert named[title]
        assert named[description] == chart.sentence


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())
def test_figure_has_a_table_as_wide_as_its_head(make):
    table = make().table
    assert table.caption
    assert table.rows
    assert {len(row) for row in table.rows} == {len(table.head)}


# The numbers that figures above were given, as their tables have to print them, in any order within a row.
GIVEN = {
    "week": [["24"], ["0"], ["12"]],
    "due": [["3"], ["0"], ["9"]],
    "options": [["70%", "20%"], ["10%", "50%"]],
    "line": [["650", "600", "700"], ["665", "610", "710"], ["690", "640", "730"], ["715", "660", "760"]],
    "items": [["80%", "0.40"], ["30%", "-0.10"]],
}


@pytest.mark.parametrize("name", GIVEN)
def test_figure_and_its_table_say_the_same(name):
    """The table prints what the figure was drawn from, all of it and nothing else."""
    chart = EVERY[name]()
    rows = [set(row[1:]) for row in chart.table.rows]
    for given in GIVEN[name]:
        assert any(set(given) <= row for row in rows), (given, rows)
        rows.remove(next(row for row in rows if set(given) <= row))
    assert rows == []


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())
def test_figure_has_no_style_and_no_small_text(make):
    chart = make()
    for svg in filter(None, (chart.wide, chart.narrow)):
        assert "style=" not in svg
        assert all(float(size) >= 12.5 for size in re.findall(r'font-size="([\d.]+)"', svg))


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())
def test_figure_shapes_carry_attributes_for_print(make):
    for element in drawn(make().wide).iter():
        if element.tag.removeprefix(SVG) in {"rect", "circle", "polygon", "polyline", "text"}:
            assert element.get("fill"), ET.tostring(element)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())
def test_figure_stays_inside_its_frame(make):
    chart = make()
    for svg in filter(None, (chart.wide, chart.narrow)):
        figure = drawn(svg)
        width, height = [float(number) for number in figure.get("viewBox").split()][2:]
        for element in figure.iter():
            for name, limit in (("x", width), ("cx", width), ("x1", width), ("x2", width), ("y", height), ("cy", height), ("y1", height)):
                if element.get(name):
                    assert -0.5 <= float(element.get(name)) <= limit + 0.5, ET.tostring(element)


def test_texts_are_escaped():
    chart = week_bars([("<b>Mon</b>", 24)], goal=20)
    assert "<b>" not in chart.wide
    assert "<b>Mon</b>" in words_of(chart.wide)


def test_week_bars_tell_met_days_from_the_rest():
    chart = week_bars([("Mon", 24), ("Tue", 0), ("Wed", 12)], goal=20)
    kinds = [bar.get("class") for bar in drawn(chart.wide).iter(f"{SVG}rect")]
    assert kinds == ["c-bar", "c-bar part"]
    assert "met on 1 of 3 days" in chart.sentence
    assert chart.table.rows == (("Mon", "24"), ("Tue", "0"), ("Wed", "12"))


def test_week_without_study_can_be_drawn():
    assert words_of(week_bars([("Mon", 0)], goal=20).wide) == ["–", "Mon"]


def test_due_bars_count_today():
    assert due_bars([("Today", 3), ("Tue", 9)]).sentence == "12 reviews come due in these 2 days, 3 of them today."


def test_score_line_labels_its_end_without_overlap():
    chart = score_line(
        WEEKS, [700, 700, 700, 700], [699, 699, 699, 699], [701, 701, 701, 701],
        pass_mark=700, title="t", sentence="s", names=("Median", "Low", "High"),
    )  # fmt: skip
    ends = [element for element in drawn(chart.wide).iter(f"{SVG}text") if element.text.split()[0] in {"Median", "Low", "High"}]
    heights = sorted(float(element.get("y")) for element in ends)
    assert all(later - earlier >= 16 for earlier, later in pairwise(heights))


def test_score_line_shows_the_pass_mark_once():
    words = words_of(line().wide)
    assert words.count("Pass 700") == 1
    assert "700" not in words


def test_score_line_refuses_series_of_different_length():
    with pytest.raises(ValueError, match="zip"):
        score_line(WEEKS, [1], [1], [1], pass_mark=700, title="t", sentence="s", names=("a", "b", "c"))


def test_reliability_marks_what_is_off_by_shape():
    chart = EVERY["reliability"]()
    assert len(list(drawn(chart.wide).iter(f"{SVG}circle"))) == 1
    assert len(list(drawn(chart.wide).iter(f"{SVG}rect"))) == 1
    assert "In 1 of 2 groups" in chart.sentence


def test_item_scatter_marks_flags_by_shape():
    chart = EVERY["items"]()
    assert len(list(drawn(chart.wide).iter(f"{SVG}rect"))) == 1
    assert chart.table.rows[1] == ("q-2", "30%", "-0.10", "yes")


def test_calendar_darkens_with_answers_and_counts_days():
    chart = EVERY["calendar"]()
    kinds = [cell.get("class").split()[-1] for cell in drawn(chart.wide).iter(f"{SVG}rect")]
    assert kinds[:7] == ["q0", "q1", "q2", "q3", "q4", "q0", "q1"]
    assert chart.sentence.startswith("60 of the last 84 days")
    assert chart.table.rows[0][1:] == ("5", "93")


def test_spark_needs_two_values():
    assert "polyline" not in spark([700])
    assert len(drawn(spark([700, 720])).find(f"{SVG}polyline").get("points").split()) == 2


def test_strip_draws_one_path_for_each_way_back():
    assert lifecycle_strip(10, [(9, 1), (7, 4)]).count("<path") == 2


def ends_of(element: ET.Element) -> tuple[float, float]:
    """Where a text begins and ends, in a wide sans-serif: digits .58 of the type size, per cent .95, others .6."""
    words = element.text or ""
    size, x = float(element.get("font-size")), float(element.get("x"))
    width = size * sum(0.95 if letter == "%" else 0.58 if letter.isdigit() else 0.6 for letter in words)
    start = x - {"start": 0.0, "middle": width / 2, "end": width}[element.get("text-anchor")]
    return start, start + width


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())
def test_no_label_is_clipped(make):
    chart = make()
    for svg in filter(None, (chart.wide, chart.narrow)):
        figure = drawn(svg)
        width, height = (float(side) for side in figure.get("viewBox").split()[2:])
        for element in figure.iter(f"{SVG}text"):
            start, end = ends_of(element)
            assert start >= 0 and end <= width, (element.text, start, end, width)
            assert 0 < float(element.get("y")) <= height - 2, element.text


def test_ability_curve_marks_the_fifths_that_differ_from_the_prediction():
    chart = EVERY["ability"]()
    assert "In 2 of 3 fifths" in chart.sentence
    figure = drawn(chart.wide)
    assert len([mark for mark in figure.iter(f"{SVG}rect") if mark.get("class") == "c-pt lo"]) == 1
    assert len(list(figure.iter(f"{SVG}circle"))) == 2


@pytest.mark.parametrize(("low", "high", "off"), [(0.74, 0.8, True), (0.72, 0.8, False), (0.6, 0.66, True), (0.6, 0.68, False)])
def test_what_happened_is_off_only_past_three_points(low, high, off):
    """Said .70: many answers make an interval narrow, and a difference of a point is no broken promise."""
    assert Bin(0.7, (low + high) / 2, low, high, 100_000).off is off
