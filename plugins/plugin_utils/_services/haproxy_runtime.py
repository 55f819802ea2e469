# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: HAProxy's runtime API (management guide, 9.3): one question a connection, or many in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from socket import AF_UNIX, create_connection, socket
from typing import TypeVar

from ...module_utils._errors import ArgumentError
from .._http import Clock, HttpError, unanswered
from .rest import STEADY, Torn

_MOST = 4 * 1024 * 1024
# HAProxy reads a line into a buffer of 16 KiB, if nobody made that smaller
_LONGEST_LINE = 8000
# after the output of each command of a conversation: HAProxy sees to it that no output has an empty line
_PROMPT = b"\n> "
_FIRST_PAUSE = 0.1

Value = TypeVar("Value")


@dataclass(frozen=True)
class Runtime:
    """The socket of one HAProxy: a path, or host:port. It must be of `level admin` where states are set.

    ``timeout`` is for one connection as a whole. ``again``: for so many seconds a question is asked again that met no
    HAProxy or was cut off, as while it is reloaded: only for what may be said twice.
    """

    who: str
    place: str
    clock: Clock = STEADY
    timeout: float = 10.0
    again: float = 0.0

    def run(self, command: str) -> str:
        """What HAProxy prints. Raises HttpError, ArgumentError."""
        return self.asked_again(lambda: self._run(command))

    def asked_again(self, ask: Callable[[], Value]) -> Value:
        """What it returns. Raises what it raises, Torn when ``again`` is over."""
        until, pause = self.clock.now() + self.again, _FIRST_PAUSE
        while True:
            try:
                return ask()
            except Torn:
                if self.clock.now() + pause > until:
                    raise
            self.clock.sleep(pause)
            pause *= 2

    @contextmanager
    def talk(self) -> Iterator[Talk]:
        """One connection for many commands, all to the same process. Raises Torn where it is cut off."""
        with self._connected() as connection:
            talk = Talk(self, connection, self.clock.now() + self.timeout)
            talk.say(["prompt"])
            yield talk

    def _run(self, command: str) -> str:
        data, until = b"", self.clock.now() + self.timeout
        with self._connected() as connection:
            connection.sendall(f"{command}\n".encode("ascii"))
            while part := self.receive(connection, until):
                data += part
                if len(data) > _MOST:
                    raise HttpError(f"{self.who}: it answers without end.")
        return data.decode("utf-8", "replace").strip()

    def receive(self, connection: socket, until: float) -> bytes:
        left = until - self.clock.now()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        return connection.recv(65536)

    @contextmanager
    def _connected(self) -> Iterator[socket]:
        try:
            with self._connect() as connection:
                yield connection
        except (FileNotFoundError, PermissionError) as error:
            raise HttpError(
                f"{self.who}: its socket {self.place} cannot be used ({error.strerror}): see that HAProxy runs on "
                "this controller and lets us use it, or name its host and port."
            ) from None
        except OSError as error:
            raise Torn(unanswered(self.who, error, self.timeout)) from None

    def _connect(self) -> socket:
        if self.place.startswith("/"):
            connection = socket(AF_UNIX)
            connection.settimeout(self.timeout)
            try:
                connection.connect(self.place)
            except OSError:
                connection.close()
                raise
            return connection
        host, _colon, port = self.place.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ArgumentError(
                f"{self.who}: socket is {self.place}; write a path such as /run/haproxy/admin.sock, or host:port."
            )
        return create_connection((host.strip("[]"), int(port)), self.timeout)


class Talk:
    """HAProxy's interactive mode. What a connection that breaks has carried over is done, the rest is not."""

    def __init__(self, runtime: Runtime, connection: socket, until: float) -> None:
        self._runtime = runtime
        self._connection = connection
        self._until = until
        self._unread = b""

    def say(self, commands: Sequence[str]) -> list[str]:
        """What HAProxy prints for each, "" where it just does it. It goes on after one that it refuses."""
        said: list[str] = []
        for line in lines(commands):
            self._connection.sendall(f"{';'.join(line)}\n".encode("ascii"))
            said += [self._next() for _command in line]
        return said

    def _next(self) -> str:
        while _PROMPT not in self._unread:
            part = self._runtime.receive(self._connection, self._until)
            if not part:
                raise Torn(f"{self._runtime.who}: it closed the connection in the middle: see what became of it.")
            self._unread += part
            if len(self._unread) > _MOST:
                raise HttpError(f"{self._runtime.who}: it answers without end.")
        found, _prompt, self._unread = self._unread.partition(_PROMPT)
        return found.decode("utf-8", "replace").strip()


def lines(commands: Sequence[str], longest: int = _LONGEST_LINE) -> Iterator[list[str]]:
    """Commands as HAProxy takes them in one line each: it comes as a whole or not at all."""
    line: list[str] = []
    length = 0
    for command in commands:
        if line and length + len(command) + 1 > longest:
            yield line
            line, length = [], 0
        line.append(command)
        length += len(command) + 1
    if line:
        yield line
