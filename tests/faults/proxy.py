"""A TCP proxy that can be told to misbehave: refuse, black-hole, reset, delay, or cut a reply short."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BLOCK = 65536


@dataclass(frozen=True)
class Target:
    """Where connections go on to: a port of the loopback, or a unix socket."""

    port: int = 0
    path: Path | None = None

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.path is not None:
            return await asyncio.open_unix_connection(str(self.path))
        return await asyncio.open_connection("127.0.0.1", self.port)


class Proxy:
    """Listens on a spare port of the loopback, in a thread of its own, and passes everything on until it is told otherwise.

    `refuse` closes the port, `blackhole` lets nothing through in either direction while connections stay open, `reset` breaks
    what is connected, `delay` holds back each block towards the server, `cut` breaks a connection after so many bytes of reply.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.port = 0
        self.connections = 0  # accepted so far
        self._seconds = 0.0
        self._cut_after: int | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()

    def start(self) -> Proxy:
        """Listen."""
        self._thread.start()
        self._do(self._listen())
        self._call(self._flowing.set)
        return self

    def stop(self) -> None:
        """Break every connection, close the port and end the thread."""
        if not self._thread.is_alive():
            return
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def pass_on(self) -> None:
        """Be an honest proxy again; what was held back goes on its way."""
        self._seconds, self._cut_after = 0.0, None
        self._call(self._flowing.set)
        self._do(self._listen())

    def refuse(self) -> None:
        """Close the port and break what is connected: nobody listens there."""
        self._do(self._close())

    def blackhole(self) -> None:
        """Accept connections and swallow what they say, answering nothing; those that exist go silent, too."""
        self._call(self._flowing.clear)

    def reset(self) -> None:
        """Break every connection with a reset; new ones are served."""
        self._call(self._break_all)

    def delay(self, seconds: float) -> None:
        """Hold each block that goes to the server back for so long: about one round trip, hence one statement."""
        self._seconds = seconds

    def cut(self, after: int) -> None:
        """Break every connection once so many bytes of its replies have passed; 0 loses replies whole."""
        self._cut_after = after

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _call(self, work: Callable[[], None]) -> None:
        async def in_the_loop() -> None:
            work()

        self._do(in_the_loop())

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._break_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _break_all(self) -> None:
        for writer in list(self._writers):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._flowing.wait()
            there, back = await self.target.connect()
        except (OSError, asyncio.CancelledError):
            self._forget(writer)
            self._tasks.discard(task)
            return
        self._writers.add(back)
        pumps = [asyncio.ensure_future(self._to_server(reader, back)), asyncio.ensure_future(self._to_client(there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._forget(writer)
            self._forget(back)
            self._tasks.discard(task)

    async def _to_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while block := await reader.read(BLOCK):
                await self._flowing.wait()
                if self._seconds:
                    await asyncio.sleep(self._seconds)
                writer.write(block)
                await writer.drain()

    async def _to_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while block := await reader.read(BLOCK):
                await self._flowing.wait()
                left = None if self._cut_after is None else max(0, self._cut_after - passed)
                writer.write(block[:left])
                await writer.drain()
                passed += len(block)
                if left is not None and left < len(block):
                    _reset(writer)
                    return

    def _forget(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of a polite end."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0 and raw.family == socket.AF_INET:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
