"""`python -m tests.controls [name …]`: take each guard out in a copy of the tree and see its test (or its fault) fail.

A control that passes without its guard proves nothing, and ends this with status 1; so does one that fails for another reason
than a failing test (a patch that does not apply, an import that breaks).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.controls.patches import Control, all_controls, copy_without_guard

TESTS_FAILED = 1
PATIENCE = 600


def runs_as_expected(control: Control) -> bool:
    """Whether the named test fails without the guard; prints one line, and the end of the output when it does not."""
    with tempfile.TemporaryDirectory(prefix="studyloop-control-") as directory:
        copy = Path(directory) / "tree"
        copy_without_guard(control, copy)
        environment = {name: value for name, value in os.environ.items() if name not in {"DATA_DIR", "PYTHONPATH"}}
        done = subprocess.run(command(control), cwd=copy, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    failed = done.returncode == TESTS_FAILED and ("\nBROKEN F" if control.fault else "FAILED") in done.stdout
    print(f"{'fails as it should' if failed else 'DOES NOT FAIL'}  {control.name}: {control.guard}", flush=True)
    if not failed:
        print(done.stdout[-3000:], done.stderr[-1000:], sep="\n")
    return failed


def command(control: Control) -> list[str]:
    """What must fail without the guard."""
    if not control.fault:
        test, _on, database = control.test.partition(" on ")
        return [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test, "--db", database or "sqlite"]
    fault, _on, database = control.fault.split()
    return [sys.executable, "-m", "tests.faults", fault, "--database", database, "--size", "small"]


def main(names: list[str]) -> int:
    """Run the controls named, or all."""
    chosen = [control for control in all_controls() if not names or control.name in names]
    if not chosen or len(chosen) < len(names):
        print(f"There are these controls: {', '.join(control.name for control in all_controls())}", file=sys.stderr)
        return 2
    outcomes = [runs_as_expected(control) for control in chosen]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
