"""YAML and Markdown files as entries that know where each field stands.

Scalars are taken as text and converted by whoever asks for them, so that `task: 1.3`, `answer: no` and `step: 1e3` cannot turn into
numbers or truth values by accident. Every mistake is kept with file, line and field; reading goes on, so that one run names them all.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
DOTTED_SLUG = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
ADDRESS = re.compile(r"https?://[^\s<>\"]+\.[^\s<>\"]+")


@dataclass(frozen=True, order=True)
class Mistake:
    """Something wrong in a content file; lines count from 1."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


@dataclass
class Mistakes:
    """What was found wrong so far."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, place: Place, message: str, name: str = "") -> None:
        """Note a mistake at a place, or in one of its fields."""
        self.found.append(Mistake(place.file, place.line_of(name), place.path_of(name), message))

    def __bool__(self) -> bool:
        return bool(self.found)

    def sorted(self) -> list[Mistake]:
        """Every mistake once, by file and line."""
        return sorted(set(self.found))


@dataclass(frozen=True)
class Place:
    """Where an entry stands, with the line of each of its fields."""

    file: str
    line: int
    path: str = ""
    lines: dict[str, int] = field(default_factory=dict, compare=False)

    def line_of(self, name: str) -> int:
        """The line of a field such as `options.2.rationale`; of the nearest one around it where it is missing."""
        while name:
            if name in self.lines:
                return self.lines[name]
            name = name.rpartition(".")[0]
        return self.line

    def path_of(self, name: str) -> str:
        """The field's name from the top of the entry."""
        return ".".join(part for part in (self.path, name) if part)


