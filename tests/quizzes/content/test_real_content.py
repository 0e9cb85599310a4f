"""The real course and bank: free of mistakes, complete, fair, and readable in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from quizzes.content.audit import audit_content
from quizzes.content.audit.findings import as_table
from quizzes.content.reading import read_content

EXAMS = sorted(path.parent for path in (Path(settings.BASE_DIR) / "content").glob("*/exam.yaml"))


@pytest.mark.parametrize("folder", EXAMS, ids=lambda folder: folder.name)
def test_real_content_holds(folder):
    reading = read_content(folder)
    assert [str(mistake) for mistake in reading.mistakes.sorted()] == []
    failed = [finding for finding in audit_content(reading.content) if not finding.passed]
    assert not failed, as_table(failed)


def test_there_is_real_content():
    assert "aif-c01" in {folder.name for folder in EXAMS}
