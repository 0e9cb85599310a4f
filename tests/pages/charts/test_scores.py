"""The dots and the interval."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from pages.charts import dot_plot, interval

DOTS = (610, 630, 650, 665, 680, 690, 701, 709, 716, 724, 731, 738, 746, 754, 763, 772, 783, 797, 815, 842)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


@pytest.fixture
def plot():
    return dot_plot(DOTS, pass_mark=700, low=640, high=810, estimate=730)


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_dot_plot_fills_what_passes(plot, width):
    circles = drawn(getattr(plot, width)).iter(f"{SVG}circle")
    kinds = [circle.get("class") for circle in circles]
    assert kinds.count("c-hit") == 14
    assert kinds.count("c-miss") == 6


def test_dot_plot_draws_each_dot_on_its_side_of_the_pass_mark(plot):
    figure = drawn(plot.wide)
    cut = float(next(line for line in figure.iter(f"{SVG}line") if line.get("class") == "c-pass").get("x1"))
    for circle in figure.iter(f"{SVG}circle"):
        assert (float(circle.get("cx")) > cut) == (circle.get("class") == "c-hit")


def test_dot_plot_says_what_it_shows(plot):
    figure = drawn(plot.wide)
    assert figure.get("role") == "img"
    ids = figure.get("aria-labelledby").split()
    words = {element.get("id"): element.text for element in figure if element.get("id")}
    assert [words[name] for name in ids] == ["Twenty equally likely exam scores", plot.sentence]
    assert plot.sentence.startswith("14 of 20 dots are at or above the pass mark of 700.")


def test_dot_plot_has_a_table_with_the_same_numbers(plot):
    assert [row[1] for row in plot.table.rows] == [str(dot) for dot in DOTS]
    assert sum(row[2] == "pass" for row in plot.table.rows) == 14


def test_dot_plot_ids_differ_between_widths(plot):
    assert not set(re.findall(r'id="([^"]+)"', plot.wide)) & set(re.findall(r'id="([^"]+)"', plot.narrow))


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_dot_plot_keeps_extreme_scores_inside(width):
    plot = dot_plot((100, 120, 400, *DOTS[3:18], 990, 1000), pass_mark=700, low=150, high=990, estimate=700)
    figure = drawn(getattr(plot, width))
    limits = [float(number) for number in figure.get("viewBox").split()]
    for circle in figure.iter(f"{SVG}circle"):
        radius = float(circle.get("r"))
        assert radius <= float(circle.get("cx")) <= limits[2] - radius
        assert float(circle.get("cy")) >= radius


def test_interval_carries_its_look_without_the_sheet():
    figure = drawn(interval(54, 43, 65, cut=70, start=20, end=100))
    rule, cut, reach = figure.iter(f"{SVG}line")
    assert rule.get("stroke")
    assert cut.get("stroke-dasharray")
    assert reach.get("stroke-width") == "6"


def test_interval_below_the_cut_is_a_ring():
    below = drawn(interval(54, 43, 65, cut=70, start=20, end=100)).find(f"{SVG}circle")
    above = drawn(interval(74, 63, 85, cut=70, start=20, end=100)).find(f"{SVG}circle")
    assert "lo" in below.get("class").split()
    assert "lo" not in above.get("class").split()


def test_interval_places_values_on_the_common_scale():
    figure = drawn(interval(60, 20, 100, cut=70, start=20, end=100))
    _rule, _cut, reach = figure.iter(f"{SVG}line")
    assert (reach.get("x1"), reach.get("x2")) == ("3.0%", "97.0%")
    assert figure.find(f"{SVG}circle").get("cx") == "50.0%"


def test_interval_holds_values_off_the_scale_at_its_edge():
    figure = drawn(interval(5, 1, 150, cut=70, start=20, end=100))
    assert figure.find(f"{SVG}circle").get("cx") == "3.0%"
