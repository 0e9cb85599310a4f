"""Where the pages of lifecycle's things are; the texts that link to them are rendered below the pages' own app."""

from __future__ import annotations


def lesson_path(exam_slug: str, slug: str, anchor: str = "") -> str:
    """The page of a lesson, or one of its sections."""
    return f"/{exam_slug}/lessons/{slug}/" + (f"#{anchor}" if anchor else "")


def stage_path(exam_slug: str, slug: str) -> str:
    """The page of a stage of the lifecycle."""
    return f"/{exam_slug}/stages/{slug}/"


def service_path(slug: str) -> str:
    """The page of a service."""
    return f"/reference/services/{slug}/"


def term_path(slug: str) -> str:
    """A term's place in the glossary."""
    return f"/reference/glossary/#{slug}"


def formula_path(slug: str) -> str:
    """A formula's card."""
    return f"/reference/formulas/#{slug}"


def entry_path(kind: str, slug: str, *, exam_slug: str, anchor: str = "") -> str:
    """The page or place of any of them, by kind: lesson, stage, service, term, formula."""
    if kind == "lesson":
        return lesson_path(exam_slug, slug, anchor)
    if kind == "stage":
        return stage_path(exam_slug, slug)
    return {"service": service_path, "term": term_path, "formula": formula_path}[kind](slug)
