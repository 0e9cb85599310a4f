"""The passwords of the demonstration: made once for each installation, kept where its secret key lies, told while they hold."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from django.conf import settings

from accounts.public import User

WORDS = "amber basil cedar coral delta ember fjord grove heron indigo jasper kelp linen maple north ocean pearl quartz river slate tulip"


def _path() -> Path:
    return Path(settings.DATA_DIR) / "demo-accounts.json"


def new_password() -> str:
    """Three words and a number: easy to type, one of some hundred million."""
    dealt = [secrets.choice(WORDS.split()) for _ in range(3)]
    return f"{'-'.join(dealt)}-{secrets.randbelow(9000) + 1000}"


def keep(passwords: dict[str, str]) -> None:
    """Keep the passwords for this installation's owner alone, each with the hash it was stored as."""
    hashes = dict(User.objects.filter(username__in=passwords).values_list("username", "password"))
    kept = {username: {"password": password, "hash": hashes[username]} for username, password in passwords.items()}
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)


def open_accounts() -> list[str]:
    """Accounts whose password still is the one that was told."""
    return [line.split()[2] for line in lines()]


def lines() -> list[str]:
    """`demo account: learner / PASSWORD` for each account whose password still is the one that was made for it."""
    try:
        kept = json.loads(_path().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    users = {user.username: user for user in User.objects.filter(username__in=kept, is_active=True)}
    told = []
    for username, entry in kept.items():
        user = users.get(username)
        # The hash is compared first: checking a password takes a third of a second, and a sign-in may have stored it anew.
        if user is not None and (user.password == entry["hash"] or user.check_password(entry["password"])):
            told.append(f"demo account: {username} / {entry['password']}")
    return told
