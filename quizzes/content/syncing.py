"""Bringing rows in line with records: made where they are missing, changed where the record says something else, left where edited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

BATCH = 200


@dataclass
class Synced:
    """What became of the rows of one model. `changed` holds the made and changed ones with their records."""

    rows: dict[Any, Any] = field(default_factory=dict)
    changed: list[tuple[Any, Any]] = field(default_factory=list)
    made: int = 0
    updated: int = 0
    edited: list[str] = field(default_factory=list)
    gone: list[Any] = field(default_factory=list)


def sync_loaded(
    model: Any,
    existing: Iterable[Any],
    records: Sequence[Any],
    *,
    row_key: Callable[[Any], Any],
    record_key: Callable[[Any], Any],
    values: Callable[[Any], dict[str, Any]],
    salt: str = "",
) -> Synced:
    """Sync the rows of a model that carry `content_digest` and `edited_at`.

    `values` gives the fields of a record; `salt` stands for whatever else decides them. Rows that a person edited are left and
    listed; rows without a record come back as `gone`, for the caller to decide.
    """
    synced, made, changed = Synced(), [], []
    rows = {row_key(row): row for row in existing}
    names: set[str] = {"content_digest"}
    for record in records:
        key, digest = record_key(record), f"{record.digest()[:56]}{salt[:8]}"
        row = rows.pop(key, None)
        if row is not None and (row.edited_at or row.content_digest == digest):
            synced.rows[key] = row
            continue
        fields = {**values(record), "content_digest": digest}
        names |= fields.keys()
        if row is None:
            row = model(**fields)
            made.append(row)
        else:
            for name, value in fields.items():
                setattr(row, name, value)
            changed.append(row)
        synced.rows[key] = row
        synced.changed.append((row, record))
    model.objects.bulk_create(made, batch_size=BATCH)
    if changed:
        model.objects.bulk_update(changed, sorted(names), batch_size=BATCH)
    synced.made, synced.updated = len(made), len(changed)
    synced.edited = sorted(str(key) for key, row in {**synced.rows, **rows}.items() if row.edited_at)
    synced.gone = [row for row in rows.values() if not row.edited_at]
    return synced


def sync_parts(model: Any, existing: Iterable[Any], wanted: dict[Any, dict[str, Any]], *, row_key: Callable[[Any], Any]) -> dict[Any, Any]:
    """Sync rows that belong to a bigger entry and have no digest of their own; rows that are not wanted are deleted."""
    rows = {row_key(row): row for row in existing}
    made, changed, kept = [], [], {}
    for key, fields in wanted.items():
        row = rows.pop(key, None)
        if row is None:
            row = model(**fields)
            made.append(row)
        elif any(getattr(row, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(row, name, value)
            changed.append(row)
        kept[key] = row
    model.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
    model.objects.bulk_create(made, batch_size=BATCH)
    if changed:
        names = sorted({name for fields in wanted.values() for name in fields})
        model.objects.bulk_update(changed, names, batch_size=BATCH)
    return kept


def set_links(through: Any, owner: str, target: str, wanted: dict[int, list[int]]) -> None:
    """Write the many-to-many links of some owners: {owner id: target ids}, replacing what they had."""
    through.objects.filter(**{f"{owner}_id__in": list(wanted)}).delete()
    links = [through(**{f"{owner}_id": pk, f"{target}_id": other}) for pk, others in wanted.items() for other in dict.fromkeys(others)]
    through.objects.bulk_create(links, batch_size=500)
