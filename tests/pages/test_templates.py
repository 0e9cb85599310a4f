"""Rules that every template and style sheet keeps: nothing inline, texts to translate, no physical sides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Origin, Template
from django.template.loader import get_template

BASE = Path(settings.BASE_DIR)
TEMPLATES = sorted(path for path in (BASE / "templates").rglob("*.html") if "admin" not in path.parts)
SHEETS = sorted((BASE / "static" / "css").glob("*.css"))
INLINE = re.compile(r"""\s(style|on[a-z]+)=["']""")
SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")")
PHYSICAL = re.compile(
    r"(?<![-\w])(margin|padding|border)-(left|right|top|bottom)\b|(?<![-\w])(left|right|top|bottom)\s*:|text-align:\s*(left|right)|float:\s*(left|right)"
)


def named(path: Path) -> str:
    return str(path.relative_to(BASE))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_template_has_nothing_inline(path):
    text = path.read_text(encoding="utf-8")
    assert not INLINE.search(text), "styles and handlers inside the page are blocked by the content policy"
    assert not SCRIPT.search(text), "so are scripts"
    assert "<style" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_template_compiles(path):
    found = get_template(str(path.relative_to(BASE / "templates")))
    assert isinstance(found.template, Template)
    assert isinstance(found.origin, Origin)


@pytest.mark.parametrize("path", SHEETS, ids=named)
def test_sheet_names_no_side_of_the_screen(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not PHYSICAL.search(text), "logical properties serve both directions of writing"


@pytest.mark.parametrize("path", SHEETS, ids=named)
def test_sheet_loads_nothing_from_elsewhere(path):
    text = path.read_text(encoding="utf-8")
    assert "http:" not in text.replace("http://www.w3.org", "")
    assert "https:" not in text
    assert "@import" not in text
