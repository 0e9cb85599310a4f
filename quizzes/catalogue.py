"""What never changes about a version, read once per process: its text, its shape, and (until the next revision) its key.

Versions are immutable, so these caches need no expiry; only what a case study tells may be edited, and attempts pin that. Keys change
only by a new KeyRevision, and the highest id of that table with the number of its rows tells whether one was added. The id alone would
not: the row with a lower one may be committed later.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Count, Max

from quizzes.models import KeyRevision, Option, QuestionVersion
from quizzes.scoring import Answer, Shape

CACHED_VERSIONS = 20_000


@dataclass(frozen=True)
class OptionText:
    """An option as written."""

    key: str
    text: str
    prompt: str
    prompt_key: str
    rationale: str
    misconception: str


@dataclass(frozen=True)
class VersionText:
    """An immutable version with its options in the order written."""

    id: int
    question_id: int
    kind: str
    language: str
    stem: str
    choose: int
    rule: str
    source_title: str
    source_url: str
    checked: date
    scenario: tuple[str, str, str] | None  # slug, title, text, as they were when this process read them
    options: tuple[OptionText, ...]

    @cached_property
    def shape(self) -> Shape:
        """What can be answered."""
        return Shape(
            kind=self.kind,
            option_keys=frozenset(option.key for option in self.options),
            prompt_keys=frozenset(option.prompt_key for option in self.options if option.prompt_key),
            choose=self.choose,
        )

    def shuffled_options(self, seed: int) -> list[OptionText]:
        """The options in the order that an attempt with this seed sees."""
        options = list(self.options)
        random.Random(seed ^ (self.id * 0x9E3779B97F4A7C15)).shuffle(options)
        return options

    def shuffled_prompts(self, seed: int) -> list[OptionText]:
        """The prompts of a matching question in the order that an attempt with this seed sees."""
        prompts = [option for option in self.options if option.prompt_key]
        random.Random(seed ^ (self.id * 0xC2B2AE3D27D4EB4F)).shuffle(prompts)
        return prompts

    def ask(self, position: int, seed: int, scenario: tuple[str, str, str] | None = None) -> dict[str, Any]:
        """The question as an open attempt may see it: never a key or a rationale. `scenario`: the one that the attempt pinned."""
        told = scenario or self.scenario
        return {
            "position": position,
            "kind": self.kind,
            "stem": self.stem,
            "choose": self.choose,
            "scenario": dict(zip(("slug", "title", "text"), told, strict=True)) if told else None,
            "options": [{"key": option.key, "text": option.text} for option in self.shuffled_options(seed)],
            "prompts": [{"key": option.prompt_key, "text": option.prompt} for option in self.shuffled_prompts(seed)],
        }


@dataclass(frozen=True, slots=True)
class CurrentKey:
    """The key in force for a version."""

    revision: int
    answer: Answer
    voided: bool


@dataclass(frozen=True)
class KnownKeys:
    """Keys read while the table of revisions stood as `stamp` says: its highest id and its number of rows."""

    stamp: tuple[int | None, int]
    keys: dict[int, CurrentKey] = field(default_factory=dict)


_versions: OrderedDict[int, VersionText] = OrderedDict()
_known = [KnownKeys((None, 0))]  # a one-element list, since a name of the module could not be set from a function


def version_texts(ids: Iterable[int]) -> dict[int, VersionText]:
    """The named versions by id; two statements at most, none when all are known. An id that is none has no entry."""
    wanted = set(ids)
    found = {version_id: text for version_id in wanted if (text := _versions.get(version_id)) is not None}
    if missing := wanted - found.keys():
        for text in _read_versions(missing):
            _versions[text.id] = found[text.id] = text
    while len(_versions) > CACHED_VERSIONS:
        _versions.popitem(last=False)
    return found


def current_keys(ids: Iterable[int]) -> dict[int, CurrentKey]:
    """The keys in force by version id; one small statement when none was added since the last call.

    Threads share what is known. Each works with the keys of the stamp that it read itself, so none sees them go, and none puts
    keys read before a correction where another has already looked behind it.
    """
    table = KeyRevision.objects.aggregate(newest=Max("pk"), count=Count("pk"))
    known = _known[0]
    if known.stamp != (table["newest"], table["count"]):
        known = _known[0] = KnownKeys((table["newest"], table["count"]))
    wanted = set(ids)
    if missing := [version_id for version_id in wanted if version_id not in known.keys]:
        rows = KeyRevision.objects.filter(version_id__in=missing).order_by("version_id", "revision")
        for version_id, revision, answer, voided in rows.values_list("version_id", "revision", "answer", "voided"):
            known.keys[version_id] = CurrentKey(revision, answer, voided)
    return {version_id: known.keys[version_id] for version_id in wanted}


def forget() -> None:
    """Empty the caches; for tests, whose databases forget ids."""
    _versions.clear()
    _known[0] = KnownKeys((None, 0))


def _read_versions(ids: set[int]) -> list[VersionText]:
    options: dict[int, list[OptionText]] = {version_id: [] for version_id in ids}
    rows = Option.objects.filter(version_id__in=ids).order_by("version_id", "order")
    for version_id, *fields, misconception in rows.values_list(
        "version_id", "key", "text", "prompt", "prompt_key", "rationale", "misconception__slug"
    ):
        options[version_id].append(OptionText(*fields, misconception or ""))
    versions = QuestionVersion.objects.filter(pk__in=ids).select_related("question__scenario")
    return [
        VersionText(
            id=version.pk,
            question_id=version.question_id,
            kind=version.kind,
            language=version.language,
            stem=version.stem,
            choose=version.choose,
            rule=version.rule,
            source_title=version.source_title,
            source_url=version.source_url,
            checked=version.checked,
            scenario=(
                (version.question.scenario.slug, version.question.scenario.title, version.question.scenario.text)
                if version.question.scenario
                else None
            ),
            options=tuple(options[version.pk]),
        )
        for version in versions
    ]
