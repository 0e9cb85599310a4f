"""Fingerprints of what a start would otherwise do again: static files and content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders


def fingerprint_of(files: Iterable[tuple[str, Path]]) -> str:
    """One word for names and bytes of files, in any order given."""
    digest = hashlib.sha256()
    for name, path in sorted(files):
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def static_fingerprint() -> str:
    """Changes when a static file of ours or of a package does, or the way they are stored."""
    found = [(name, Path(storage.path(name))) for finder in get_finders() for name, storage in finder.list([])]
    storage_code = settings.BASE_DIR / "config" / "staticfiles.py"
    return fingerprint_of([*found, ("config/staticfiles.py", storage_code)])


def content_fingerprint() -> str:
    """Changes when a content file does, or the code that reads and loads it."""
    roots = [settings.CONTENT_DIR, settings.BASE_DIR / "quizzes", settings.BASE_DIR / "lifecycle"]
    files = [path for root in roots for path in root.rglob("*") if path.suffix in {".py", ".yaml", ".md", ".svg"}]
    return fingerprint_of((str(path.relative_to(settings.BASE_DIR)), path) for path in files)
