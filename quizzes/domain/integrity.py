"""Is what is stored consistent? Every promise about answers and grades, asked of the live data.

Marking is done here a second time, from the key and the answer alone, without the code that graded: a fault in that code would
not be found by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q

from accounts.public import read_db_now
from quizzes.domain.bank import text_of
from quizzes.domain.question_text import text_digest
from quizzes.models import Attempt, Exposure, Grade, GradingJob, KeyRevision, Option, Question, QuestionVersion, Response
from quizzes.models.attempt import GRACE

LATE_CLOSING = timedelta(seconds=30)
WAITS_AT_MOST = timedelta(seconds=60)
CHUNK = 500


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: the check's name, what it is about, and what is wrong."""

    check: str
    subject: str
    detail: str


def verify_integrity(*, on_check: Callable[[str], None] | None = None) -> list[Finding]:
    """Everything that does not hold; an empty list is the good answer. `on_check` hears the name of each check as it begins."""
    findings: list[Finding] = []
    for check in CHECKS:
        if on_check:
            on_check(check.__name__)
        findings += [Finding(check.__name__, subject, detail) for subject, detail in check()]
    return findings


Found = Iterator[tuple[str, str]]


def open_attempts_end_in_time() -> Found:
    """No attempt is open after its deadline, grace and the sweep's time."""
    late = Attempt.objects.open().filter(paused_at=None, deadline__lt=read_db_now() - GRACE - LATE_CLOSING)
    for attempt in late.iterator():
        yield str(attempt.pk), f"open since its deadline {attempt.deadline}"


def submitted_attempts_have_a_job() -> Found:
    """Whatever was submitted has an order to be graded."""
    jobless = Attempt.objects.exclude(state__in=["in_progress", "cancelled"]).filter(
        ~Exists(GradingJob.objects.filter(attempt=OuterRef("pk")))
    )
    for attempt in jobless.iterator():
        yield str(attempt.pk), f"{attempt.state} without a grading job"


def jobs_are_not_left_over() -> Found:
    """No job waits for longer than a minute, and no lease outlives its worker."""
    now = read_db_now()
    old = GradingJob.objects.filter(state=GradingJob.State.WAITING, created_at__lt=now - WAITS_AT_MOST).filter(
        Q(not_before=None) | Q(not_before__lt=now - WAITS_AT_MOST)
    )
    for job in old.iterator():
        yield str(job.attempt_id), f"its job waits since {job.created_at}"
    for job in GradingJob.objects.filter(state=GradingJob.State.LEASED, lease_until__lt=now - WAITS_AT_MOST).iterator():
        yield str(job.attempt_id), f"its lease by {job.lease_owner} ended at {job.lease_until}"
    for job in GradingJob.objects.filter(state=GradingJob.State.NEEDS_ATTENTION).iterator():
        yield str(job.attempt_id), f"its job needs attention: {job.last_error[:80]}"


def done_jobs_have_their_grade() -> Found:
    """A job that is done left the grade of its revision."""
    grade = Grade.objects.filter(attempt=OuterRef("attempt"), revision=OuterRef("revision"))
    for job in GradingJob.objects.filter(state=GradingJob.State.DONE).exclude(Exists(grade)).iterator():
        yield str(job.attempt_id), f"its job of revision {job.revision} is done without a grade"


def grades_and_states_agree() -> Found:
    """A graded attempt has a grade, and only such an attempt has one; revisions count from 1 without a gap."""
    for attempt in (
        Attempt.objects.filter(state=Attempt.State.GRADED).exclude(Exists(Grade.objects.filter(attempt=OuterRef("pk")))).iterator()
    ):
        yield str(attempt.pk), "graded without a grade"
    for grade in Grade.objects.exclude(attempt__state=Attempt.State.GRADED).iterator():
        yield str(grade.attempt_id), "has a grade but is not graded"
    gaps = Grade.objects.values("attempt").annotate(last=Max("revision"), count=Count("pk")).exclude(last=F("count"))
    for row in gaps.iterator():
        yield str(row["attempt"]), f"has {row['count']} grades up to revision {row['last']}"


def times_are_in_order() -> Found:
    """Started, submitted, graded, in this order, and nothing submitted after its deadline."""
    wrong = Attempt.objects.filter(
        Q(submitted_at__lt=F("started_at")) | Q(graded_at__lt=F("submitted_at")) | Q(submitted_at__gt=F("deadline"), paused_at=None)
    )
    for attempt in wrong.iterator():
        yield str(attempt.pk), f"started {attempt.started_at}, submitted {attempt.submitted_at}, graded {attempt.graded_at}"


