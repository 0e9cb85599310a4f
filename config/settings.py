"""The settings: one file, read from the environment, safe by default. docs/operations.md has the table.

Where a value answers a fault that was seen, its comment names the fault.
"""

from __future__ import annotations

import os
import secrets
import socket
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.environment import Environment, Place, SettingError
from config.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

# ── The environment itself ────────────────────────────────────────────────────────────────────────────────────────────
DJANGO_ENV = env.choice("DJANGO_ENV", ("development", "production", "test"))
PRODUCTION = DJANGO_ENV == "production"
TESTING = DJANGO_ENV == "test"
DEBUG = env.flag("DEBUG")

UNKNOWN_VARIABLES = env.unknown()
for sentence in UNKNOWN_VARIABLES:
    warnings.warn(sentence, RuntimeWarning, stacklevel=1)

if PRODUCTION:
    missing = [name for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL") if not env.text(name)]
    if missing:
        raise SettingError(f"{', '.join(missing)} must be set in production; docs/operations.md says how.")
    if DEBUG:
        raise SettingError("DEBUG must be no in production: its pages show settings and data to anybody.")

DATA_DIR = Path(env.text("DATA_DIR")).expanduser()
DATA_DIR = DATA_DIR if DATA_DIR.is_absolute() else BASE_DIR / DATA_DIR


def _kept_secret(path: Path) -> str:
    """The key of a single machine: made once, readable to its owner alone, so that sessions survive a restart."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key := secrets.token_urlsafe(64))
        return key
    except OSError as error:
        raise SettingError(f"DATA_DIR cannot be written: {path.parent} ({error.strerror}).") from error


SECRET_KEY_KEPT = not env.text("SECRET_KEY")  # in DATA_DIR, and so part of a backup
SECRET_KEY = env.text("SECRET_KEY") or _kept_secret(DATA_DIR / "secret_key")
if PRODUCTION and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5):
    raise SettingError("SECRET_KEY must have 50 characters or more, at least 5 of them different.")

HOST = env.text("HOST")
PORT = env.number("PORT", low=1, high=65535)
OWN_NAMES = ["localhost", ".localhost", "127.0.0.1", "[::1]", socket.gethostname(), HOST]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or OWN_NAMES
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
PROXIES = env.number("PROXIES", low=0, high=10)
HTTPS = env.flag("HTTPS", unset=PRODUCTION)

# ── Applications ──────────────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "config.apps.ConfigApp",
    "pages",
    "analytics",
    "quizzes",
    "lifecycle",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
]

MIDDLEWARE = [
    "config.requests.RequestLog",
    "config.requests.ResponseHeaders",
    "django.middleware.security.SecurityMiddleware",
    "config.health.Probes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pages for phones; Django pads them at random against guessing by length (BREACH)
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.requests.NoNulls",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# ── Database ──────────────────────────────────────────────────────────────────────────────────────────────────────────
# Nothing waits for ever: a stuck statement, lock or transaction must not pile up everybody behind it.
POSTGRESQL_TIMEOUTS = {"statement_timeout": 15_000, "lock_timeout": 10_000, "idle_in_transaction_session_timeout": 60_000}  # ms


def _sqlite(path: str) -> dict[str, Any]:
    """SQLite as it holds under several processes.

    IMMEDIATE takes the writer's lock at the start, so that no transaction fails half-way with "database is locked" (plain WAL
    had thousands in ten seconds, this none); FULL has an acknowledged answer on disk before the acknowledgement.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                "PRAGMA mmap_size=134217728;PRAGMA cache_size=-8000;PRAGMA temp_store=MEMORY;"
            ),
        },
        # A file, not memory: tests with threads and processes must see what they see in production.
        "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
    }


def _postgresql(place: Place) -> dict[str, Any]:
    """PostgreSQL with bounded waits. The web keeps a pool, whose size also bounds what a herd can do to the server."""
    options: dict[str, Any] = {
        **place.options,
        "connect_timeout": 3,
        "application_name": "studyloop",
        "options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_TIMEOUTS.items()),
    }
    pooled = os.environ.get("STUDYLOOP_PROCESS") == "web"
    if pooled:
        size = env.number("DATABASE_POOL_SIZE", low=1, high=200)
        options["pool"] = {"min_size": 1, "max_size": size, "timeout": 2, "max_lifetime": 1800}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": place.path.lstrip("/"),
        "USER": place.user,
        "PASSWORD": place.password,
        "HOST": options.pop("host", place.host),
        "PORT": str(place.port or ""),
        # Outside the pool a connection is kept between requests, and tried before it is used again: the server may have restarted.
        "CONN_MAX_AGE": 0 if pooled else 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _database() -> dict[str, Any]:
    place = env.place("DATABASE_URL", ("postgresql", "postgres", "sqlite"))
    if place is None:
        return _sqlite(str(DATA_DIR / "studyloop.sqlite3"))
    if place.scheme == "sqlite":
        path = place.path.removeprefix("/")
        if not path:
            raise SettingError("DATABASE_URL must name a file: sqlite:////path/to/studyloop.sqlite3")
        return _sqlite(path if os.path.isabs(path) else str(BASE_DIR / path))
    if not place.path.strip("/"):
        raise SettingError("DATABASE_URL must name a database: postgresql://user:password@host:5432/name")
    return _postgresql(place)


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# No ATOMIC_REQUESTS: each use case owns its transaction.

