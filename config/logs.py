"""Structured logs: one line per event, a constant event name with ids as fields, and no personal content."""

from __future__ import annotations

import logging.config
from typing import Any

import structlog

# What may not stand in a log line under any name, even where a caller forgets.
WITHHELD = frozenset({"answer", "answers", "password", "token", "email", "cookie", "authorization", "secret"})


def withhold(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank the fields that hold personal content or secrets."""
    for name in WITHHELD & event.keys():
        event[name] = "withheld"
    return event


def name_failed_request(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Django's own line about a failed request has its path, which may hold the token of an invitation or a reset: log the route."""
    request = event.pop("request", None)
    if request is not None:
        match = getattr(request, "resolver_match", None)
        event.update(event="request_failed", route=f"/{match.route}" if match else "")
    return event


def one_line(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Escape line breaks in text fields, so that no input can forge a line of the log."""
    for name, value in event.items():
        if isinstance(value, str) and ("\n" in value or "\r" in value) and name != "exception":
            event[name] = value.replace("\r", "\\r").replace("\n", "\\n")
    return event


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    name_failed_request,
    withhold,
    one_line,
]


def logging_settings(*, level: str, style: str) -> dict[str, Any]:
    """Settings for `logging.config.dictConfig`: standard and structlog loggers alike end in one stream.

    `style` is `json` (one object a line) or `console` (readable, for one machine).
    """
    renderer = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # Our own line per request has the id and the time; Django's repeats its path.
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            "celery": {"level": level},
            # A line for every heartbeat sent, received and done tells nothing; grading logs its own.
            **{f"celery.{name}": {"level": "WARNING"} for name in ("beat", "app.trace", "worker.strategy", "utils.functional")},
            "kombu": {"level": "WARNING"},
            "amqp": {"level": "WARNING"},
            "markdown_it": {"level": "WARNING"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Install the settings for standard logging and for structlog."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