class Entry:
    """A mapping of a content file, read field by field.

    Each reading method returns a usable value and notes what is wrong; `finish` names the fields that nobody asked for.
    """

    def __init__(self, node: yaml.MappingNode, file: str, mistakes: Mistakes, path: str = "", first_line: int = 1) -> None:
        self.mistakes = mistakes
        self._first_line = first_line
        self._nodes: dict[str, yaml.Node] = {}
        self._asked: set[str] = set()
        self.place = Place(file, node.start_mark.line + first_line, path)
        for key, value in node.value:
            self._take(key, value)

    def _take(self, key: yaml.Node, value: yaml.Node) -> None:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        if name in self._nodes:
            self.mistakes.add(self.place, f"stands twice, first in line {self.place.lines[name]}", name)
        self._nodes[name] = value
        self.place.lines[name] = key.start_mark.line + self._first_line
        self._note_lines(name, value)

    def _note_lines(self, name: str, node: yaml.Node) -> None:
        """Lines of what stands directly below: `options.2`, `options.2.text`, `source.url`."""
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value, 1):
                self.place.lines[f"{name}.{index}"] = item.start_mark.line + self._first_line
                self._note_keys(f"{name}.{index}", item)
        self._note_keys(name, node)

    def _note_keys(self, name: str, node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, _value in node.value:
                self.place.lines[f"{name}.{key.value}"] = key.start_mark.line + self._first_line

    def has(self, name: str) -> bool:
        """Whether the field is there with a value."""
        node = self._nodes.get(name)
        return node is not None and not (isinstance(node, yaml.ScalarNode) and node.style is None and node.value in ("", "~", "null"))

    def names(self) -> list[str]:
        """The fields that the entry has, in the file's order."""
        return list(self._nodes)

    def wrong(self, name: str, message: str) -> None:
        """Note a mistake in a field."""
        self.mistakes.add(self.place, message, name)

    def _node(self, name: str, *, required: bool) -> yaml.Node | None:
        self._asked.add(name)
        if self.has(name):
            return self._nodes[name]
        if required:
            self.wrong(name, "is missing" if name not in self._nodes else "is empty")
        return None

    def text(self, name: str, *, required: bool = True, longest: int | None = None) -> str:
        """A text without the space around it; "" where it is missing."""
        node = self._node(name, required=required)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(name, "must be a text")
            return ""
        value = str(node.value).strip()
        if longest is not None and len(value) > longest:
            self.wrong(name, f"has {len(value)} characters, at most {longest} are allowed")
        return value

    def slug(self, name: str, *, required: bool = True, longest: int = 80, dotted: bool = False) -> str:
        """Lower-case words joined by hyphens; `dotted` allows the number of a task in it."""
        value = self.text(name, required=required, longest=longest)
        if value and not (DOTTED_SLUG if dotted else SLUG).fullmatch(value):
            self.wrong(name, f"“{value}” is not lower-case words joined by hyphens")
        return value

    def choice(self, name: str, allowed: Collection[str], *, required: bool = True) -> str:
        """One of the allowed words; the first of them where it is none, so that reading can go on."""
        value = self.text(name, required=required)
        if value and value not in allowed:
            self.wrong(name, f"“{value}” is none of {', '.join(allowed)}")
            return next(iter(allowed))
        return value or (next(iter(allowed)) if required else "")

    def number(self, name: str, *, low: int, high: int, default: int | None = None) -> int:
        """A whole number in a range; required unless there is a default."""
        value = self.text(name, required=default is None)
        if not value:
            return low if default is None else default
        if not re.fullmatch(r"-?\d+", value):
            self.wrong(name, f"“{value}” is not a whole number")
            return low
        if not low <= int(value) <= high:
            self.wrong(name, f"{value} is not between {low} and {high}")
            return low
        return int(value)

    def share(self, name: str) -> float:
        """A number between 0 and 1, both excluded."""
        value = self.text(name)
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0 < number < 1:
            if value:
                self.wrong(name, f"“{value}” is not a number between 0 and 1")
            return 0.5
        return number

    def truth(self, name: str, *, default: bool | None = False) -> bool:
        """`true` or `false`."""
        value = self.text(name, required=default is None)
        if value not in ("", "true", "false"):
            self.wrong(name, f"“{value}” is neither true nor false")
        return value == "true" if value else bool(default)

    def day(self, name: str, *, required: bool = True) -> date | None:
        """An ISO date."""
        value = self.text(name, required=required)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.wrong(name, f"“{value}” is not a date such as 2026-11-20")
            return None

    def address(self, name: str, *, required: bool = True) -> str:
        """A public web address."""
        value = self.text(name, required=required, longest=500)
        if value and not ADDRESS.fullmatch(value):
            self.wrong(name, f"“{value}” is not a web address")
        return value

    def texts(self, name: str, *, required: bool = True, at_least: int = 0) -> list[str]:
        """A list of texts, none of them empty or twice."""
        node = self._node(name, required=required)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(name, "must be a list")
            return []
        values: list[str] = []
        for index, item in enumerate(node.value, 1):
            value = str(item.value).strip() if isinstance(item, yaml.ScalarNode) else ""
            if not value:
                self.wrong(f"{name}.{index}", "must be a text")
            elif value in values:
                self.wrong(f"{name}.{index}", f"“{value}” stands twice")
            else:
                values.append(value)
        if len(values) < at_least:
            self.wrong(name, f"needs at least {at_least} entries")
        return values

    def entries(self, name: str, *, required: bool = True, at_least: int = 0) -> list[Entry]:
        """A list of mappings."""
        node = self._node(name, required=required)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(name, "must be a list")
            return []
        found = list(self._mappings(name, node))
        if len(found) < at_least:
            self.wrong(name, f"needs at least {at_least} entries")
        return found

    def _mappings(self, name: str, node: yaml.SequenceNode) -> Iterator[Entry]:
        for index, item in enumerate(node.value, 1):
            path = self.place.path_of(f"{name}.{index}")
            if isinstance(item, yaml.MappingNode):
                yield Entry(item, self.place.file, self.mistakes, path, self._first_line)
            else:
                self.wrong(f"{name}.{index}", "must be a mapping of fields")

    def entry(self, name: str, *, required: bool = True) -> Entry | None:
        """A mapping inside this one."""
        node = self._node(name, required=required)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self.wrong(name, "must be a mapping of fields")
            return None
        return Entry(node, self.place.file, self.mistakes, self.place.path_of(name), self._first_line)

    def ignore(self, *names: str) -> None:
        """Fields that are kept for people who read the file."""
        self._asked.update(names)

    def finish(self) -> None:
        """Name the fields that nobody asked for: most are misspelt."""
        for name in self._nodes.keys() - self._asked:
            near = difflib.get_close_matches(name, self._asked - self._nodes.keys(), n=1)
            hint = f"; did you mean “{near[0]}”?" if near else ""
            self.wrong(name, f"is not a field here{hint}")


def read_list(path: Path, file: str, mistakes: Mistakes) -> list[Entry]:
    """The entries of a YAML file that is a list of mappings; an empty file has none."""
    node = _compose(path.read_text(encoding="utf-8"), file, mistakes)
    if node is None:
        return []
    top = Place(file, node.start_mark.line + 1)
    if not isinstance(node, yaml.SequenceNode):
        mistakes.add(top, "the file must be a list of entries")
        return []
    entries = []
    for item in node.value:
        if isinstance(item, yaml.MappingNode):
            entries.append(Entry(item, file, mistakes))
        else:
            mistakes.add(Place(file, item.start_mark.line + 1), "an entry must be a mapping of fields")
    return entries


def read_mapping(path: Path, file: str, mistakes: Mistakes) -> Entry | None:
    """The one mapping that a YAML file is."""
    if not path.is_file():
        mistakes.add(Place(file, 1), "the file is missing")
        return None
    node = _compose(path.read_text(encoding="utf-8"), file, mistakes)
    if isinstance(node, yaml.MappingNode):
        return Entry(node, file, mistakes)
    mistakes.add(Place(file, 1), "the file must be a mapping of fields")
    return None


@dataclass(frozen=True)
class MarkdownFile:
    """Front matter and text of a Markdown file; `first_line` is the line on which the text begins."""

    front: Entry
    body: str
    first_line: int


def read_markdown(path: Path, file: str, mistakes: Mistakes) -> MarkdownFile | None:
    """A Markdown file with front matter between two lines of three hyphens."""
    lines = path.read_text(encoding="utf-8").split("\n")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if lines[0].rstrip() != "---" or not end:
        mistakes.add(Place(file, 1), "the file must begin with front matter between two lines of ---")
        return None
    node = _compose("\n".join(lines[1:end]), file, mistakes, first_line=2)
    if not isinstance(node, yaml.MappingNode):
        if node is not None:
            mistakes.add(Place(file, 2), "the front matter must be a mapping of fields")
        return None
    return MarkdownFile(Entry(node, file, mistakes, first_line=2), "\n".join(lines[end + 1 :]), end + 2)


def read_block(text: str, file: str, mistakes: Mistakes, *, first_line: int, path: str) -> Entry | None:
    """A YAML mapping inside another text, such as an inline check of a lesson."""
    node = _compose(text, file, mistakes, first_line=first_line)
    if isinstance(node, yaml.MappingNode):
        return Entry(node, file, mistakes, path, first_line)
    if node is not None:
        mistakes.add(Place(file, first_line, path), "must be a mapping of fields")
    return None


def _compose(text: str, file: str, mistakes: Mistakes, *, first_line: int = 1) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        mistakes.add(Place(file, line), f"not valid YAML: {error.problem or error.context}")
    except yaml.YAMLError as error:
        mistakes.add(Place(file, first_line), f"not valid YAML: {error}")
    return None
