"""Flags on questions: raised from the statistics, kept as tasks until somebody looks at them or they are raised no longer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import numpy as np
import structlog
from django.db import transaction
from django.db.models import Max, Min, Sum
from django.utils import timezone

from accounts.public import AuditEntry, read_db_now
from analytics.domain.gathering import EXAM, STUDY
from analytics.domain.groups import LANGUAGE, MODE, TEAM, named
from analytics.instrument import Instrument, instrument_of
from analytics.models import QuestionDay, QuestionFlag, QuestionStatistics
from analytics.statistics.differential import FEWEST_IN_GROUP, MantelHaenszel, mantel_haenszel
from analytics.statistics.flags import (
    FEWEST,
    FEWEST_EXPOSURES,
    MISFIT_WINDOW,
    Evidence,
    Flag,
    Raised,
    Severity,
    Sums,
    expected_harm,
    key_suspect,
    point_biserial,
    raise_flags,
    slowness,
)
from analytics.tallies import Tally, current_sums, strata
from quizzes.public import Question, QuestionVersion, version_texts

event = structlog.get_logger(__name__)

EXPOSURE_DAYS = 30
UNSEEN_AFTER_DAYS = 60
FEWEST_FOR_DRIFT = 5
ROWS_AT_ONCE = 25
GroupCounts = list[list[int]]
"""Answers and right answers of a group, each by bin of ability."""
Comparison = tuple[MantelHaenszel, int, int]
"""A comparison with the number of answers of reference and focal group."""
CHOICES = frozenset({"multiple_choice", "multiple_response", "case_study"})


@dataclass(frozen=True)
class Surroundings:
    """What a question is compared with: its bank's slowness and exposure, by version and question id, and its task's drift.

    The drift of a task is the median over its questions of how much more of the newest answers are right than was predicted: what
    all of them share is a misjudgement of learners, and accuses no question.
    """

    slow_mads: dict[int, float]
    exposure_ratio: dict[int, float]
    days_unseen: dict[int, float]
    met: dict[int, int]
    drift: dict[int, float]


def wrong_places(version: Any, answer: Any) -> dict[int, str]:
    """The places of the wrong options of a version, with their keys; empty for kinds whose answer is no choice of options."""
    if version.kind not in CHOICES or not isinstance(answer, list):
        return {}
    return {place: option.key for place, option in enumerate(version.options) if option.key not in answer}


def evidence_of(text: Any, key: Any, total: Tally, instrument: Instrument, around: Surroundings) -> Evidence:
    """What the flags are raised from, for one version with its key in force."""
    asked = instrument.questions.get(text.question_id)
    wrong = wrong_places(text, key)
    residual, variance, recent = total.residual(asked.parameters.slope if asked else 1.0)
    drift = around.drift.get(asked.task, 0.0) if asked else 0.0
    return Evidence(
        everyone=total.everyone.sums(),
        right=total.right.sums(),
        distractors=_distractors(total, wrong),
        label_mean=instrument.label_means[asked.label] + instrument.label_shift if asked else None,
        difficulty=asked.parameters.difficulty if asked and asked.answers >= FEWEST else None,
        uncertainty=asked.parameters.uncertainty if asked and asked.answers >= FEWEST else None,
        residual=residual - drift * recent,
        residual_variance=variance,
        recent=recent,
        slow_mads=around.slow_mads.get(text.id),
        rapid=total.rapid,
        shown=total.shown,
        exposure_ratio=around.exposure_ratio.get(text.question_id),
        days_unseen=around.days_unseen.get(text.question_id, 0.0),
        groups=compare_groups(total, text.language),
    )


_NOBODY = Tally().everyone.sums()


def compare_groups(total: Tally, language: str) -> dict[str, Comparison]:
    """Comparisons by Mantel-Haenszel over deciles of ability, where both sides have at least 100 answers, by the group's name.

    Exams are compared with study, those who know another language best with those who know the question's best, a team with
    everybody else.
    """
    sides: dict[str, tuple[GroupCounts, GroupCounts]] = {}
    study, exam = total.groups.get(named(MODE, STUDY)), total.groups.get(named(MODE, EXAM))
    if study is not None and exam is not None:
        sides[MODE] = (study, exam)
    at_home = total.groups.get(named(LANGUAGE, language))
    for name, counts in total.groups.items():
        kind, _colon, what = name.partition(":")
        if kind == LANGUAGE and what != language and at_home is not None:
            sides[name] = (at_home, counts)
        elif kind == TEAM:
            sides[name] = (_others(total, counts), counts)
    compared = {name: _compared(total, reference, focal) for name, (reference, focal) in sides.items()}
    return {name: comparison for name, comparison in compared.items() if comparison is not None}


def _others(total: Tally, part: GroupCounts) -> GroupCounts:
    """The answers of everybody outside a group, all and right, by bin of ability."""
    whole = (total.bins, total.right_bins)
    return [[all_of - inside for all_of, inside in zip(*pair, strict=True)] for pair in zip(whole, part, strict=True)]


def _compared(total: Tally, reference: GroupCounts, focal: GroupCounts) -> Comparison | None:
    """None where a side is too small, or no stratum has both sides and both answers."""
    if min(sum(reference[0]), sum(focal[0])) < FEWEST_IN_GROUP:
        return None
    tables = [
        [(sum(right[first:end]), sum(answers[first:end]) - sum(right[first:end])) for answers, right in (reference, focal)]
        for first, end in strata(total.bins)
    ]
    try:
        return mantel_haenszel(np.array(tables)), sum(reference[0]), sum(focal[0])
    except ValueError:
        return None


def judge(*, exam_id: int, version_ids: Iterable[int] | None = None) -> int:
    """Raise and settle the flags of an exam's current versions; returns how many are open among them.

    A flag that is raised again keeps its task; one that is raised no longer is closed as gone; one that was looked at and
    accepted stays closed. A key suspected wrong takes the question out of exams at once: where `version_ids` are given, only that
    is looked for among them, since the other flags compare a question with the whole bank.
    """
    instrument = instrument_of(exam_id)
    current = {asked.version_id: asked for asked in instrument.questions.values() if asked.version_id is not None}
    chosen = set(current) if version_ids is None else set(current) & set(version_ids)
    if version_ids is None:
        QuestionStatistics.objects.bulk_create(
            [QuestionStatistics(version_id=version, exam_id=exam_id, sums={}) for version in sorted(chosen)], ignore_conflicts=True
        )
    read = [(row, current_sums(row.sums)) for row in QuestionStatistics.objects.filter(pk__in=chosen).order_by("pk")]
    rows = [row for row, total in read if total is not None]
    totals = {row.pk: total for row, total in read if total is not None}
    if len(rows) < len(read):
        event.warning("statistics_outdated", exam=exam_id, versions=len(read) - len(rows))
    now = read_db_now()
    if version_ids is None:
        raised = _raise(instrument, rows, totals, now)
        looked_for = frozenset(Flag)
        _keep_figures(rows)
    else:
        raised = _suspects(rows, totals)
        looked_for = frozenset({Flag.KEY_SUSPECT})
    with transaction.atomic():
        open_flags = _settle(exam_id, raised, totals, now, looked_for)
        _block_suspects(raised, current)
    event.info("questions_judged", exam=exam_id, versions=len(rows), flags=open_flags)
    return open_flags


def _suspects(rows: list[QuestionStatistics], totals: dict[int, Tally]) -> dict[int, list[Raised]]:
    """The versions whose key is suspected."""
    texts, keys = version_texts(totals), _keys_in_force(totals)
    found = {}
    for row in rows:
        total = totals[row.pk]
        wrong = wrong_places(texts[row.pk], keys.get(row.pk))
        found[row.pk] = key_suspect(Evidence(total.everyone.sums(), total.right.sums(), _distractors(total, wrong)))
    return found


def _distractors(total: Tally, wrong: dict[int, str]) -> dict[str, Sums]:
    return {key: total.options[place].sums() if place in total.options else _NOBODY for place, key in wrong.items()}


def _raise(instrument: Instrument, rows: list[QuestionStatistics], totals: dict[int, Tally], now: datetime) -> dict[int, list[Raised]]:
    around = _surroundings(instrument, totals)
    texts = version_texts(totals)
    keys = _keys_in_force(totals)
    raised = {}
    for row in rows:
        total, text = totals[row.pk], texts[row.pk]
        evidence = evidence_of(text, keys.get(row.pk), total, instrument, around)
        flags = raise_flags(evidence)
        r = point_biserial(evidence.right, evidence.everyone).value
        row.facility = total.facility if total.everyone.count else None
        row.discrimination = r if isfinite(r) else None
        row.slow_mads = around.slow_mads.get(row.pk, row.slow_mads)
        row.exposure_ratio = around.exposure_ratio.get(text.question_id, row.exposure_ratio)
        row.harm = expected_harm(flags, 1 + around.met.get(text.question_id, 0))
        row.judged_at = now
        raised[row.pk] = flags
    return raised


def _keep_figures(rows: list[QuestionStatistics]) -> None:
    """Write what lists show, a few rows at a time, so that nobody waits long for the one writer of SQLite."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        QuestionStatistics.objects.bulk_update(
            rows[first : first + ROWS_AT_ONCE], ["facility", "discrimination", "slow_mads", "exposure_ratio", "harm", "judged_at"]
        )


