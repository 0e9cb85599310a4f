"""What a restore refuses before it looks at the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config.backups.archives import Manifest
from config.backups.engines import BackupRefused, PostgreSQL
from config.backups.restoring import require_fit
from config.release import VERSION, as_numbers

FITS = Manifest(VERSION, "postgresql", "18", datetime(2026, 11, 21, tzinfo=UTC), ["quizzes.0001_initial"], {}, {})


def test_an_archive_of_this_release_and_engine_fits():
    require_fit(FITS, PostgreSQL())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": "99.0.0"}, "newer than this one"),
        ({"format": 2}, "newer than this one"),
        ({"engine": "sqlite"}, "goes back to the kind of database it came from"),
        ({"migrations": ["quizzes.9999_from_the_future"]}, "quizzes.9999_from_the_future"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(changes, reason):
    with pytest.raises(BackupRefused, match=reason):
        require_fit(replace(FITS, **changes), PostgreSQL())


def test_versions_are_compared_as_numbers():
    assert as_numbers("0.10.0") > as_numbers("0.9.1")
