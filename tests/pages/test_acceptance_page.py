"""The page of promises names tests and screenshots that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

BASE = Path(settings.BASE_DIR)
ACCEPTANCE = (BASE / "docs" / "acceptance.md").read_text(encoding="utf-8")
MANUAL = (BASE / "docs" / "manual-checks.md").read_text(encoding="utf-8")


def module_of(name: str) -> Path:
    """The test module of that name, wherever it lies."""
    found = [BASE / name] if "/" in name else sorted((BASE / "tests").rglob(name))
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def named_tests() -> list[tuple[str, str]]:
    """(module, function) as the page writes them; a bare `::function` or function stands for the module before it."""
    found, module = [], "tests/e2e/test_player_resilience.py"
    for row in ACCEPTANCE.splitlines():
        if not row.startswith("| "):
            continue
        for mark in re.findall(r"`([^`]+)`", row):
            name, _, function = mark.rpartition("::") if "::" in mark else ("", "", mark)
            if mark.endswith(".py"):
                name, function = mark, ""
            if not name and not function.startswith("test_"):
                continue
            module = name or (module if "::" in mark else "tests/e2e/test_player_resilience.py")
            found.append((module, function))
    return found


def test_every_test_named_is_there():
    names = named_tests()
    assert len(names) > 50
    for module, function in names:
        source = module_of(module).read_text(encoding="utf-8")
        assert not function or f"def {function}(" in source, f"{module}::{function}"


@pytest.mark.parametrize("number", range(1, 41))
def test_every_promise_has_its_line(number):
    assert re.search(rf"^\| {number} \|", ACCEPTANCE, re.MULTILINE)


def test_every_screenshot_shown_is_there():
    shown = re.findall(r"\]\((screenshots/[^)]+)\)", MANUAL)
    assert len(shown) > 20
    assert [name for name in shown if not (BASE / "docs" / name).exists()] == []