def _keys_in_force(version_ids: Iterable[int]) -> dict[int, Any]:
    from quizzes.public import KeyRevision

    rows = KeyRevision.objects.filter(version_id__in=list(version_ids)).order_by("version_id", "revision")
    return dict(rows.values_list("version_id", "answer"))


def _surroundings(instrument: Instrument, totals: dict[int, Tally]) -> Surroundings:
    met, first_met = _met(instrument)
    return Surroundings(_slow(totals), _exposure(instrument, first_met), _unseen(instrument), met, _drift(instrument, totals))


def _drift(instrument: Instrument, totals: dict[int, Tally]) -> dict[int, float]:
    """By task; tasks with fewer than five questions with enough new answers have none."""
    shares: dict[int, list[float]] = defaultdict(list)
    for asked in instrument.questions.values():
        total = totals.get(asked.version_id or 0)
        if total is not None and len(total.recent) >= MISFIT_WINDOW[0]:
            residual, _variance, recent = total.residual(asked.parameters.slope)
            shares[asked.task].append(residual / recent)
    return {task: float(np.median(values)) for task, values in shares.items() if len(values) >= FEWEST_FOR_DRIFT}


def _slow(totals: dict[int, Tally]) -> dict[int, float]:
    timed = [version for version, total in totals.items() if total.log_count >= FEWEST]
    texts = version_texts(timed)
    words = np.array([_words(texts[version]) for version in timed], dtype=np.float64)
    logs = np.array([totals[version].slowness for version in timed], dtype=np.float64)
    return {version: float(mads) for version, mads in zip(timed, slowness(logs, words), strict=True)}


