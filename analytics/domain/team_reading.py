"""What a team's report rests on, read for all its people at once: about a dozen statements, however many they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import Case, IntegerField, Max, Min, OuterRef, Q, Subquery, When
from django.utils import timezone

from accounts.public import Membership, Seat, User, read_db_now
from analytics import ledger
from analytics.domain.mastery import answers_by_domain, day_number, state_of
from analytics.domain.standings import figures_of
from analytics.domain.team_rows import DomainCell, MemberRow
from analytics.instrument import Instrument
from analytics.models import AttemptEvidence, DailySnapshot, Mastery
from analytics.readiness.filter import at_day
from analytics.readiness.scores import Verdict
from lifecycle.public import Count, Enrolment, Exam, LessonProgress, progress_counts_for
from quizzes.public import Attempt

WEEKS = 8
WEEK = timedelta(days=7)
FEW_ANSWERS = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's standing at the end of a day, from a snapshot."""

    day: date
    estimate: int
    verdict: str
    snapshot_id: int


@dataclass
class Sight:
    """Everything read for the people of a report, by user id."""

    exam: Exam
    instrument: Instrument | None
    now: datetime
    today: date
    people: list[Membership]
    masteries: dict[int, Mastery] = field(default_factory=dict)
    snapshots: dict[int, list[Standing]] = field(default_factory=dict)  # by day
    lessons: dict[int, Count] = field(default_factory=dict)
    seen: dict[int, datetime] = field(default_factory=dict)
    active_before: set[int] = field(default_factory=set)
    exam_dates: dict[int, date | None] = field(default_factory=dict)
    seconds: dict[int, tuple[int, int]] = field(default_factory=dict)  # this week, the week before

    def rows(self) -> list[MemberRow]:
        """The members with the lowest chance first, then those without one, then those who do not share."""
        rows = [self._row(person) for person in self.people]
        order = {"shown": 0, "too_early": 1, "none": 2, "hidden": 3}
        return sorted(rows, key=lambda row: (order[row.state], row.chance or 0.0, row.name.casefold(), row.key))

    def _row(self, person: Membership) -> MemberRow:
        user: User = person.user
        row = MemberRow(key=person.pk, user_id=user.pk, name=user.shown_name, initials=user.initials)
        if not person.shares:
            return row
        last = self._last_active(user.pk)
        row = replace(
            row,
            state="none",
            spark=(None,) * WEEKS,
            last_active=last,
            days_away=(self.today - timezone.localtime(last).date()).days if last else None,
            lessons=self.lessons.get(user.pk),
            exam_date=self.exam_dates.get(user.pk),
            joined_on=timezone.localtime(person.joined_at).date(),
        )
        mastery = self.masteries.get(user.pk)
        if mastery is None or self.instrument is None or not mastery.answers:
            return row
        return self._with_estimates(row, mastery, self.instrument)

    def _with_estimates(self, row: MemberRow, mastery: Mastery, instrument: Instrument) -> MemberRow:
        state = at_day(state_of(mastery, instrument), instrument.model, day_number(self.now))
        figures = figures_of(state, instrument)
        answers = answers_by_domain(state, instrument)
        cells = tuple(
            DomainCell(int(key), instrument.domain_titles[key], round(100 * share) if answers[key] >= FEW_ANSWERS else None, answers[key])
            for key, share in figures.domains.items()
        )
        row = replace(row, state="too_early", verdict=figures.verdict, answers=mastery.answers, domains=cells)
        if figures.verdict == Verdict.TOO_EARLY:
            return row
        estimate = round(figures.scaled)
        return replace(
            row,
            state="shown",
            chance=figures.chance,
            estimate=estimate,
            low=round(figures.low),
            high=round(figures.high),
            spark=(*(self.estimate_on(row.user_id, day) for day in self.weeks[:-1]), estimate),
        )

    def _last_active(self, user_id: int) -> datetime | None:
        mastery = self.masteries.get(user_id)
        moments = [self.seen.get(user_id), mastery.last_submitted_at if mastery else None]
        return max((moment for moment in moments if moment), default=None)

    @property
    def weeks(self) -> list[date]:
        """The last day of each of the eight weeks, today the last."""
        return [self.today - WEEK * back for back in range(WEEKS - 1, -1, -1)]

    def standing_on(self, user_id: int, day: date) -> Standing | None:
        """The member's standing at the end of a day: the newest snapshot up to it."""
        return next((standing for standing in reversed(self.snapshots.get(user_id, [])) if standing.day <= day), None)

    def estimate_on(self, user_id: int, day: date) -> int | None:
        """The estimate at the end of a day; None while it was too early to say."""
        standing = self.standing_on(user_id, day)
        return standing.estimate if standing and standing.verdict != "too_early" else None

    def was_ready(self, user_id: int, day: date) -> bool:
        standing = self.standing_on(user_id, day)
        return standing is not None and standing.verdict == "ready"


