"""Searching lessons, stages, services, terms and formulas: one function over two databases.

The rows of SearchEntry are written here; their full-text index is kept by the database (PostgreSQL: a generated tsvector column with
a GIN index; SQLite: an FTS5 table fed by triggers). Words match by their beginnings, endings of English inflection left off, so that
`monit`, `monitori` and `monitors` all find monitoring.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from lifecycle.addresses import entry_path
from lifecycle.lesson_text import plain_words
from lifecycle.models import Exam, Formula, Lesson, SearchEntry, Service, Stage, Term

WORDS_ASKED = 8
EXCERPT = 160
CANDIDATES = 60
ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ers", "ed", "es", "er", "s")
SHORTEST_STEM = 4

POSTGRESQL = """
SELECT id FROM lifecycle_searchentry
WHERE exam_id = %s AND document @@ to_tsquery('simple', %s)
ORDER BY ts_rank('{0.05, 0.2, 0.5, 1.0}', document, to_tsquery('simple', %s)) DESC, id
LIMIT %s
"""
SQLITE = """
SELECT entry.id FROM lifecycle_search JOIN lifecycle_searchentry AS entry ON entry.id = lifecycle_search.rowid
WHERE lifecycle_search MATCH %s AND entry.exam_id = %s
ORDER BY bm25(lifecycle_search, 20.0, 10.0, 4.0, 1.0), entry.id
LIMIT %s
"""


@dataclass(frozen=True)
class Hit:
    """Something found. `text` says what it is; `mark` is an excerpt as HTML with the found words in `<mark>`."""

    kind: str
    slug: str
    title: str
    text: str
    url: str
    mark: SafeString


def search(exam: Exam, query: str, limit: int = 20) -> list[Hit]:
    """What fits a query best, first those whose name begins with it. Two or three statements; an empty query finds nothing.

    Every word has to occur (its beginning is enough); where nothing has them all, one of them will do.
    """
    words = re.findall(r"\w+", query.casefold())[:WORDS_ASKED]
    if not words:
        return []
    ids = _matching_ids(exam, words, every=True)
    if not ids and len(words) > 1:
        ids = _matching_ids(exam, words, every=False)
    found = SearchEntry.objects.in_bulk(ids)
    entries = sorted((found[pk] for pk in ids), key=lambda entry: _name_distance(entry, " ".join(words)))
    return [_hit(exam, entry, words) for entry in entries[:limit]]


def beginnings(word: str) -> list[str]:
    """How a word may begin in a text: as it stands, and without an ending of inflection where four letters remain."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return [word, word.removesuffix(ending)]
    return [word]


def _matching_ids(exam: Exam, words: Sequence[str], *, every: bool) -> list[int]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            asked = (" & " if every else " | ").join("(" + " | ".join(f"'{start}':*" for start in beginnings(word)) + ")" for word in words)
            cursor.execute(POSTGRESQL, [exam.pk, asked, asked, CANDIDATES])
        else:
            asked = (" AND " if every else " OR ").join(
                "(" + " OR ".join(f'"{start}"*' for start in beginnings(word)) + ")" for word in words
            )
            cursor.execute(SQLITE, [asked, exam.pk, CANDIDATES])
        return [row[0] for row in cursor.fetchall()]


def _name_distance(entry: SearchEntry, asked: str) -> int:
    """0 for the very name (or another name), 1 for a name that begins so, 2 for a word of it that does, else 3."""
    names = [" ".join(re.findall(r"\w+", name.casefold())) for name in (entry.title, *entry.also.split("\n")) if name]
    if asked in names:
        return 0
    if any(name.startswith(asked) for name in names):
        return 1
    return 2 if any(f" {asked}" in name for name in names) else 3


def _hit(exam: Exam, entry: SearchEntry, words: Sequence[str]) -> Hit:
    return Hit(
        kind=entry.kind,
        slug=entry.slug,
        title=entry.title,
        text=entry.summary,
        url=entry_path(entry.kind, entry.slug, exam_slug=exam.slug),
        mark=_excerpt(f"{entry.summary} {entry.body}", words),
    )


