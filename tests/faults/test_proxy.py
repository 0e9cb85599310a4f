"""The proxy does each of the things that the faults ask of it, to a real server behind it."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time

import pytest

from tests.faults.proxy import Proxy, Target
from tests.servers.waiting import PATIENCE


class Echo(socketserver.BaseRequestHandler):
    """Says back what it hears."""

    def handle(self):
        with contextlib.suppress(OSError):
            while block := self.request.recv(1000):
                self.request.sendall(block)


class Echoes(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture
def proxy():
    """A proxy before a server that echoes."""
    with Echoes(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = Proxy(Target(port=server.server_address[1])).start()
        yield made
        made.stop()
        server.shutdown()


def connected(proxy, timeout=PATIENCE):
    """A connection through the proxy."""
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=timeout)


def said_back(connection, words=b"words"):
    """What comes back."""
    connection.sendall(words)
    return connection.recv(1000)


def test_an_honest_proxy_passes_on(proxy):
    with connected(proxy) as connection:
        assert said_back(connection) == b"words"


def test_a_refusing_proxy_breaks_what_is_there_and_listens_no_more_until_it_passes_on(proxy):
    with connected(proxy) as connection:
        assert said_back(connection) == b"words"
        proxy.refuse()
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.pass_on()
    with connected(proxy) as connection:
        assert said_back(connection) == b"words"


def test_a_black_hole_accepts_and_says_nothing_and_lets_all_through_afterwards(proxy):
    with connected(proxy) as old:
        assert said_back(old) == b"words"
        proxy.blackhole()
        with connected(proxy) as new:
            for connection in (old, new):
                connection.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    said_back(connection, b"held")
                connection.settimeout(PATIENCE)
            proxy.pass_on()
            for connection in (old, new):
                assert connection.recv(1000) == b"held"


def test_a_reset_breaks_connections_and_serves_new_ones(proxy):
    with connected(proxy) as connection:
        assert said_back(connection) == b"words"
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)
    with connected(proxy) as connection:
        assert said_back(connection) == b"words"


def test_a_delay_holds_each_block_back(proxy):
    proxy.delay(0.3)
    with connected(proxy) as connection:
        began = time.monotonic()
        for _block in range(2):
            assert said_back(connection) == b"words"
        assert time.monotonic() - began >= 0.6


def test_a_cut_lets_so_many_bytes_of_the_reply_through(proxy):
    proxy.cut(3)
    with connected(proxy) as connection:
        connection.sendall(b"words")
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while block := connection.recv(1000):
                heard += block
    assert heard in {b"wor", b""}  # a reset may overtake what it follows
    proxy.cut(0)
    with connected(proxy) as connection:
        connection.sendall(b"words")
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1000) == b""


def test_a_unix_socket_can_stand_behind_it(redis_server):
    proxy = Proxy(Target(path=redis_server.socket)).start()
    with connected(proxy) as connection:
        assert said_back(connection, b"PING\r\n") == b"+PONG\r\n"
    proxy.stop()
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
