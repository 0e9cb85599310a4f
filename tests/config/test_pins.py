"""Pins: every package that is installed has its version fixed in exactly one file."""

from __future__ import annotations

import re

from config.pins import constraints, normal, pinned_by_hand
from config.roles import BASE_DIR


def test_every_requirement_is_an_exact_pin_with_its_reason():
    for file in BASE_DIR.glob("requirements*.txt"):
        for line in file.read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert re.match(r"\S+==\S+(; [^#]+)?\s+# \w", line), f"{file.name}: {line}"


def test_constraints_hold_what_requirements_do_not_name():
    text = constraints({"Django": "1", "amqp": "2", "pip": "3", "Jinja_2": "4"})
    assert text.splitlines()[1:] == ["amqp==2", "Jinja_2==4"]


def test_constraints_and_requirements_do_not_overlap():
    held = {normal(line.split("==")[0]) for line in (BASE_DIR / "constraints.txt").read_text().splitlines() if "==" in line}
    assert not held & pinned_by_hand()
    assert {"kombu", "psycopg-binary", "sqlparse"} <= held
