"""Figures of lessons: SVG from a short list of elements and attributes, so that it can stand inside a page.

A strict Content-Security-Policy forbids inline styles and scripts anyway; here nothing that could carry one gets through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from xml.parsers import expat

ELEMENTS = frozenset(
    {"svg", "g", "defs", "marker", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"}
)
ATTRIBUTES = frozenset(
    {
        "aria-labelledby",
        "class",
        "cx",
        "cy",
        "d",
        "dominant-baseline",
        "dx",
        "dy",
        "fill",
        "fill-opacity",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "height",
        "id",
        "letter-spacing",
        "marker-end",
        "marker-mid",
        "marker-start",
        "markerHeight",
        "markerUnits",
        "markerWidth",
        "opacity",
        "orient",
        "points",
        "r",
        "refX",
        "refY",
        "role",
        "rx",
        "ry",
        "stroke",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-opacity",
        "stroke-width",
        "text-anchor",
        "transform",
        "viewBox",
        "width",
        "x",
        "x1",
        "x2",
        "xmlns",
        "y",
        "y1",
        "y2",
    }
)
CLASS = re.compile(r"f-[a-z]+(?:-[a-z]+)*")
LOCAL_REFERENCE = re.compile(r"url\(#([A-Za-z][\w-]*)\)")
VIEW_BOX = re.compile(r"0 0 640 \d+(?:\.\d+)?")
SMALLEST_TEXT = 13.0
NAMESPACE = "http://www.w3.org/2000/svg"


@dataclass(frozen=True)
class FigureProblem:
    """What is wrong with a figure; the line counts from 1."""

    line: int
    message: str


class FigureRefused(ValueError):
    """A figure holds something that may not stand in a page."""

    def __init__(self, problems: list[FigureProblem]) -> None:
        super().__init__("; ".join(f"line {problem.line}: {problem.message}" for problem in problems))
        self.problems = problems


def clean_figure(slug: str, svg: str) -> str:
    """The figure as markup that can stand in an HTML page, its ids made unique by the slug.

    Raises FigureRefused with every problem: unknown elements or attributes, references that leave the figure, text that is too
    small, no `title`, `desc`, `role="img"` or fitting viewBox.
    """
    writer = _Writer(slug)
    writer.read(svg)
    if writer.problems:
        raise FigureRefused(writer.problems)
    return "".join(writer.parts)


class _Writer:
    """Writes an SVG again, element by element, leaving a note on whatever is not allowed."""

    def __init__(self, slug: str) -> None:
        self.prefix = f"figure-{slug}-"
        self.parts: list[str] = []
        self.problems: list[FigureProblem] = []
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = lambda *_: self._wrong("a document type is not allowed")
        self.parser.EntityDeclHandler = lambda *_: self._wrong("an entity is not allowed")
        self.parser.ProcessingInstructionHandler = lambda *_: self._wrong("a processing instruction is not allowed")

    def read(self, svg: str) -> None:
        if "<!DOCTYPE" in svg or "<!ENTITY" in svg:
            self.problems.append(FigureProblem(1, "a document type is not allowed"))
            return
        try:
            self.parser.Parse(svg, True)
        except expat.ExpatError as error:
            self.problems.append(FigureProblem(error.lineno, f"not valid XML: {expat.ErrorString(error.code)}"))
            return
        for name in ("title", "desc"):
            if name not in self.seen:
                self.problems.append(FigureProblem(1, f"needs a {name}"))

    def _wrong(self, message: str) -> None:
        self.problems.append(FigureProblem(self.parser.CurrentLineNumber, message))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in ELEMENTS:
            self._wrong(f"the element {name} is not allowed")
        if not self.open:
            self._check_root(name, attributes)
        self.open.append(name)
        self.seen.add(name)
        kept = "".join(self._attribute(key, value) for key, value in attributes.items())
        self.parts.append(f"<{name}{kept}>")

    def _check_root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "svg":
            self._wrong("the outermost element must be svg")
        if not VIEW_BOX.fullmatch(attributes.get("viewBox", "")):
            self._wrong('needs a viewBox of "0 0 640" and its height')
        if attributes.get("role") != "img":
            self._wrong('needs role="img"')

    def _attribute(self, key: str, value: str) -> str:
        if key not in ATTRIBUTES:
            self._wrong(f"the attribute {key} is not allowed")
        elif key == "xmlns" and value != NAMESPACE:
            self._wrong(f"the namespace {value} is not allowed")
        elif key == "class" and not all(CLASS.fullmatch(word) for word in value.split()):
            self._wrong(f"the class {value} is none of the figure classes f-…")
        elif key == "font-size" and self._is_small(value):
            self._wrong(f"text of size {value} is too small to read; at least {SMALLEST_TEXT:g}")
        elif "url(" in value and not LOCAL_REFERENCE.fullmatch(value):
            self._wrong(f"{key} refers to something outside the figure")
        return f' {key}="{escape(self._own_ids(key, value))}"'

    @staticmethod
    def _is_small(value: str) -> bool:
        number = re.fullmatch(r"(\d+(?:\.\d+)?)(?:px)?", value)
        return number is None or float(number[1]) < SMALLEST_TEXT

    def _own_ids(self, key: str, value: str) -> str:
        if key == "id":
            return self.prefix + value
        if key == "aria-labelledby":
            return " ".join(self.prefix + name for name in value.split())
        return LOCAL_REFERENCE.sub(lambda found: f"url(#{self.prefix}{found[1]})", value)

    def _end(self, name: str) -> None:
        self.open.pop()
        self.parts.append(f"</{name}>")

    def _text(self, text: str) -> None:
        self.parts.append(escape(text, quote=False))
