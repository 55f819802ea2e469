# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: one host to ask, over asyncssh or through Ansible's connection plugin."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import threading
import time
from typing import Any, Protocol

from ...module_utils._model.talk import Ask, Reply
from .background import end_children, in_thread
from .model import Connection, PluginHost

_COUNTER = itertools.count(1)
# One argument of exec() may have 128 KiB on Linux; quoting and privilege escalation need some of it.
LONGEST_SCRIPT = 96 * 1024


class Refused(Exception):
    """asyncssh's ways to log in were refused, and OpenSSH has others: ask the other way."""


class Channel(Protocol):
    async def ask(self, ask: Ask) -> Reply:
        """The reply; never raises for anything the host or the way to it does."""

    def drop(self) -> None:
        """Closes the connection at once. The next ask opens another."""

    @property
    def open(self) -> bool: ...


def lost(why: str) -> Reply:
    return Reply(rc=-1, err=why, lost=True, at=time.monotonic())


def strip_marker(output: str, marker: str) -> str:
    """Output without the line by which privilege escalation reports its success."""
    if not marker:
        return output
    before, found, after = output.partition(marker)
    if not found:
        return output
    return before + after.removeprefix("\r").removeprefix("\n")


def _text(parts: list[bytes]) -> str:
    return b"".join(parts).decode("utf-8", "replace")


class SshChannel:
    """A host over asyncssh. The connection is opened by the first ask and kept until it is lost or dropped."""

    def __init__(self, connection: Connection, dialer: Any) -> None:
        self._way = connection
        self._dialer = dialer
        self._connection: Any = None

    @property
    def open(self) -> bool:
        return self._connection is not None

    async def ask(self, ask: Ask) -> Reply:
        import asyncssh

        if ask.fresh:
            self.drop()
        connected = False
        try:
            async with asyncio.timeout(ask.timeout):
                if self._connection is None or self._connection.is_closed():
                    self.drop()
                    self._connection = await self._dialer.open(self._way.ssh, self._way.password)
                connected = True
                return await self._run(ask.script)
        except TimeoutError:
            self.drop()
            return lost(f"no answer within {ask.timeout:g} seconds" if connected else "connecting timed out")
        except asyncssh.PermissionDenied as error:
            if self._way.ssh is not None and self._way.ssh.other_methods:
                raise Refused(str(error)) from error
            return lost(str(error))
        except Exception as error:  # what a broken or hostile host makes asyncssh raise has no common family
            self.drop()
            return lost(str(error) or type(error).__name__)
        except asyncio.CancelledError:
            self.drop()
            raise

    async def _run(self, script: str) -> Reply:
        command, marker = self._way.wrap(script)
        loop = asyncio.get_running_loop()
        channel, session = await self._connection.create_session(
            lambda: _session(loop),
            command=command,
            env=self._dialer.environment(self._way.ssh) if self._way.ssh else {},
            encoding=None,
            request_pty=False,
        )
        channel.write_eof()
        await session.ended
        code = channel.get_returncode()
        if code is None:
            self.drop()
            return lost("the host hung up before the script ended")
        return Reply(
            rc=code if code >= 0 else 128 - code,
            out=strip_marker(_text(session.out), marker),
            err=_text(session.err),
            at=time.monotonic(),
        )

    def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.abort()


def _session(loop: asyncio.AbstractEventLoop) -> Any:
    """A session that gathers what the script prints. Made late: asyncssh is imported only where it is used."""
    import asyncssh

    class Session(asyncssh.SSHClientSession):
        def __init__(self) -> None:
            self.out: list[bytes] = []
            self.err: list[bytes] = []
            self.ended: asyncio.Future[None] = loop.create_future()

        def data_received(self, data: bytes, datatype: int | None) -> None:
            (self.err if datatype else self.out).append(data)

        def connection_lost(self, exc: Exception | None) -> None:
            if not self.ended.done():
                self.ended.set_result(None)

    return Session()


class Unfinished:
    """The asks that nobody waits for any more, by the marker in their command line, until their thread ended."""

    def __init__(self) -> None:
        self._markers: dict[str, threading.Event] = {}

    def begin(self) -> tuple[str, threading.Event]:
        """A new ask: its marker, and the flag by which it is told not to begin any more."""
        marker = f"fleet-ask-{os.getpid()}-{next(_COUNTER)}"
        self._markers[marker] = given_up = threading.Event()
        return marker, given_up

    def end(self, marker: str) -> None:
        self._markers.pop(marker, None)

    async def finish(self, seconds: float) -> None:
        """Ends the processes of asks that were given up. Again and again: one may just be starting."""
        deadline = time.monotonic() + seconds
        while self._markers and time.monotonic() < deadline:
            for marker, given_up in tuple(self._markers.items()):
                given_up.set()
                end_children(marker)
            await asyncio.sleep(0.02)


class PluginChannel:
    """A host through Ansible's connection plugin, in a thread."""

    def __init__(self, connection: Connection, unfinished: Unfinished) -> None:
        self._way = connection
        self._host: PluginHost | None = None
        self._unfinished = unfinished

    @property
    def open(self) -> bool:
        return False  # what the plugin keeps open between asks is its own affair

    async def ask(self, ask: Ask) -> Reply:
        marker, given_up = self._unfinished.begin()
        host, self._host = self._host, None  # one that timed out is still busy: never used again

        def work() -> tuple[PluginHost, Reply]:
            try:
                busy = host if host is not None else self._way.build()
                if given_up.is_set():
                    return busy, lost("given up before the script began")
                return busy, busy.ask(ask.script, marker, ask.fresh)
            finally:
                self._unfinished.end(marker)

        try:
            async with asyncio.timeout(ask.timeout):
                self._host, reply = await in_thread(work)
                return reply
        except TimeoutError:
            return lost(f"no answer within {ask.timeout:g} seconds")
        finally:
            if self._host is None:
                given_up.set()
                end_children(marker)

    def drop(self) -> None:
        host, self._host = self._host, None
        if host is not None:
            host.close()
