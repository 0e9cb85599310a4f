"""Reading the patches, and applying one to a copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LEFT_OUT = (".git", ".venv", "data", "build", "node_modules", "__pycache__", "*.pyc", ".*_cache", ".hypothesis")


@dataclass(frozen=True)
class Control:
    """A patch: its file, the guard it takes out, and what must fail then: a test, or a fault of tests/faults on one database.

    A test runs on SQLite unless its name goes on with ` on postgresql`.
    """

    path: Path
    guard: str
    test: str
    fault: str = ""

    @property
    def name(self) -> str:
        return self.path.stem


def read_control(path: Path) -> Control:
    """A patch's head; ValueError when it does not say what it is for."""
    head = dict(line.split(": ", 1) for line in path.read_text().split("\n--- ", 1)[0].splitlines() if ": " in line)
    if "Guard" not in head or ("Test" in head) == ("Fault" in head):
        raise ValueError(f"{path.name} must begin with the lines 'Guard: …' and either 'Test: …' or 'Fault: F9 on postgresql'")
    return Control(path, head["Guard"], head.get("Test", ""), head.get("Fault", ""))


def all_controls() -> list[Control]:
    """Every patch, by name."""
    return [read_control(path) for path in sorted(HERE.glob("*.patch"))]


def applies(control: Control, tree: Path = ROOT) -> str:
    """Why a patch does not apply to a tree; empty when it does."""
    done = _apply(control, tree, "--check")
    return "" if done.returncode == 0 else f"{control.path.name} does not apply:\n{done.stderr}"


def copy_without_guard(control: Control, copy: Path) -> None:
    """A copy of the tree as it stands, with the guard taken out; ValueError when the patch does not apply."""
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    done = _apply(control, copy)
    if done.returncode:
        raise ValueError(f"{control.path.name} does not apply:\n{done.stderr}")


def _apply(control: Control, tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = ["git", "apply", *options, str(control.path.resolve())]
    return subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False)
