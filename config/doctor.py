"""The doctor: looks at everything an installation needs and says of each whether it is well, and what to do if not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.public import User, read_db_now
from analytics.public import demonstration_accounts
from config.fingerprint import content_fingerprint
from config.heartbeat import STALE_AFTER
from config.models import Heartbeat, Preparation
from config.release import VERSION
from lifecycle.public import Exam, Lesson
from quizzes.public import Attempt, GradingJob, Question

SKEW_NOTED, SKEW_BAD = timedelta(seconds=2), timedelta(seconds=30)
ROOM_NOTED, ROOM_BAD = 2 * 2**30, 300 * 2**20  # bytes
OVERDUE = timedelta(seconds=90)  # grace, and three times as long as the sweep needs
EXAM_LENGTH = 65


class Verdict(StrEnum):
    """`warn` works with less or will not for long; `bad` does not work, or is not safe."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Line:
    """What was looked at, what was found, and what to do about it."""

    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""


def ok(subject: str, found: str) -> Line:
    """Nothing to do."""
    return Line(subject, Verdict.OK, found)


def warn(subject: str, found: str, remedy: str) -> Line:
    """Works with less."""
    return Line(subject, Verdict.WARN, found, remedy)


def bad(subject: str, found: str, remedy: str) -> Line:
    """Does not work, or is not safe."""
    return Line(subject, Verdict.BAD, found, remedy)


Lines = Iterator[Line]


def look_at_settings() -> Lines:
    """Variables without a meaning, and Django's own checks, those of production where it is production."""
    unknown = settings.UNKNOWN_VARIABLES
    for sentence in unknown:
        yield warn("settings", sentence, "Correct or remove the variable; docs/operations.md has the table.")
    found = [message for message in checks.run_checks(include_deployment_checks=settings.PRODUCTION) if not message.is_silenced()]
    for message in found:
        verdict = Verdict.BAD if message.level >= checks.ERROR or settings.PRODUCTION else Verdict.WARN
        yield Line("settings", verdict, f"{message.id}: {message.msg}", message.hint or "See Django's documentation of this check.")
    if not unknown and not found:
        yield ok("settings", f"Studyloop {VERSION}, {settings.DJANGO_ENV}")


def look_at_safety() -> Lines:
    """What may be reached from outside must be production, over HTTPS, without accounts whose passwords are told."""
    outside = settings.HOST not in {"127.0.0.1", "::1", "localhost"}
    if settings.DEBUG and outside:
        yield bad("safety", f"DEBUG shows settings and data to anybody, and HOST is {settings.HOST}", "Set DEBUG=no.")
    if not settings.PRODUCTION and outside:
        yield warn("safety", f"HOST is {settings.HOST}, and DJANGO_ENV is {settings.DJANGO_ENV}", "Set DJANGO_ENV=production.")
    if settings.PRODUCTION and not settings.HTTPS:
        yield warn("safety", "visitors come without HTTPS", "Right on a trusted network alone; else end TLS in a proxy and set HTTPS=yes.")
    anybody = "*" in settings.ALLOWED_HOSTS
    if anybody:
        remedy = "Name the hosts that it is reached by."
        yield bad("safety", "ALLOWED_HOSTS is *: mails with links (a new password, an invitation) can be made to name any host", remedy)
    demo = demonstration_accounts()
    if demo and (settings.PRODUCTION or outside):
        yield bad("safety", f"demonstration accounts are open: {', '.join(demo)}", "Change their passwords, or erase_user them.")
    elif not anybody and (not outside or settings.PRODUCTION):
        yield ok("safety", "nothing open that should not be")


def look_at_clock() -> Lines:
    """The database's clock judges deadlines; a host that differs shows wrong times and confuses its logs."""
    skew = timezone.now() - read_db_now()
    found = f"this host is {abs(skew.total_seconds()):.1f} s {'ahead of' if skew > timedelta() else 'behind'} the database"
    remedy = "Deadlines are right all the same, for the database judges them. Synchronise both hosts (chrony, systemd-timesyncd)."
    if abs(skew) > SKEW_NOTED:
        yield Line("clock", Verdict.BAD if abs(skew) > SKEW_BAD else Verdict.WARN, found, remedy)
    else:
        yield ok("clock", found)


