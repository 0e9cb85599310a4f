"""Django's own command; whoever knew the old password may hold a token, so that ends as well."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword

from accounts.management.commands.export_user import person
from accounts.tokens import forget_token


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> str:
        """Set the password, then end the token. Raises CommandError as Django's does, with the token left as it was."""
        username = options.pop("username") or getpass.getuser()
        said: str = super().handle(*args, username=username, **options)
        forget_token(user=person(username))
        return said
