"""How each database is dumped as of one moment while others write, and filled again in one transaction."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction

Say = Callable[[str], None]
PAGES = 4096
BUSY_AT_MOST = 60.0


class BackupRefused(Exception):
    """Why a backup or a restore is not done, in a sentence that says what to do."""


@dataclass(frozen=True)
class Moment:
    """What a dump holds: when it was, by the database's clock, and the rows of each table then."""

    at: datetime
    counts: dict[str, int]
    migrations: list[str]
    engine_version: str


class Engine(ABC):
    """A kind of database."""

    name: str
    file: str

    @abstractmethod
    def dump(self, target: Path, tables: Iterable[str], say: Say) -> Moment:
        """Write the whole database to a file as of one moment; writers go on meanwhile. Raises BackupRefused."""

    @abstractmethod
    def load(self, source: Path, say: Say) -> None:
        """Put the dump in the place of everything that is there, wholly or not at all. Raises BackupRefused."""

    @abstractmethod
    def tables(self) -> list[str]:
        """The tables that are there now, whoever made them."""

    @abstractmethod
    def others(self) -> str:
        """Who else uses the database, in words; empty where nobody is seen."""


def the_engine() -> Engine:
    """That of DATABASE_URL."""
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite()


def counts_of(tables: Iterable[str], count: Callable[[str], int]) -> dict[str, int]:
    """Rows by table, in the order of names."""
    return {table: count(f"SELECT count(*) FROM {connection.ops.quote_name(table)}") for table in sorted(tables)}  # noqa: S608 - our tables


def ask(statement: str) -> Any:
    """The first value of a statement on Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


MIGRATIONS = "SELECT app || '.' || name FROM django_migrations ORDER BY app, name"


class SQLite(Engine):
    """The online backup interface, within one read transaction: a consistent picture, however long it takes."""

    name = "sqlite"
    file = "database.sqlite3.gz"

    def __init__(self) -> None:
        self.path = Path(connection.settings_dict["NAME"])

    def dump(self, target: Path, tables: Iterable[str], say: Say) -> Moment:
        plain = target.with_suffix("")
        source = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=20)
        copy = sqlite3.connect(plain, isolation_level=None)
        try:
            source.execute("BEGIN")
            at = datetime.now(UTC)  # before the moment, so that all that was acknowledged by then is in the copy
            migrations = [row[0] for row in source.execute(MIGRATIONS)]  # the first read fixes the moment
            source.backup(copy, pages=PAGES, progress=_Progress(say))
            counts = counts_of(tables, lambda statement: int(source.execute(statement).fetchone()[0]))
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, no log beside it
            require_sound(copy)
        except sqlite3.Error as error:
            raise BackupRefused(f"SQLite could not copy the database: {error}.") from error
        finally:
            copy.close()
            source.close()
        with plain.open("rb") as content, gzip.open(target, "wb", compresslevel=6) as packed:
            shutil.copyfileobj(content, packed, 1024 * 1024)
        plain.unlink()
        return Moment(at, counts, migrations, sqlite3.sqlite_version)

    def load(self, source: Path, say: Say) -> None:
        plain = source.with_suffix("")
        with gzip.open(source, "rb") as packed, plain.open("wb") as content:
            shutil.copyfileobj(packed, content, 1024 * 1024)
        connection.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        dump, target = sqlite3.connect(plain), sqlite3.connect(self.path, timeout=20)
        try:
            require_sound(dump)
            dump.backup(target, pages=-1, progress=_Progress(say))  # one step is one transaction
        except sqlite3.Error as error:
            raise BackupRefused(f"The database was left as it was: {error}.") from error
        finally:
            dump.close()
            target.close()

    def tables(self) -> list[str]:
        if not self.path.exists() or not self.path.stat().st_size:
            return []
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
                return [row[0] for row in cursor.fetchall()]
        except DatabaseError as error:
            raise BackupRefused(
                f"{self.path} cannot be read ({error}). To restore in its place, stop everything and move it away, "
                "with the files beside it that end in -wal and -shm."
            ) from error

    def others(self) -> str:
        return ""


def require_sound(database: sqlite3.Connection) -> None:
    """Raises BackupRefused when SQLite finds the file damaged."""
    found = database.execute("PRAGMA integrity_check(3)").fetchall()
    if found != [("ok",)]:
        raise BackupRefused(f"SQLite finds the database damaged: {'; '.join(str(row[0]) for row in found)}.")


class _Progress:
    """Says how far a copy is, about every two seconds, and gives up where a lock is never let go."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._said = self._moved = time.monotonic()
        self._remaining = -1

    def __call__(self, _status: int, remaining: int, total: int) -> None:
        now = time.monotonic()
        if remaining != self._remaining:
            self._remaining, self._moved = remaining, now
        elif now - self._moved > BUSY_AT_MOST:
            raise BackupRefused(f"Another process held the database locked for {BUSY_AT_MOST:.0f} s. Stop web, worker and sweep first.")
        if total and now - self._said > 2:
            self._said = now
            self._say(f"  {100 * (total - remaining) // total} %")


