# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a server of HAProxy, by its runtime API.

While a host is away its server is in maintenance: in HAProxy's `drain` state requests that stick to it would still be
sent there. On the way back it passes through `drain`, where HAProxy checks it before anybody is sent.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from socket import AF_UNIX, create_connection, socket
from typing import ClassVar

from ...module_utils._errors import ArgumentError
from .._http import Clock, HttpError, unanswered
from .model import HOST, Patience, Served
from .rest import STEADY, wait_for
from .said import answer_time, text

_MOST = 4 * 1024 * 1024
_PAUSE = 1.0
_NAME = re.compile(r"[A-Za-z0-9_.:-]+\Z")
# its words for a server that is sent requests, and that would be if it were not drained; "UP 1/3" is on its way down
IN_USE = ("UP", "no check")
WELL = (*IN_USE, "DRAIN")


@dataclass(frozen=True)
class Runtime:
    """The socket of one HAProxy: a path, or host:port. It must be of `level admin` where states are set."""

    who: str
    place: str
    clock: Clock = STEADY
    timeout: float = 10.0

    def run(self, command: str) -> str:
        """What HAProxy prints. Raises HttpError, ArgumentError."""
        data = b""
        try:
            with self._connect() as connection:
                connection.sendall(f"{command}\n".encode("ascii"))
                while part := connection.recv(65536):
                    data += part
                    if len(data) > _MOST:
                        raise HttpError(f"{self.who}: it answers without end.")
        except OSError as error:
            if isinstance(error, (FileNotFoundError, PermissionError)):
                raise HttpError(
                    f"{self.who}: its socket {self.place} cannot be used ({error.strerror}): see that HAProxy runs on "
                    "this controller and lets us use it, or name its host and port."
                ) from None
            raise HttpError(unanswered(self.who, error, self.timeout)) from None
        return data.decode("utf-8", "replace").strip()

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


@dataclass(frozen=True)
class Standing:
    """What HAProxy thinks of a server, in its own words; ``check`` says what its last check was."""

    status: str
    sessions: int
    check: str

    @property
    def kind(self) -> str:
        return self.status.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.status}, {self.check}" if self.check else self.status


@dataclass(frozen=True)
class Server:
    runtime: Runtime
    backend: str
    server: str

    def __post_init__(self) -> None:
        for key, name in (("backend", self.backend), ("server", self.server)):
            if not _NAME.match(name):
                raise ArgumentError(
                    f"{self.runtime.who}: {key} is {name!r}; names there are letters, digits and _ . : -"
                )

    @property
    def name(self) -> str:
        return f"{self.backend}/{self.server}"

    def look(self) -> Standing:
        said = self.runtime.run(f"show stat {self.backend} 4 -1")
        if not said.startswith("# "):
            raise self._refused("cannot be looked at", said)
        rows = [row for row in csv.DictReader(io.StringIO(said[2:])) if row.get("svname") == self.server]
        if not rows:
            raise self._refused("cannot be looked at", "No such server.")
        row = rows[0]
        sessions = row.get("scur") or "0"
        return Standing(
            row.get("status") or "", int(sessions) if sessions.isdecimal() else 0, row.get("check_desc") or ""
        )

    def drain(self, timeout: float) -> int:
        """Send nobody there any more; the number of sessions that had not ended when the time was over."""
        if self.look().kind == "MAINT":
            return 0
        self._set("drain")
        wait_for(self.runtime.clock, timeout, _PAUSE, lambda: self.look().sessions == 0)
        left = self.look().sessions
        self._set("maint")
        return left

    def undrain(self, timeout: float) -> None:
        """Send requests there again. Raises HttpError where HAProxy finds the host ill, and so sends none by itself."""
        if self.look().kind == "MAINT":
            self._set("drain")
        well = wait_for(self.runtime.clock, timeout, _PAUSE, lambda: self.look().status in WELL)
        found = self.look()
        self._set("ready")
        if not well:
            raise HttpError(
                f"{self.runtime.who}: {self.name} is in use again, and its check did not pass for {timeout:.0f} s "
                f"({found}): see to what runs there."
            )

    def _set(self, state: str) -> None:
        said = self.runtime.run(f"set server {self.name} state {state}")
        if said:
            raise self._refused(f"cannot be set to {state}", said)

    def _refused(self, what: str, said: str) -> HttpError:
        words = " ".join(said.split())[:120] or "it said nothing"
        return HttpError(
            f"{self.runtime.who}: {self.name} {what} ({words}): see that backend and server are called so, and that "
            "the socket is of level admin."
        )


class HAProxyDrain:
    scope: ClassVar[str] = HOST

    def drain(self, host: Served, patience: Patience) -> None:
        patience.note("sessions are ending")
        left = _server(host, patience).drain(patience.timeout - 2 * answer_time(patience))
        if left:
            patience.note(f"{left} sessions had not ended")

    def undrain(self, host: Served, patience: Patience) -> None:
        _server(host, patience).undrain(patience.timeout - 2 * answer_time(patience))


class HAProxyGate:
    """HAProxy's own opinion of the host, which it has only of hosts that it may send somebody to."""

    scope: ClassVar[str] = HOST
    serving: ClassVar[bool] = True

    def ask(self, host: Served, patience: Patience) -> str | None:
        server = _server(host, patience)
        found = server.look()
        return None if found.status in IN_USE else f"{server.runtime.who} says of {server.name}: {found}"


def _server(host: Served, patience: Patience) -> Server:
    place = text(host, "socket")
    runtime = Runtime(f"HAProxy at {place}", place, patience.clock, min(10.0, answer_time(patience)))
    return Server(runtime, text(host, "backend"), text(host, "server", host.name))
