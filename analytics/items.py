"""Reads for instructors: the bank by expected harm, and one question with all that is known of it. Rollups only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from accounts.public import Team, read_db_now
from analytics.domain.groups import TEAM, named
from analytics.domain.judging import EXPOSURE_DAYS, wrong_places
from analytics.flag_words import Words, describe
from analytics.instrument import instrument_of
from analytics.models import QuestionDay, QuestionFlag, QuestionStatistics
from analytics.statistics.flags import FEWEST, Bounded, Flag, Severity, fisher, point_biserial, share
from analytics.tallies import CHANCE_UNIT, Tally, current_sums, strata, thirds
from quizzes.public import KeyRevision, ProblemReport, Question, QuestionVersion, version_texts

EARLY_UNDER = 100
QUINTILES = 5
FILTERS = ("flagged", "advice", "reported", "all")


@dataclass(frozen=True)
class ItemRow:
    """A question in the list. Figures are None under 30 first answers; `early` tells that they are young."""

    question_id: int
    version_id: int
    slug: str
    stem: str
    task: str
    kind: str
    state: str
    blocked: bool
    answers: int
    facility: Bounded | None
    discrimination: Bounded | None
    early: bool
    harm: float
    flags: tuple[Words, ...]
    alarms: int
    reports: int

    @property
    def flagged(self) -> bool:
        return bool(self.alarms)


@dataclass(frozen=True)
class ItemList:
    """Questions, those with the most expected harm first; how many stand behind each filter. `outdated` questions have sums that
    wait to be counted anew after a new release."""

    rows: list[ItemRow]
    counts: dict[str, int]
    judged_at: datetime | None
    outdated: int


@dataclass(frozen=True)
class OptionRow:
    """An option: how many chose it, the share with its interval, mean ability and correlation of those who did, and the share of
    the bottom and top third."""

    letter: str
    text: str
    right: bool
    count: int
    share: Bounded
    mean_ability: float | None
    discrimination: Bounded
    bottom: float
    top: float


@dataclass(frozen=True)
class QuintileRow:
    """A fifth of the learners by ability: answers, share right, share predicted."""

    answers: int
    observed: Bounded
    predicted: float


@dataclass(frozen=True)
class FlagRow:
    """A flag with its task."""

    row: QuestionFlag
    words: Words


@dataclass(frozen=True)
class VersionRow:
    """A version of the question and what was gathered of it."""

    version: QuestionVersion
    answers: int
    facility: float | None
    current: bool


@dataclass(frozen=True)
class Item:
    """One question with all that is known of it; no figures under 30 first answers. `outdated` tells that its sums wait to be
    counted anew after a new release."""

    question: Question
    version: QuestionVersion
    answers: int
    outdated: bool
    shown: bool
    early: bool
    facility: Bounded | None
    discrimination: Bounded | None
    options: list[OptionRow]
    quintiles: list[QuintileRow]
    repeats: int
    repeat_facility: Bounded | None
    mean_seconds: float | None
    rapid: Bounded | None
    met_30_days: int
    exposure_ratio: float | None
    difficulty: tuple[float, float] | None
    label_mean: float | None
    slope: float | None
    flags: list[FlagRow]
    past_flags: list[FlagRow]
    versions: list[VersionRow]
    reports: list[ProblemReport]
    harm: float


def item_list(exam: Any, show: str = "flagged") -> ItemList:
    """The published questions of an exam by expected harm; six statements at most, however many answers."""
    versions = list(
        QuestionVersion.objects.filter(question__exam=exam, question__state=Question.State.PUBLISHED, question__current_version=F("pk"))
        .select_related("question", "question__task", "statistics")
        .only(
            *("kind", "stem", "question__slug", "question__state", "question__blocked_from_exams", "question__task__number"),
            *(
                "statistics__first_answers",
                "statistics__facility",
                "statistics__discrimination",
                "statistics__harm",
                "statistics__judged_at",
            ),
        )
        .annotate(open_reports=Count("reports", filter=Q(reports__state=ProblemReport.State.OPEN)))
    )
    flags: dict[int, list[QuestionFlag]] = defaultdict(list)
    for flag in QuestionFlag.objects.filter(exam=exam, state=QuestionFlag.State.OPEN).order_by("pk"):
        flags[flag.version_id].append(flag)
    texts = version_texts(flags)
    teams = _team_names(flag for raised in flags.values() for flag in raised)
    everything = [_row(version, flags[version.pk], _option_texts(texts.get(version.pk)) | teams) for version in versions]
    everything.sort(key=lambda row: (-row.harm, -row.reports, row.slug))
    chosen = {
        "flagged": [row for row in everything if row.flagged],
        "advice": [row for row in everything if row.flags and not row.flagged],
        "reported": [row for row in everything if row.reports],
        "all": everything,
    }
    outdated = QuestionStatistics.objects.filter(exam=exam).outdated().count()
    judged = [statistics.judged_at for version in versions if (statistics := _statistics(version)) and statistics.judged_at]
    return ItemList(chosen[show], {name: len(rows) for name, rows in chosen.items()}, max(judged, default=None), outdated)


def _statistics(version: QuestionVersion) -> QuestionStatistics | None:
    return getattr(version, "statistics", None)


def _option_texts(text: Any) -> dict[str, str]:
    return {option.key: option.text for option in text.options} if text else {}


def _team_names(flags: Iterable[QuestionFlag]) -> dict[str, str]:
    """The names of the teams that flags are about, by the group's name; a statement only where there are some."""
    groups = [flag.subject for flag in flags if flag.flag == Flag.DIFFERENTIAL and flag.subject.startswith(named(TEAM, ""))]
    if not groups:
        return {}
    ids = [group.removeprefix(named(TEAM, "")) for group in groups]
    return {named(TEAM, pk): name for pk, name in Team.objects.filter(pk__in=ids).values_list("pk", "name")}