class PostgreSQL(Engine):
    """pg_dump on an exported snapshot, so that the counts are of the very rows in the dump; psql fills it in one transaction."""

    name = "postgresql"
    file = "database.pgdump"

    def dump(self, target: Path, tables: Iterable[str], say: Say) -> Moment:
        program = find_program("pg_dump")
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            # now() is when the transaction began, before its snapshot: all that was acknowledged by then is in the dump.
            snapshot, at = ask("SELECT pg_export_snapshot()"), ask("SELECT now()")
            argv = [program, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
            run_program(argv, say, what="pg_dump")
            counts = counts_of(tables, lambda statement: int(ask(statement)))
            cursor.execute(MIGRATIONS)
            migrations = [row[0] for row in cursor.fetchall()]
            return Moment(at, counts, migrations, str(ask("SHOW server_version")))

    def load(self, source: Path, say: Say) -> None:
        restore, psql = find_program("pg_restore"), find_program("psql")
        emptying, filling = source.with_name("emptying.sql"), source.with_name("filling.sql")
        # A process that was overlooked must not make this wait for ever.
        lines = ["SET lock_timeout = '10s';", *(f"DROP TABLE {connection.ops.quote_name(name)} CASCADE;" for name in self.tables())]
        emptying.write_text("\n".join(lines) + "\n", encoding="utf-8")
        run_program([restore, "--no-owner", "--no-privileges", "--schema=public", f"--file={filling}", str(source)], say, what="pg_restore")
        connection.close()
        argv = [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", f"--file={emptying}", f"--file={filling}"]
        run_program(argv, say, what="psql; the database was left as it was")

    def tables(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
            return [row[0] for row in cursor.fetchall()]

    def others(self) -> str:
        seen = ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return f"{seen} other connections to the database" if seen else ""


def find_program(name: str) -> str:
    """A program of PostgreSQL on PATH. Raises BackupRefused with the package to install."""
    found = shutil.which(name)
    if not found:
        raise BackupRefused(
            f"{name} is not on PATH. Install PostgreSQL's client programs, of the server's version or a later one "
            "(Debian: apt-get install postgresql-client), or add their directory to PATH."
        )
    return found


def program_environment() -> dict[str, str]:
    """How libpq's programs find the same database: by environment, for an argument could be read by every user."""
    settings = connection.settings_dict
    options = settings["OPTIONS"]
    wanted = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        **{f"PG{name.upper()}": options.get(name, "") for name in ("sslmode", "sslrootcert", "sslcert", "sslkey")},
    }
    return {**os.environ, **{name: str(value) for name, value in wanted.items() if value}, "PGCONNECT_TIMEOUT": "10"}


def run_program(argv: list[str], say: Say, *, what: str) -> None:
    """Run it to its end, with a word now and then. Raises BackupRefused with its last lines when it fails."""
    process = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL with our own arguments
        argv, env=program_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    started = time.monotonic()
    while True:
        try:
            said, _nothing = process.communicate(timeout=5)
            break
        except subprocess.TimeoutExpired:
            say(f"  {time.monotonic() - started:.0f} s …")
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode:
        raise BackupRefused(f"{what} ended with status {process.returncode}: {said.strip()[-800:]}")
