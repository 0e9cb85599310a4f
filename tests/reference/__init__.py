"""Published data and values that the code is held to. README.md names the source of each."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="") as file:
        return list(csv.DictReader(file))


def table(name: str) -> np.ndarray:
    """The numbers of a CSV file below its heading."""
    with (HERE / name).open(newline="") as file:
        return np.array(list(csv.reader(file))[1:], dtype=float)


def document(name: str) -> Any:
    return json.loads((HERE / name).read_text())