# ── Redis: hints to graders, and the cache; nothing that may not be lost ──────────────────────────────────────────────
NAMESPACE = env.text("NAMESPACE")
REDIS = env.place("REDIS_URL", ("redis", "rediss", "unix"))
HAS_BROKER = REDIS is not None


def _redis_url(place: Place, *, for_celery: bool) -> str:
    """The one URL in the two spellings that Celery and redis-py read."""
    password = f":{quote(place.password, safe='')}@" if place.password else ""
    if place.scheme == "unix":
        number = place.options.get("db", "0")
        if for_celery:
            return f"redis+socket://{password}{quote(place.path)}?{urlencode({'virtual_host': number})}"
        return f"unix://{password}{quote(place.path)}?{urlencode({'db': number})}"
    if place.user:
        password = f"{quote(place.user, safe='')}:{quote(place.password, safe='')}@"
    query = f"?{urlencode(place.options)}" if place.options else ""
    return f"{place.scheme}://{password}{place.host}:{place.port or 6379}{place.path or '/0'}{query}"


CACHES: dict[str, dict[str, Any]]
if REDIS is None:
    CACHES = {"default": {"BACKEND": "config.cache.MemoryCache", "OPTIONS": {"MAX_ENTRIES": 5000}}}
else:
    CACHES = {
        "default": {
            "BACKEND": "config.cache.PatientRedisCache",
            "LOCATION": _redis_url(REDIS, for_celery=False),
            "KEY_PREFIX": NAMESPACE,
            # A frozen Redis answers nothing at all: a page may wait for it this long, once, and then not again for a while.
            "OPTIONS": {"socket_timeout": 0.3, "socket_connect_timeout": 0.3, "retry": Retry(NoBackoff(), 0)},
        }
    }

# ── Celery ────────────────────────────────────────────────────────────────────────────────────────────────────────────
# 5.7.0 rather than 5.6.3: its watchdog drops a connection that went deaf, a fault that lasts for days unseen, and it restores
# unacknowledged messages in seconds. Its known fault, a worker that exits when Redis goes away, is loud, and the supervisor
# (or systemd) restarts it; grading goes on by the sweep meanwhile.
CELERY_BROKER_URL = _redis_url(REDIS, for_celery=True) if REDIS else "memory://"
CELERY_TASK_DEFAULT_QUEUE = NAMESPACE
CELERY_TASK_SERIALIZER = "json"  # whoever can write to Redis must not be able to run code here
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # the database has the results
CELERY_TASK_ACKS_LATE = True  # a worker killed in the middle: with early acknowledgement 2 of 4 tasks were lost
CELERY_TASK_REJECT_ON_WORKER_LOST = (
    True  # a pool child killed: without it the message counts as done; our own counter stops a poisoned loop
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # a dying worker holds one message, not four
CELERY_TASK_TIME_LIMIT = (
    60  # a hung task: killed long before its message is given out again (visibility timeout), so never run twice at once
)
CELERY_TASK_SOFT_TIME_LIMIT = 50  # a hung task: first an exception with its trace in the log, ten seconds later the kill
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20  # a restart: running work ends or is given back, instead of dying with the process
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # the lease in the database decides, not the connection
CELERY_WORKER_MAX_TASKS_PER_CHILD = 10_000  # a slow leak
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000  # KiB; a night's calibration: its process ends after the task and gives the memory back
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True  # the broker may start after the worker
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # nor does a long outage end the worker
VISIBILITY_TIMEOUT = 600  # ten times the time limit: a shorter one ran a task four times at once
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY_TIMEOUT,
    "unacked_restore_interval": 5,  # a killed worker's message comes back in seconds, not after 100 s of sweeping
    "unacked_restore_throttle": 1,  # the same: every look restores, not every tenth
    "socket_connect_timeout": 1,  # a frozen or unreachable Redis: without bounds a publish blocked for more than 40 s
    "socket_timeout": 2,  # the same, for one that takes the connection and says nothing
    "retry_on_timeout": False,  # the same: the second wait would double it, and the hint may be lost
    "health_check_interval": 10,  # a connection gone deaf is dropped after at most brpop_timeout + 20 s
}
# Of all places the shortest counts, so it stands in all three: the default of one of them would run long tasks twice.
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": VISIBILITY_TIMEOUT}
CELERY_VISIBILITY_TIMEOUT = VISIBILITY_TIMEOUT
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}  # no retry at all was slower
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "config.heartbeat", "schedule": 10.0},
    "gather": {"task": "analytics.gather", "schedule": 60.0, "options": {"expires": 60}},
    "replay": {"task": "analytics.replay_stale", "schedule": 60.0, "options": {"expires": 60}},
    "night": {"task": "analytics.nightly", "schedule": crontab(hour=2, minute=15)},
    "week": {"task": "analytics.weekly", "schedule": crontab(day_of_week=0, hour=4, minute=15)},
    "month": {"task": "analytics.monthly", "schedule": crontab(day_of_month=1, hour=5, minute=15)},
}

