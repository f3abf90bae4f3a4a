"""A relay between two parties whose network can be bad."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
REQUEST, REPLY = "request", "reply"
CHUNK = 65536


class Relay:
    """Passes bytes on both ways until it is made to do otherwise.

    Parameters
    ----------
    connect
        Opens the connection to the server.

    Attributes
    ----------
    cut
        Asked for each chunk with its way and its bytes. Where it says yes, half of the chunk is passed on and
        both connections are reset.
    delay
        Seconds by which every chunk is delayed.
    cuts
        How many connections were reset.
    """

    def __init__(self, connect: Callable[[], Awaitable[Streams]]) -> None:
        self._connect = connect
        self._open: set[asyncio.StreamWriter] = set()
        self.cut: Callable[[str, bytes], bool] | None = None
        self.delay = 0.0
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Look after one connection; give this to `asyncio.start_server`."""
        try:
            above = await self._connect()
        except OSError:
            reset(writer)
            return
        both = {writer, above[1]}
        self._open |= both
        try:
            await asyncio.gather(
                self._pass_on(REQUEST, reader, above[1], both), self._pass_on(REPLY, above[0], writer, both)
            )
        except OSError:
            for each in both:
                reset(each)
        finally:
            self._open -= both

    async def _pass_on(
        self,
        way: str,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        both: set[asyncio.StreamWriter],
    ) -> None:
        while data := await source.read(CHUNK):
            if self.cut is not None and self.cut(way, data):
                self.cuts += 1
                if way == REQUEST:
                    target.write(data[: len(data) // 2])
                    await target.drain()
                for each in both:
                    reset(each)
                return
            if self.delay:
                await asyncio.sleep(self.delay)
            target.write(data)
            await target.drain()
        with contextlib.suppress(OSError):
            target.close()

    def reset_all(self) -> None:
        for each in list(self._open):
            reset(each)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close at once, and over TCP with a reset."""
    end: socket.socket = writer.get_extra_info("socket")
    if end.family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
