"""What a lesson's Markdown holds: sections, links, figures and inline checks, each with its line.

The same reading serves the loader (which needs every mistake with its line), the admin (which needs sections and checks again after
an edit) and the page that shows the lesson.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lifecycle.entries import Entry, Mistakes, Place, read_block

ANCHOR = re.compile(r"\s*\{#([a-z0-9][a-z0-9-]*)\}\s*$")
REFERENCE = re.compile(r"(term|service|formula|lesson|figure):([a-z0-9][a-z0-9.-]*)(?:#([a-z0-9-]+))?")
CHECK_FENCE = "check"


@dataclass(frozen=True)
class Section:
    """A `##` heading with its anchor."""

    anchor: str
    title: str
    line: int


@dataclass(frozen=True)
class Link:
    """A link to another entry, or a figure that stands in the text."""

    kind: str
    slug: str
    anchor: str
    line: int


@dataclass(frozen=True)
class CheckOption:
    """One answer of an inline check, with why it is right or wrong."""

    text: str
    correct: bool
    why: str


@dataclass(frozen=True)
class Check:
    """A question inside a lesson; exactly one option is right."""

    question: str
    options: tuple[CheckOption, ...]

    @property
    def correct_index(self) -> int:
        """The place of the right option, from 0."""
        return next(index for index, option in enumerate(self.options) if option.correct)

    def as_json(self) -> dict[str, Any]:
        """The shape that `Lesson.checks` stores."""
        return {"question": self.question, "options": [vars(option) for option in self.options]}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Check:
        """What `as_json` stored."""
        return cls(stored["question"], tuple(CheckOption(**option) for option in stored["options"]))


@dataclass
class LessonText:
    """A lesson's text, taken apart."""

    sections: list[Section] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    words: int = 0


def markdown_parser(*, html: bool = False) -> MarkdownIt:
    """CommonMark with tables. Raw HTML is text, or (to find it) tokens of its own."""
    return MarkdownIt("commonmark", {"html": html, "typographer": False}).enable("table")


def read_lesson_text(body: str, *, file: str, mistakes: Mistakes, first_line: int = 1) -> LessonText:
    """Take a lesson's Markdown apart and note every mistake in it; `first_line` is the file's line where the text begins."""
    reader = _LessonReader(body, file, mistakes, first_line)
    reader.read()
    return reader.text


class _LessonReader:
    def __init__(self, body: str, file: str, mistakes: Mistakes, first_line: int) -> None:
        self.body_lines = body.split("\n")
        self.tokens = markdown_parser(html=True).parse(body)
        self.file, self.mistakes, self.first_line = file, mistakes, first_line
        self.text = LessonText()

    def read(self) -> None:
        for index, token in enumerate(self.tokens):
            if token.type == "heading_open":
                self._heading(token, self.tokens[index + 1])
            elif token.type == "fence" and token.info.strip() == CHECK_FENCE:
                self._check(token)
            elif token.type == "html_block":
                self._wrong(self._line(token), "raw HTML is not allowed")
            elif token.type == "inline":
                self._inline(token)
        if not 2 <= len(self.text.checks) <= 4:
            self._wrong(self.first_line, f"has {len(self.text.checks)} inline checks; a lesson has two to four")
        if not self.text.sections:
            self._wrong(self.first_line, "has no section")

    def _line(self, token: Token, needle: str = "") -> int:
        start, end = token.map or [0, 0]
        for number in range(start, end):
            if needle and needle in self.body_lines[number]:
                return number + self.first_line
        return start + self.first_line

    def _wrong(self, line: int, message: str, name: str = "text") -> None:
        self.mistakes.add(Place(self.file, line, name), message)

    def _heading(self, token: Token, inline: Token) -> None:
        line, anchor = self._line(token), ANCHOR.search(inline.content)
        title = ANCHOR.sub("", inline.content).strip()
        if token.tag == "h1":
            self._wrong(line, "the title stands in the front matter; sections begin with ##")
        elif token.tag == "h2" and anchor is None:
            self._wrong(line, f"the section “{title}” has no anchor such as {{#two-kinds}}")
        if anchor is None:
            return
        if any(section.anchor == anchor[1] for section in self.text.sections):
            self._wrong(line, f"the anchor “{anchor[1]}” stands twice")
        self.text.sections.append(Section(anchor[1], title, line))

    def _inline(self, token: Token) -> None:
        children = token.children or []
        for child in children:
            if child.type == "html_inline":
                self._wrong(self._line(token, child.content), f"raw HTML is not allowed: {child.content}")
            elif child.type == "link_open":
                self._link(token, str(child.attrs["href"]))
            elif child.type == "image":
                self._figure(token, str(child.attrs["src"]), child.content, alone=len(children) == 1)
        self.text.words += sum(len(child.content.split()) for child in children if child.type in ("text", "code_inline"))

    def _link(self, token: Token, target: str) -> None:
        if target.startswith(("http://", "https://")):
            return
        line, found = self._line(token, target), REFERENCE.fullmatch(target)
        if found is None or found[1] == "figure":
            self._wrong(line, f"the link “{target}” is none of term:, service:, formula:, lesson: or a web address")
        else:
            self.text.links.append(Link(found[1], found[2], found[3] or "", line))

    def _figure(self, token: Token, source: str, words: str, *, alone: bool) -> None:
        line, found = self._line(token, source), REFERENCE.fullmatch(source)
        if found is None or found[1] != "figure":
            self._wrong(line, f"the picture “{source}” is not a figure:…")
            return
        if not alone:
            self._wrong(line, f"the figure “{found[2]}” must stand alone in its paragraph")
        if not words.strip():
            self._wrong(line, f"the figure “{found[2]}” needs its content in words between the brackets")
        self.text.links.append(Link("figure", found[2], "", line))

    def _check(self, token: Token) -> None:
        number = len(self.text.checks) + 1
        line = self._line(token) + 1
        entry = read_block(token.content, self.file, self.mistakes, first_line=line, path=f"check {number}")
        if entry is None:
            self._wrong(line, "is empty", f"check {number}")
            return
        self.text.checks.append(read_check(entry))


def read_check(entry: Entry) -> Check:
    """An inline check: a question and two or more options, one of them right, each with its reason."""
    question = entry.text("question")
    options = []
    for option in entry.entries("options", at_least=2):
        options.append(CheckOption(option.text("text"), option.truth("correct"), option.text("why")))
        option.finish()
    entry.finish()
    if sum(option.correct for option in options) != 1:
        entry.wrong("options", "exactly one option must be correct")
    if len({option.text.casefold() for option in options}) < len(options):
        entry.wrong("options", "two options say the same")
    return Check(question, tuple(options))


def plain_words(body: str) -> str:
    """A lesson's text without marks, checks and figures, for searching and counting."""
    return " ".join(_plain(markdown_parser().parse(body)))


def _plain(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            text = "".join(child.content if child.type in ("text", "code_inline") else " " for child in token.children or [])
            yield re.sub(r"\s+", " ", ANCHOR.sub("", text)).strip()
        elif token.type in ("fence", "code_block") and token.info.strip() != CHECK_FENCE:
            yield token.content.strip()
