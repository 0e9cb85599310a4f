"""Loading an exam's folder: all of it or nothing, and nothing at all where the files are as they were."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from lifecycle.public import Exam, Mistake, reindex
from quizzes.content.loading_bank import LoadedBank, load_bank
from quizzes.content.loading_course import load_course
from quizzes.content.reading import Progress, folder_digest, read_content, silence
from quizzes.content.records import Content
from quizzes.content.syncing import Synced
from quizzes.models import Question


class ContentRefused(ValueError):
    """Content files hold mistakes; nothing was loaded."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = mistakes


@dataclass
class LoadReport:
    """What a load did. `unchanged`: the files are those of the last load."""

    exam: str
    unchanged: bool = False
    bank: LoadedBank = field(default_factory=LoadedBank)
    course: dict[str, Synced] = field(default_factory=dict)
    edited: list[str] = field(default_factory=list)
    published: int = 0


def load_exam(*, folder: Path, again: bool = False, progress: Progress = silence) -> LoadReport:
    """Load the folder of one exam.

    Raises ContentRefused with every mistake before anything is written. `again`: also where the files are those of the last load.
    """
    digest = folder_digest(folder)
    if not again and Exam.objects.filter(slug=folder.name, content_digest=digest).exists():
        return LoadReport(folder.name, unchanged=True, edited=edited_entries(folder.name), published=_published(folder.name))
    reading = read_content(folder, progress)
    if reading.mistakes:
        raise ContentRefused(reading.mistakes.sorted())
    return _write(reading.content, digest, progress)


@transaction.atomic
def _write(content: Content, digest: str, progress: Progress) -> LoadReport:
    progress("Writing the course")
    course = load_course(content)
    progress(f"Writing {len(content.questions)} questions")
    bank = load_bank(content, course)
    progress("Indexing for the search")
    reindex(course.exam)
    Exam.objects.filter(pk=course.exam.pk).update(content_digest=digest)
    slug = course.exam.slug
    return LoadReport(slug, bank=bank, course=course.synced, edited=edited_entries(slug), published=_published(slug))


def _published(exam_slug: str) -> int:
    return Question.objects.published().filter(exam__slug=exam_slug).count()


def edited_entries(exam_slug: str) -> list[str]:
    """What a person edited in the admin and no load touches, as “question 1.3-…”."""
    exam = Exam.objects.get(slug=exam_slug)
    reads = {
        "question": exam.questions,
        "scenario": exam.scenarios,
        "lesson": exam.lessons,
        "service": exam.services,
        "term": exam.terms,
        "formula": exam.formulas,
        "stage": exam.stages,
        "module": exam.modules,
    }
    return [
        f"{kind} {slug}"
        for kind, rows in reads.items()
        for slug in rows.filter(edited_at__isnull=False).order_by("slug").values_list("slug", flat=True)
    ]
