"""Auditing content: does it cover what it must, is the bank fair, can the course be read in order."""

from __future__ import annotations

from quizzes.content.audit.counting import Targets, count_content
from quizzes.content.audit.covering import check_coverage
from quizzes.content.audit.fairness import check_fairness, check_lesson_checks
from quizzes.content.audit.findings import Finding
from quizzes.content.audit.ordering import check_order
from quizzes.content.records import Content

__all__ = ["Finding", "Targets", "audit_content"]


def audit_content(content: Content, targets: Targets | None = None) -> list[Finding]:
    """Every finding on content that was read without mistakes, in the order of the report."""
    return [
        *count_content(content, targets or Targets()),
        *check_coverage(content),
        *check_fairness(content.questions),
        *check_lesson_checks(content.lessons),
        *check_order(content),
    ]
