"""The player's pure modules under Node: their tests are JavaScript, and this runs them with the rest."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from django.conf import settings

from tests.servers.node import find_node

HERE = Path(__file__).parent


def node() -> str:
    """Node's program: the one that Playwright brings."""
    return str(find_node())


def test_modules_under_node() -> None:
    """`node --test` over tests/js; its own report says what failed."""
    names = sorted(str(path) for path in HERE.glob("*.test.js"))
    words = [node(), "--test", "--test-reporter=tap", *names]
    run = subprocess.run(words, check=False, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    ran = re.search(r"^# pass (\d+)$", run.stdout, re.MULTILINE)
    assert ran, run.stdout[-2000:]
    assert int(ran[1]) >= len(names)
