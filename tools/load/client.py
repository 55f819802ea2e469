"""One request on one connection, new or kept, and what became of it.

A kept connection may be closed by the server whenever it is idle, and nothing tells a client of it but the close itself
(RFC 9112, 9.3.1). Before a request is written the kernel is asked whether a close has arrived, and such a connection is
replaced: no request was on it, nothing is lost. What is left is a close already under way while the request is written;
seen from here that is no different from a server that took the request and died (HAProxy itself ends a kept connection
without a word when a host drops its request). A browser would send a GET again by itself and a POST never, so nothing
is sent again here: it fails, as `raced`.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections import deque
from dataclasses import dataclass, field

from .answer import Answer, Malformed


class Failed(Exception):
    """A request that got no whole 2xx answer. Its only argument is the kind, as it is counted."""


@dataclass(frozen=True)
class Target:
    """Where requests go, and what they look like on a connection that is kept and on one that is not."""

    host: str
    port: int
    path: str

    def request(self, kept: bool) -> bytes:
        host = f"[{self.host}]" if ":" in self.host else self.host
        lines = [f"GET {self.path} HTTP/1.1", f"Host: {host}:{self.port}", "User-Agent: atomic.fleet-load"]
        return "\r\n".join([*lines, *([] if kept else ["Connection: close"]), "", ""]).encode("ascii")


@dataclass
class Connections:
    """What became of connections. `closed_idle`: by the server while no request was on them, which is its right."""

    opened: int = 0
    reused: int = 0
    closed_idle: int = 0


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: Answer | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._answers = 0
        self._ended = False

    # -- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.close()  # an answer to nothing: what comes next could be taken for one to the next request
            return
        try:
            self._answer.feed(data)
        except Malformed:
            self._settle("malformed")
            self.close()
            return
        if self._answer.whole:
            self._settle()

    def eof_received(self) -> bool:
        self._lost("closed")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        # TCP itself gives up with TimeoutError, after minutes
        self._lost("timeout" if isinstance(exc, TimeoutError) else "reset" if exc else "closed")

    def _lost(self, how: str) -> None:
        self._ended = True
        answer = self._answer
        if answer is None:
            return
        if not answer.begun:
            self._settle("raced" if self._answers else how)
        elif how == "closed":
            self._settle("" if answer.end() else "truncated")
        else:
            self._settle(how)

    def _settle(self, failure: str = "") -> None:
        if self._waiter is not None and not self._waiter.done():
            if failure:
                self._waiter.set_exception(Failed(failure))
            else:
                self._waiter.set_result(None)

    # -- what the client does

    def usable(self) -> bool:
        """Whether nothing came since the last answer, a close neither: asked of the kernel, not of what was read."""
        if self._ended or self._transport is None or self._transport.is_closing():
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN | select.POLLRDHUP)
        return not poll.poll(0)

    async def ask(self, request: bytes) -> Answer:
        """Raises Failed. Cancelled, it leaves the connection unusable: close it."""
        assert self._transport is not None
        self._answer, self._waiter = Answer(), asyncio.get_running_loop().create_future()
        try:
            self._transport.write(request)
            await self._waiter
        finally:
            answer, self._answer, self._waiter = self._answer, None, None
        self._answers += 1
        return answer

    def close(self) -> None:
        self._ended = True
        if self._transport is not None:
            self._transport.close()


@dataclass
class Client:
    """`pool` connections are kept. Where all of them are busy one more is opened for the moment: no request waits."""

    target: Target
    pool: int
    timeout: float
    counts: Connections = field(default_factory=Connections)
    _idle: deque[Connection] = field(default_factory=deque)
    _busy: int = 0

    async def get(self, kept: bool) -> str:
        """Which pool served. Raises Failed."""
        connection: Connection | None = None
        done = False
        self._busy += kept
        try:
            async with asyncio.timeout(self.timeout):
                connection = (self._next() if kept else None) or await self._open()
                answer = await connection.ask(self.target.request(kept))
                done = kept and answer.keeps
        except TimeoutError:
            raise Failed("timeout") from None
        except ConnectionRefusedError:
            raise Failed("refused") from None
        except ConnectionError:
            raise Failed("reset") from None
        except OSError as error:
            raise Failed(os.strerror(error.errno).lower() if error.errno else "unreachable") from None
        finally:
            self._busy -= kept
            if connection is not None:
                self._put_back(connection, done)
        if not 200 <= answer.status < 300:
            raise Failed(f"status {answer.status}")
        return answer.pool

    def _next(self) -> Connection | None:
        """The one idle for longest: so all of them are in use, and none is near to its server's limit."""
        while self._idle and len(self._idle) + self._busy > self.pool:
            connection = self._idle.popleft()
            if connection.usable():
                self.counts.reused += 1
                return connection
            self.counts.closed_idle += 1
            connection.close()
        return None

    async def _open(self) -> Connection:
        self.counts.opened += 1
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, self.target.host, self.target.port))[1]

    def _put_back(self, connection: Connection, keep: bool) -> None:
        if keep and len(self._idle) < self.pool:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        while self._idle:
            self._idle.popleft().close()
