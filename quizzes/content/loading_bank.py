"""Loading the question bank: new versions only where a text changed, corrected keys where only the key did."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from quizzes.content.loading_course import LoadedCourse
from quizzes.content.records import Content, QuestionRecord
from quizzes.content.syncing import BATCH, Synced, set_links, sync_loaded
from quizzes.domain.bank import answer_for, store_versions, text_of
from quizzes.domain.question_text import QuestionText, asked_digest, key_of, text_digest
from quizzes.domain.recalls import recall_version
from quizzes.domain.twins import regroup_twins
from quizzes.models import Misconception, Option, Question, QuestionVersion, Scenario

ROW_FIELDS = (
    "kind",
    "task_id",
    "objective_id",
    "lesson_id",
    "lesson_anchor",
    "scenario_id",
    "facts",
    "level",
    "difficulty",
    "state",
    "current_version_id",
    "content_digest",
)
KEY_CHANGED_IN_FILES = "The key was corrected in the content files."


@dataclass
class LoadedBank:
    """What became of the questions."""

    made: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    twins: int = 0
    scenarios: Synced = field(default_factory=Synced)


def load_bank(content: Content, course: LoadedCourse) -> LoadedBank:
    """Write the questions; to be called inside a transaction, after the course."""
    _misconceptions(content)
    return _BankLoader(content, course).load()


def _misconceptions(content: Content) -> None:
    known = {row.slug: row for row in Misconception.objects.all()}
    made = [Misconception(slug=r.slug, belief=r.belief, truth=r.truth) for r in content.misconceptions if r.slug not in known]
    changed = []
    for record in content.misconceptions:
        row = known.get(record.slug)
        if row is not None and (row.belief, row.truth) != (record.belief, record.truth):
            row.belief, row.truth = record.belief, record.truth
            changed.append(row)
    Misconception.objects.bulk_create(made, batch_size=BATCH)
    Misconception.objects.bulk_update(changed, ["belief", "truth"], batch_size=BATCH)


class _BankLoader:
    def __init__(self, content: Content, course: LoadedCourse) -> None:
        self.content, self.course = content, course
        self.exam = course.exam
        self.loaded = LoadedBank()
        self.scenarios: dict[str, int] = {}
        self.questions = {question.slug: question for question in Question.objects.filter(exam=self.exam)}

    def load(self) -> LoadedBank:
        self._scenarios()
        self.loaded.edited = sorted(question.slug for question in self.questions.values() if question.edited_at)
        changed = [record for record in self.content.questions if self._is_changed(record)]
        if changed:
            self._write(changed)
        self._retire_missing()
        if changed or self.loaded.retired:
            self.loaded.twins = regroup_twins(exam_id=self.exam.pk)
        return self.loaded

    def _scenarios(self) -> None:
        synced = sync_loaded(
            Scenario,
            Scenario.objects.filter(exam=self.exam),
            self.content.scenarios,
            row_key=lambda row: row.slug,
            record_key=lambda record: record.slug,
            values=lambda record: {
                "exam": self.exam,
                "slug": record.slug,
                "title": record.title,
                "text": record.text,
                "language": record.language,
            },
        )
        self.loaded.scenarios = synced
        self.scenarios = {slug: row.pk for slug, row in synced.rows.items()}

    def _digest(self, record: QuestionRecord) -> str:
        return hashlib.sha256(f"{record.digest()} {self.course.edition}".encode()).hexdigest()

    def _is_changed(self, record: QuestionRecord) -> bool:
        question = self.questions.get(record.slug)
        return question is None or (question.edited_at is None and question.content_digest != self._digest(record))

    def _write(self, records: Sequence[QuestionRecord]) -> None:
        new = [record for record in records if record.slug not in self.questions]
        rows = Question.objects.bulk_create([self._new_row(record) for record in new], batch_size=BATCH)
        self.loaded.made = [row.slug for row in rows]
        self.questions |= {row.slug: row for row in rows}
        known = [record for record in records if record.slug not in set(self.loaded.made)]
        current = self._current_versions([self.questions[record.slug].pk for record in known])
        drafts = [(self.questions[record.slug], 1, record.text) for record in new]
        drafts += self._next_versions(known, current)
        for question, version in zip((draft[0] for draft in drafts), store_versions(drafts=drafts), strict=True):
            question.current_version = version
        self._update_rows(records)
        self._links(records)

    def _new_row(self, record: QuestionRecord) -> Question:
        return Question(exam=self.exam, slug=record.slug, **self._fields(record))

    def _fields(self, record: QuestionRecord) -> dict[str, Any]:
        return {
            "kind": record.kind,
            "task_id": self.course.tasks[record.task],
            "objective_id": self.course.objectives[record.objective],
            "lesson_id": self.course.lessons[record.lesson],
            "lesson_anchor": record.anchor,
            "scenario_id": self.scenarios[record.scenario] if record.scenario else None,
            "facts": record.facts,
            "level": record.level,
            "difficulty": record.difficulty,
        }

    def _current_versions(self, question_ids: list[int]) -> dict[int, QuestionVersion]:
        options = Prefetch("options", Option.objects.select_related("misconception"))
        versions = QuestionVersion.objects.filter(question_id__in=question_ids).prefetch_related(options, "key_revisions")
        current: dict[int, QuestionVersion] = {}
        for version in versions.order_by("number"):
            current[version.question_id] = version
        return current

    def _next_versions(
        self, records: Sequence[QuestionRecord], current: dict[int, QuestionVersion]
    ) -> list[tuple[Question, int, QuestionText]]:
        drafts = []
        for record in records:
            question = self.questions[record.slug]
            version = current[question.pk]
            before = text_of(version)
            if asked_digest(before) == asked_digest(record.text) and key_of(before) != key_of(record.text):
                self._correct_key(version, record)
            if version.text_digest != text_digest(record.text):
                drafts.append((question, version.number + 1, record.text))
                self.loaded.versions.append(record.slug)
            else:
                question.current_version = version
                self._correct_notes(version, before, record)
        return drafts

    def _correct_key(self, version: QuestionVersion, record: QuestionRecord) -> None:
        latest = max(version.key_revisions.all(), key=lambda key: key.revision)
        answer = answer_for(version, record.text)
        recall_version(version=version, answer=answer, voided=latest.voided, reason=KEY_CHANGED_IN_FILES, actor=None)
        self.loaded.keys.append(record.slug)

    def _correct_notes(self, version: QuestionVersion, before: QuestionText, record: QuestionRecord) -> None:
        """The date of comparison and the misconceptions are notes for authors: they may change without a new version."""
        if before.checked != record.text.checked:
            QuestionVersion.objects.filter(pk=version.pk).update(checked=record.text.checked)
        wanted = {option.text: option.misconception for option in record.text.options}
        for option in version.options.all():
            if (option.misconception.slug if option.misconception else "") != wanted[option.text]:
                misconception = Misconception.objects.filter(slug=wanted[option.text]).first()
                Option.objects.filter(pk=option.pk).update(misconception=misconception)

    def _update_rows(self, records: Sequence[QuestionRecord]) -> None:
        rows = []
        for record in records:
            question = self.questions[record.slug]
            for name, value in {**self._fields(record), "state": Question.State.PUBLISHED}.items():
                setattr(question, name, value)
            question.content_digest = self._digest(record)
            rows.append(question)
        fields = [name.removesuffix("_id") for name in ROW_FIELDS]
        Question.objects.bulk_update(rows, fields, batch_size=BATCH)
        self.loaded.changed = [record.slug for record in records if record.slug not in set(self.loaded.made)]

    def _links(self, records: Sequence[QuestionRecord]) -> None:
        ids = {record.slug: self.questions[record.slug].pk for record in records}
        stages, services = self.course.stages, self.course.services
        set_links(Question.stages.through, "question", "stage", {ids[r.slug]: [stages[s] for s in r.stages] for r in records})
        set_links(Question.services.through, "question", "service", {ids[r.slug]: [services[s] for s in r.services] for r in records})

    def _retire_missing(self) -> None:
        """What left the files is retired, not deleted: sittings that hold it stay whole. Questions made in the admin are not touched."""
        wanted = {record.slug for record in self.content.questions}
        gone = [
            question
            for slug, question in self.questions.items()
            if slug not in wanted and question.content_digest and not question.edited_at and question.state != Question.State.RETIRED
        ]
        Question.objects.filter(pk__in=[question.pk for question in gone]).update(state=Question.State.RETIRED, content_digest="gone")
        self.loaded.retired = sorted(question.slug for question in gone)
