"""Bringing a backup back."""

from __future__ import annotations

import fcntl
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from accounts.public import AuditEntry
from config.backups.archives import FORMAT, ArchiveDamaged, Manifest, read_manifest, take_out
from config.backups.engines import BackupRefused, Engine, Say, ask, counts_of, the_engine
from config.backups.making import SECRET
from config.release import VERSION, as_numbers
from quizzes.public import IntegrityFinding, verify_integrity

log = structlog.get_logger("studyloop.backup")

# What waited at the moment of the backup waits longer by now: the sweep's work, not a fault of the archive.
LEFT_TO_THE_SWEEP = frozenset({"open_attempts_end_in_time", "jobs_are_not_left_over"})


@dataclass(frozen=True)
class Restored:
    """What a restore found and did. `findings` do not hold in the restored data; `waiting` is what the sweep will do."""

    manifest: Manifest
    done: bool
    migrated: int = 0
    secret: str = ""
    findings: list[IntegrityFinding] = field(default_factory=list)
    waiting: list[IntegrityFinding] = field(default_factory=list)


def restore_backup(*, archive: Path, replace: bool, dry_run: bool, say: Say) -> Restored:
    """Verify an archive, put it in the place of the database, bring it to this release, and verify what is stored.

    `replace` allows a target that is not empty; `dry_run` ends before anything is changed. Raises BackupRefused.
    """
    engine = the_engine()
    try:
        manifest = read_manifest(archive)
        require_fit(manifest, engine)
        with tempfile.TemporaryDirectory(dir=archive.parent if os.access(archive.parent, os.W_OK) else None, prefix=".restore-") as work:
            say("Verifying checksums …")
            take_out(path=archive, into=Path(work))
            require_free(engine, replace=replace)
            if dry_run:
                return Restored(manifest, done=False)
            say(f"Filling {engine.name} …")
            engine.load(Path(work) / engine.file, say)
            secret = _restore_secret(Path(work) / SECRET, replace=replace)
    except ArchiveDamaged as error:
        raise BackupRefused(f"{archive} is damaged: {error}. Nothing was changed.") from error
    require_same_counts(manifest, engine)
    return _bring_up_to_date(manifest, secret, say)


def require_fit(manifest: Manifest, engine: Engine) -> None:
    """Raises BackupRefused when this release or this database cannot take the archive."""
    if manifest.format > FORMAT or as_numbers(manifest.version) > as_numbers(VERSION):
        raise BackupRefused(f"The archive is of Studyloop {manifest.version}, newer than this one, {VERSION}. Install that release first.")
    if manifest.engine != engine.name:
        raise BackupRefused(
            f"The archive is of {manifest.engine}, and DATABASE_URL names {engine.name}. "
            "A backup goes back to the kind of database it came from."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = sorted(set(manifest.migrations) - known)
    if unknown:
        raise BackupRefused(
            f"The archive has migrations that this release does not know ({', '.join(unknown[:3])}): it was made by newer code. "
            "Install that release first."
        )


def require_free(engine: Engine, *, replace: bool) -> None:
    """Raises BackupRefused when the target has tables and may not be replaced, or is in use."""
    tables = engine.tables()
    if tables and not replace:
        raise BackupRefused(
            f"The database of DATABASE_URL is not empty ({len(tables)} tables). With --replace everything in it is lost; back it up first."
        )
    others = engine.others() or _running_here()
    if others:
        raise BackupRefused(f"The database is in use: {others}. Stop web, worker, beat and sweep everywhere, then restore.")


def _running_here() -> str:
    """Whether `make run` holds this DATA_DIR."""
    lock = settings.DATA_DIR / "supervisor.lock"
    if not lock.exists():
        return ""
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            return f"make run holds DATA_DIR (process {file.read().strip() or 'unknown'})"
    return ""


def require_same_counts(manifest: Manifest, engine: Engine) -> None:
    """Raises BackupRefused when a table has not the rows that it had."""
    missing = set(manifest.counts) - set(engine.tables())
    found = counts_of(set(manifest.counts) - missing, lambda statement: int(ask(statement)))
    wrong = [
        f"{table} {found.get(table, 'missing')} instead of {count}" for table, count in manifest.counts.items() if found.get(table) != count
    ]
    if wrong:
        raise BackupRefused(f"The restored rows are not those of the archive: {'; '.join(wrong[:5])}. Do not start on this database.")


def _restore_secret(source: Path, *, replace: bool) -> str:
    """Put the signing key back where this installation keeps its own; what happened, in words."""
    if not source.exists():
        return "The archive has no secret key: its installation was given SECRET_KEY. Set the same one, or everybody signs in again."
    if not settings.SECRET_KEY_KEPT:
        return "SECRET_KEY is set here and stays as it is; the archive's own key is not used."
    target = settings.DATA_DIR / SECRET
    if target.read_bytes() == source.read_bytes():
        return ""
    beside = target.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(source.read_bytes())
    beside.replace(target)
    return "The secret key of the archive is in DATA_DIR: sessions of then go on."


def _bring_up_to_date(manifest: Manifest, secret: str, say: Say) -> Restored:
    before = len(manifest.migrations)
    say("Applying later migrations, if there are any …")
    call_command("migrate", verbosity=0, interactive=False)
    migrated = int(ask("SELECT count(*) FROM django_migrations")) - before
    AuditEntry.objects.create(
        actor=None,
        action="restore_backup",
        subject_kind="database",
        subject_id=connection.vendor,
        after={"made_at": manifest.made_at.isoformat(), "version": manifest.version},
    )
    say("Verifying answers and grades …")
    found = verify_integrity(on_check=lambda name: say(f"  {name.replace('_', ' ')}"))
    waiting = [finding for finding in found if finding.check in LEFT_TO_THE_SWEEP]
    findings = [finding for finding in found if finding.check not in LEFT_TO_THE_SWEEP]
    log.info("backup_restored", rows=sum(manifest.counts.values()), findings=len(findings), waiting=len(waiting))
    return Restored(manifest, True, migrated, secret, findings, waiting)
