"""axe-core in the page: what it complains of, in words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Every violation on the page as it is shown now, with the first elements concerned."""
    # A colour on its way to another has a contrast nobody is shown for long.
    page.evaluate("document.getAnimations().filter(a => isFinite(a.effect.getComputedTiming().endTime)).forEach(a => a.finish())")
    page.evaluate(_source())  # by the debugger: the page's own policy lets no such script in
    found: list[dict[str, Any]] = page.evaluate("tags => axe.run({runOnly: tags}).then(result => result.violations)", TAGS)
    return [f"{page.url}: {item['id']}: {item['help']}: {[node['target'] for node in item['nodes'][:3]]}" for item in found]
