"""The full-text index of the search rows, kept by the database itself.

PostgreSQL: a generated tsvector column with a GIN index. SQLite: an FTS5 table over the rows, fed by triggers. Words are indexed as
they stand, without stems and stop words, so that a word half typed finds the same on both. A later migration that makes SQLite rebuild `lifecycle_searchentry` has to make the triggers again.
"""

from django.db import migrations

POSTGRESQL = [
    """
    ALTER TABLE lifecycle_searchentry ADD COLUMN document tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', also), 'B')
        || setweight(to_tsvector('simple', summary), 'C') || setweight(to_tsvector('simple', body), 'D')
    ) STORED
    """,
    "CREATE INDEX lifecycle_searchentry_document ON lifecycle_searchentry USING gin (document)",
]
POSTGRESQL_BACK = ["ALTER TABLE lifecycle_searchentry DROP COLUMN document"]

COLUMNS = "title, also, summary, body"
OLD = "old.title, old.also, old.summary, old.body"
NEW = "new.title, new.also, new.summary, new.body"
ADD = f"INSERT INTO lifecycle_search (rowid, {COLUMNS}) VALUES (new.id, {NEW});"
DROP = f"INSERT INTO lifecycle_search (lifecycle_search, rowid, {COLUMNS}) VALUES ('delete', old.id, {OLD});"
SQLITE = [
    f"""
    CREATE VIRTUAL TABLE lifecycle_search USING fts5(
        {COLUMNS}, content='lifecycle_searchentry', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
    )
    """,
    "INSERT INTO lifecycle_search (lifecycle_search) VALUES ('rebuild')",
    f"CREATE TRIGGER lifecycle_search_added AFTER INSERT ON lifecycle_searchentry BEGIN {ADD} END",
    f"CREATE TRIGGER lifecycle_search_removed AFTER DELETE ON lifecycle_searchentry BEGIN {DROP} END",
    f"CREATE TRIGGER lifecycle_search_changed AFTER UPDATE ON lifecycle_searchentry BEGIN {DROP} {ADD} END",
]
SQLITE_BACK = [
    "DROP TRIGGER lifecycle_search_added",
    "DROP TRIGGER lifecycle_search_removed",
    "DROP TRIGGER lifecycle_search_changed",
    "DROP TABLE lifecycle_search",
]


def add_index(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def remove_index(apps, schema_editor):
    for statement in POSTGRESQL_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0002_figures_and_search")]

    operations = [migrations.RunPython(add_index, remove_index)]
