"""A small exam as content files, to be edited by tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from quizzes.content.loading import LoadReport, load_exam

SAMPLE = Path(__file__).parent / "samples" / "mini"
Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample that may be changed."""
    copy = tmp_path / "mini"
    shutil.copytree(SAMPLE, copy)
    return copy


@pytest.fixture
def edit(folder: Path) -> Edit:
    """edit(file, old, new): replace the first place where a text stands in a file."""

    def _edit(file: str, old: str, new: str) -> None:
        path = folder / file
        before = path.read_text()
        assert old in before, f"{old!r} does not stand in {file}"
        path.write_text(before.replace(old, new, 1))

    return _edit


@pytest.fixture
def load(db: None, folder: Path) -> Callable[..., LoadReport]:
    """Load the folder as it is now."""

    def _load(**options: bool) -> LoadReport:
        return load_exam(folder=folder, **options)

    return _load
