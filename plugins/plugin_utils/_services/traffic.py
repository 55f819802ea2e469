# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the balancers that a host is behind, of whatever kind, by their adapters."""

from __future__ import annotations

import threading
from typing import ClassVar

from ...module_utils._errors import ArgumentError
from ...module_utils._model.traffic import Standing
from .._balancers import Behind
from .._clouds.model import Adapter, Limits
from .model import HOST, Patience, Served
from .said import maybe

# seconds for one look or one write; and for which one look serves all hosts that ask
_CALL, _FRESH = 60.0, 1.0


class _Balancers:
    """The adapters of one task: many threads ask, each balancer is opened once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Adapter] = {}
        self._seen: dict[str, tuple[float, Standing]] = {}

    def adapters(self, host: Served, patience: Patience) -> list[tuple[Behind, Adapter]]:
        """Those that the host is behind, or the one that the entry names."""
        name = maybe(host, "balancer")
        found = [one for one in host.behind if name in (None, one.name)]
        if name is not None and not found:
            known = ", ".join(one.name for one in host.behind) or "none"
            raise ArgumentError(f"balancer is {name}, and the host is behind {known}.")
        with self._lock:
            return [(one, self._adapter(one, patience)) for one in found]

    def _adapter(self, one: Behind, patience: Patience) -> Adapter:
        if one.name not in self._open:
            self._open[one.name] = one.open(Limits(min(_CALL, patience.timeout), patience.clock))
        return self._open[one.name]

    def standing(self, one: Behind, adapter: Adapter, patience: Patience) -> Standing:
        with self._lock:
            at, seen = self._seen.get(one.name, (float("-inf"), None))
            if seen is None or patience.clock.now() - at > _FRESH:
                seen = adapter.observe()
                self._seen[one.name] = (patience.clock.now(), seen)
            return seen


class TrafficDrain:
    scope: ClassVar[str] = HOST

    def __init__(self) -> None:
        self._balancers = _Balancers()

    def drain(self, host: Served, patience: Patience) -> None:
        for _one, adapter in self._balancers.adapters(host, patience):
            adapter.take_out(host.name, patience)

    def undrain(self, host: Served, patience: Patience) -> None:
        for _one, adapter in self._balancers.adapters(host, patience):
            adapter.put_back(host.name, patience)

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        seen = [adapter.observe() for _one, adapter in self._balancers.adapters(host, patience)]
        served = [member.serving for standing in seen for member in standing.members if member.host == host.name]
        return any(served) if do == "drain" else not all(served)


class TrafficGate:
    """The balancer's own opinion of the host, which some have only of hosts that they may send somebody to."""

    scope: ClassVar[str] = HOST
    serving: ClassVar[bool] = True

    def __init__(self) -> None:
        self._balancers = _Balancers()

    def ask(self, host: Served, patience: Patience) -> str | None:
        for one, adapter in self._balancers.adapters(host, patience):
            seen = self._balancers.standing(one, adapter, patience)
            found = next((member for member in seen.members if member.host == host.name), None)
            if found is None:
                return f"{one.name} does not know it"
            if found.well is not True:
                return f"{one.name} says: {found.said or 'nothing of it yet'}"
        return None