def _row(version: Any, flags: list[QuestionFlag], names: dict[str, str]) -> ItemRow:
    statistics = _statistics(version)
    answers = statistics.first_answers if statistics else 0
    shown = statistics is not None and answers >= FEWEST
    return ItemRow(
        question_id=version.question_id,
        version_id=version.pk,
        slug=version.question.slug,
        stem=version.stem,
        task=version.question.task.number,
        kind=version.kind,
        state=version.question.state,
        blocked=version.question.blocked_from_exams,
        answers=answers,
        facility=_share_of(statistics.facility, answers) if shown and statistics else None,
        discrimination=fisher(statistics.discrimination, answers)
        if shown and statistics and statistics.discrimination is not None
        else None,
        early=shown and answers < EARLY_UNDER,
        harm=statistics.harm if statistics else 0.0,
        flags=tuple(describe(flag, lambda key: names.get(key, key)) for flag in flags),
        alarms=sum(flag.severity != Severity.ADVICE.value for flag in flags),
        reports=version.open_reports,
    )


def _share_of(facility: float | None, answers: int) -> Bounded | None:
    return None if facility is None else share(round(facility * answers), answers)


def item_detail(exam: Any, question_id: int) -> Item:
    """One question; a fixed number of statements. Raises Question.DoesNotExist."""
    question = Question.objects.select_related("task", "current_version", "exam").get(
        pk=question_id, exam=exam, current_version__isnull=False
    )
    version = question.current_version
    assert version is not None
    statistics = QuestionStatistics.objects.filter(pk=version.pk).first()
    read = current_sums(statistics.sums) if statistics else Tally()
    total = read or Tally()
    shown = total.everyone.count >= FEWEST
    asked = instrument_of(exam.pk).questions.get(question.pk)
    texts = version_texts([version.pk])[version.pk]
    key = KeyRevision.objects.filter(version=version).order_by("-revision").values_list("answer", flat=True).first()
    flags = list(QuestionFlag.objects.filter(version__question=question).select_related("owner").order_by("-raised_at"))
    names = _option_texts(texts) | _team_names(flags)
    described = [FlagRow(flag, describe(flag, lambda key: names.get(key, key))) for flag in flags]
    since = timezone.localtime(read_db_now()).date() - timedelta(days=EXPOSURE_DAYS)
    return Item(
        question=question,
        version=version,
        answers=total.everyone.count,
        outdated=read is None,
        shown=shown,
        early=shown and total.everyone.count < EARLY_UNDER,
        facility=share(total.right.count, total.everyone.count) if shown else None,
        discrimination=point_biserial(total.right.sums(), total.everyone.sums()) if shown else None,
        options=_options(total, texts, wrong_places(texts, key)) if shown else [],
        quintiles=_quintiles(total) if shown else [],
        repeats=total.repeats,
        repeat_facility=share(total.repeats_right, total.repeats) if total.repeats >= FEWEST else None,
        mean_seconds=total.mean_seconds if shown else None,
        rapid=share(total.rapid, total.shown) if total.shown >= FEWEST else None,
        met_30_days=QuestionDay.objects.filter(question=question, day__gt=since).aggregate(met=Sum("met"))["met"] or 0,
        exposure_ratio=statistics.exposure_ratio if statistics else None,
        difficulty=(asked.parameters.difficulty, asked.parameters.uncertainty) if asked and asked.answers >= FEWEST else None,
        label_mean=instrument_of(exam.pk).label_means[asked.label] if asked else None,
        slope=asked.parameters.slope if asked and asked.answers >= FEWEST else None,
        flags=[flag for flag in described if flag.row.state == QuestionFlag.State.OPEN],
        past_flags=[flag for flag in described if flag.row.state != QuestionFlag.State.OPEN],
        versions=_versions(question),
        reports=list(ProblemReport.objects.filter(version__question=question).select_related("version", "reporter")[:50]),
        harm=statistics.harm if statistics else 0.0,
    )


