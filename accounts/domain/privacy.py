"""A person's data: all of it in their hands, or none of it with us."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import ProtectedError

from accounts.clock import read_db_now
from accounts.domain.audit import record
from accounts.domain.errors import LastLead, WrongPassword
from accounts.domain.teams import teams_without_other_lead
from accounts.models import AuditEntry, Team, User
from accounts.personal import Row, everything
from accounts.spreadsheet import cell

IN_MEMORY = 5 * 1024 * 1024


def export_account(*, user: User) -> IO[bytes]:
    """Everything kept about a person, as a ZIP file with each kind of rows both as JSON and as CSV; positioned at its start.

    Written row by row, so that a long history needs little memory. Nobody else's data is in it. Leaves an audit entry.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller sends and closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, "account", iter([_profile(user)]))
        for entry in everything():
            if entry.name:
                _write(archive, entry.name, entry.exported(user))
        archive.writestr("README.txt", README.format(at=read_db_now().isoformat(timespec="seconds")))
    record("account.export", user, actor=user)
    file.seek(0)
    return file


README = """Everything this Studyloop keeps about you, as of {at}.

Each kind of data is here twice: as .json for programs and as .csv for spreadsheets. Where a cell begins with an apostrophe, it keeps
a spreadsheet from taking the text for a formula; it is not part of your data.
"""


def _profile(user: User) -> Row:
    names = ("username", "display_name", "first_name", "last_name", "email", "date_joined", "last_login", "is_staff")
    return {name: getattr(user, name) for name in names}


def _write(archive: zipfile.ZipFile, name: str, rows: Iterator[Row]) -> None:
    """One kind of rows into two files; both are written as the rows come, so the second waits in a file of its own."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as beside:
        words = io.TextIOWrapper(beside, "utf-8", newline="")
        with archive.open(f"{name}.json", "w") as target:
            target.write(b"[")
            writer = None
            for row in rows:
                target.write((b",\n" if writer else b"\n") + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
                if writer is None:
                    writer = csv.writer(words, lineterminator="\r\n")
                    writer.writerow(row)
                writer.writerow([cell(value) for value in row.values()])
            target.write(b"\n]\n")
        if writer is None:
            return
        words.flush()
        beside.seek(0)
        with archive.open(f"{name}.csv", "w") as target:
            while chunk := beside.read(64 * 1024):
                target.write(chunk)


def close_account(*, user: User, password: str) -> None:
    """Erase an account at its owner's word. Raises WrongPassword, and LastLead with the teams that need another lead first.

    An account without a password of its own (made by an administrator, entered by passkey) is closed by its user name instead.
    """
    if not (user.check_password(password) if user.has_usable_password() else password == user.username):
        raise WrongPassword
    erase_account(user=user, actor=user)


@transaction.atomic
def erase_account(*, user: User, actor: User | None) -> None:
    """Delete an account and everything that belongs to it; what others did or keep stays as it was. Raises LastLead.

    Sums over all learners are no longer anybody's and stay. One entry of the audit says that an account of this number is gone.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if teams := teams_without_other_lead(user):
        raise LastLead([team.name for team in teams])
    number = user.pk
    _close_own_teams(user)
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(number)).delete()
    by = None if actor is None or actor.pk == number else actor
    user.delete()
    AuditEntry.objects.create(actor=by, action="account.erase", subject_kind="user", subject_id=str(number))


def _close_own_teams(user: User) -> None:
    """Teams with nobody else in them go with the person; one that somebody's attempts hold on to loses its name."""
    for team in Team.objects.filter(memberships__user=user).exclude(memberships__user__in=User.objects.exclude(pk=user.pk)):
        try:
            with transaction.atomic():
                team.delete()
        except ProtectedError:
            Team.objects.filter(pk=team.pk).update(name=f"Team {team.pk}", slug=f"team-{team.pk}")
