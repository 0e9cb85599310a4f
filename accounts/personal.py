"""What is kept about people: one line for each model that leads to a person, what an export has of it, what erasing does to it.

Each app states its own in `privacy.py`, which is found by its name at the start. A test holds that no model with a way to a person
is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.apps import apps

from accounts.models import User

Row = dict[str, Any]


class Fate(Enum):
    """What becomes of a row when the person's account is erased."""

    ERASED = "erased with the account"
    UNNAMED = "kept, and points to nobody"


@dataclass(frozen=True)
class Personal:
    """The rows of a model that belong to a person, or say that they did something.

    `path` leads from a row to the person (`attempt__user`). `fields` go into the export, in the file `name`; `rows` gives them where
    plain fields would mean nothing to the reader. Neither: the rows are no more than a mark on something that is not the person's.
    """

    model: str
    path: str
    fate: Fate
    name: str = ""
    fields: tuple[str, ...] = ()
    rows: Callable[[User], Iterator[Row]] | None = None

    def exported(self, user: User) -> Iterator[Row]:
        """The person's rows as an export shows them, oldest first."""
        if self.rows is not None:
            yield from self.rows(user)
        elif self.fields:
            model = apps.get_model(self.model)
            yield from model._default_manager.filter(**{self.path: user}).order_by("pk").values(*self.fields).iterator(chunk_size=1000)


_registry: dict[tuple[str, str], Personal] = {}


def register(*entries: Personal) -> None:
    """State what an app keeps about people. Raises ValueError for a line said twice."""
    for entry in entries:
        key = (entry.model, entry.path)
        if key in _registry and _registry[key] != entry:
            raise ValueError(f"{entry.model} by {entry.path} is stated twice")
        _registry[key] = entry


def everything() -> list[Personal]:
    """All that is kept about people, in the order of apps and models."""
    return list(_registry.values())
