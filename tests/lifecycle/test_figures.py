"""Figures: what may stand in a page gets through with ids of its own, anything else is refused with its line."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from lifecycle.figures import FigureRefused, clean_figure
from tests.quizzes.content.conftest import SAMPLE

GOOD = (SAMPLE / "figures" / "drifts.svg").read_text()


def test_good_figure_keeps_its_drawing_under_ids_of_its_own():
    cleaned = clean_figure("drifts", GOOD)
    root = ET.fromstring(cleaned)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert ids == {"figure-drifts-t", "figure-drifts-d", "figure-drifts-tip"}
    assert root.get("aria-labelledby") == "figure-drifts-t figure-drifts-d"
    assert "url(#figure-drifts-tip)" in cleaned
    assert "inputs &amp; outcome" in cleaned
    assert [element.tag for element in root.iter()] == [element.tag for element in ET.fromstring(GOOD).iter()]


REFUSED = [
    ("<defs>", "<script>alert(1)</script><defs>", 3, "the element script is not allowed"),
    ("<defs>", "<foreignObject/><defs>", 3, "the element foreignObject is not allowed"),
    ("<defs>", "<style>*{}</style><defs>", 3, "the element style is not allowed"),
    ("<defs>", '<image href="https://example.org/x.png"/><defs>', 3, "the element image is not allowed"),
    ("<defs>", '<a href="javascript:alert(1)"><text>x</text></a><defs>', 3, "the attribute href is not allowed"),
    ('<path d="M10 50H300"', '<path onclick="alert(1)" d="M10 50H300"', 4, "the attribute onclick is not allowed"),
    ('<path d="M10 50H300"', '<path style="fill:red" d="M10 50H300"', 4, "the attribute style is not allowed"),
    ("url(#tip)", "url(https://example.org/x.svg#tip)", 4, "marker-end refers to something outside the figure"),
    ('class="f-ink"', 'class="hero"', 4, "the class hero is none of the figure classes"),
    ('font-size="14"', 'font-size="11"', 4, "text of size 11 is too small to read"),
    ('role="img"', 'role="presentation"', 1, 'needs role="img"'),
    ('viewBox="0 0 640 100"', 'viewBox="0 0 900 100"', 1, "needs a viewBox"),
    ('<title id="t">Two drifts</title>', "", 1, "needs a title"),
    ("</svg>", "", 6, "not valid XML"),
    ("<svg xmlns", '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns', 1, "a document type is not allowed"),
    ("<defs>", "<?xml-stylesheet href='x.css'?><defs>", 3, "a processing instruction is not allowed"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), REFUSED)
def test_what_may_not_stand_in_a_page_is_refused(old, new, line, message):
    assert old in GOOD
    with pytest.raises(FigureRefused) as refused:
        clean_figure("drifts", GOOD.replace(old, new, 1))
    assert any(problem.line == line and message in problem.message for problem in refused.value.problems), refused.value


def test_every_problem_is_named():
    with pytest.raises(FigureRefused) as refused:
        clean_figure("drifts", GOOD.replace("<defs>", "<script/><style/><defs>"))
    assert len(refused.value.problems) == 2
