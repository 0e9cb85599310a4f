"""Algebra runs on one thread, unless the environment says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("given", "expected"), [(None, "1"), ("4", "4")])
@pytest.mark.parametrize("module", ["config", "bench.worlds", "config.celery"])
def test_numpy_finds_the_number_of_threads_set(module, given, expected):
    """Seen from a process of its own, at the moment in which numpy is imported."""
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    if given:
        environment["OPENBLAS_NUM_THREADS"] = given
    watch = (
        "import os, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'numpy': print(os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        f"sys.meta_path.insert(0, Watch())\nimport {module}\nimport numpy\n"
    )
    done = subprocess.run([sys.executable, "-c", watch], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [expected]