def no_answer_is_late() -> Found:
    """Nothing was stored after the deadline and its grace, or after the submit."""
    late = Response.objects.filter(saved_at__gt=F("attempt__deadline") + GRACE)
    for response in late.iterator():
        yield f"{response.attempt_id} position {response.position}", f"saved at {response.saved_at}"
    # A save that was under way when the attempt was closed may be a little later; none takes as long as the grace.
    after = Response.objects.filter(attempt__submitted_at__isnull=False, saved_at__gt=F("attempt__submitted_at") + GRACE)
    for response in after.iterator():
        yield f"{response.attempt_id} position {response.position}", "saved after the submit"


def forms_pin_what_exists() -> Found:
    """Every pinned version exists, has a key, and the form has as many entries as the attempt says."""
    keyed = set(KeyRevision.objects.values_list("version_id", flat=True))
    for pk, form, count in Attempt.objects.values_list("pk", "form", "question_count").iterator(chunk_size=CHUNK):
        missing = [entry[0] for entry in form if entry[0] not in keyed]
        if missing:
            yield str(pk), f"pins versions without a key: {missing[:5]}"
        if len(form) != count:
            yield str(pk), f"has {len(form)} questions and says {count}"


def answers_fit_their_questions() -> Found:
    """Every stored answer names options of the version that stands at its position."""
    keys, prompts = _known_keys()
    rows = Response.objects.values_list("attempt_id", "position", "answer", "attempt__form", "version").iterator(chunk_size=CHUNK)
    for attempt_id, position, answer, form, version in rows:
        subject = f"{attempt_id} position {position}"
        if position > len(form):
            yield subject, "stands outside the form"
            continue
        if version < 1:
            yield subject, "was never saved"
        version_id = form[position - 1][0]
        named = [] if answer is None else list(answer.values()) if isinstance(answer, dict) else [key for key in answer if key is not None]
        asked = set(answer) if isinstance(answer, dict) else set()
        if set(named) - keys.get(version_id, set()) or asked - prompts.get(version_id, set()):
            yield subject, f"names options that version {version_id} does not have"


def _known_keys() -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    keys: dict[int, set[str]] = {}
    prompts: dict[int, set[str]] = {}
    for version_id, key, prompt in Option.objects.values_list("version_id", "key", "prompt_key").iterator(chunk_size=5000):
        keys.setdefault(version_id, set()).add(key)
        if prompt:
            prompts.setdefault(version_id, set()).add(prompt)
    return keys, prompts


def keys_name_their_options() -> Found:
    """Every key revision names options and prompts of its version."""
    keys, prompts = _known_keys()
    for pk, version_id, answer in KeyRevision.objects.values_list("pk", "version_id", "answer").iterator(chunk_size=CHUNK):
        named = set(answer.values()) if isinstance(answer, dict) else set(answer)
        asked = set(answer) if isinstance(answer, dict) else set()
        if not named or named - keys.get(version_id, set()) or asked != (prompts.get(version_id, set()) if asked else set()):
            yield f"key {pk}", f"does not fit version {version_id}"


def grades_are_right() -> Found:
    """Each grade is what the stored answers earn under the keys it names, marked a second time."""
    answers = {(row.version_id, row.revision): row for row in KeyRevision.objects.all().iterator(chunk_size=5000)}
    kinds = dict(QuestionVersion.objects.values_list("pk", "kind"))
    grades = Grade.objects.select_related("attempt").prefetch_related(Prefetch("attempt__responses"))
    for grade in grades.iterator(chunk_size=CHUNK):
        wrong = _wrong_in(grade, answers, kinds)
        if wrong:
            yield f"{grade.attempt_id} revision {grade.revision}", wrong


def grades_follow_the_keys() -> Found:
    """The newest grade of an attempt was made under the keys in force, unless it is being graded again."""
    in_force = dict(KeyRevision.objects.values_list("version_id").annotate(newest=Max("revision")))
    open_job = GradingJob.objects.filter(attempt=OuterRef("attempt")).exclude(state=GradingJob.State.DONE)
    later = Grade.objects.filter(attempt=OuterRef("attempt"), revision__gt=OuterRef("revision"))
    newest = Grade.objects.exclude(Exists(later)).exclude(Exists(open_job)).order_by("pk")
    for attempt_id, form, keys in newest.values_list("attempt_id", "attempt__form", "keys").iterator(chunk_size=CHUNK):
        old = [entry[0] for entry, revision in zip(form, keys, strict=False) if in_force.get(entry[0], revision) != revision]
        if old:
            yield str(attempt_id), f"is graded by a key that was corrected, of version {old[0]}"