def _excerpt(text: str, words: Sequence[str]) -> SafeString:
    """A piece of the text around the first word found, the found ones marked."""
    starts = "|".join(re.escape(start) for word in words for start in beginnings(word))
    pattern = re.compile(rf"\b(?:{starts})\w*", re.IGNORECASE)
    first = pattern.search(text)
    start = max(first.start() - EXCERPT // 3, 0) if first else 0
    start = text.rfind(" ", 0, start) + 1
    piece = text[start : start + EXCERPT]
    if start + EXCERPT < len(text):
        piece = piece.rpartition(" ")[0] + " …"
    parts, end = ["… " if start else ""], 0
    for found in pattern.finditer(piece):
        parts += [escape(piece[end : found.start()]), f"<mark>{escape(found[0])}</mark>"]
        end = found.end()
    return mark_safe("".join([*parts, escape(piece[end:])]))  # noqa: S308  every piece of it is escaped above


@transaction.atomic
def reindex(exam: Exam) -> int:
    """Bring the search rows of an exam in line with its content; returns how many rows changed."""
    wanted = {(entry.kind, entry.slug): entry for entry in _entries(exam)}
    made, changed, gone = [], [], []
    for row in SearchEntry.objects.filter(exam=exam):
        entry = wanted.pop((row.kind, row.slug), None)
        if entry is None:
            gone.append(row.pk)
        elif _said(entry) != _said(row):
            entry.pk = row.pk
            changed.append(entry)
    made = list(wanted.values())
    SearchEntry.objects.filter(pk__in=gone).delete()
    SearchEntry.objects.bulk_update(changed, ["title", "also", "summary", "body"], batch_size=200)
    SearchEntry.objects.bulk_create(made, batch_size=200)
    return len(made) + len(changed) + len(gone)


def index_entry(thing: Model) -> None:
    """Bring the search row of one lesson, stage, service, term or formula in line with it, as after an edit."""
    entry = _entry_of(thing)
    if isinstance(thing, Lesson) and not thing.published:
        SearchEntry.objects.filter(exam_id=entry.exam_id, kind=entry.kind, slug=entry.slug).delete()
        return
    fields = {name: getattr(entry, name) for name in ("title", "also", "summary", "body")}
    SearchEntry.objects.update_or_create(exam_id=entry.exam_id, kind=entry.kind, slug=entry.slug, defaults=fields)


def _said(entry: SearchEntry) -> tuple[str, ...]:
    return (entry.title, entry.also, entry.summary, entry.body)


def _entries(exam: Exam) -> Iterator[SearchEntry]:
    for things in (
        Lesson.objects.published().filter(exam=exam),
        Service.objects.filter(exam=exam),
        Term.objects.filter(exam=exam),
        Formula.objects.filter(exam=exam),
        Stage.objects.filter(exam=exam),
    ):
        for thing in things:
            yield _entry_of(thing)


def _entry_of(thing: Any) -> SearchEntry:
    kind, (title, also, summary, body) = _SAYS[type(thing)](thing)
    return SearchEntry(exam_id=thing.exam_id, kind=kind, slug=thing.slug, title=title, also="\n".join(also), summary=summary, body=body)


Said = tuple[str, tuple[str, Sequence[str], str, str]]


def _lesson(lesson: Lesson) -> Said:
    return SearchEntry.Kind.LESSON, (lesson.title, [], lesson.summary, f"{lesson.key_rule} {plain_words(lesson.body)}")


def _service(service: Service) -> Said:
    return SearchEntry.Kind.SERVICE, (service.name, service.aliases, service.description, service.status)


def _term(term: Term) -> Said:
    return SearchEntry.Kind.TERM, (term.term, term.also, term.definition, term.example)


def _formula(formula: Formula) -> Said:
    body = f"{formula.formula} {formula.use_when} {formula.beware} {formula.example}"
    return SearchEntry.Kind.FORMULA, (formula.name, formula.also, formula.words, body)


def _stage(stage: Stage) -> Said:
    return SearchEntry.Kind.STAGE, (stage.name, [], stage.purpose, " ".join([*stage.activities, *stage.common_mistakes]))


SEARCHED = (Lesson, Service, Term, Formula, Stage)
"""What has a row here."""
_SAYS: dict[type[Model], Callable[[Any], Said]] = {Lesson: _lesson, Service: _service, Term: _term, Formula: _formula, Stage: _stage}
