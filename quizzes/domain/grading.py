"""Grading: leased jobs, scored by pure functions, written with everything that follows from them in one transaction.

Whoever drains holds jobs by a lease. A batch that fails or dies is retried one job at a time, and only a job that fails alone
is counted; after three such failures it waits for a person.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction
from django.db.models import Q

from accounts.public import db_now, read_db_now
from lifecycle.public import Blueprint
from quizzes.catalogue import CurrentKey, VersionText, current_keys, version_texts
from quizzes.domain import memory
from quizzes.domain.key_changes import hold_keys_still
from quizzes.domain.limits import processor_time_limit
from quizzes.models import Attempt, Grade, GradingJob, Question, Response
from quizzes.models.attempt import WHOLE_EXAMS
from quizzes.models.quiz import Marking
from quizzes.scoring import Answer, Credit, is_answered, score_answer
from quizzes.signals import GradedAnswer, GradedAttempt, attempts_graded

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
BATCH = 20
BATCH_EMBEDDED = 5  # SQLite has one writer: about 30 ms of writing, then others may save
BREATH = timedelta(milliseconds=100)  # between two of them; who waits for SQLite's writer looks that often, and would else find it taken
TRIES = 3
BACK_OFF = timedelta(seconds=2)
PROCESSOR_SECONDS = 10.0  # a batch takes a tenth of a second
REST = timedelta(seconds=4)


def process_name(role: str) -> str:
    """The process that grades, as kept with each grade: role, host, process, thread."""
    return f"{role}:{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_native_id()}"


def drain_jobs(*, worker: str, waiting_for: timedelta = timedelta(), batch: int | None = None) -> int:
    """Grade until nothing is left that has waited for at least `waiting_for`; returns how many attempts were graded.

    `batch` is for whoever is alone with the database and need keep nobody from writing.
    """
    graded = 0
    while jobs := claim_jobs(worker=worker, waiting_for=waiting_for, batch=batch):
        graded += grade_jobs(jobs=jobs, worker=worker)
        if connection.vendor == "sqlite" and batch is None:
            time.sleep(BREATH.total_seconds())
    return graded


def claim_jobs(*, worker: str, waiting_for: timedelta = timedelta(), batch: int | None = None) -> list[GradingJob]:
    """Lease the oldest jobs that nobody holds: a batch, or a single one that must be graded alone."""
    size = batch or (BATCH_EMBEDDED if connection.vendor == "sqlite" else BATCH)
    with transaction.atomic():
        _settle_expired_leases()
        now = db_now()
        free = (
            GradingJob.objects.filter(state=GradingJob.State.WAITING, created_at__lte=now - waiting_for)
            .filter(Q(not_before=None) | Q(not_before__lte=now))
            .order_by("created_at", "pk")
            .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        )
        jobs = _one_for_each_attempt(free[:size])
        if jobs and jobs[0].alone:
            jobs = jobs[:1]
        jobs = [job for job in jobs if not job.alone or len(jobs) == 1]
        if jobs:
            GradingJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
                state=GradingJob.State.LEASED, lease_owner=worker, lease_until=db_now() + LEASE
            )
    return jobs


def _one_for_each_attempt(jobs: Iterable[GradingJob]) -> list[GradingJob]:
    """The first job of each attempt: two corrected keys order two revisions, and each of them gets a grade of its own."""
    first: dict[UUID, GradingJob] = {}
    for job in jobs:
        first.setdefault(job.attempt_id, job)
    return list(first.values())


def _settle_expired_leases() -> None:
    """Free what a dead process held. What died in a batch is tried alone; what died alone is counted as a failure."""
    expired = GradingJob.objects.filter(state=GradingJob.State.LEASED, lease_until__lt=db_now())
    held = list(
        expired.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).values_list(
            "pk", "alone", "lease_owner"
        )
    )
    batches: dict[str, list[int]] = defaultdict(list)
    for pk, _alone, owner in held:
        batches[owner].append(pk)
    for pk, alone, owner in held:
        if alone or len(batches[owner]) == 1:
            _count_failure(pk, owner, "The process that graded it ended.")
        else:
            log.warning("grading_lease_expired", job=pk, owner=owner)
            GradingJob.objects.filter(pk=pk).update(state=GradingJob.State.WAITING, alone=True, lease_owner="", lease_until=None)


def grade_jobs(*, jobs: list[GradingJob], worker: str) -> int:
    """Grade leased jobs in one transaction; returns how many attempts got their grade. Failures are put back, never raised.

    A database that is away, full or locked is not the job's fault: its jobs are put back uncounted. Raises OperationalError when
    not even that can be written; the lease runs out then.
    """
    try:
        # An endless loop: Celery would end a worker's after 50 s and the sweep's never, and its batch would wait as long.
        with Heartbeat(jobs, worker), processor_time_limit(PROCESSOR_SECONDS):
            return _grade_and_write([job.pk for job in jobs], worker)
    except OperationalError as error:
        log.warning("grading_database_away", jobs=[job.pk for job in jobs], error=str(error)[:200])
        _put_back(jobs, worker)
        return 0
    except Exception as error:
        log.exception("grading_failed", jobs=[job.pk for job in jobs])
        if len(jobs) == 1:
            _count_failure(jobs[0].pk, worker, f"{type(error).__name__}: {error}")
        else:
            GradingJob.objects.filter(pk__in=[job.pk for job in jobs], lease_owner=worker).update(
                state=GradingJob.State.WAITING, alone=True, lease_owner="", lease_until=None
            )
        return 0


def _put_back(jobs: list[GradingJob], worker: str) -> None:
    """Free jobs that the database kept from being graded, without counting it. Each is tried alone: a row that somebody holds is
    in the way of one learner's job, and the others need not wait with it. What was tried alone rests first.
    """
    rest = read_db_now() + REST if len(jobs) == 1 else None
    GradingJob.objects.filter(pk__in=[job.pk for job in jobs], state=GradingJob.State.LEASED, lease_owner=worker).update(
        state=GradingJob.State.WAITING, alone=True, lease_owner="", lease_until=None, not_before=rest
    )


def _count_failure(job_id: int, worker: str, error: str) -> None:
    with transaction.atomic():
        job = GradingJob.objects.select_for_update().get(pk=job_id)
        if job.state != GradingJob.State.LEASED or job.lease_owner != worker:
            return
        job.tries += 1
        job.alone = True
        job.last_error = error[:2000]
        job.lease_owner, job.lease_until = "", None
        if job.tries >= TRIES:
            job.state = GradingJob.State.NEEDS_ATTENTION
            Attempt.objects.filter(pk=job.attempt_id, state=Attempt.State.SUBMITTED).update(state=Attempt.State.NEEDS_ATTENTION)
            log.error("grading_needs_attention", job=job.pk, attempt=str(job.attempt_id))
        else:
            job.state = GradingJob.State.WAITING
            job.not_before = read_db_now() + BACK_OFF * 2**job.tries
        job.save()


def requeue(*, attempt_ids: Iterable[UUID]) -> int:
    """Put jobs that wait for a person back in line with a clean record; returns how many."""
    with transaction.atomic():
        jobs = GradingJob.objects.filter(attempt_id__in=list(attempt_ids), state=GradingJob.State.NEEDS_ATTENTION)
        affected = list(jobs.values_list("attempt_id", flat=True))
        Attempt.objects.filter(pk__in=affected, state=Attempt.State.NEEDS_ATTENTION).update(state=Attempt.State.SUBMITTED)
        return jobs.update(state=GradingJob.State.WAITING, tries=0, alone=True, not_before=None, lease_owner="", lease_until=None)


class Heartbeat:
    """Prolongs the leases of a batch while it is graded; only for work that lasts longer than a third of the lease."""

    def __init__(self, jobs: list[GradingJob], worker: str) -> None:
        self._ids = [job.pk for job in jobs]
        self._worker = worker
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="grading-heartbeat", daemon=True)

    def __enter__(self) -> None:
        if connection.vendor != "sqlite":  # one writer: nobody can take the lease while the batch is written
            self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._done.set()

    def _beat(self) -> None:
        while not self._done.wait(LEASE.total_seconds() / 3):
            try:
                GradingJob.objects.filter(pk__in=self._ids, lease_owner=self._worker).update(lease_until=db_now() + LEASE)
            except OperationalError:
                log.warning("grading_heartbeat_failed")
            finally:
                connection.close()


class Given(NamedTuple):
    """What grading needs of a stored answer; `history`, which is longer than all of it, stays in the database."""

    answer: Answer
    flagged: bool
    seconds: int
    confidence: int | None


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """What grading needs of a question beside its text."""

    task_number: str
    stages: tuple[str, ...]
    difficulty: str


def _grade_and_write(job_ids: list[int], worker: str) -> int:
    started = time.perf_counter()
    with transaction.atomic():
        hold_keys_still()
        jobs = list(GradingJob.objects.filter(pk__in=job_ids, state=GradingJob.State.LEASED, lease_owner=worker).select_for_update())
        revisions = {job.attempt_id: job.revision for job in jobs}
        attempts = list(
            Attempt.objects.filter(pk__in=revisions, state__in=[Attempt.State.SUBMITTED, Attempt.State.GRADED])
            .order_by("pk")
            .select_for_update()
        )
        attempts = [a for a in attempts if (revisions[a.pk] == 1) == (a.state == Attempt.State.SUBMITTED)]
        now = read_db_now()
        graded = _grade(attempts, revisions, now, worker)
        first = [attempt.pk for attempt in attempts if revisions[attempt.pk] == 1]
        closed = Attempt.objects.filter(pk__in=first, state=Attempt.State.SUBMITTED).update(state=Attempt.State.GRADED, graded_at=now)
        if closed != len(first):
            raise RuntimeError("An attempt changed its state while it was locked.")
        GradingJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
            state=GradingJob.State.DONE, done_at=now, lease_owner="", lease_until=None
        )
        if graded:
            attempts_graded.send(sender=Grade, graded=graded)
    ms = round((time.perf_counter() - started) * 1000 / max(len(attempts), 1), 1)
    for attempt in attempts:
        log.info("attempt_graded", attempt=str(attempt.pk), revision=revisions[attempt.pk], worker=worker, ms=ms)
    return len(attempts)


def _grade(attempts: list[Attempt], revisions: dict[UUID, int], now: datetime, worker: str) -> list[GradedAttempt]:
    """Write the grades; returns what learners with an account answered, in the order (submitted, attempt)."""
    responses = _responses_of(attempts)
    version_ids = {version_id for attempt in attempts for version_id, _scored in attempt.form}
    texts, keys = version_texts(version_ids), current_keys(version_ids)
    scales = _scales(attempts)
    grades = []
    for attempt in attempts:
        grade = _grade_of(attempt, responses[attempt.pk], texts, keys, scales.get(attempt.pk))
        grade.revision, grade.graded_at, grade.graded_by = revisions[attempt.pk], now, worker
        grades.append(grade)
    Grade.objects.bulk_create(grades)
    learners = sorted((a for a in attempts if a.user_id), key=lambda a: (a.submitted_at, a.pk))
    return _count(learners, revisions, responses, texts, keys)


def count_for_learner(*, attempt_ids: Iterable[UUID]) -> None:
    """Count attempts that were graded before they had an owner; inside the caller's transaction."""
    attempts = list(Attempt.objects.filter(pk__in=list(attempt_ids), state=Attempt.State.GRADED, user__isnull=False))
    attempts.sort(key=lambda a: (a.submitted_at, a.pk))
    version_ids = {version_id for attempt in attempts for version_id, _scored in attempt.form}
    graded = _count(attempts, {}, _responses_of(attempts), version_texts(version_ids), current_keys(version_ids))
    if graded:
        attempts_graded.send(sender=Grade, graded=graded)


