"""Figures for Prometheus at /metrics: counters that every process of this machine adds to, and what the database says when asked.

Off unless METRICS_TOKEN is set. Processes share counters through small mapped files in DATA_DIR/metrics, so a counter costs a few
microseconds and no statement, and any web process can answer for all that share the directory.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.public import read_db_now
from config.heartbeat import STALE_AFTER
from config.models import Heartbeat
from quizzes.public import GradingJob

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
SAVE_ROUTE, SUBMIT_ROUTE = "api-response", "api-submit"

# Made for this module alone: the default registry would add figures of one process among many.
own = CollectorRegistry()
requests = Histogram("studyloop_request_seconds", "Server time of requests", ("route", "method", "status"), buckets=SECONDS, registry=own)
saves = Histogram("studyloop_save_seconds", "Server time until a save was acknowledged", buckets=SECONDS, registry=own)
saves_refused = Counter("studyloop_saves_refused", "Saves not stored, by reason: stale is a conflict", ("reason",), registry=own)
submits = Histogram("studyloop_submit_seconds", "Server time until a submit was acknowledged", buckets=SECONDS, registry=own)
logins_failed = Counter("studyloop_logins_failed", "Sign-ins with a wrong name or password", registry=own)
graded = Histogram("studyloop_grade_seconds", "Time to grade one attempt, its share of the batch", buckets=SECONDS, registry=own)
closed = Counter("studyloop_sweep_closed", "Sittings closed by the sweep", ("why",), registry=own)
events = {
    event: Counter(f"studyloop_{name}", text, registry=own)
    for event, name, text in (
        ("grading_lease_expired", "leases_expired", "Leases of grading jobs that outlived their process"),
        ("grading_failed", "gradings_failed", "Batches that could not be graded"),
        ("grading_needs_attention", "gradings_given_up", "Jobs that failed three times"),
        ("grading_hint_failed", "hints_failed", "Hints that the broker did not take"),
        ("grading_hint_dropped", "hints_dropped", "Hints dropped since too many waited"),
        ("cache_away", "cache_away", "Times the cache did not answer"),
        ("database_away", "database_away", "Requests answered 503 since the database was away or busy"),
    )
}


def observe_request(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Count a request by its route, never by its path; a few microseconds."""
    match = request.resolver_match
    route = match.route if match else ""
    requests.labels(f"/{route}" if match else "", request.method, f"{response.status_code // 100}xx").observe(seconds)
    name = match.url_name if match else ""
    if name == SAVE_ROUTE and request.method == "PUT":
        if response.status_code == 200:
            saves.observe(seconds)
        else:
            said = getattr(response, "data", None)
            saves_refused.labels(said.get("code", "error") if isinstance(said, dict) else "error").inc()
    elif name == SUBMIT_ROUTE and response.status_code == 202:
        submits.observe(seconds)


def count_event(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Count what the code says of itself in its log, whatever the log's level: the domain need not know of figures."""
    name = event["event"]
    if name in events:
        events[name].inc()
    elif name == "attempt_graded":
        graded.observe(event.get("ms", 0.0) / 1000)
    elif name == "swept":
        closed.labels("overdue").inc(event["overdue"])
        closed.labels("idle").inc(event["idle"])
    return event


def count_failed_login(**_: Any) -> None:
    """Receives Django's own signal of a failed sign-in."""
    logins_failed.inc()


class DatabaseFigures(Collector):
    """What the rows say at the moment of asking: three statements, on indexes."""

    def collect(self) -> Iterator[Metric]:
        """The figures; with the database away, no more than that it is."""
        try:
            yield from [*self._jobs(), *self._workers(), self._up(1)]
        except DatabaseError:
            yield self._up(0)

    @staticmethod
    def _up(value: int) -> Metric:
        return GaugeMetricFamily("studyloop_database_up", "Whether the database answers", value=value)

    @staticmethod
    def _jobs() -> Iterator[Metric]:
        now = read_db_now()
        states = (GradingJob.State.WAITING, GradingJob.State.LEASED, GradingJob.State.NEEDS_ATTENTION)
        unfinished = Q(state__in=states[:2]) | Q(state=states[2])  # as the two indexes have it: the done ones are never read
        rows = {
            row["state"]: row
            for row in GradingJob.objects.filter(unfinished)
            .order_by()
            .values("state")
            .annotate(count=Count("pk"), oldest=Min("created_at"), tries=Sum("tries"))
        }
        jobs = GaugeMetricFamily("studyloop_jobs", "Grading jobs that are not done", labels=["state"])
        for state in states:
            jobs.add_metric([state], rows[state]["count"] if state in rows else 0)
        yield jobs
        oldest = [rows[state]["oldest"] for state in states[:2] if state in rows]
        age = (now - min(oldest)).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("studyloop_job_oldest_seconds", "How long the oldest open grading job waits", value=age)
        tries = sum(row["tries"] for row in rows.values())
        yield GaugeMetricFamily("studyloop_job_failures", "Failures so far of jobs that are not done", value=tries)

    @staticmethod
    def _workers() -> Iterator[Metric]:
        heard = Heartbeat.objects.filter(seen_at__gt=read_db_now() - STALE_AFTER).count()
        yield GaugeMetricFamily("studyloop_workers_heard", "Workers that carried out a message in the last minute", value=heard)


@cache
def whole() -> CollectorRegistry:
    """The counters of all processes that share DATA_DIR, and the database's figures."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))
    registry.register(DatabaseFigures())
    return registry


def may_read(request: HttpRequest) -> bool:
    """Whoever has the token, or a superuser who is signed in."""
    kind, _blank, token = request.headers.get("Authorization", "").partition(" ")
    if kind == "Bearer":
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_active and user.is_superuser)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format; 404 for everybody else, and for all while METRICS_TOKEN is not set."""
    if not settings.METRICS_TOKEN or not may_read(request):
        raise Http404
    return HttpResponse(generate_latest(whole()), content_type=CONTENT_TYPE_LATEST)
