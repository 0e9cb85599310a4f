"""Waiting for something to become true, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 90.0
"""Seconds after which what must happen is called missing. A machine that is busy with other things may need many of them; nobody waits
so long for what happens. It leaves a test, which may last 480 s (pyproject.toml), the time to say what did not."""

AT_A_PAGE = 40.0
"""The same for what a page is to show: a little more than the half minute for which the player rests at most before it tries again."""


def wait_until(condition: Callable[[], T], *, seconds: float = PATIENCE, every: float = 0.05, what: str = "") -> T:
    """Call `condition` until it answers something true and return that; AssertionError when the time is over."""
    end = time.monotonic() + seconds
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what or condition.__name__}")
        time.sleep(every)
