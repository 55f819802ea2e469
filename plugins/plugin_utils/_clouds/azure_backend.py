# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the backend pool of one load balancer of Azure: read, written as a whole, read back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ...module_utils._errors import FleetError
from ...module_utils._fleet.admin_states import decided, weights
from ...module_utils._fleet.shares import percent, written
from ...module_utils._parse.azure_pool import Backend, is_of_fleet, read_backend, rewritten
from ...module_utils._parse.cloud_id import AzurePlace
from .azure_arm import Arm
from .azure_errors import LateError, UnsureError
from .azure_pipeline import ANSWER, PAUSE, Budget
from .azure_settings import Settings
from .model import Limits, TrafficError

_NOBODY: frozenset[str] = frozenset()


class BackendPool:
    """``names`` are the balancer's pools. Written by one thread at a time."""

    def __init__(self, who: str, names: Iterable[str], settings: Settings, arm: Arm, limits: Limits) -> None:
        self.who = who
        self.names = list(names)
        self.pools = {host: slot.pool for host, slot in settings.slots.items()}
        self._settings = settings
        self._arm = arm
        self._limits = limits
        # Who is out by our hand, by the mark of the states that go with it: those we left, and those being written.
        # Where other states are found, somebody else has decided since.
        self._away: dict[str, frozenset[str]] = {}
        self._gone: set[str] = set()

    def read(self, budget: Budget) -> Backend:
        return read_backend(self._arm.pool(budget), self._settings.slots.values())

    def away(self, backend: Backend) -> frozenset[str]:
        return self._away.get(backend.mark, _NOBODY)

    def decided(self, backend: Backend) -> frozenset[str]:
        """The hosts that are up as far as shares go."""
        return decided(backend.up, self.pools, self.away(backend))

    def weights(self, hosts: Collection[str]) -> dict[str, int]:
        return weights(hosts, self.pools, self.names)

    def drain(self, backend: Backend) -> int | None:
        """Seconds after which Azure ends the connections of a host that is down."""
        return self._settings.drain or backend.drain

    @staticmethod
    def stands(backend: Backend, up: frozenset[str]) -> bool:
        return backend.settled and {host for host, state in backend.up.items() if state} == up

    def refuse_strangers(self, backend: Backend, budget: Budget) -> None:
        """Shares would be a lie where somebody else gets traffic as well."""
        strangers = [entry.name for entry in backend.strangers if entry.up and not self._is_dead(entry.name, budget)]
        if strangers:
            raise TrafficError(
                f"{self.who}: its backend pool {self._settings.place.backend_pool} also sends traffic to "
                f"{', '.join(sorted(strangers)[:5])}, no host of the inventory's pools: take the inventory anew, or "
                "set the admin state there to Down."
            )

    def dead(self, backend: Backend, budget: Budget) -> frozenset[str]:
        """Entries of machines that are gone."""
        return frozenset(entry.name for entry in backend.strangers if self._is_dead(entry.name, budget))

    def _is_dead(self, name: str, budget: Budget) -> bool:
        """Called like a machine of this fleet, unknown to the contract, and Azure has no such machine."""
        place = self._settings.place
        if name.lower() in self._settings.known or not is_of_fleet(name, place.load_balancer, self.names):
            return False
        if name not in self._gone:
            try:
                found = self._arm.machine(AzurePlace(place.subscription_id, place.resource_group, name), budget)
            except FleetError:
                return False
            if found is None:
                self._gone.add(name)
        return name in self._gone

    def write(
        self,
        backend: Backend,
        states: Mapping[str, bool],
        away: frozenset[str],
        budget: Budget,
        gone: Collection[str] = (),
    ) -> Backend:
        """One request, over what was read; what stands afterwards. ``away`` are those that are out for a while then."""
        settings = self._settings
        document = rewritten(backend, states, settings.slots, settings.network, settings.drain, gone)
        target = read_backend(document, settings.slots.values())
        self._away = {backend.mark: self.away(backend), target.mark: away}
        try:
            after = read_backend(self._arm.write(document, backend.etag, budget), settings.slots.values())
        except (UnsureError, LateError) as error:
            after = self._read_back(target, error)
        if after.mark == target.mark:
            self._away = {target.mark: away}
        return after

    def _read_back(self, target: Backend, error: TrafficError) -> Backend:
        """What stands after a write whose end is not known: fine where it is what was wanted."""
        clock, said = self._limits.clock, error.message.rstrip(".")
        budget = Budget(clock, clock.now() + min(ANSWER, self._limits.timeout))
        try:
            found = self.read(budget)
            while found.moving and budget.left > PAUSE:
                clock.sleep(PAUSE)
                found = self.read(budget)
        except FleetError:
            raise UnsureError(f"{said}; what stands now cannot be read: look at it before you start again.") from None
        if found.mark == target.mark and found.settled:
            return found
        stands = written(percent(self.weights(self.decided(found))))
        force = "" if found.settled else f", not all of it in force ({found.provisioning})"
        raise UnsureError(f"{said}; what stands now is {stands}{force}: start again.")
