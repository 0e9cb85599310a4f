"""Waiting for something to become true, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, seconds: float = 15, every: float = 0.05, what: str = "") -> T:
    """Call `condition` until it answers something true and return that; AssertionError when the time is over."""
    end = time.monotonic() + seconds
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what or condition.__name__}")
        time.sleep(every)
