"""Paths of the pages: each module of views has its own list."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

NAMES = (
    "home",
    "start",
    "account",
    "reports",
    "teams",
    "history",
    "review",
    "readiness",
    "honesty",
    "items",
    "previews",
    "reference",
    "suggestions",
    "practice",
    "course",
    "search",
    "installable",
)
MODULES = [import_module(f"pages.views.{name}") for name in ("attempts", *NAMES) if find_spec(f"pages.views.{name}")]

urlpatterns = [pattern for module in MODULES for pattern in getattr(module, "attempt_urls", None) or module.urlpatterns]
