# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a server of HAProxy, by its runtime API.

While a host is away its server is in maintenance: in HAProxy's `drain` state requests that stick to it would still be
sent there. On the way back it passes through `drain`, where HAProxy checks it before anybody is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...module_utils._errors import ArgumentError, ParseError
from ...module_utils._parse.haproxy import NAME, Stat, State, parse_stat, parse_state
from .._http import HttpError
from .haproxy_runtime import Runtime
from .model import HOST, Patience, Served
from .rest import wait_for
from .said import answer_time, text

_PAUSE = 1.0
# its words for a server that is sent requests, and that would be if it were not drained; "UP 1/3" is on its way down
IN_USE = ("UP", "no check")
WELL = (*IN_USE, "DRAIN")


@dataclass(frozen=True)
class Server:
    runtime: Runtime
    backend: str
    server: str

    def __post_init__(self) -> None:
        for key, name in (("backend", self.backend), ("server", self.server)):
            if not NAME.match(name):
                raise ArgumentError(
                    f"{self.runtime.who}: {key} is {name!r}; names there are letters, digits and _ . : -"
                )

    @property
    def name(self) -> str:
        return f"{self.backend}/{self.server}"

    def look(self) -> Stat:
        try:
            rows = parse_stat(self.runtime.run(f"show stat {self.backend} 4 -1"))
        except ParseError as error:
            raise self._refused("cannot be looked at", error.message) from None
        found = next((row for row in rows if row.name == self.server), None)
        if found is None:
            raise self._refused("cannot be looked at", "No such server.")
        return found

    def state(self) -> State:
        """What it was told: a weight of 0 reads like a drain in `show stat`."""
        try:
            rows = parse_state(self.runtime.run(f"show servers state {self.backend}"))
        except ParseError as error:
            raise self._refused("cannot be looked at", error.message) from None
        found = next((row for row in rows if row.name == self.server), None)
        if found is None:
            raise self._refused("cannot be looked at", "No such server.")
        return found

    def drain(self, timeout: float) -> int:
        """Send nobody there any more; the number of sessions that had not ended when the time was over."""
        if self.look().maintained:
            return 0
        self._set("drain")
        wait_for(self.runtime.clock, timeout, _PAUSE, lambda: self.look().sessions == 0)
        left = self.look().sessions
        self._set("maint")
        return left

    def undrain(self, timeout: float) -> None:
        """Send requests there again. Raises HttpError where HAProxy finds the host ill, and so sends none by itself."""
        if self.look().maintained:
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

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        found = _server(host, patience).state()
        return not found.maintained if do == "drain" else found.maintained or found.drained


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
