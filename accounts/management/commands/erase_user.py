"""Erase a person's account and everything that belongs to it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.errors import LastLead
from accounts.domain.privacy import erase_account
from accounts.management.commands.export_user import person


class Command(BaseCommand):
    help = "Erase a person's account and everything that belongs to it. There is no way back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="without it, nothing is erased")

    def handle(self, *args: Any, username: str, yes: bool, **options: Any) -> None:
        user = person(username)
        if not yes:
            raise CommandError(f"This erases {user.username} for good. Say it again with --yes.")
        try:
            erase_account(user=user, actor=None)
        except LastLead as refused:
            raise CommandError(f"Make somebody else a lead first of: {', '.join(refused.teams)}.") from refused
        self.stdout.write("Erased.")
