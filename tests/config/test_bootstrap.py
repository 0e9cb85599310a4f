"""The first step from a clean clone: which Python will do, and when there is nothing to install."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from config import bootstrap


def test_python_that_is_too_old_says_what_to_do(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later"):
        bootstrap.check_python()


def test_python_without_ensurepip_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "missing")
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name))
    with pytest.raises(SystemExit, match=f"apt-get install python3.{sys.version_info.minor}-venv"):
        bootstrap.check_python()


@pytest.mark.parametrize(
    ("installed", "asked", "expected"),
    [({}, "run", 2), ({"run": True}, "run", 0), ({"dev": True}, "run", 0), ({"run": True}, "dev", 2), ({"run": False}, "run", 2)],
)
def test_install_is_skipped_while_the_pins_are_the_same(monkeypatch, tmp_path, installed, asked, expected):
    calls = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "pip", lambda *words, **_: calls.append(words) or 0)
    for kind, same in installed.items():
        (tmp_path / f".installed-{kind}").write_text(bootstrap.fingerprint(kind) if same else "older pins")
    bootstrap.install(asked)
    assert len(calls) == expected
    bootstrap.install(asked)
    assert len(calls) == expected


def test_install_goes_on_without_a_broker_for_this_machine(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "pip", lambda *_, quiet=False: int(quiet))
    bootstrap.install("run")
    assert "grading will go by the sweep" in capsys.readouterr().out
    assert (tmp_path / ".installed-run").exists()


def test_bootstrap_imports_the_standard_library_alone():
    code = (
        "import sys; sys.path.insert(0, 'config'); import bootstrap; "
        "print(sorted(name for name in sys.modules if name.split('.')[0] in {'django', 'config', 'celery'}))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=bootstrap.BASE_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
