"""Give a person everything that is kept about them."""

from __future__ import annotations

import os
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.privacy import export_account
from accounts.models import User


class Command(BaseCommand):
    help = "Write everything kept about a person into a ZIP file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--to", type=Path, required=True, help="the file to write")

    def handle(self, *args: Any, username: str, to: Path, **options: Any) -> None:
        user = person(username)
        try:
            descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # readable to its owner alone, like a backup
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from error
        with os.fdopen(descriptor, "wb") as target, export_account(user=user) as source:
            shutil.copyfileobj(source, target)
        self.stdout.write(f"Wrote {to} ({to.stat().st_size:,} bytes).")


def person(username: str) -> User:
    """The account of this name; CommandError where there is none."""
    try:
        return User.objects.get(username__iexact=username)
    except User.DoesNotExist:
        raise CommandError(f"There is nobody called {username}.") from None