def _responses_of(attempts: list[Attempt]) -> dict[UUID, dict[int, Given]]:
    responses: dict[UUID, dict[int, Given]] = {attempt.pk: {} for attempt in attempts}
    rows = Response.objects.filter(attempt__in=list(responses)).order_by()
    for attempt_id, position, *given in rows.values_list("attempt_id", "position", *Given._fields):
        responses[attempt_id][position] = Given(*given)
    return responses


def _credit(text: VersionText, key: CurrentKey, response: Given | None, marking: str) -> Credit:
    if key.voided:
        return Credit(1.0, 1, 1)
    answer = response.answer if response else None
    return score_answer(text.kind, key.answer, answer, partial=marking == Marking.PARTIAL)


def _grade_of(
    attempt: Attempt, responses: dict[int, Given], texts: dict[int, VersionText], keys: dict[int, CurrentKey], scale: Blueprint | None
) -> Grade:
    credits = [
        _credit(texts[version_id], keys[version_id], responses.get(position), attempt.marking).credit
        for position, (version_id, _scored) in enumerate(attempt.form, start=1)
    ]
    scored = [credit for credit, (_version, counts) in zip(credits, attempt.form, strict=True) if counts]
    score, max_score = sum(scored), float(len(scored))
    scaled, passed = _on_scale(attempt, score / max_score, scale)
    return Grade(
        attempt=attempt,
        score=score,
        max_score=max_score,
        scaled=scaled,
        passed=passed,
        credits=credits,
        keys=[keys[version_id].revision for version_id, _scored in attempt.form],
    )


