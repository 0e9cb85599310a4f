"""Lessons as HTML: headings with anchors, links to the reference, figures inside the page, checks as parts of their own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import nh3
from django.core.cache import cache
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from lifecycle.addresses import entry_path
from lifecycle.entries import Mistakes, read_block
from lifecycle.lesson_text import ANCHOR, CHECK_FENCE, REFERENCE, Check, markdown_parser, read_check
from lifecycle.models import Exam, Figure, Lesson

RENDERING_EDITION = 2
"""Raised when the same Markdown comes out differently, so that nothing old is served from the cache."""
KEPT_SECONDS = 7 * 24 * 3600

TAGS = {"a", "blockquote", "br", "code", "div", "em", "figure", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong"}
TAGS |= {"table", "tbody", "td", "th", "thead", "tr", "ul"}
ATTRIBUTES = {
    "a": {"href", "class", "rel", "data-term"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "figure": {"data-figure"},
    "div": {"class", "role", "tabindex"},
    "ol": {"start"},
    "td": {"class"},
    "th": {"class", "scope"},
}
FIGURE_PLACE = re.compile(r'<figure data-figure="(\d+)"></figure>')


@dataclass(frozen=True)
class ShownCheck:
    """An inline check as a page shows it, with its number in the lesson from 0."""

    number: int
    question: SafeString
    options: tuple[SafeString, ...]


@dataclass(frozen=True)
class LessonPart:
    """A piece of a lesson: text, or (with `check`) an inline check."""

    html: SafeString
    check: ShownCheck | None = None


@dataclass(frozen=True)
class LessonHtml:
    """A lesson ready for a page. `sections` are (anchor, title) in order."""

    parts: tuple[LessonPart, ...]
    sections: tuple[tuple[str, str], ...]

    @property
    def html(self) -> SafeString:
        """The text alone; where a check belongs stands an empty element with its number."""
        return mark_safe(  # noqa: S308  sanitised pieces joined
            "".join(format_html('<div data-check="{}"></div>', p.check.number) if p.check else p.html for p in self.parts)
        )

    @property
    def checks(self) -> tuple[ShownCheck, ...]:
        """The inline checks in order."""
        return tuple(part.check for part in self.parts if part.check)


@dataclass(frozen=True)
class _PlacedFigure:
    slug: str
    words: str
    caption: str


def lesson_view(lesson: Lesson) -> LessonHtml:
    """A lesson rendered, from the cache where its text and figures are as they were. At most one statement."""
    figures = _figures_in(lesson)
    drawn = [part for figure in sorted(figures.items()) for part in figure]
    said = "\0".join([str(RENDERING_EDITION), str(get_language()), lesson.exam.slug, lesson.body, *drawn])
    key = f"lesson-html-{hashlib.sha256(said.encode()).hexdigest()}"
    found: LessonHtml | None = cache.get(key)
    if found is None:
        found = render_lesson(lesson.body, exam=lesson.exam, figures=figures)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _figures_in(lesson: Lesson) -> dict[str, str]:
    slugs = {found[2] for found in REFERENCE.finditer(lesson.body) if found[1] == "figure"}
    if not slugs:
        return {}
    return dict(Figure.objects.filter(exam_id=lesson.exam_id, slug__in=slugs).values_list("slug", "svg"))


def render_lesson(body: str, *, exam: Exam, figures: dict[str, str]) -> LessonHtml:
    """Markdown to parts. Raw HTML comes out as text, and everything passes a sanitiser; figures must be clean already."""
    placed: list[_PlacedFigure] = []
    sections: list[tuple[str, str]] = []
    tokens = markdown_parser().parse(body)
    _anchor_headings(tokens, sections)
    _resolve_links(tokens, exam)
    parts: list[LessonPart] = []
    for piece in _pieces(tokens):
        if isinstance(piece, Token):
            parts.append(_check_part(piece, number=sum(part.check is not None for part in parts)))
        else:
            raw = _LessonRenderer(placed).render(piece, markdown_parser().options, {})
            clean = nh3.clean(raw, tags=TAGS, attributes=ATTRIBUTES, link_rel=None, url_schemes={"http", "https"})
            parts.append(LessonPart(mark_safe(FIGURE_PLACE.sub(lambda found: _figure(placed[int(found[1])], figures), clean))))  # noqa: S308
    return LessonHtml(tuple(parts), tuple(sections))


def _pieces(tokens: Sequence[Token]) -> Iterator[list[Token] | Token]:
    """Runs of tokens between inline checks, and the checks."""
    run: list[Token] = []
    for token in tokens:
        if token.type == "fence" and token.info.strip() == CHECK_FENCE:
            if run:
                yield run
            yield token
            run = []
        else:
            run.append(token)
    if run:
        yield run


def _anchor_headings(tokens: Sequence[Token], sections: list[tuple[str, str]]) -> None:
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        anchor = ANCHOR.search(inline.content)
        if anchor is None or not inline.children:
            continue
        token.attrSet("id", anchor[1])
        inline.children[-1].content = ANCHOR.sub("", inline.children[-1].content)
        if token.tag == "h2":
            sections.append((anchor[1], ANCHOR.sub("", inline.content).strip()))


def _resolve_links(tokens: Sequence[Token], exam: Exam) -> None:
    for token in tokens:
        for child in token.children or []:
            if child.type != "link_open":
                continue
            target = str(child.attrs["href"])
            found = REFERENCE.fullmatch(target)
            if found is None:
                child.attrs = {"href": target, "rel": "external noopener"}
                continue
            child.attrs = {
                "href": entry_path(found[1], found[2], exam_slug=exam.slug, anchor=found[3] or ""),
                "class": f"to-{found[1]}",
            }
            if found[1] == "term":
                child.attrs["data-term"] = found[2]


class _LessonRenderer(RendererHTML):
    """Tables that can scroll by themselves, and figures as places to be filled after sanitising."""

    def __init__(self, placed: list[_PlacedFigure]) -> None:
        super().__init__()
        self.placed = placed

    def table_open(self, *_: object) -> str:
        """A table that can be reached and scrolled by keyboard."""
        return '<div class="table-scroll" role="group" tabindex="0"><table>'

    def table_close(self, *_: object) -> str:
        """The end of a table and its frame."""
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        """A cell with its alignment as a class: the page's policy forbids inline styles."""
        token = tokens[index]
        style = str(token.attrs.get("style", ""))
        classes = f' class="align-{style.rpartition(":")[2]}"' if style else ""
        scope = ' scope="col"' if token.tag == "th" else ""
        return f"<{token.tag}{scope}{classes}>"

    td_open = th_open

    def paragraph_open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        """No paragraph around a figure: it is a block of its own."""
        token = tokens[index]
        inline = tokens[index + 1] if token.nesting == 1 else tokens[index - 1]
        if token.hidden or [child.type for child in inline.children or []] == ["image"]:
            return ""
        return "<p>" if token.nesting == 1 else "</p>\n"

    paragraph_close = paragraph_open

    def image(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        """The place of a figure; any other picture comes out as its words."""
        token = tokens[index]
        found = REFERENCE.fullmatch(str(token.attrs["src"]))
        if found is None or found[1] != "figure":
            return escape(token.content)
        self.placed.append(_PlacedFigure(found[2], token.content, str(token.attrs.get("title", ""))))
        return f'<figure data-figure="{len(self.placed) - 1}"></figure>'


def _figure(figure: _PlacedFigure, figures: dict[str, str]) -> str:
    drawing = figures.get(figure.slug, "")
    if drawing:  # on a telephone it keeps a size at which its words can be read, and scrolls by itself as tables do
        drawing = f'<div class="table-scroll" role="group" tabindex="0">{drawing}</div>'
    caption = format_html("<figcaption>{}</figcaption>", figure.caption) if figure.caption else ""
    words = format_html('<details class="figure-words"><summary>{}</summary><p>{}</p></details>', _("The figure in words"), figure.words)
    return f'<figure class="lesson-figure" id="figure-{figure.slug}">{drawing}{caption}{words}</figure>'


def _check_part(token: Token, *, number: int) -> LessonPart:
    """A check of a lesson that was read without mistakes; what cannot be read is left out of the page."""
    check = _read_stored_check(token.content)
    if check is None:
        return LessonPart(SafeString(""))
    options = tuple(inline_markdown(option.text) for option in check.options)
    return LessonPart(SafeString(""), ShownCheck(number, inline_markdown(check.question), options))


def _read_stored_check(text: str) -> Check | None:
    mistakes = Mistakes()
    entry = read_block(text, "", mistakes, first_line=1, path="")
    return read_check(entry) if entry else None


_INLINE = MarkdownIt("zero").enable(["emphasis", "backticks"])


def inline_markdown(text: str) -> SafeString:
    """`**bold**`, `*emphasis*` and `` `code` `` as HTML; everything else is text. An empty line makes a new paragraph's gap."""
    html = "<br><br>".join(_INLINE.renderInline(paragraph) for paragraph in text.split("\n\n"))
    return mark_safe(nh3.clean(html, tags={"strong", "em", "code", "br"}, attributes={}))  # noqa: S308  sanitised
