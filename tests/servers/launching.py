"""What the launchers of real servers share: a process with a log file, and an error that says what is missing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.processes import end, spawn
from tests.servers.waiting import PATIENCE, wait_until


class RealPartMissing(Exception):
    """A server or browser that the tests need is neither here nor can be installed; the message says what to install."""


@dataclass
class Launched:
    """A running process and the file its output goes to."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(
        cls, argv: Sequence[str | Path], *, env: Mapping[str, str], log: Path, cwd: Path | None = None, **options: object
    ) -> Launched:
        """Start it; stdout and stderr are added to the log."""
        with log.open("ab") as file:
            return cls(spawn(argv, env=env, cwd=cwd, stdout=file, stderr=subprocess.STDOUT, **options), log)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def wait_for(self, condition: Callable[[], object], *, seconds: float = PATIENCE, what: str) -> None:
        """Wait for a condition; an AssertionError carries the end of the log when it does not come or the process ends."""

        def condition_or_death() -> bool:
            if not self.running:
                raise AssertionError(f"{what}: the process ended with {self.process.returncode}\n{self.tail()}")
            return bool(condition())

        try:
            wait_until(condition_or_death, seconds=seconds, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from None

    def tail(self, lines: int = 40) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def stop(self, grace: float = 10) -> None:
        """End it and its group."""
        end(self.process, grace=grace)
