# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a load balancer of Azure, whose pools share one backend pool: so many of their hosts are up.

Azure keeps one admin state for each address, and so does not tell a host that is down by its pool's share from one
that was taken out. See docs/traffic/azure.md for how that is read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from ...module_utils._fleet.admin_states import Candidate, chosen, version
from ...module_utils._fleet.shares import hosts_up
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import HOSTS, Member, PoolHost, Standing
from ...module_utils._parse.azure_pool import Backend
from ...module_utils._parse.cloud_id import azure_machine
from .._http import Clock
from .._services.model import Patience
from .azure_arm import open_arm
from .azure_backend import BackendPool
from .azure_errors import RefusedError
from .azure_health import Opinion, Watch
from .azure_pipeline import ANSWER, PAUSE, Budget
from .azure_settings import read_settings
from .model import Limits, TrafficError, changed

_CHANGED = 412
_UNKNOWN = Opinion(None, "")


def open_adapter(balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> AzureLb:
    """Raises ArgumentError: a setting or an SDK is missing. Nothing is asked yet."""
    settings = read_settings(balancer, hosts)
    arm = open_arm(balancer.name, settings.place, limits)
    places = {host.name: azure_machine(host.id) for host in hosts}
    mine = settings.place.subscription_id.lower()
    machines = {name: place for name, place in places.items() if place and place.subscription.lower() == mine}
    names = [share.pool for share in balancer.shares]
    return AzureLb(BackendPool(balancer.name, names, settings, arm, limits), Watch(arm, machines), limits)


@dataclass(frozen=True)
class _Seen:
    backend: Backend
    decided: frozenset[str]
    opinions: Mapping[str, Opinion]
    standing: Standing


@dataclass
class _Wish:
    """A host that is to go or come back; ``done`` by whichever thread wrote it."""

    host: str
    back: bool
    done: bool = False


class AzureLb:
    grain: ClassVar[str] = HOSTS

    def __init__(self, pool: BackendPool, watch: Watch, limits: Limits) -> None:
        self._who = pool.who
        self._pool = pool
        self._pools = pool.pools
        self._watch = watch
        self._limits = limits
        self._writing = threading.Lock()
        self._wishing = threading.Lock()
        self._wishes: list[_Wish] = []

    def observe(self) -> Standing:
        return self._look(self._budget()).standing

    def _look(self, budget: Budget) -> _Seen:
        backend = self._pool.read(budget)
        self._pool.refuse_strangers(backend, budget)
        return self._seen(backend, budget)

    def _seen(self, backend: Backend, budget: Budget) -> _Seen:
        up, there = backend.up, self._pool.decided(backend)
        opinions = self._watch.opinions(backend, budget)
        members = tuple(
            Member(host, self._pools[host], up[host] or host not in there, opinions[host].well, opinions[host].said)
            for host in sorted(up)
        )
        standing = Standing(self._pool.weights(there), members, version(there, up, self._pools))
        return _Seen(backend, there, opinions, standing)

    # -- shares

    def shift(self, shares: Mapping[str, int], seen: Standing) -> Standing:
        budget = self._budget()
        with self._alone(budget):
            wanted: frozenset[str] | None = None
            while True:
                found = self._look(budget)
                if wanted is not None and self._pool.stands(found.backend, wanted):
                    return found.standing
                if found.standing.version != seen.version:
                    raise changed(self._who, seen, found.standing)
                chosen_up = self._chosen(shares, found)
                away = self._pool.away(found.backend) & chosen_up
                wanted = chosen_up - away
                if self._pool.stands(found.backend, wanted):
                    return found.standing
                states = {host: host in wanted for host in self._pools}
                gone = self._pool.dead(found.backend, budget)
                try:
                    after = self._pool.write(found.backend, states, away, budget, gone)
                except RefusedError as error:
                    # somebody wrote, which need not have been about shares: the next look tells
                    if error.status != _CHANGED:
                        raise
                else:
                    return self._seen(after, budget).standing

    def _chosen(self, shares: Mapping[str, int], found: _Seen) -> frozenset[str]:
        """The hosts that are to be up."""
        sizes = self._pool.weights(self._pools)
        for pool, share in sorted(shares.items()):
            if share and not sizes.get(pool):
                raise TrafficError(f"{self._who}: {pool} has no hosts and is to get {share} %: make them first.")
        away, candidates = self._pool.away(found.backend), []
        for host, pool in self._pools.items():
            opinion = found.opinions.get(host, _UNKNOWN)
            sick = opinion.sick or host in away
            candidates.append(Candidate(host, pool, host in found.decided, sick, bool(opinion.well)))
        return chosen(hosts_up(shares, sizes), candidates)

    # -- single hosts

    def take_out(self, host: str, patience: Patience) -> None:
        clock, until = patience.clock, patience.clock.now() + patience.timeout
        self._carry_out(_Wish(host, back=False), self._budget(clock, patience.timeout))
        backend = self._pool.read(self._budget(clock, until + ANSWER - clock.now()))
        if host not in self._pool.decided(backend):
            return
        drain = self._pool.drain(backend)
        if drain is None:
            patience.note("connections are not waited for")
            return
        patience.note("connections are ending")
        clock.sleep(max(min(float(drain), until - clock.now()), 0.0))

    def put_back(self, host: str, patience: Patience) -> None:
        clock, until = patience.clock, patience.clock.now() + patience.timeout
        self._carry_out(_Wish(host, back=True), self._budget(clock, patience.timeout))
        since = clock.now()
        patience.note("the balancer checks it")
        while True:
            budget = self._budget(clock, until + ANSWER - clock.now())
            entry = next((one for one in self._pool.read(budget).entries if one.host == host), None)
            if entry is None or not entry.up:
                patience.note("its pool's share does not reach it")
                return
            health = self._watch.probe(budget, since)
            opinion = self._watch.opinion(entry, health)
            if opinion.well:
                return
            if health.lasting:
                raise TrafficError(
                    f"{self._who}: {host} is in use again, and whether the balancer finds it well cannot be seen: "
                    f"{opinion.said}."
                )
            left = until - clock.now()
            if left <= 0:
                raise TrafficError(
                    f"{self._who}: {host} is in use again, and the balancer did not find it well within "
                    f"{patience.timeout:.0f} s ({opinion.said}): see to what runs there."
                )
            clock.sleep(min(PAUSE, left))

    def _carry_out(self, wish: _Wish, budget: Budget) -> None:
        """Write it, together with what other threads wish by now: a change takes Azure a while, one after the other."""
        if wish.host not in self._pools:
            raise TrafficError(f"{self._who}: {wish.host} is no host of its pools: take the inventory anew.")
        with self._wishing:
            self._wishes.append(wish)
        try:
            with self._alone(budget):
                while not wish.done:
                    with self._wishing:
                        others = [one for one in self._wishes if one is not wish and not one.done]
                    try:
                        self._grant(wish, others, budget)
                    except RefusedError as error:
                        if error.status != _CHANGED:
                            raise
        finally:
            with self._wishing:
                self._wishes.remove(wish)

    def _grant(self, mine: _Wish, others: Sequence[_Wish], budget: Budget) -> None:
        backend = self._pool.read(budget)
        states: dict[str, bool] = {}
        granted = []
        for wish in (mine, *others):
            try:
                if self._is_to_change(wish, backend):
                    states[wish.host] = wish.back
            except TrafficError:
                if wish is mine:
                    raise
            else:
                granted.append(wish)
        if states or not (backend.settled or backend.moving):
            away = self._pool.away(backend) | {host for host, back in states.items() if not back}
            self._pool.write(backend, states, frozenset(host for host in away if not states.get(host)), budget)
        for wish in granted:
            wish.done = True

    def _is_to_change(self, wish: _Wish, backend: Backend) -> bool:
        """Whether its admin state has to be another. A host that is down by its pool's share stays so."""
        up = backend.up.get(wish.host)
        if not wish.back:
            return bool(up)
        if up:
            return False
        there, pool = self._pool.decided(backend), self._pools[wish.host]
        if wish.host in there:
            return True
        if there:
            # a new host of the pool that serves alone
            return up is None and {self._pools[host] for host in there} == {pool}
        if {self._pools[host] for host in backend.up} <= {pool}:
            return True
        raise TrafficError(
            f"{self._who}: all of its hosts are down, so nobody can tell whether {pool} is to serve and {wish.host} "
            "with it: give the pools their shares first."
        )

    @contextmanager
    def _alone(self, budget: Budget) -> Iterator[None]:
        if not self._writing.acquire(timeout=max(budget.left, 0.0)):
            raise TrafficError(f"{self._who}: its other changes took too long: start again later.")
        try:
            yield
        finally:
            self._writing.release()

    def _budget(self, clock: Clock | None = None, most: float | None = None) -> Budget:
        clock = clock or self._limits.clock
        return Budget(clock, clock.now() + min(self._limits.timeout, self._limits.timeout if most is None else most))