def _options(total: Tally, text: Any, wrong: dict[int, str]) -> list[OptionRow]:
    """The options of a question of chosen options, as written; none for orderings and matchings."""
    if not wrong:
        return []
    everyone, rows = total.everyone, []
    for place, option in enumerate(text.options):
        cell = total.options.get(place)
        took = cell.sums() if cell else Tally().everyone.sums()
        bottom, top = thirds(total.bins, total.option_bins.get(place, [0] * len(total.bins)))
        rows.append(
            OptionRow(
                letter=chr(ord("A") + place),
                text=option.text,
                right=place not in wrong,
                count=took.count,
                share=share(took.count, everyone.count),
                mean_ability=took.mean if took.count else None,
                discrimination=point_biserial(took, everyone.sums()),
                bottom=bottom,
                top=top,
            )
        )
    return rows


def _quintiles(total: Tally) -> list[QuintileRow]:
    """Observed and predicted shares by fifths of ability, as far as the stored bins allow."""
    rows = []
    for first, end in strata(total.bins, QUINTILES):
        answers = sum(total.bins[first:end])
        if answers:
            observed = share(sum(total.right_bins[first:end]), answers)
            rows.append(QuintileRow(answers, observed, sum(total.expected_bins[first:end]) / CHANCE_UNIT / answers))
    return rows


def _versions(question: Question) -> list[VersionRow]:
    versions = QuestionVersion.objects.filter(question=question).select_related("statistics").defer("statistics__sums").order_by("-number")
    return [
        VersionRow(
            version,
            statistics.first_answers if (statistics := _statistics(version)) else 0,
            statistics.facility if statistics and statistics.first_answers >= FEWEST else None,
            version.pk == question.current_version_id,
        )
        for version in versions
    ]


def open_flags(exam: Any) -> dict[str, int]:
    """How many flags wait, by severity; for the desk of an instructor."""
    rows = QuestionFlag.objects.filter(exam=exam, state=QuestionFlag.State.OPEN).values_list("severity").annotate(number=Count("pk"))
    return dict(rows)