def look_at_migrations() -> Lines:
    """Every migration this code expects is applied, and none that it does not know."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = sorted(set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations))
    ours = {"config", "pages", "analytics", "quizzes", "lifecycle", "accounts"}
    newer = [f"{app}.{name}" for app, name in unknown if app in ours]
    if pending:
        names = ", ".join(str(migration) for migration, _backwards in pending[:3])
        yield bad("migrations", f"{len(pending)} are not applied: {names}", "Run manage.py prepare before the processes of this release.")
    elif newer:
        yield warn(
            "migrations",
            f"the database has migrations of newer code: {', '.join(newer[:3])}",
            "Right while a release is rolled out; else install that release here too.",
        )
    else:
        yield ok("migrations", "all applied")


def look_at_broker() -> Lines:
    """Redis answers, and would never evict the queue."""
    if not settings.HAS_BROKER:
        yield warn("redis", "none configured; grading goes by the sweep, within ten seconds", "Set REDIS_URL for grades within a second.")
        return
    cache = settings.CACHES["default"]
    client = redis.Redis.from_url(cache["LOCATION"], **cache["OPTIONS"] | {"socket_timeout": 2, "socket_connect_timeout": 2})
    try:
        client.ping()
        policy = client.info("memory").get("maxmemory_policy", "")
    except (redis.RedisError, OSError) as error:
        remedy = "Grading goes on by the sweep. Start Redis, or correct REDIS_URL."
        yield warn("redis", f"does not answer ({type(error).__name__})", remedy)
        return
    finally:
        client.close()
    if policy.startswith("allkeys"):
        yield warn("redis", f"maxmemory-policy is {policy}: it may evict the queue", "Set it to noeviction or volatile-lru.")
    else:
        yield ok("redis", f"answers; {policy or 'policy unknown'}")


def look_at_workers() -> Lines:
    """Each worker heard in the last day, and when; a worker that is deaf is named."""
    if not settings.HAS_BROKER:
        return
    now = read_db_now()
    beats = list(Heartbeat.objects.order_by("worker"))
    heard = [beat.worker for beat in beats if now - beat.seen_at < STALE_AFTER]
    if heard:
        yield ok("workers", f"heard within a minute: {', '.join(heard)}")
    for beat in beats:
        if beat.worker not in heard:
            text = f"{beat.worker} was last heard {now - beat.seen_at} ago"
            yield warn("workers", text, "Restart it if it should run; a stopped one is forgotten after a day.")
    if not beats:
        yield warn("workers", "none was heard in a day", "Start worker and beat (one beat): config/roles.py has the command lines.")


def look_at_jobs() -> Lines:
    """Nothing waits too long for its grade, and nothing is open past its deadline."""
    now = read_db_now()
    states = GradingJob.State
    lost = GradingJob.objects.filter(state=states.NEEDS_ATTENTION).count()
    if lost:
        remedy = "Admin, Grading jobs, has the error of each; mend its cause, then manage.py requeue --all."
        yield bad("grading", f"{lost} jobs failed three times and need a person", remedy)
    old = GradingJob.objects.filter(state__in=[states.WAITING, states.LEASED], created_at__lt=now - settings.READY_JOB_AGE).count()
    if old:
        remedy = "Is the sweep running? manage.py sweep --once grades what waits and says what stops it."
        yield bad("grading", f"{old} jobs wait for longer than {settings.READY_JOB_AGE.total_seconds():.0f} s", remedy)
    overdue = Attempt.objects.open().filter(paused_at=None, deadline__lt=now - OVERDUE).count()
    if overdue:
        yield bad("sweep", f"{overdue} sittings are open past their deadline", "No sweep runs: start manage.py sweep.")
    if not (lost or old or overdue):
        yield ok("grading", "nothing waits too long")


def look_at_disk() -> Lines:
    """Room where this machine writes."""
    place = Path(connection.settings_dict["NAME"]).parent if connection.vendor == "sqlite" else settings.DATA_DIR
    while not place.exists():  # it will be made there
        place = place.parent
    free = shutil.disk_usage(place).free
    found = f"{free // 2**20} MB free in {place}"
    remedy = "Make room. With a full disk saves are refused, not lost, and go on by themselves when there is room."
    if free < ROOM_NOTED:
        yield Line("disk", Verdict.BAD if free < ROOM_BAD else Verdict.WARN, found, remedy)
    else:
        yield ok("disk", found)


def look_at_mail() -> Lines:
    """The mail server lets us in; nothing is sent."""
    if not settings.MAIL_CONFIGURED:
        text = "no EMAIL_URL: mails go to the log, and nobody can reset a password by mail"
        yield warn("mail", text, "Set EMAIL_URL.") if settings.PRODUCTION else ok("mail", text)
        return
    mail = get_connection()
    try:
        mail.open()
    except OSError as error:  # smtplib's errors are among these
        yield bad("mail", f"{type(error).__name__} from the server of EMAIL_URL", "Correct host, port, user or password in EMAIL_URL.")
    else:
        yield ok("mail", "the server lets us in")
    finally:
        mail.close()


def look_at_content() -> Lines:
    """Each exam has its blueprint, lessons, and questions for an exam simulation; the files were loaded as they are."""
    if not Exam.objects.exists():
        yield bad("content", "no exam is loaded", "Run manage.py prepare.")
        return
    for exam in Exam.objects.order_by("slug"):
        questions = Question.objects.published().filter(exam=exam).count()
        lessons = Lesson.objects.filter(exam=exam).count()
        found = f"{exam.slug}: {lessons} lessons, {questions} published questions"
        if not exam.blueprints.filter(current=True).exists() or questions < EXAM_LENGTH:
            yield bad("content", found, f"A simulation needs a current blueprint and {EXAM_LENGTH} questions: manage.py load_content.")
        else:
            yield ok("content", found)
    if not Preparation.objects.filter(part="content", fingerprint=content_fingerprint()).exists():
        yield warn("content", "the files of content/ are not those that were loaded last", "Run manage.py prepare.")


def look_at_static_files() -> Lines:
    """Pages find their styles and scripts under their hashed names."""
    read_manifest = getattr(staticfiles_storage, "read_manifest", None)
    if read_manifest is None:
        yield ok("static files", "served as they lie")
    elif read_manifest() is None:
        yield bad("static files", f"not collected in {settings.STATIC_ROOT}", "Run manage.py prepare.")
    else:
        yield ok("static files", "collected")


def look_at_database() -> Lines:
    """It answers."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
            yield ok("database", f"{connection.vendor} {cursor.fetchone()[0]} answers")
    except (DatabaseError, ImproperlyConfigured) as error:
        text = f"does not answer: {str(error).strip().splitlines()[0]}"
        yield bad("database", text, "Start it, or correct DATABASE_URL. What needs it was not looked at.")


