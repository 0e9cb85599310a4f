"""The environment: every variable the product reads, in one table, with readers that name what is wrong.

Each variable can also be given with the prefix ``STUDYLOOP_`` (``STUDYLOOP_PORT`` wins over ``PORT``), for machines whose
environment is shared. A secret can be given as a file: ``SECRET_KEY_FILE=/run/secrets/key``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PREFIX = "STUDYLOOP_"
INTERNAL = frozenset({"STUDYLOOP_PROCESS", "STUDYLOOP_STARTED"})  # set by our own processes for each other
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class SettingError(ImproperlyConfigured):
    """A variable is missing or cannot be understood; the message names it and says what is expected."""


@dataclass(frozen=True)
class Variable:
    """One variable of the environment, as the table in docs/operations.md shows it."""

    name: str
    default: str
    meaning: str
    secret: bool = False


VARIABLES = (
    Variable("DJANGO_ENV", "development", "`development`, `production` or `test`"),
    Variable("DEBUG", "no", "Django's debug pages; refused in production"),
    Variable(
        "SECRET_KEY", "", "signs sessions and links, 50 characters or more; made and kept in DATA_DIR outside production", secret=True
    ),
    Variable("ALLOWED_HOSTS", "", "host names the pages answer to, separated by commas; this machine's own outside production"),
    Variable("CSRF_TRUSTED_ORIGINS", "", "origins such as `https://learn.example.org`, where a proxy changes host or port"),
    Variable("PROXIES", "0", "reverse proxies in front, whose X-Forwarded headers are believed"),
    Variable("HTTPS", "", "whether visitors come over HTTPS: secure cookies, redirect, HSTS; yes in production, no elsewhere"),
    Variable("HOST", "127.0.0.1", "address the web server listens on"),
    Variable("PORT", "8000", "port the web server listens on"),
    Variable("DATA_DIR", "data", "where the embedded database, the broker's socket and generated files lie"),
    Variable(
        "DATABASE_URL",
        "",
        "`postgresql://user:password@host:5432/name` or `sqlite:////path/file.sqlite3`; SQLite in DATA_DIR outside production",
        secret=True,
    ),
    Variable("DATABASE_POOL_SIZE", "4", "PostgreSQL connections kept by each web process"),
    Variable(
        "REDIS_URL",
        "",
        "`redis://host:6379/0`, `rediss://…` or `unix:///path/redis.sock`; without it grading goes by the sweep",
        secret=True,
    ),
    Variable("NAMESPACE", "studyloop", "prefix of queue and cache keys, where several installations share one Redis"),
    Variable("EMAIL_URL", "", "`smtp://user:password@host:587?tls=yes` or `smtps://…:465`; without it mails go to the log", secret=True),
    Variable("EMAIL_FROM", "Studyloop <studyloop@localhost>", "sender of mails"),
    Variable("DEMO", "yes", "make demonstration accounts on the first start; never in production"),
    Variable("SIGN_UP", "yes", "whether visitors may make accounts themselves"),
    Variable("TIME_ZONE", "UTC", "zone of times shown to people who chose none"),
    Variable("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Variable("LOG_FORMAT", "", "`json` or `console`; json in production, console elsewhere"),
    Variable("WEB_PROCESSES", "", "web processes; one for each two processors, two at most, unless given"),
    Variable("WEB_THREADS", "4", "threads of each web process"),
    Variable("WORKER_PROCESSES", "2", "grading processes; two, so that a long night's work leaves one to grade"),
    Variable("READY_JOB_AGE", "60", "seconds a grading job may wait before /health/ready turns red"),
    Variable("METRICS_TOKEN", "", "opens /metrics to whoever sends it, 20 characters or more; without it, no figures", secret=True),
    Variable("CLOCK_OFFSET_FILE", "", "a file with seconds added to the clock; read in the test environment alone"),
)


@dataclass(frozen=True)
class Place:
    """A parsed URL of a server: database, broker or mail."""

    scheme: str
    user: str
    password: str
    host: str
    port: int | None
    path: str
    options: dict[str, str]


class Environment:
    """Typed reading of the variables; what cannot be understood raises SettingError with the variable's name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._table = {variable.name: variable for variable in VARIABLES}

    def text(self, name: str) -> str:
        """The value, with blanks around it removed; the table's default where it is unset or empty."""
        variable = self._table[name]
        for key in (PREFIX + name, name):
            if value := self._values.get(key, "").strip():
                return value
            if variable.secret and (path := self._values.get(f"{key}_FILE", "").strip()):
                return self._read_secret(f"{key}_FILE", path)
        return variable.default

    def given(self, name: str) -> bool:
        """Whether the variable is set at all."""
        return bool(self.text(name)) and self.text(name) != self._table[name].default

    def flag(self, name: str, *, unset: bool = False) -> bool:
        """A yes or no; `unset` where neither environment nor table has a value."""
        value = self.text(name).lower()
        if not value:
            return unset
        if value in TRUE | FALSE:
            return value in TRUE
        raise SettingError(f"{name} must be yes or no, not {value!r}.")

    def number(self, name: str, *, low: int, high: int, unset: int = 0) -> int:
        """A whole number within bounds."""
        value = self.text(name)
        if not value:
            return unset
        if not value.isdecimal() or not low <= int(value) <= high:
            raise SettingError(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
        return int(value)

    def words(self, name: str) -> list[str]:
        """A list separated by commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def choice(self, name: str, allowed: tuple[str, ...], *, unset: str = "") -> str:
        """One of a few words."""
        value = self.text(name) or unset
        if value not in allowed:
            raise SettingError(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
        return value

    def place(self, name: str, schemes: tuple[str, ...]) -> Place | None:
        """A server's URL taken apart, or None where unset. The message never repeats the URL: it may hold a password."""
        value = self.text(name)
        if not value:
            return None
        expected = f"{name} must be a URL that begins with {' or '.join(scheme + '://' for scheme in schemes)}"
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError as error:
            raise SettingError(f"{expected}; its host or port cannot be read.") from error
        if parts.scheme not in schemes:
            raise SettingError(f"{expected}.")
        return Place(
            scheme=parts.scheme,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=unquote(parts.hostname or ""),
            port=port,
            path=unquote(parts.path),
            options=dict(parse_qsl(parts.query)),
        )

    def unknown(self) -> list[str]:
        """One sentence for each variable that has our prefix and no meaning, with the nearest name that has one."""
        known = {PREFIX + name for name in self._table}
        known |= {f"{PREFIX}{variable.name}_FILE" for variable in VARIABLES if variable.secret}
        sentences = []
        for name in sorted(self._values):
            if name.startswith(PREFIX) and name not in known | INTERNAL:
                near = difflib.get_close_matches(name, known, n=1)
                sentences.append(f"{name} is not a setting." + (f" Is {near[0]} meant?" if near else ""))
        return sentences

    @staticmethod
    def _read_secret(name: str, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name} names a file that cannot be read: {path} ({error.strerror}).") from error
