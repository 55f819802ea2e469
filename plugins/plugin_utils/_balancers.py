# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the balancers of a fleet and the hosts behind them, as inventory or user name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..module_utils._errors import ArgumentError
from ..module_utils._model.contract import Balancer
from ..module_utils._model.traffic import PoolHost
from ..module_utils._parse.contract import parse_traffic
from ._clouds.choose import open_adapter
from ._clouds.model import Adapter, Limits
from ._known import Known

VARIABLE = "atomic_fleet_traffic"


@dataclass(frozen=True)
class Behind:
    """A balancer, and every host of its pools that the inventory has."""

    balancer: Balancer
    hosts: tuple[PoolHost, ...]

    @property
    def name(self) -> str:
        return self.balancer.name

    @property
    def pools(self) -> list[str]:
        return [share.pool for share in self.balancer.shares]

    def names(self, pool: str) -> list[str]:
        """The hosts of one pool."""
        return [host.name for host in self.hosts if host.pool == pool]

    def open(self, limits: Limits) -> Adapter:
        return open_adapter(self.balancer, self.hosts, limits)


def balancers(known: Known, hosts: Sequence[str], every: Iterable[str], given: Any = None) -> tuple[Behind, ...]:
    """The balancers of these hosts. ``every`` are all hosts of the inventory: --limit takes nobody from behind a
    balancer. ``given`` takes the place of what the inventory says. Raises ArgumentError, also where there is none.
    """
    found = parse_traffic(given, "balancers") if given is not None else _of_inventory(known, hosts)
    if not found:
        raise ArgumentError(
            f"No balancer is known of these {len(hosts)} hosts: their inventory has no {VARIABLE}; use "
            "atomic.fleet.terraform, set that variable, or give the list as fleet_traffic."
        )
    pools = {share.pool for one in found for share in one.shares}
    behind = [host for host in map(_pool_host(known), every) if host.pool in pools]
    if given is None:
        lists = {host.name: _names(known, host.name) for host in behind}
        return tuple(
            Behind(one, tuple(host for host in behind if one.name in lists[host.name] and _is_of(one, host)))
            for one in found
        )
    return tuple(Behind(one, tuple(host for host in behind if _is_of(one, host))) for one in found)


def chosen(found: Sequence[Behind], name: str | None) -> tuple[Behind, ...]:
    """The one of that name; all where none is named. Raises ArgumentError."""
    if name is None:
        return tuple(found)
    picked = tuple(one for one in found if one.name == name)
    if not picked:
        raise ArgumentError(f"There is no balancer {name!r}; there are {', '.join(one.name for one in found)}.")
    return picked


def _of_inventory(known: Known, hosts: Sequence[str]) -> tuple[Balancer, ...]:
    found: dict[str, tuple[Balancer, str]] = {}
    read: dict[str, tuple[Balancer, ...]] = {}
    for host in hosts:
        value = known.value(host, VARIABLE)
        if not value:
            continue
        text = repr(value)
        if text not in read:
            read[text] = parse_traffic(value, f"{VARIABLE} of {host}")
        for one in read[text]:
            first, whose = found.setdefault(one.name, (one, host))
            if first != one:
                raise ArgumentError(
                    f"The hosts {whose} and {host} are behind different balancers that are both called {one.name}: "
                    "choose the hosts of one fleet with fleet_hosts."
                )
    return tuple(one for one, _host in found.values())


def _names(known: Known, host: str) -> frozenset[str]:
    value = known.value(host, VARIABLE) or ()
    return frozenset(str(one.get("name")) for one in value if isinstance(one, Mapping))


def _is_of(balancer: Balancer, host: PoolHost) -> bool:
    return any(share.pool == host.pool for share in balancer.shares)


def _pool_host(known: Known) -> Any:
    def made(host: str) -> PoolHost:
        return PoolHost(
            name=host,
            pool=known.one(host, "atomic_fleet_pool") or "",
            address=known.one(host, "ansible_host") or host,
            id=known.one(host, "atomic_fleet_id") or "",
        )

    return made
