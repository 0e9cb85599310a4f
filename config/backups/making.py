"""Making a backup."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection

from config.backups.archives import Manifest, digest_of, write_archive
from config.backups.engines import BackupRefused, Say, the_engine
from config.release import VERSION

log = structlog.get_logger("studyloop.backup")

SECRET = "secret_key"  # noqa: S105 - the name of a file
ROOM = 1.1  # of the database's size: the dump is compressed, but a file is also made whole first


def make_backup(*, to: Path | None, say: Say) -> tuple[Path, Manifest]:
    """Write an archive of the database as of one moment; web and workers go on. Returns where it is and what it says.

    `to` is a file that does not exist yet or a directory; else DATA_DIR/backups. Raises BackupRefused, OSError.
    """
    path = _place(to)
    engine = the_engine()
    if "django_migrations" not in engine.tables():
        raise BackupRefused("There is nothing to back up: the database of DATABASE_URL has no tables of Studyloop.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as work:
        _require_room(path.parent)
        dump = Path(work) / engine.file
        say(f"Dumping {engine.name} …")
        moment = engine.dump(dump, connection.introspection.django_table_names(only_existing=True, include_views=False), say)
        files = {engine.file: dump}
        if settings.SECRET_KEY_KEPT:
            files[SECRET] = settings.DATA_DIR / SECRET  # without it everybody would be signed out
        say("Adding checksums …")
        digests = {}
        for name, file in files.items():
            with file.open("rb") as stream:
                digests[name] = digest_of(stream)
        manifest = Manifest(VERSION, engine.name, moment.engine_version, moment.at, moment.migrations, moment.counts, digests)
        write_archive(path=path, manifest=manifest, files=files)
    log.info("backup_made", bytes=path.stat().st_size, tables=len(manifest.counts), rows=sum(manifest.counts.values()))
    return path, manifest


def _place(to: Path | None) -> Path:
    path = to or settings.DATA_DIR / "backups"
    if to is None:
        path.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        path /= f"studyloop-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar"
    if path.exists():
        raise BackupRefused(f"{path} exists already; a backup is never overwritten.")
    if not path.parent.is_dir():
        raise BackupRefused(f"There is no directory {path.parent}.")
    return path


def _require_room(directory: Path) -> None:
    """Raises BackupRefused when the disk has less room than a dump may take."""
    if connection.vendor == "sqlite":
        size = Path(connection.settings_dict["NAME"]).stat().st_size
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = cursor.fetchone()[0]
    free = shutil.disk_usage(directory).free
    if free < size * ROOM:
        raise BackupRefused(
            f"{directory} has {free // 2**20} MB free, and the database has {size // 2**20} MB. Name another place with --to."
        )