# ── People: accounts, passwords, sessions ─────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# Under HTTPS the names say to the browser that no other host and no plain connection may set these cookies.
SESSION_COOKIE_NAME = "__Host-studyloop" if HTTPS else "studyloop"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"

EMAIL = env.place("EMAIL_URL", ("smtp", "smtps"))
MAIL_CONFIGURED = EMAIL is not None
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM")
EMAIL_SUBJECT_PREFIX = ""
EMAIL_TIMEOUT = 10
if EMAIL is None:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = EMAIL.host
    EMAIL_USE_SSL = EMAIL.scheme == "smtps"
    EMAIL_USE_TLS = not EMAIL_USE_SSL and EMAIL.options.get("tls", "yes") in {"1", "yes", "true"}
    EMAIL_PORT = EMAIL.port or (465 if EMAIL_USE_SSL else 587)
    EMAIL_HOST_USER = EMAIL.user
    EMAIL_HOST_PASSWORD = EMAIL.password

SIGN_UP = env.flag("SIGN_UP")
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"] if MAIL_CONFIGURED else ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL_CONFIGURED else "none"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_CONFIGURED
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Studyloop"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # http://localhost is where one machine serves itself
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

# ── Transport and headers ─────────────────────────────────────────────────────────────────────────────────────────────
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # probes come from inside, over plain HTTP
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Preloading binds a whole domain for years and is its owner's to ask for, not a study platform's.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
USE_X_FORWARDED_HOST = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a question with its options is a large form in admin

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],  # the nonce is for the import map alone
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-src": [NONE],
        "frame-ancestors": [NONE],
    },
}

# ── API ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["config.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.rendering.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.pagination.CappedPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["config.throttling.CallerThrottle", "config.throttling.ScopeThrottle"],
    # A classroom behind one address is one anonymous caller: these stop floods, not people.
    "DEFAULT_THROTTLE_RATES": {
        "caller": "1200/min",
        "visitor": "600/min",
        "token": "10/min",
        "start": "60/min",
        "save": "900/min",
        "report": "30/min",
        "export": "10/min",
    },
    "EXCEPTION_HANDLER": "config.problems.problem_response",
    "NUM_PROXIES": PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNICODE_JSON": True,
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Studyloop",
    "DESCRIPTION": "Study for certification exams: content, attempts, readiness and team reports. Errors are problem details (RFC 9457).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "AttemptStateEnum": "quizzes.models.Attempt.State",
        "AttemptModeEnum": "quizzes.models.Attempt.Mode",
        "QuestionKindEnum": "quizzes.models.Question.Kind",
        "ProblemKindEnum": "quizzes.models.ProblemReport.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.schema.describe_problems",
        "config.schema.forget_column_ranges",
    ],
}

# ── Figures for Prometheus ────────────────────────────────────────────────────────────────────────────────────────────
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_DIR = DATA_DIR / "metrics"
if METRICS_TOKEN:
    if len(METRICS_TOKEN) < 20:
        raise SettingError("METRICS_TOKEN must have 20 characters or more.")
    METRICS_DIR.mkdir(parents=True, exist_ok=True)
    # prometheus_client reads it when it is imported, which is after this.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)

# ── Language, time, static files ──────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = env.text("TIME_ZONE")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
_finders_serve = DEBUG or TESTING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if _finders_serve else "config.staticfiles.HashedModuleStorage",
    },
}
WHITENOISE_USE_FINDERS = _finders_serve
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# ── Health, logs, the supervisor ──────────────────────────────────────────────────────────────────────────────────────
READY_JOB_AGE = timedelta(seconds=env.number("READY_JOB_AGE", low=1, high=86400))
LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "console"), unset="json" if PRODUCTION else "console")
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logging_settings(level=LOG_LEVEL, style=LOG_FORMAT)

DEMO = env.flag("DEMO") and not PRODUCTION
CONTENT_DIR = BASE_DIR / "content"
REVIEW_FUZZ = not TESTING  # review days are scattered by a little, so that cards made together do not return together
CLOCK_OFFSET_FILE = env.text("CLOCK_OFFSET_FILE") if TESTING else ""

# ── Tests ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a second per sign-in is for attackers, not for tests
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    ACCOUNT_RATE_LIMITS: Any = False
    REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