def _wrong_in(grade: Grade, keys: dict[tuple[int, int], KeyRevision], kinds: dict[int, str]) -> str:
    form = grade.attempt.form
    if len(grade.credits) != len(form) or len(grade.keys) != len(form):
        return f"has {len(grade.credits)} credits for {len(form)} questions"
    given = {response.position: response.answer for response in grade.attempt.responses.all()}
    total = 0.0
    for index, (version_id, scored) in enumerate(form):
        key = keys.get((version_id, grade.keys[index]))
        if key is None:
            return f"names key revision {grade.keys[index]} of version {version_id}, which does not exist"
        earned = 1.0 if key.voided else _mark(kinds[version_id], key.answer, given.get(index + 1), grade.attempt.marking == "partial")
        if abs(earned - grade.credits[index]) > 1e-9:
            return f"position {index + 1} earns {earned:g}, the grade says {grade.credits[index]:g}"
        total += earned if scored else 0
    if abs(total - grade.score) > 1e-6 or grade.max_score != sum(scored for _version, scored in form):
        return f"adds up to {total:g}, the grade says {grade.score:g} of {grade.max_score:g}"
    return ""


def _mark(kind: str, key: Any, answer: Any, partial: bool) -> float:
    """What an answer earns: parts as (slot, value) pairs, so that every kind is one comparison of sets."""
    if not answer:
        return 0.0
    wanted, got = _parts(kind, key), _parts(kind, answer)
    hits = len(wanted & got)
    if hits == len(wanted) and len(got) <= len(wanted):
        return 1.0
    return hits / len(wanted) if partial else 0.0


def _parts(kind: str, value: Any) -> set[tuple[Any, Any]]:
    if isinstance(value, dict):
        return set(value.items())
    if kind == "ordering":
        return {(place, key) for place, key in enumerate(value) if key is not None}
    return {("any", key) for key in value}


def published_text_never_changed() -> Found:
    """The text of every version is still what it was when the version was made."""
    versions = QuestionVersion.objects.prefetch_related(
        "options__misconception", Prefetch("key_revisions", KeyRevision.objects.filter(revision=1))
    )
    for version in versions.iterator(chunk_size=200):
        if text_digest(text_of(version)) != version.text_digest:
            yield f"{version.question_id} version {version.number}", "its text is not what it was"


def published_questions_can_be_asked() -> Found:
    """A published question has a current version of its own with options."""
    lost = Question.objects.filter(state=Question.State.PUBLISHED).filter(
        Q(current_version=None)
        | ~Q(current_version__question=F("pk"))
        | ~Exists(Option.objects.filter(version=OuterRef("current_version")))
    )
    for question in lost.iterator():
        yield question.slug, "is published without a version that can be asked"


def learners_met_what_they_answered() -> Found:
    """Every question that a learner answered in a graded attempt is among the questions they have met."""
    met: set[tuple[int, int]] = set(Exposure.objects.values_list("user_id", "question_id").iterator(chunk_size=5000))
    question_of = dict(QuestionVersion.objects.values_list("pk", "question_id"))
    rows = Response.objects.filter(attempt__state=Attempt.State.GRADED, attempt__user__isnull=False)
    for user_id, attempt_id, form, position in rows.values_list("attempt__user_id", "attempt_id", "attempt__form", "position").iterator(
        chunk_size=CHUNK
    ):
        if position <= len(form) and (user_id, question_of.get(form[position - 1][0])) not in met:
            yield f"{attempt_id} position {position}", "was answered, but the learner has not met the question"


CHECKS: tuple[Callable[[], Found], ...] = (
    open_attempts_end_in_time,
    submitted_attempts_have_a_job,
    jobs_are_not_left_over,
    done_jobs_have_their_grade,
    grades_and_states_agree,
    times_are_in_order,
    no_answer_is_late,
    forms_pin_what_exists,
    answers_fit_their_questions,
    keys_name_their_options,
    grades_are_right,
    grades_follow_the_keys,
    published_text_never_changed,
    published_questions_can_be_asked,
    learners_met_what_they_answered,
)
