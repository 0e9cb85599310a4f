"""manage.py backup: the whole database as of now in one archive, while everything goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from config.backups.engines import BackupRefused
from config.backups.making import make_backup


class Command(BaseCommand):
    help = "Write the whole database, as of one moment, to an archive with checksums. Nothing has to be stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, help="A new file, or a directory; DATA_DIR/backups unless given.")

    def handle(self, *args: Any, to: Path | None, **options: Any) -> None:
        try:
            path, manifest = make_backup(to=to, say=self.stderr.write)
        except (BackupRefused, OSError, DatabaseError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        rows = sum(manifest.counts.values())
        self.stdout.write(f"{path}: {rows} rows of {len(manifest.counts)} tables as of {manifest.made_at.isoformat(timespec='seconds')}.")
        self.stdout.write("It holds accounts and answers: keep it as safe as the database, and on another machine.")
        self.stdout.write(f"Try it: manage.py restore {path} --dry-run --replace")
