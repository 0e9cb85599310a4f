"""Backup and restore as an operator runs them: real commands, a real server under load, both databases."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models

from accounts.models import AuditEntry, User
from config import roles
from config.backups.archives import Manifest, read_manifest, take_out, write_archive
from quizzes.models import Attempt, Grade, Response
from tests.client import ApiClient, some_answer
from tests.servers.databases import reading_and_writing
from tests.servers.people import make_person

pytestmark = pytest.mark.worker


def backup(site, path: Path) -> Manifest:
    connection.close()
    done = site.manage("backup", "--to", path)
    assert done.returncode == 0, done.stderr
    return read_manifest(path)


def restore(site, path: Path, *words: str, to: str = "") -> subprocess.CompletedProcess[str]:
    connection.close()
    return site.manage("restore", path, *words, **({"DATABASE_URL": to} if to else {}))


def altered(path: Path, **changes: object) -> Path:
    """The same archive with another manifest, rightly sealed."""
    into = path.with_suffix(".d")
    into.mkdir()
    manifest = replace(take_out(path=path, into=into), **changes)
    beside = path.with_name("altered.tar")
    write_archive(path=beside, manifest=manifest, files={name: into / name for name in manifest.files})
    return beside


def save_until(stop: threading.Event, client: ApiClient, log: list[tuple[str, int, int, datetime]]) -> None:
    """Sit drills one after another; `log` has (attempt, position, version, when the client knew) of every save."""
    while not stop.is_set():
        attempt = client.start(mode="drill", count=5)
        for question in attempt["questions"]:
            answer = client.save(attempt["id"], question["position"], some_answer(question))
            if answer.status == 200:
                log.append((attempt["id"], question["position"], answer.body["version"], datetime.now(UTC)))
        client.submit(attempt["id"])


def test_backup_under_load_restores_every_save_acknowledged_before_its_moment(own_site, empty_database, tmp_path):
    web = own_site.start_web()
    own_site.start_sweep("--workers-first", "0", "--every", "0.2")
    clients = [ApiClient.of(make_person("learner"), web.url) for _ in range(3)]
    connection.close()
    stop, log = threading.Event(), []
    threads = [threading.Thread(target=save_until, args=(stop, client, log)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        while len(log) < 20 or not Grade.objects.exists():
            stop.wait(0.05)
        manifest = backup(own_site, tmp_path / "archive.tar")
        after = len(log)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    own_site.stop()
    done = restore(own_site, tmp_path / "archive.tar", to=empty_database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Answers and grades are as they should be." in done.stdout
    before = [entry for entry in log if entry[3] < manifest.made_at]
    assert 20 <= len(before) < len(log), "writes went on before and after the moment"
    assert after > len(before) or manifest.counts["quizzes_response"] >= len(before)
    with reading_and_writing(empty_database):
        stored = {
            (str(attempt), position): version
            for attempt, position, version in Response.objects.values_list("attempt", "position", "version")
        }
        assert all(stored.get((attempt, position), 0) >= version for attempt, position, version, _at in before)
        assert len(stored) == manifest.counts["quizzes_response"]
        assert Grade.objects.count() == manifest.counts["quizzes_grade"] > 0


def test_restore_goes_back_and_refuses_what_it_must(own_site, tmp_path):
    kept = make_person("learner")
    archive = tmp_path / "archive.tar"
    manifest = backup(own_site, archive)
    assert manifest.engine == connection.vendor
    lost = make_person("learner")
    connection.close()

    done = restore(own_site, archive)
    assert (done.returncode, "is not empty" in done.stderr, "--replace" in done.stderr) == (1, True, True)

    done = restore(own_site, archive, "--replace", "--dry-run")
    assert done.returncode == 0 and "Nothing was changed" in done.stdout
    assert User.objects.filter(pk=lost.pk).exists()

    damaged = tmp_path / "damaged.tar"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    done = restore(own_site, damaged, "--replace")
    assert done.returncode == 1 and "is damaged" in done.stderr and "Nothing was changed" in done.stderr
    assert User.objects.filter(pk=lost.pk).exists()

    done = restore(own_site, archive, "--replace")
    assert done.returncode == 0, done.stdout + done.stderr
    assert User.objects.filter(pk=kept.pk).exists()
    assert not User.objects.filter(pk=lost.pk).exists()
    assert AuditEntry.objects.get(action="restore_backup").after["version"] == manifest.version
    web = own_site.start_web()
    client = ApiClient.of(kept, web.url)
    assert client.save(client.start(mode="drill", count=1)["id"], 1, None).status == 200


def test_restore_finds_rows_that_are_not_those_of_the_archive(own_site, empty_database, tmp_path):
    archive = tmp_path / "archive.tar"
    manifest = backup(own_site, archive)
    wrong = altered(archive, counts={**manifest.counts, "accounts_user": 12345})
    done = restore(own_site, wrong, to=empty_database)
    assert done.returncode == 1 and "accounts_user 0 instead of 12345" in done.stderr


def test_restore_says_what_does_not_hold_in_the_restored_data(own_site, empty_database, tmp_path):
    client = ApiClient.of(make_person("learner"), own_site.start_web().url)
    attempt = client.start(mode="drill", count=1)
    client.save(attempt["id"], 1, None)
    Attempt.objects.filter(pk=attempt["id"]).update(question_count=9)
    backup(own_site, tmp_path / "archive.tar")
    done = restore(own_site, tmp_path / "archive.tar", to=empty_database)
    assert done.returncode == 1
    assert f"{attempt['id']}: has 1 questions and says 9" in done.stdout


def test_backup_never_overwrites_and_says_when_there_is_nothing(own_site, empty_database, tmp_path):
    there = tmp_path / "there.tar"
    there.write_text("precious")
    done = own_site.manage("backup", "--to", there)
    assert done.returncode == 1 and "never overwritten" in done.stderr
    assert there.read_text() == "precious"
    done = own_site.manage("backup", "--to", tmp_path / "new.tar", DATABASE_URL=empty_database)
    assert done.returncode == 1 and "nothing to back up" in done.stderr
    assert not list(tmp_path.glob("new.tar*"))


@pytest.mark.postgresql
def test_without_the_programs_of_postgresql_the_message_says_what_to_install(own_site, tmp_path):
    done = own_site.manage("backup", "--to", tmp_path / "archive.tar", PATH="/nowhere")
    assert done.returncode == 1 and "pg_dump is not on PATH" in done.stderr and "postgresql-client" in done.stderr


@pytest.mark.postgresql
def test_restore_refuses_a_database_in_use(own_site, tmp_path):
    backup(own_site, tmp_path / "archive.tar")
    assert User.objects.count() == 0  # this process is connected again
    done = own_site.manage("restore", tmp_path / "archive.tar", "--replace")
    assert done.returncode == 1 and "1 other connections" in done.stderr


@pytest.mark.sqlite
def test_restore_brings_back_the_key_that_signs_sessions(own_site, empty_database, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    done = own_site.manage("backup", "--to", tmp_path / "archive.tar", DATA_DIR=str(first))
    assert done.returncode == 0, done.stderr
    key = (first / "secret_key").read_text()
    done = own_site.manage("restore", tmp_path / "archive.tar", DATA_DIR=str(second), DATABASE_URL=empty_database)
    assert done.returncode == 0 and "sessions of then go on" in done.stdout
    assert (second / "secret_key").read_text() == key


@pytest.mark.sqlite
def test_a_damaged_sqlite_file_is_not_backed_up_as_if_it_were_whole(own_site, tmp_path):
    path = Path(own_site.database_url.removeprefix("sqlite:///"))
    connection.close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA writable_schema=ON")
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'accounts_team'").fetchone()
        database.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = 'accounts_preferences'", [page])
    done = own_site.manage("backup", "--to", tmp_path / "archive.tar")
    assert done.returncode == 1 and "damaged" in done.stderr
    assert not (tmp_path / "archive.tar").exists()


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_named_with_what_to_do(own_site, tmp_path):
    backup(own_site, tmp_path / "archive.tar")
    garbage = tmp_path / "garbage.sqlite3"
    garbage.write_bytes(b"no database at all " * 1000)
    for words in (("backup", "--to", tmp_path / "new.tar"), ("restore", tmp_path / "archive.tar", "--replace")):
        done = own_site.manage(*words, DATABASE_URL=f"sqlite:///{garbage}")
        assert (done.returncode, "move it away" in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
    garbage.unlink()
    assert restore(own_site, tmp_path / "archive.tar", to=f"sqlite:///{garbage}").returncode == 0


@pytest.mark.sqlite
def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(own_site, tmp_path):
    connection.close()
    small = ["sh", "-c", 'ulimit -f 64; exec "$@"', "sh", *roles.manage("backup", "--to", str(tmp_path / "archive.tar"))]
    done = subprocess.run(small, env=own_site.environment(), cwd=roles.BASE_DIR, capture_output=True, text=True, check=False)
    assert (done.returncode, "No backup was made" in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
    assert list(tmp_path.glob("*archive*")) == []


def test_everything_that_is_kept_is_in_the_database():
    """No model keeps files; where one does, backups must have them too."""
    assert [field for model in apps.get_models() for field in model._meta.get_fields() if isinstance(field, models.FileField)] == []


def test_the_release_is_that_of_the_project():
    import tomllib

    from config.release import VERSION
    from config.roles import BASE_DIR

    assert tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"] == VERSION
