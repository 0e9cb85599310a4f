"""manage.py prepare: bring database, static files, content and demonstration accounts up to date; quick when nothing has changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from config.fingerprint import content_fingerprint, static_fingerprint
from config.models import Preparation


class Command(BaseCommand):
    help = "Bring database, static files, content and demonstration accounts up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        """Each step says what it does and how long it took."""
        self._step("Database", self._migrate)
        self._step("Static files", self._collect_static)
        self._step("Content", self._load_content)
        if settings.DEMO:
            call_command("demo_data")

    def _step(self, name: str, work: Callable[[], str]) -> None:
        started = time.monotonic()
        outcome = work()
        self.stdout.write(f"{name}: {outcome} ({time.monotonic() - started:.1f} s)")
        self.stdout.flush()

    def _migrate(self) -> str:
        try:
            executor = MigrationExecutor(connection)
        except DatabaseError as error:
            raise CommandError(f"The database of DATABASE_URL does not answer: {str(error).strip()}") from error
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan:
            return f"{connection.vendor}, nothing to migrate"
        self.stdout.write(f"Database: applying {len(plan)} migrations to {connection.vendor} …")
        self.stdout.flush()
        call_command("migrate", verbosity=0, interactive=False)
        return f"{len(plan)} migrations applied"

    def _collect_static(self) -> str:
        mark = settings.STATIC_ROOT / ".fingerprint"
        wanted = static_fingerprint()
        if mark.exists() and mark.read_text() == wanted:
            return "unchanged"
        # The browsable API of REST framework is not served, and its files took half the time.
        call_command("collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=["rest_framework"])
        mark.write_text(wanted)
        return "collected"

    def _load_content(self) -> str:
        wanted = content_fingerprint()
        if Preparation.objects.filter(part="content", fingerprint=wanted).exists():
            return "unchanged"
        call_command("load_content")
        Preparation.objects.update_or_create(part="content", defaults={"fingerprint": wanted})
        return "loaded"
