# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which pools of a fleet get traffic while its inventory is read."""

from __future__ import annotations

from ..module_utils._model.contract import Fleet
from ..module_utils._model.traffic import PoolHost
from ._clouds.choose import open_adapter
from ._clouds.model import Limits


def live_pools(fleet: Fleet, timeout: float) -> tuple[frozenset[str], frozenset[str]]:
    """The pools that some balancer gives a share, and those that all of theirs give none.

    A pool that is behind no balancer is in neither. Raises TrafficError or ArgumentError, one sentence.
    """
    hosts = [PoolHost(host.name, host.pool, host.ssh.address, host.id) for host in fleet.hosts]
    live: set[str] = set()
    known: set[str] = set()
    for balancer in fleet.traffic:
        pools = {share.pool for share in balancer.shares}
        behind = [host for host in hosts if host.pool in pools]
        weights = open_adapter(balancer, behind, Limits(timeout)).observe().weights
        known |= set(weights)
        live |= {pool for pool, weight in weights.items() if weight}
    return frozenset(live), frozenset(known - live)