def _words(text: Any) -> int:
    scenario = text.scenario[2] if text.scenario else ""
    return sum(len(part.split()) for part in (text.stem, scenario, *(f"{option.prompt} {option.text}" for option in text.options)))


def _met(instrument: Instrument) -> tuple[dict[int, int], dict[int, int]]:
    """How often each question was met in the last 30 days, and by how many for the first time."""
    since = timezone.localtime(read_db_now()).date() - timedelta(days=EXPOSURE_DAYS)
    rows = (
        QuestionDay.objects.filter(day__gt=since, question__exam_id=instrument.exam_id)
        .values_list("question_id")
        .annotate(met=Sum("met"), first=Sum("first_met"))
    )
    found = [(question, met, first) for question, met, first in rows]
    return {question: met for question, met, _first in found}, {question: first for question, _met, first in found}


def _exposure(instrument: Instrument, first_met: dict[int, int]) -> dict[int, float]:
    """New learners of each question over the mean of its task's published questions; tasks with too few say nothing."""
    by_task: dict[int, list[int]] = defaultdict(list)
    for asked in instrument.questions.values():
        if asked.published:
            by_task[asked.task].append(asked.question_id)
    ratios = {}
    for questions in by_task.values():
        fair = sum(first_met.get(question, 0) for question in questions) / len(questions)
        if fair >= FEWEST_EXPOSURES:
            ratios.update({question: first_met.get(question, 0) / fair for question in questions})
    return ratios


def _unseen(instrument: Instrument) -> dict[int, float]:
    """Days since each published question was last met, or since its version was made where that is later; only in banks in use."""
    now = timezone.localtime(read_db_now())
    last = dict(QuestionDay.objects.filter(question__exam_id=instrument.exam_id).values_list("question_id").annotate(last=Max("day")))
    made = dict(
        QuestionVersion.objects.filter(question__exam_id=instrument.exam_id).values_list("question_id").annotate(made=Min("created_at"))
    )
    if not last or (now.date() - max(last.values())).days >= UNSEEN_AFTER_DAYS:
        return {}
    unseen = {}
    for asked in instrument.questions.values():
        if asked.published:
            since = max(filter(None, (last.get(asked.question_id), timezone.localtime(made[asked.question_id]).date())))
            unseen[asked.question_id] = float((now.date() - since).days)
    return {question: days for question, days in unseen.items() if days >= UNSEEN_AFTER_DAYS}


