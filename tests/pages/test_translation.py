"""Everything that people read can be translated, and dates and numbers follow the language."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Engine
from django.template.base import Lexer, TokenType
from django.utils import translation

BASE = Path(settings.BASE_DIR)
TEMPLATES = sorted(path for path in (BASE / "templates").rglob("*.html") if "admin" not in path.parts)
# What is the same in every language: the product's name, names of keys, marks.
SAME = {"Studyloop", "Alt", "Shift", "Esc", "Enter", "min", "ROC", "URL", "CSV"}
# Attributes that people read.
READ = re.compile(r"""\s(?:aria-label|title|alt|placeholder|data-(?:one|many|line|said|undefined|saved|failed)[\w-]*)=["']([^"'{]*)["']""")
OPENS, CLOSES = ("blocktranslate", "blocktrans"), ("endblocktranslate", "endblocktrans")


def named(path: Path) -> str:
    return str(path.relative_to(BASE))


def untranslated(source: str) -> list[str]:
    """Words of a template that stand outside every translation."""
    found, inside, markup = [], False, ""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK and token.split_contents()[0] in (*OPENS, *CLOSES):
            inside = token.split_contents()[0] in OPENS
        elif token.token_type == TokenType.TEXT and not inside:
            markup += token.contents
        elif token.token_type in (TokenType.VAR, TokenType.BLOCK):
            markup += "{}"
    markup = re.sub(r"<(script|style|svg|kbd)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    found += [text for text in READ.findall(markup) if re.search(r"[A-Za-z]{2,}", text)]
    text = re.sub(r"<[^>]*>", "\n", markup)
    text = re.sub(r"""[\w-]+=(?:"[^"]*"|'[^']*')""", " ", text)  # attributes of a tag whose ends stand in another template
    found += [word for word in re.findall(r"[A-Za-z]{2,}", re.sub(r"&\w+;", " ", text)) if word not in SAME]
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_every_word_of_a_template_is_translated(path):
    assert untranslated(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Bare words</p>",
        '<a aria-label="Close">{{ icon }}</a>',
        "{% if a %}yes{% endif %}",
        "{% blocktranslate %}in{% endblocktranslate %} out",
    ],
)
def test_bare_words_are_found(source):
    assert untranslated(source)


def test_translated_words_are_left_alone():
    assert untranslated('<p class="x">{% translate "Words" %} {{ name }}</p>{% blocktranslate %}More words{% endblocktranslate %}') == []


def plain_sentences(path: Path) -> list[str]:
    """Sentences in code that go to nobody's translator: two words or more, outside docstrings, calls of gettext, and errors of programs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spared: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spared.add(id(node.value))
        if isinstance(node, ast.Raise):
            spared |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "npgettext"}:
                spared |= {id(inner) for inner in ast.walk(node)}
    sentence = re.compile(r"^[A-Z][a-z]+ [a-z]+")
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spared and sentence.match(node.value)
    ]


@pytest.mark.parametrize("path", sorted((BASE / "pages").rglob("*.py")), ids=named)
def test_every_sentence_of_the_pages_code_is_translated(path):
    assert plain_sentences(path) == []


def test_a_plain_sentence_is_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text('"""A docstring says what."""\nheading = "Your results are here"\nother = _("Your results are here")\n')
    assert plain_sentences(module) == ["Your results are here"]


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_no_template_fixes_the_order_of_a_date(path):
    written = re.findall(r'\|(?:date|time):"([^"]+)"', path.read_text(encoding="utf-8"))
    assert [form for form in written if not form.endswith("_FORMAT") and len(form) > 1] == []


def rendered(source: str, **context: object) -> str:
    return Engine.get_default().from_string(source).render(Context(context))


def test_dates_and_numbers_follow_the_language():
    day = datetime(2026, 11, 21, 14, 5)
    source = '{{ day|date:"DATE_FORMAT" }} | {{ day|date:"MONTH_DAY_FORMAT" }} | {{ number|floatformat:1 }}'
    assert rendered(source, day=day, number=0.5) == "21 November 2026 | 21 November | 0.5"
    with translation.override("de"):
        assert rendered(source, day=day, number=0.5) == "21. November 2026 | 21. November | 0,5"
    with translation.override("ja"):
        assert rendered(source, day=day, number=0.5).startswith("2026年11月21日 | 11月21日")


def test_the_page_says_its_language_and_direction(client, db):
    assert '<html lang="en" dir="ltr"' in client.get("/").content.decode()
    with translation.override("ar"):
        frame = rendered("{% load i18n %}{% get_current_language_bidi as bidi %}{{ bidi }}")
    assert frame == "True"
