"""Node, for tests of the browser's modules: the one that Playwright brings, so that nothing has to be installed for them."""

from __future__ import annotations

from pathlib import Path

from playwright._impl._driver import compute_driver_executable

from tests.servers.launching import RealPartMissing


def find_node() -> Path:
    """A recent Node, with its own test runner."""
    program = Path(compute_driver_executable()[0])
    if not program.exists():
        raise RealPartMissing("No Node: it comes with the playwright package; install requirements-dev.txt again.")
    return program
