"""Ports of the loopback for the servers of tests, each given to one process alone."""

from __future__ import annotations

import os
import random
import socket
from collections import deque

from config.processes import port_is_free
from tests.servers.launching import RealPartMissing

CHOICE = range(20_000, 32_000)
"""Below those that systems deal to outgoing connections and to whoever binds to port 0 (Linux from 32768, others from 49152)."""
KEPT = 200

_kept: deque[int] = deque()


def spare_port() -> int:
    """A port that nobody listens on, and that no run of tests beside this one is given before this process ends.

    A port dealt by the kernel is free again as soon as it is known: until the server for which it was asked listens there, a second
    or ten later, another run or any outgoing connection may have got it. So the number is kept by a UDP socket, which is in no
    server's way. The last `KEPT` ones are; RealPartMissing when no port is left.
    """
    for port in random.SystemRandom().sample(CHOICE, len(CHOICE)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as token:
            try:
                token.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port_is_free("127.0.0.1", port):
                _kept.append(token.detach())
                break
    else:
        raise RealPartMissing(f"None of {len(CHOICE)} ports of the loopback is free.")
    if len(_kept) > KEPT:
        os.close(_kept.popleft())
    return port
