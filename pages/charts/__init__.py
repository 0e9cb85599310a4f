"""Figures as SVG from the server: no script, real text, the same on paper.

Every figure gives its colours twice, as a class (the tokens of the style sheet, which win on a screen) and as an attribute
(for print and PDF, where the sheet does not reach). Each has a sentence that says what it shows and a table with the same
numbers, and is drawn twice, for wide and for narrow places, so that its text never falls below 12.5 pixels.
"""

from pages.charts.bars import due_bars, paired_bars, week_bars
from pages.charts.days import calendar
from pages.charts.drawing import Chart, Table
from pages.charts.lines import score_line, spark
from pages.charts.points import Bin, Fifth, ItemPoint, ability_curve, item_scatter, reliability
from pages.charts.ring import lifecycle_strip
from pages.charts.scores import dot_plot, interval

__all__ = [
    "Bin",
    "Chart",
    "Fifth",
    "ItemPoint",
    "Table",
    "ability_curve",
    "calendar",
    "dot_plot",
    "due_bars",
    "interval",
    "item_scatter",
    "lifecycle_strip",
    "paired_bars",
    "reliability",
    "score_line",
    "spark",
    "week_bars",
]
