"""The packed records of an attempt's evidence: one fixed-width record a question, read and written by numpy.

Little-endian, one byte alignment. `weight` counts quarters: 4 a first answer, 1 a repeat, 0 no evidence. `chosen` has bit i set
where the option in place i (as written) was chosen, for questions of chosen options. `probability` and `ability` are what was
believed before the answer; `uncertainty` is the standard error of the question's difficulty then, in hundredths. Flags are the
bits below.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RECORD = np.dtype(
    [
        ("position", "<u2"),
        ("question", "<u4"),
        ("version", "<u4"),
        ("flags", "u1"),
        ("weight", "u1"),
        ("probability", "<f4"),
        ("ability", "<f4"),
        ("uncertainty", "u1"),
        ("seconds", "<u2"),
        ("chosen", "<u2"),
    ]
)
RIGHT, FIRST, RAPID, ANSWERED, VOIDED, SCORED = 1, 2, 4, 8, 16, 32
LONGEST = 65_535
WIDEST = 255
QUARTERS = 4

Records = NDArray[np.void]


def read(data: bytes) -> Records:
    """The records of one attempt, or of several joined. Raises ValueError for bytes of another width."""
    return np.frombuffer(data, dtype=RECORD)


def write(records: Records) -> bytes:
    return records.astype(RECORD, copy=False).tobytes()


def has(records: Records, flag: int) -> NDArray[np.bool_]:
    """Which records carry a flag."""
    return (records["flags"] & flag) != 0


def with_outcomes(records: Records, right: dict[int, bool], voided: dict[int, bool]) -> Records:
    """A copy with outcomes, by position, after a recall. Predictions and weights stay, but a voided question weighs nothing."""
    copy = records.copy()
    for record in copy:
        position = int(record["position"])
        if position not in right:
            continue
        flags = int(record["flags"]) & ~(RIGHT | VOIDED)
        record["flags"] = flags | (RIGHT if right[position] else 0) | (VOIDED if voided[position] else 0)
    return copy