def _on_scale(attempt: Attempt, share: float, scale: Blueprint | None) -> tuple[int | None, bool | None]:
    """The exam's scale for whole exams: linear from the lowest score to the pass mark at the assumed cut, and on to the highest."""
    if scale is None:
        return None, None
    cut, low, mark, high = scale.assumed_cut, scale.scale_min, scale.pass_mark, scale.scale_max
    scaled = low + (mark - low) * share / cut if share < cut else mark + (high - mark) * (share - cut) / (1 - cut)
    return round(scaled), round(share, 9) >= round(cut, 9)


def _scales(attempts: list[Attempt]) -> dict[UUID, Blueprint]:
    """The blueprint in force for each attempt at a whole exam; one statement, none without such. Raises KeyError for an exam that has
    none.
    """
    exams = {attempt.pk: attempt.exam_id for attempt in attempts if attempt.mode in WHOLE_EXAMS}
    in_force = {row.exam_id: row for row in Blueprint.objects.filter(exam__in=set(exams.values()), current=True)} if exams else {}
    return {pk: in_force[exam_id] for pk, exam_id in exams.items()}


def _count(
    attempts: list[Attempt],
    revisions: dict[UUID, int],
    responses: dict[UUID, dict[int, Given]],
    texts: dict[int, VersionText],
    keys: dict[int, CurrentKey],
) -> list[GradedAttempt]:
    """What learners' answers say, with their memory of the questions brought up to date.

    Learners are locked in the order of their ids, so that two batches never wait for each other in a ring.
    """
    learner_ids = sorted({attempt.user_id for attempt in attempts})
    if not learner_ids:
        return []
    lock = {"no_key": True} if connection.features.has_select_for_no_key_update else {}
    list(get_user_model().objects.filter(pk__in=learner_ids).order_by("pk").select_for_update(**lock).values_list("pk"))
    facts = _question_facts({text.question_id for text in texts.values()})
    recall = memory.Recollection(learner_ids, {text.question_id for text in texts.values()})
    graded = []
    for attempt in attempts:
        answers = []
        for position, (version_id, scored) in enumerate(attempt.form, start=1):
            text, key, response = texts[version_id], keys[version_id], responses[attempt.pk].get(position)
            credit = _credit(text, key, response, attempt.marking)
            fact = facts[text.question_id]
            answers.append(
                GradedAnswer(
                    position=position,
                    question_id=text.question_id,
                    version_id=version_id,
                    task_number=fact.task_number,
                    stages=fact.stages,
                    difficulty=fact.difficulty,
                    credit=credit.credit,
                    right=credit.right,
                    answered=response is not None and is_answered(response.answer),
                    seen=response is not None,
                    first_time=not recall.has_met(attempt.user_id, text.question_id),
                    voided=key.voided,
                    scored=bool(scored),
                    seconds=response.seconds if response else 0,
                    confidence=response.confidence if response else None,
                    chosen=response.answer if response else None,
                )
            )
        if revisions.get(attempt.pk, 1) == 1:
            recall.add(attempt, answers, {position for position, given in responses[attempt.pk].items() if given.flagged})
        graded.append(
            GradedAttempt(
                attempt_id=attempt.pk,
                user_id=attempt.user_id,
                exam_id=attempt.exam_id,
                mode=attempt.mode,
                feedback=attempt.feedback,
                submitted_at=attempt.submitted_at,
                revision=revisions.get(attempt.pk, 1),
                answers=tuple(answers),
            )
        )
    recall.write()
    return graded


def _question_facts(question_ids: set[int]) -> dict[int, QuestionFacts]:
    stages: dict[int, list[str]] = defaultdict(list)
    links = Question.stages.through.objects.filter(question_id__in=question_ids).order_by("question_id", "stage__order")
    for question_id, slug in links.values_list("question_id", "stage__slug"):
        stages[question_id].append(slug)
    rows = Question.objects.filter(pk__in=question_ids).values_list("pk", "task__number", "difficulty")
    return {pk: QuestionFacts(task, tuple(stages[pk]), difficulty) for pk, task, difficulty in rows}
