"""Every control can still be run: its patch applies to the tree, and the test that it names is there."""

from __future__ import annotations

import re

import pytest

import tests.faults.running  # noqa: F401 - registers the faults
from tests.controls.patches import ROOT, Control, all_controls, applies, read_control
from tests.faults.matrix import FAULTS


@pytest.mark.parametrize("control", all_controls(), ids=lambda control: control.name)
def test_the_patch_of_a_control_applies_and_its_test_exists(control: Control) -> None:
    assert applies(control) == ""
    if control.fault:
        fault, on, database = control.fault.split()
        assert on == "on" and database in FAULTS[fault].databases
        return
    place, _on, database = control.test.partition(" on ")
    assert database in {"", "postgresql"}
    file, name = place.split("::")
    assert re.search(rf"^def {re.escape(name)}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_a_patch_without_its_head_is_refused(tmp_path) -> None:
    path = tmp_path / "nothing.patch"
    path.write_text("--- a/x\n+++ b/x\n")
    with pytest.raises(ValueError, match="must begin with"):
        read_control(path)


def test_a_patch_names_a_test_or_a_fault_and_not_both(tmp_path) -> None:
    path = tmp_path / "both.patch"
    path.write_text("Guard: none\nTest: tests/x.py::test_x\nFault: F9 on sqlite\n\n--- a/x\n+++ b/x\n")
    with pytest.raises(ValueError, match="must begin with"):
        read_control(path)


def test_a_patch_that_does_not_fit_is_noticed(tmp_path) -> None:
    path = tmp_path / "stale.patch"
    path.write_text(
        "Guard: none\nTest: tests/x.py::test_x\n\n--- a/manage.py\n+++ b/manage.py\n@@ -1,1 +1,1 @@\n-no such line\n+another line\n"
    )
    assert "does not apply" in applies(read_control(path))