def look_at(seat: Seat, exam: Exam, instrument: Instrument | None) -> Sight:
    """Read what a report needs for the people that the viewer may see and who share; a dozen statements."""
    now = read_db_now()
    sight = Sight(exam, instrument, now, timezone.localtime(now).date(), [])
    people = Membership.objects.filter(team=seat.team, user__is_active=True).select_related("user")
    if not seat.leads:
        people = people.filter(user_id=seat.viewer.pk)
    everybody = list(people)
    ids = [person.user_id for person in everybody if person.shares]
    sight.masteries = {row.user_id: row for row in Mastery.objects.filter(user_id__in=ids, exam=exam)}
    # A lead is in the table only where they study themselves.
    sight.people = [
        person
        for person in everybody
        if person.role == Membership.Role.MEMBER or (person.user_id in sight.masteries and sight.masteries[person.user_id].answers)
    ]
    ids = [person.user_id for person in sight.people if person.shares]
    _read_snapshots(sight, ids)
    sight.lessons = progress_counts_for(ids, exam)
    _read_activity(sight, ids)
    sight.exam_dates = dict(Enrolment.objects.filter(user_id__in=ids, exam=exam).values_list("user_id", "exam_date"))
    _read_seconds(sight, ids)
    return sight


def _read_snapshots(sight: Sight, ids: list[int]) -> None:
    """Those of the eight weeks, and of each member the last one before them."""
    since = sight.weeks[0]
    own = DailySnapshot.objects.filter(exam=sight.exam)
    before = own.filter(user=OuterRef("pk"), day__lt=since).order_by("-day").values("pk")[:1]
    earlier = User.objects.filter(pk__in=ids).values(last=Subquery(before))
    wanted = own.filter(user_id__in=ids).filter(Q(day__gte=since) | Q(pk__in=earlier))
    found: dict[int, list[Standing]] = defaultdict(list)
    for user_id, day, estimate, verdict, pk in wanted.order_by("user_id", "day").values_list("user_id", "day", "estimate", "verdict", "pk"):
        found[user_id].append(Standing(day, estimate, verdict, pk))
    sight.snapshots = found


def _read_activity(sight: Sight, ids: list[int]) -> None:
    """When each member last read or had an open sitting before them, and who was active in the week before this one."""
    lessons = LessonProgress.objects.filter(user_id__in=ids, lesson__exam=sight.exam).values("user_id").order_by()
    week_start = sight.now - WEEK
    earlier = sight.now - 2 * WEEK
    in_week_before = (
        Q(begun_at__range=(earlier, week_start)) | Q(done_at__range=(earlier, week_start)) | Q(seen_at__range=(earlier, week_start))
    )
    for row in lessons.annotate(last=Max("seen_at"), before=Min("pk", filter=in_week_before)):
        sight.seen[row["user_id"]] = row["last"]
        if row["before"] is not None:
            sight.active_before.add(row["user_id"])
    sittings = Attempt.objects.open().filter(user_id__in=ids, exam=sight.exam).values("user_id").order_by()
    for sitting in sittings.annotate(last=Max("active_at")):
        sight.seen[sitting["user_id"]] = max(sitting["last"], sight.seen.get(sitting["user_id"], sitting["last"]))


def _read_seconds(sight: Sight, ids: list[int]) -> None:
    """Seconds on questions in the last two weeks, from the packed evidence: one small row an attempt."""
    recent = Case(When(submitted_at__gt=sight.now - WEEK, then=1), default=0, output_field=IntegerField())
    rows = AttemptEvidence.objects.filter(user_id__in=ids, exam=sight.exam, submitted_at__gt=sight.now - 2 * WEEK).annotate(recent=recent)
    packed: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for user_id, in_this_week, records in rows.values_list("user_id", "recent", "records"):
        packed[user_id, in_this_week].append(bytes(records))
    spent = {key: int(ledger.read(b"".join(parts))["seconds"].sum()) for key, parts in packed.items()}
    sight.active_before |= {user_id for user_id, in_this_week in spent if not in_this_week}
    sight.seconds = {user_id: (spent.get((user_id, 1), 0), spent.get((user_id, 0), 0)) for user_id, _week in spent}
