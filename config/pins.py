"""Write constraints.txt: what the pinned packages pull in, at the versions installed here. `make pins` runs it.

python -m config.pins
"""

from __future__ import annotations

import re
from importlib.metadata import distributions

from config.roles import BASE_DIR

PINNED = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==")
TOOLS = frozenset({"pip", "setuptools", "wheel"})
HEAD = "# What the pinned packages pull in, at the versions tried together. Made by: make pins\n"


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned_by_hand() -> set[str]:
    """The packages that a requirements file names itself."""
    return {normal(match[1]) for file in BASE_DIR.glob("requirements*.txt") for match in PINNED.finditer(file.read_text())}


def constraints(installed: dict[str, str]) -> str:
    """The file's text for these names and versions."""
    left_out = pinned_by_hand() | TOOLS
    lines = [
        f"{name}=={version}\n"
        for name, version in sorted(installed.items(), key=lambda item: item[0].lower())
        if normal(name) not in left_out
    ]
    return HEAD + "".join(lines)


if __name__ == "__main__":
    (BASE_DIR / "constraints.txt").write_text(constraints({found.name: found.version for found in distributions()}))
