"""manage.py restore: put an archive of manage.py backup in the place of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from config.backups.engines import BackupRefused
from config.backups.restoring import Restored, restore_backup

SHOWN = 20


class Command(BaseCommand):
    help = "Verify an archive of manage.py backup, fill the database of DATABASE_URL with it, and verify what is stored."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path)
        parser.add_argument("--replace", action="store_true", help="Allow a database that is not empty: everything in it is lost.")
        parser.add_argument("--dry-run", action="store_true", help="Verify archive and target, and change nothing.")

    def handle(self, *args: Any, archive: Path, replace: bool, dry_run: bool, **options: Any) -> None:
        try:
            restored = restore_backup(archive=archive, replace=replace, dry_run=dry_run, say=self.stderr.write)
        except (BackupRefused, OSError, DatabaseError) as error:
            raise CommandError(str(error)) from error
        manifest = restored.manifest
        made = manifest.made_at.isoformat(timespec="seconds")
        what = f"{sum(manifest.counts.values())} rows of {len(manifest.counts)} tables as of {made}, by Studyloop {manifest.version}"
        if not restored.done:
            self.stdout.write(f"The archive is whole: {what}. Nothing was changed; without --dry-run it would be restored.")
            return
        self.stdout.write(f"Restored: {what}; {restored.migrated} later migrations applied.")
        self._say_what_to_do(restored)

    def _say_what_to_do(self, restored: Restored) -> None:
        for finding in restored.findings[:SHOWN]:
            self.stdout.write(f"{finding.check}: {finding.subject}: {finding.detail}")
        if restored.findings:
            raise CommandError(
                f"{len(restored.findings)} things do not hold in the restored data. They were so when it was made: try an older archive, "
                "or mend them; manage.py verify_integrity lists them all."
            )
        self.stdout.write("Answers and grades are as they should be.")
        if restored.secret:
            self.stdout.write(restored.secret)
        if restored.waiting:
            self.stdout.write(
                f"{len(restored.waiting)} sittings were open or waited to be marked. Give them the lost time before anything is started "
                "(manage.py credit_outage), or the sweep closes what is overdue."
            )
        self.stdout.write("Next: manage.py prepare, then start web, worker, beat and sweep; manage.py doctor looks at the whole.")