WITHOUT_DATABASE = (look_at_settings, look_at_broker, look_at_disk, look_at_mail, look_at_static_files)
WITH_DATABASE = (look_at_clock, look_at_migrations)
WITH_TABLES = (look_at_safety, look_at_workers, look_at_jobs, look_at_content)


def examine() -> Iterator[Line]:
    """Look at everything, one line at a time; what cannot be looked at without something else is left out after saying so."""
    database = list(look_at_database())
    yield from database
    for look in WITHOUT_DATABASE:
        yield from look()
    if any(line.verdict is Verdict.BAD for line in database):
        return
    for look in WITH_DATABASE:
        yield from _as_far_as_it_answers(look)
    for look in WITH_TABLES:
        yield from _as_far_as_it_answers(look, tables=True)


def _as_far_as_it_answers(look: Callable[[], Lines], *, tables: bool = False) -> Lines:
    subject = look.__name__.removeprefix("look_at_")
    try:
        if tables and User._meta.db_table not in connection.introspection.table_names():
            yield bad(subject, "not looked at: the tables are missing", "Run manage.py prepare.")
            return
        yield from look()
    except DatabaseError as error:
        yield bad(subject, f"could not be looked at ({type(error).__name__})", "Run manage.py prepare; if it stays, see the log.")