def _settle(exam_id: int, raised: dict[int, list[Raised]], totals: dict[int, Tally], now: datetime, looked_for: frozenset[Flag]) -> int:
    """Open, refresh and close the rows of the flags that were looked for; returns how many of them stay open."""
    rows = QuestionFlag.objects.filter(version_id__in=raised, flag__in=[flag.value for flag in looked_for]).order_by("pk")
    known = {
        (flag.version_id, flag.flag, flag.subject): flag
        for flag in rows
        if flag.state in (QuestionFlag.State.OPEN, QuestionFlag.State.ACCEPTED)
    }
    new, refreshed = [], []
    for version, flags in raised.items():
        for flag in flags:
            row = known.pop((version, flag.flag.value, flag.subject), None)
            if row is None:
                row = QuestionFlag(version_id=version, exam_id=exam_id, flag=flag.flag.value, subject=flag.subject, raised_at=now)
                new.append(row)
            elif row.state == QuestionFlag.State.ACCEPTED:
                continue
            else:
                refreshed.append(row)
            row.severity, row.value, row.seen_at = flag.severity.value, flag.value, now
            row.low, row.high = (bound if isfinite(bound) else None for bound in (flag.low, flag.high))
            row.answers = totals[version].everyone.count
    gone = [row.pk for row in known.values() if row.state == QuestionFlag.State.OPEN]
    QuestionFlag.objects.filter(pk__in=gone).update(state=QuestionFlag.State.GONE, closed_at=now)
    QuestionFlag.objects.bulk_update(refreshed, ["severity", "value", "low", "high", "answers", "seen_at"], batch_size=200)
    QuestionFlag.objects.bulk_create(new)
    return len(new) + len(refreshed)


def _block_suspects(raised: dict[int, list[Raised]], current: dict[int, Any]) -> None:
    """Take questions whose key is suspected out of exams, with a line in the audit."""
    suspects = [current[version].question_id for version, flags in raised.items() if any(flag.severity is Severity.BLOCK for flag in flags)]
    accepted = QuestionFlag.objects.filter(
        version__question_id__in=suspects, severity=Severity.BLOCK.value, state=QuestionFlag.State.ACCEPTED
    ).values_list("version_id", flat=True)
    cleared = {current[version].question_id for version in accepted if version in current}
    for question in Question.objects.filter(pk__in=set(suspects) - cleared, blocked_from_exams=False):
        Question.objects.filter(pk=question.pk).update(blocked_from_exams=True)
        AuditEntry.objects.create(
            actor=None,
            action="question_blocked",
            subject_kind="question",
            subject_id=str(question.pk),
            before={"blocked_from_exams": False},
            after={"blocked_from_exams": True, "reason": "key_suspect"},
        )
        event.warning("question_blocked", question=question.pk)


def close_flag(*, flag: QuestionFlag, actor: Any, accepted: bool, note: str) -> QuestionFlag:
    """An owner's word on a flag: looked at and accepted as it is, or fixed. Unblocks the question when no block is left open."""
    with transaction.atomic():
        row = QuestionFlag.objects.select_for_update().get(pk=flag.pk)
        if row.state != QuestionFlag.State.OPEN:
            return row
        row.state = QuestionFlag.State.ACCEPTED if accepted else QuestionFlag.State.FIXED
        row.owner, row.note, row.closed_at = actor, note, read_db_now()
        row.save(update_fields=["state", "owner", "note", "closed_at"])
        question = Question.objects.select_for_update().get(versions=row.version_id)
        blocks = QuestionFlag.objects.filter(version__question=question, severity=Severity.BLOCK.value, state=QuestionFlag.State.OPEN)
        unblocked = question.blocked_from_exams and row.severity == Severity.BLOCK.value and not blocks.exists()
        if unblocked:
            Question.objects.filter(pk=question.pk).update(blocked_from_exams=False)
        AuditEntry.objects.create(
            actor=actor,
            action="question_flag_closed",
            subject_kind="question_flag",
            subject_id=str(row.pk),
            before={"state": QuestionFlag.State.OPEN.value, "blocked_from_exams": question.blocked_from_exams},
            after={"state": row.state, "note": note, "blocked_from_exams": question.blocked_from_exams and not unblocked},
        )
    return row


def own_flag(*, flag: QuestionFlag, actor: Any) -> QuestionFlag:
    """Take a flag's task; whoever took it last owns it."""
    with transaction.atomic():
        row = QuestionFlag.objects.select_for_update().get(pk=flag.pk)
        row.owner = actor
        row.save(update_fields=["owner"])
    return row


def gather_and_judge() -> int:
    """Gather one batch and judge the versions it touched, so that a suspected key leaves exams at once; returns versions touched."""
    from analytics.domain.gathering import gather

    touched = gather()
    exams = QuestionStatistics.objects.filter(pk__in=touched).values_list("exam_id", flat=True).distinct()
    for exam_id in exams:
        judge(exam_id=exam_id, version_ids=touched)
    return len(touched)
