"""Migrations expand: what one release adds, the release before can live with. What contracts says so, a release later."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from config import roles
from quizzes.models import Response
from tests.servers.waiting import PATIENCE, wait_until

OURS = ("config", "pages", "analytics", "quizzes", "lifecycle", "accounts")
# Python and SQL cannot be judged by looking at their kind: a person has read these.
READ = frozenset({"lifecycle.0003_search_index"})
HARMLESS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)
CONTRACTING = (migrations.RemoveField, migrations.DeleteModel, migrations.RemoveConstraint)


def breaches(migration: Migration, state: ProjectState) -> list[str]:
    """What in a migration the release before it could not live with; `state` is the models before it.

    A migration that contracts has `contracts = "…"`: since which release no code uses what goes.
    """
    name = f"{migration.app_label}.{migration.name}"
    if migration.initial or name in READ:
        return []
    contracts = bool(getattr(migration, "contracts", ""))
    found = []
    fresh: set[str] = set()  # tables that nobody uses yet: anything may be done to them
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            fresh.add(operation.name_lower)
        if getattr(operation, "model_name", "").lower() in fresh:
            operation.state_forwards(migration.app_label, state)
            continue
        found += [f"{name}: {operation.describe()}: {why}" for why in _wrong_in(operation, migration.app_label, state, contracts)]
        operation.state_forwards(migration.app_label, state)
    return found


def _wrong_in(operation: Operation, app: str, state: ProjectState, contracts: bool) -> list[str]:
    match operation:
        case migrations.AddField(field=field):
            fits = field.many_to_many or field.null or field.has_db_default()
            return [] if fits else ["the release before writes rows without it: make it nullable or give it a db_default"]
        case migrations.AlterField(model_name=model, name=name, field=field):
            before = state.models[app, model.lower()].get_field(name)
            return [] if _same_column(before, field) else ["changes a column that the release before uses: add a new one beside it"]
        case migrations.SeparateDatabaseAndState(database_operations=inner, state_operations=told):
            wrong = [why for step in inner for why in _wrong_in(step, app, state, contracts)]
            for step in told:
                if isinstance(step, migrations.RemoveField):
                    field = state.models[app, step.model_name.lower()].get_field(step.name)
                    wrong += [] if field.null or field.has_db_default() else ["new code writes rows without it, and it takes no null"]
            return wrong
        case _ if isinstance(operation, HARMLESS):
            return []
        case _ if isinstance(operation, CONTRACTING) and contracts:
            return []
        case _:
            return ["contracts, renames, or cannot be judged: do it a release after the code, and say `contracts`"]


def _same_column(before: models.Field, after: models.Field) -> bool:
    """Whether only what Django knows changes: choices, words, defaults of the code. A longer column is none that breaks."""
    known = {
        "choices",
        "verbose_name",
        "help_text",
        "default",
        "validators",
        "blank",
        "editable",
        "related_name",
        "max_length",
        "db_default",
    }
    (_n, kind, _a, was), (_m, other, _b, becomes) = before.deconstruct(), after.deconstruct()
    keep = lambda said: {key: value for key, value in said.items() if key not in known}  # noqa: E731
    shorter = (after.max_length or 0) < (before.max_length or 0)
    return kind == other and keep(was) == keep(becomes) and not shorter


def all_ours() -> list[tuple[str, str]]:
    return sorted(key for key in MigrationLoader(None).disk_migrations if key[0] in OURS)


@pytest.mark.parametrize("key", all_ours(), ids=".".join)
def test_the_release_before_can_live_with_every_migration(key):
    loader = MigrationLoader(None)
    assert breaches(loader.disk_migrations[key], loader.project_state(key, at_end=False)) == []


def test_our_apps_are_all_looked_at():
    # Directly below: a virtual environment may lie in the tree as well.
    own = {config.label for config in apps.get_app_configs() if Path(config.path).parent == roles.BASE_DIR}
    assert own - {"pages"} <= set(OURS)
    assert len(all_ours()) >= 12


def made(operation: Operation, **facts: object) -> Migration:
    migration = Migration("9999_planted", "quizzes")
    migration.initial, migration.operations = False, [operation]
    for name, value in facts.items():
        setattr(migration, name, value)
    return migration


PLANTED = [
    migrations.RemoveField("response", "flagged"),
    migrations.DeleteModel("ProblemReport"),
    migrations.RenameField("response", "flagged", "marked"),
    migrations.RenameModel("Response", "Answer"),
    migrations.AddField("response", "room", models.IntegerField(default=0)),
    migrations.AddField("response", "room", models.IntegerField()),
    migrations.AlterField("response", "flagged", models.CharField(max_length=5)),
    migrations.AlterField("attempt", "title", models.CharField(max_length=20)),
    migrations.AlterField("response", "confidence", models.PositiveSmallIntegerField()),
    migrations.AddConstraint("response", models.CheckConstraint(condition=models.Q(seconds__lt=9), name="planted")),
    migrations.AlterModelTable("response", "elsewhere"),
    migrations.RunSQL("DROP TABLE quizzes_response"),
    migrations.RunPython(print),
    migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("response", "flagged")]),
    migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("response", "flagged")]),
]
FINE = [
    migrations.AddField("response", "room", models.IntegerField(null=True)),
    migrations.AddField("response", "room", models.IntegerField(default=0, db_default=0)),
    migrations.AlterField("attempt", "title", models.CharField("a title", max_length=300)),
    migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("response", "confidence")]),
]


@pytest.mark.parametrize("operation", PLANTED, ids=lambda operation: operation.describe())
def test_what_would_break_the_release_before_is_found(operation):
    assert len(breaches(made(operation), MigrationLoader(None).project_state())) == 1


@pytest.mark.parametrize("operation", FINE, ids=lambda operation: operation.describe())
def test_what_only_adds_is_not_complained_of(operation):
    assert breaches(made(operation), MigrationLoader(None).project_state()) == []


def test_what_contracts_and_says_so_may():
    removal = migrations.RemoveField("response", "flagged")
    assert breaches(made(removal, contracts="no code reads it since 0.2"), MigrationLoader(None).project_state()) == []


@pytest.mark.postgresql
@pytest.mark.worker
def test_a_table_in_use_holds_a_migration_up_and_nobody_behind_it(own_site):
    """A reader holds the table; the change of it gives up after two seconds, so that a save gets through, and is made at last."""
    assert own_site.manage("migrate", "quizzes", "0003").returncode == 0
    ended = []
    with transaction.atomic():
        Response.objects.defer("history").count()  # holds ACCESS SHARE until the end
        migrating = threading.Thread(target=lambda: ended.append(own_site.manage("migrate", "quizzes", "0004")))
        migrating.start()
        _wait_until_somebody_waits_for_a_lock()
        _wait_until_nobody_does()
        assert migrating.is_alive()
    migrating.join(PATIENCE)
    [done] = ended
    assert done.returncode == 0, done.stderr
    assert "A table is in use for longer than 2 s; try 1 of" in done.stderr
    assert Response.objects.count() == 0


def _waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE NOT granted AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def _wait_until_somebody_waits_for_a_lock() -> None:
    wait_until(_waiting, what="the migration waits")


def _wait_until_nobody_does() -> None:
    wait_until(lambda: not _waiting(), what="the migration lets go")
