"""What must hold after any fault, looked up in the database and compared with what the clients saw.

The marking is a second implementation, written from the rules and not from the product's code: a fault in that code would not
be found by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Sum

from accounts.clock import read_db_now
from quizzes.models import Attempt, Exposure, Grade, GradingJob, KeyRevision, QuestionVersion, Response
from tests.faults.learners import Ledger

GRACE = timedelta(seconds=30)
CLOSED_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Breach:
    """A promise that was broken: its number, what it is about, and what is wrong."""

    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}: {self.detail}"


@dataclass(frozen=True)
class Verdict:
    """What the oracle found."""

    breaches: tuple[Breach, ...]
    acknowledged: int
    lost: int
    submitted: int
    grades: int
    duplicates: int


def judge(ledger: Ledger, *, needs_attention: int = 0, regraded: bool = False) -> Verdict:
    """Hold the database against the ledger. `needs_attention` attempts are expected to wait for a person; `regraded` allows
    second grades."""
    lost = list(lost_saves(ledger))
    duplicates = list(effects_counted_twice(regraded=regraded))
    breaches = [
        *lost,
        *receipts_that_differ(ledger),
        *submitted_without_one_grade(ledger, needs_attention=needs_attention),
        *duplicates,
        *wrong_grades(),
        *late_writes(),
        *left_over(needs_attention=needs_attention),
    ]
    return Verdict(
        breaches=tuple(breaches),
        acknowledged=len({(save.attempt, save.position, save.version) for save in ledger.saves}),
        lost=len(lost),
        submitted=len(ledger.receipts),
        grades=Grade.objects.filter(revision=1).count(),
        duplicates=len(duplicates),
    )


def lost_saves(ledger: Ledger) -> Iterator[Breach]:
    """I1: every acknowledged save is stored, or was replaced by a later one of the same position."""
    attempts = {save.attempt for save in ledger.saves}
    stored = {(str(row.attempt_id), row.position): row for row in Response.objects.filter(attempt__in=attempts)}
    for save in ledger.saves:
        row = stored.get((save.attempt, save.position))
        subject = f"{save.attempt} position {save.position}"
        if row is None:
            yield Breach("I1", subject, f"version {save.version} was acknowledged and is not stored")
        elif row.version < save.version:
            yield Breach("I1", subject, f"version {save.version} was acknowledged, version {row.version} is stored")
        elif row.version == save.version and (str(row.save_id) != save.save_id or row.answer != save.answer):
            yield Breach("I1", subject, f"version {save.version} is stored with another answer than was acknowledged")


def receipts_that_differ(ledger: Ledger) -> Iterator[Breach]:
    """I2: every submit of an attempt got the same receipt."""
    for attempt, receipts in ledger.receipts.items():
        if any(receipt != receipts[0] for receipt in receipts):
            yield Breach("I2", attempt, f"{len(receipts)} submits got different receipts")


def submitted_without_one_grade(ledger: Ledger, *, needs_attention: int = 0) -> Iterator[Breach]:
    """I2: each attempt with a receipt has one grade, except those that wait for a person."""
    grades: Counter[str] = Counter(str(pk) for pk in Grade.objects.filter(revision=1).values_list("attempt_id", flat=True))
    states = {str(pk): state for pk, state in Attempt.objects.values_list("pk", "state")}
    waiting = 0
    for attempt in ledger.receipts:
        if states.get(attempt) == "needs_attention":
            waiting += 1
        elif grades[attempt] != 1:
            yield Breach("I2", attempt, f"has {grades[attempt]} grades and is {states.get(attempt, 'gone')}")
    if waiting > needs_attention:
        yield Breach("I6", "attempts", f"{waiting} need attention, {needs_attention} were expected to")


def effects_counted_twice(*, regraded: bool = False) -> Iterator[Breach]:
    """I2: no second grade, no second order, and what follows from a grade was counted once for the learner."""
    for model in (Grade, GradingJob):
        extra = model.objects.values("attempt").annotate(count=Count("pk")).filter(count__gt=1)
        if not regraded:
            for row in extra:
                yield Breach("I2", str(row["attempt"]), f"{row['count']} rows of {model.__name__}")
    answered: Counter[int] = Counter()
    graded = Attempt.objects.filter(state="graded", user__isnull=False)
    for user_id, count in Response.objects.filter(attempt__in=graded).values_list("attempt__user_id").annotate(Count("pk")):
        answered[user_id] += count
    counted = dict(Exposure.objects.filter(user__in=answered).values_list("user_id").annotate(Sum("times")))
    for user_id, count in answered.items():
        if counted.get(user_id, 0) != count:
            yield Breach("I2", f"learner {user_id}", f"answered {count} questions, {counted.get(user_id, 0)} were counted")


def wrong_grades() -> Iterator[Breach]:
    """I4: each newest grade is what the stored answers earn under the keys that the grade names."""
    keys = {(row.version_id, row.revision): row for row in KeyRevision.objects.all()}
    kinds = dict(QuestionVersion.objects.values_list("pk", "kind"))
    answers: dict[Any, dict[int, Any]] = defaultdict(dict)
    for attempt_id, position, answer in Response.objects.values_list("attempt_id", "position", "answer"):
        answers[attempt_id][position] = answer
    for grade in Grade.objects.select_related("attempt"):
        form = grade.attempt.form
        partial = grade.attempt.marking == "partial"
        earned = []
        for place, (version_id, _scored) in enumerate(form):
            key = keys[version_id, grade.keys[place]]
            given = answers[grade.attempt_id].get(place + 1)
            earned.append(1.0 if key.voided else mark(kinds[version_id], key.answer, given, partial=partial))
        total = sum(credit for credit, (_version, scored) in zip(earned, form, strict=True) if scored)
        subject = f"{grade.attempt_id} revision {grade.revision}"
        if any(abs(one - other) > 1e-9 for one, other in zip(earned, grade.credits, strict=True)):
            yield Breach("I4", subject, f"credits are {grade.credits}, the answers earn {earned}")
        elif abs(total - grade.score) > 1e-9:
            yield Breach("I4", subject, f"the score is {grade.score:g}, the answers earn {total:g}")


def mark(kind: str, key: Any, given: Any, *, partial: bool) -> float:
    """What an answer earns, from the rules: all right is 1; else nothing, or with partial credit the share of right parts."""
    if not given:
        return 0.0
    if kind == "ordering":
        right = [place < len(given) and given[place] == step for place, step in enumerate(key)]
        exact = list(given) == list(key)
    elif kind == "matching":
        right = [given.get(prompt) == answer for prompt, answer in key.items()]
        exact = given == key
    else:
        right = [option in given for option in key]
        exact = sorted(given) == sorted(key)
    if exact:
        return 1.0
    return sum(right) / len(right) if partial else 0.0


def late_writes() -> Iterator[Breach]:
    """I5: nothing was taken after deadline and grace, and nothing stays open half a minute longer."""
    now = read_db_now()
    for response in Response.objects.filter(attempt__deadline__isnull=False).select_related("attempt"):
        if response.saved_at > response.attempt.deadline + GRACE:
            yield Breach("I5", f"{response.attempt_id} position {response.position}", f"saved at {response.saved_at}")
    for attempt in Attempt.objects.filter(state="in_progress", paused_at=None, deadline__lt=now - GRACE - CLOSED_WITHIN):
        yield Breach("I5", str(attempt.pk), f"open since its deadline {attempt.deadline}")


def left_over(*, needs_attention: int = 0) -> Iterator[Breach]:
    """I6: no order waits or is held, no attempt is between two states, and nobody is asked for help without need."""
    for job in GradingJob.objects.exclude(state__in=["done", "needs_attention"]):
        yield Breach("I6", str(job.attempt_id), f"its order is {job.state}, tried {job.tries} times: {job.last_error[:100]}")
    for attempt in Attempt.objects.filter(state="submitted"):
        yield Breach("I6", str(attempt.pk), "is submitted and not graded")
    stuck = GradingJob.objects.filter(state="needs_attention")
    if stuck.count() != needs_attention:
        said = "; ".join(job.last_error[:100] for job in stuck[:3])
        yield Breach("I6", "orders", f"{stuck.count()} need attention, expected {needs_attention}: {said}")
