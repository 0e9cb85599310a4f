"""Computing without end is ended; waiting is not computing."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from quizzes.domain.limits import TookTooLong, processor_time_limit


def compute(seconds):
    """Keep the processor busy for so long."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_computing_too_long_raises():
    with pytest.raises(TookTooLong), processor_time_limit(0.05):
        compute(30)


def test_waiting_does_not_count():
    with processor_time_limit(0.2):
        time.sleep(0.5)


def test_nothing_is_left_behind():
    before = signal.getsignal(signal.SIGVTALRM)
    with processor_time_limit(0.05):
        pass
    compute(0.1)
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_another_thread_is_left_alone():
    done = []

    def work():
        with processor_time_limit(0.05):
            compute(0.1)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
