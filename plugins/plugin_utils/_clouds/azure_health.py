# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how hosts behind a load balancer of Azure are: by its probe, and by their machines."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from ...module_utils._errors import FleetError
from ...module_utils._parse.azure_pool import Backend, Entry, read_health, read_machine
from ...module_utils._parse.cloud_id import AzurePlace
from .azure_arm import Arm
from .azure_errors import RefusedError
from .azure_pipeline import PAUSE, Budget

# Of the time there is, what the health of a rule may take, and machines after it: a change needs the most. And how many
# machines are asked each time: a large idle pool has many.
_PART, _MOST_MACHINES = 0.25, 20


@dataclass(frozen=True)
class Opinion:
    """``sick``: nobody should be sent there, by whatever is known."""

    well: bool | None
    said: str
    sick: bool = False


@dataclass(frozen=True)
class Health:
    """What the probe says by address; ``lacking`` is why that is not known, ``lasting`` that asking again is vain."""

    asked: float
    told: Mapping[str, tuple[bool | None, str]]
    lacking: str = ""
    lasting: bool = False


class Watch:
    """``machines`` leads from a host to where its machine is found. Asked from many threads."""

    def __init__(self, arm: Arm, machines: Mapping[str, AzurePlace]) -> None:
        self._arm = arm
        self._machines = machines
        self._lock = threading.Lock()
        self._last: Health | None = None

    def probe(self, budget: Budget, since: float | None = None) -> Health:
        """What the probe says now. With ``since``, what another thread was told after that will do, if it is new."""
        if since is None:
            return self._asked(budget)
        with self._lock:
            last = self._last
            if last is None or last.asked < max(since, budget.clock.now() - PAUSE):
                last = self._last = self._asked(budget)
            return last

    def opinions(self, backend: Backend, budget: Budget) -> dict[str, Opinion]:
        """Of every host that has an entry."""
        health = self.probe(budget.part(budget.left * _PART))
        found = {}
        for entry in backend.entries:
            if entry.host is not None:
                found[entry.host] = self.opinion(entry, health)
        unclear = sorted(host for host, one in found.items() if not one.well)
        rest = budget.part(budget.left * _PART)
        for host in unclear[:_MOST_MACHINES]:
            words = self._machine(host, rest)
            if words:
                found[host] = Opinion(found[host].well, f"{found[host].said}; {words}", sick=True)
        return found

    @staticmethod
    def opinion(entry: Entry, health: Health) -> Opinion:
        well, said = health.told.get(entry.address, (None, ""))
        if not entry.up:
            return Opinion(None, "its admin state is Down, so it is not probed")
        if health.lacking:
            return Opinion(None, health.lacking)
        return Opinion(well, said or "the balancer says nothing of it", sick=well is False)

    def _asked(self, budget: Budget) -> Health:
        asked = budget.clock.now()
        try:
            return Health(asked, read_health(self._arm.health(budget)))
        except FleetError as error:
            lasting = isinstance(error, RefusedError) and error.status != 429
            return Health(asked, {}, error.message.removeprefix(f"{self._arm.who}: ").rstrip("."), lasting)

    def _machine(self, host: str, budget: Budget) -> str:
        """What is the matter with its machine, where that is known."""
        place = self._machines.get(host)
        if place is None:
            return ""
        try:
            found = self._arm.machine(place, budget)
        except FleetError:
            return ""
        return "its machine does not exist" if found is None else read_machine(found)
