"""Lessons as HTML: links resolved, figures in place, checks apart, nothing unsafe."""

from __future__ import annotations

import re

import pytest

from lifecycle.models import Exam, Figure
from lifecycle.rendering import inline_markdown, lesson_view, render_lesson


def html_of(body: str, figures: dict[str, str] | None = None) -> str:
    return str(render_lesson(body, exam=Exam(slug="mini"), figures=figures or {}).html)


def test_lesson_comes_in_parts_with_its_checks_between(lesson):
    view = lesson_view(lesson)
    assert [bool(part.check) for part in view.parts] == [False, True, False, True]
    assert [check.number for check in view.checks] == [0, 1]
    assert view.checks[0].question == "Inputs look the same, errors grow. What has <strong>drifted</strong>?"
    assert view.checks[0].options == ("The concept", "The data")
    assert view.sections == (("two-kinds", "Two kinds"), ("what-to-do", "What to do"))
    assert 'data-check="0"' in view.html
    assert "why" not in view.html
    assert "The relation has changed" not in view.html


def test_links_lead_to_pages(lesson):
    html = lesson_view(lesson).html
    assert '<a href="/reference/glossary/#data-drift" class="to-term" data-term="data-drift">Data drift</a>' in html
    assert '<a href="/reference/services/gauge/" class="to-service">Gauge</a>' in html
    assert '<a href="/reference/formulas/#recall" class="to-formula">the card</a>' in html
    assert '<a href="/mini/lessons/counting-costs/#costs" class="to-lesson">costs</a>' in html
    assert '<a href="https://example.org/guide" rel="external noopener">the guide</a>' in html


def test_headings_carry_anchors_and_tables_can_scroll(lesson):
    html = lesson_view(lesson).html
    assert '<h2 id="two-kinds">Two kinds</h2>' in html
    assert '<div class="table-scroll" role="group" tabindex="0"><table>' in html
    assert '<th scope="col" class="align-right">Moves</th>' in html or '<th class="align-right" scope="col">Moves</th>' in html
    assert "style=" not in html


def test_figure_stands_in_the_page_with_caption_and_words(lesson):
    html = lesson_view(lesson).html
    figure = html[html.index('<figure class="lesson-figure" id="figure-drifts">') : html.index("</figure>")]
    assert '<div class="table-scroll" role="group" tabindex="0"><svg' in figure
    assert "marker-end" in figure
    assert "<figcaption>Two drifts</figcaption>" in figure
    assert "<p>Inputs move on the left, the relation on the right</p>" in figure
    assert "<p><figure" not in html


def test_rendering_follows_text_and_figures(lesson):
    """The cache must not serve yesterday's text or drawing."""
    first = lesson_view(lesson).html
    lesson.body = lesson.body.replace("grow worse", "grow stale")
    assert "grow stale" in lesson_view(lesson).html
    Figure.objects.update(svg="<svg>another</svg>")
    assert "another" in lesson_view(lesson).html
    assert "grow worse" in first


def test_second_rendering_costs_one_statement(lesson, django_assert_num_queries):
    lesson_view(lesson)
    with django_assert_num_queries(1):
        lesson_view(lesson)


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)> text",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](ftp://example.org/x)",
        "[x](intent://scan/#Intent)",
        '[x](https://example.org/"onmouseover="alert(1))',
        "![x](https://example.org/tracker.png)",
        '![x](figure:none "\\"><script>alert(1)</script>")',
        "```html\n<script>alert(1)</script>\n```",
        "<svg onload=alert(1)>",
        "| <b onclick=x>a</b> |\n|---|\n| <iframe src=x></iframe> |",
        "```check\nquestion: <script>alert(1)</script>\noptions:\n- {text: <b>, correct: true, why: x}\n- {text: b, why: x}\n```",
    ],
)
def test_nothing_unsafe_gets_through(body):
    view = render_lesson(body, exam=Exam(slug="mini"), figures={})
    html = view.html + "".join(str(check.question) + "".join(check.options) for check in view.checks)
    tags = re.findall(r"<[^>]*>", html)
    assert not [tag for tag in tags if re.match(r"<(script|img|svg|iframe|b)\b", tag)]
    assert not [tag for tag in tags if re.search(r"\son\w+=|(?:href|src)=\"(?!https?://|/)", tag)]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **b** *c* `d`", "a <strong>b</strong> <em>c</em> <code>d</code>"),
        ("2 < 3 & <b>x</b>", "2 &lt; 3 &amp; &lt;b&gt;x&lt;/b&gt;"),
        ("[x](https://example.org) # no heading", "[x](https://example.org) # no heading"),
        ("`a < **b**`", "<code>a &lt; **b**</code>"),
        ("one\n\ntwo", "one<br><br>two"),
        ("snake_case_name and 5 * 3 * 2", "snake_case_name and 5 * 3 * 2"),
    ],
)
def test_inline_markdown(text, html):
    assert inline_markdown(text) == html
