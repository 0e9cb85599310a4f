"""Is the process alive, and is the whole ready to serve? Strangers get the word, staff the reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.public import read_db_now
from config.heartbeat import is_heard
from config.metrics import metrics
from quizzes.public import GradingJob


class Light(StrEnum):
    """Green serves; amber serves with less (grading goes by the sweep); red does not serve."""

    GREEN = "ok"
    AMBER = "degraded"
    RED = "down"


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    name: str
    light: Light
    detail: str


def check_database() -> Finding:
    """The database answers, and has every migration this code expects."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Finding("database", Light.RED, type(error).__name__)
    if pending:
        return Finding("database", Light.RED, f"{len(pending)} migrations are not applied")
    return Finding("database", Light.GREEN, f"{connection.vendor}, all migrations applied")


def check_grading() -> Finding:
    """No grading job waits longer than READY_JOB_AGE."""
    open_jobs = GradingJob.objects.filter(state__in=[GradingJob.State.WAITING, GradingJob.State.LEASED])
    oldest = open_jobs.aggregate(oldest=Min("created_at"))["oldest"]
    if oldest is None:
        return Finding("grading", Light.GREEN, "nothing waits")
    age = read_db_now() - oldest
    light = Light.RED if age > settings.READY_JOB_AGE else Light.GREEN
    return Finding("grading", light, f"the oldest job waits for {age.total_seconds():.0f} s")


def check_broker() -> Finding:
    """Redis answers within the cache's patience. Without it grading goes on by the sweep, so it is never red."""
    if not settings.HAS_BROKER:
        return Finding("broker", Light.AMBER, "none configured; grading goes by the sweep")
    cache = settings.CACHES["default"]
    client = redis.Redis.from_url(cache["LOCATION"], **cache["OPTIONS"])
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        return Finding("broker", Light.AMBER, type(error).__name__)
    finally:
        client.close()
    return Finding("broker", Light.GREEN, "answers")


def check_workers() -> Finding:
    """A worker carried out a message within the last minute; a worker that is deaf or dead is amber, for the sweep grades."""
    if not settings.HAS_BROKER:
        return Finding("workers", Light.AMBER, "none without a broker")
    return Finding("workers", Light.GREEN, "heard") if is_heard() else Finding("workers", Light.AMBER, "not heard for a minute")


def findings() -> list[Finding]:
    """Every check, the database's first: when it is red there is nothing to ask the others."""
    database = check_database()
    if database.light is Light.RED:
        return [database]
    try:
        return [database, check_grading(), check_broker(), check_workers()]
    except DatabaseError as error:
        return [Finding("database", Light.RED, type(error).__name__)]


def overall(found: list[Finding]) -> Light:
    """The worst light."""
    lights = {finding.light for finding in found}
    return next(light for light in (Light.RED, Light.AMBER, Light.GREEN) if light in lights)


class Probes:
    """Answer probes before anything looks at the host name: they come by an address of the inside, not by the site's name.

    A request with a session goes on to the views, so that staff signed in can see what each check found.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            if request.path == "/health/live":
                return live(request)
            if request.path == "/health/ready":
                return ready(request)
            if request.path == "/health/workers":
                return workers(request)
        if request.path == "/metrics" and "Authorization" in request.headers:
            return metrics(request)
        return self.get_response(request)


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """This process answers; asks nobody else."""
    return JsonResponse({"status": Light.GREEN})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 while the whole can serve (`ok`, or `degraded` when grading goes by the sweep alone), 503 when it cannot.

    Only staff see which check found what; the session is not read while the database is away.
    """
    found = findings()
    light = overall(found)
    body: dict[str, object] = {"status": light}
    user = getattr(request, "user", None)
    if user is not None and light is not Light.RED and user.is_staff:
        body["checks"] = [asdict(finding) for finding in found]
    return JsonResponse(body, status=503 if light is Light.RED else 200)


@never_cache
@require_safe
def workers(request: HttpRequest) -> JsonResponse:
    """503 while no worker was heard for a minute, deaf or dead. For alarms, not for balancers: the web serves, and the sweep grades."""
    found = [check_database()]
    if found[0].light is not Light.RED:
        found = [check_workers()]
    light = overall(found)
    return JsonResponse({"status": light}, status=200 if light is Light.GREEN else 503)
