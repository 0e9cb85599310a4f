"""The list of faults: each a function of a scene, registered under its number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.scene import Scene

POSTGRESQL = ("postgresql",)
BOTH = ("postgresql", "sqlite")
GIVEN_UP = threading.Event()
"""The run is being stopped: nobody tries again."""


@dataclass(frozen=True)
class Fault:
    """One way in which things go wrong, and the promise that is kept then (the function's docstring)."""

    name: str
    title: str
    databases: tuple[str, ...]
    act: Callable[[Scene], None]
    alone: bool = False  # times are held against bounds: nothing else may run on the machine's processors

    @property
    def number(self) -> int:
        """Its place in the table."""
        return int("".join(filter(str.isdigit, self.name)))

    @property
    def promise(self) -> str:
        """What is promised, in one paragraph."""
        return " ".join((self.act.__doc__ or "").split())


FAULTS: dict[str, Fault] = {}


def fault(
    name: str, title: str, *, on: tuple[str, ...] = POSTGRESQL, alone: bool = False
) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Register a function of a scene as a fault."""

    def register(act: Callable[[Scene], None]) -> Callable[[Scene], None]:
        assert name not in FAULTS, f"{name} is registered twice"
        FAULTS[name] = Fault(name, title, on, act, alone)
        return act

    return register


@dataclass
class Outcome:
    """What one fault with one seed did."""

    fault: str
    database: str
    seed: int
    acknowledged: int = 0
    lost: int = 0
    submitted: int = 0
    grades: int = 0
    duplicates: int = 0
    graded_after: float = 0.0
    graded_bound: float = 0.0
    measures: list[tuple[str, float, float, str]] = field(default_factory=list)  # what, measured, bound, unit
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)  # bounds in seconds that were missed
    not_run: str = ""  # why the machine could not do it to the processes; nothing is claimed then
    took: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return not self.broken and not self.slow

    @property
    def only_slow(self) -> bool:
        """Whether nothing but bounds in seconds was missed, which a machine that is busy with other things may do."""
        return bool(self.slow) and not self.broken
