# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the whole fleet, seen once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..module_utils._errors import FleetError, NotAtomicError
from ..module_utils._fleet.choice import few, unavailable
from ..module_utils._host.gates import host_gates
from ..module_utils._host.observe import observe
from ..module_utils._model.fleet import FleetPlan, Snapshot, SnapshotHost
from ..module_utils._model.host import HostState
from ..module_utils._model.policy import Policy
from ._fleet_task import FleetAction
from ._follow import Follow
from ._journal import now
from ._transport.dial import NO_KNOWN_KEY
from ._transport.model import Outcome
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch

# What the inventory plugin knows of every host, and a person writing an inventory by hand would write.
DOMAINS = {"zone": "atomic_fleet_zone", "pool": "atomic_fleet_pool", "cloud": "atomic_fleet_cloud"}


def observe_fleet(
    action: FleetAction,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any],
    hosts: Sequence[str],
    watch: Watch,
    fleet: str,
    domains: Mapping[str, str],
    policy_for: Callable[[str], Policy],
) -> Snapshot:
    """One round trip to every host, in which it is asked the gates of its policy; one that does not answer is in the
    snapshot with the reason."""
    known = action.known(variables)
    connections = resolve(hosts, action=action, task_vars=variables, fan_out=arguments["fan_out"])
    with Follow(action.say, "observed", len(hosts)) as follow:
        outcomes = run_talks(
            {host: observe(host, gates=host_gates(policy_for(host).gates)) for host in hosts},
            connections,
            watch=watch,
            limit=arguments["at_once"],
            on_note=follow.note,
            on_done=follow.done,
        )
    if watch.reason:
        raise FleetError(f"Observing the fleet was stopped ({watch.reason}); nothing was changed, start again.")
    seen = [_seen(host, outcomes[host], known.some(host, domains)) for host in hosts]
    return Snapshot(tuple(seen), fleet, now())


_PAUSE = 5.0  # seconds between two looks at hosts that do not answer yet


def observe_until_seen(
    look: Callable[[Sequence[str]], Snapshot],
    hosts: Sequence[str],
    watch: Watch,
    wait: float,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    pause: float = _PAUSE,
) -> Snapshot:
    """Looks, and for ``wait`` seconds looks again at those that did not answer. Raises FleetError where some never do.

    Hosts that were just made boot first; without ``wait`` there is one look, and no error.
    """
    snapshot, end = look(hosts), clock() + wait
    while wait and (missing := [host for host in snapshot.hosts if host.state is None]):
        strangers = [host for host in missing if NO_KNOWN_KEY in (host.error or "")]
        if strangers:
            raise FleetError(
                f"No host key is known of {few([host.name for host in strangers])}, so that there is no connection "
                "to wait for: learn them with `-e trust=console` (docs/host-keys.md), or set the variable host_keys of "
                "the Terraform project."
            )
        names = few([host.name for host in missing])
        if clock() >= end:
            raise FleetError(
                f"{len(missing)} of {len(hosts)} hosts did not answer within {wait:.0f} s: {names} (the first: "
                f"{missing[0].error}). See that they boot and that ssh reaches them, and run it again."
            )
        left = f"{end - clock():.0f} s left"
        say(f"  waiting for {len(missing)} of {len(hosts)} hosts: {names} ({missing[0].error}); {left}")
        stopped = threading.Event()
        with watch.telling(stopped.set):
            stopped.wait(min(pause, max(0.0, end - clock())))
        again = {host.name: host for host in look([host.name for host in missing]).hosts}
        snapshot = replace(snapshot, hosts=tuple(again.get(host.name, host) for host in snapshot.hosts), at=now())
    return snapshot


def _seen(host: str, outcome: Outcome[HostState], domains: Mapping[str, str]) -> SnapshotHost:
    if outcome.value is not None:
        return SnapshotHost(host, outcome.value, None, domains)
    if isinstance(outcome.error, NotAtomicError):
        # it answers, so it is not one of those that are away
        return SnapshotHost(host, HostState(host, "", "", ()), None, domains)
    why = outcome.error.message if outcome.error else outcome.stopped
    return SnapshotHost(host, None, why.removeprefix(f"{host}: ").removeprefix("cannot be reached: "), domains)


def away(snapshot: Snapshot, plan: FleetPlan) -> frozenset[str]:
    """The hosts that do not serve now, seen freshly, each by the gates of its own group: they use up
    max_unavailable."""
    gates = {host.name: plan.policy_for(host.name).gates for host in snapshot.hosts}
    return frozenset(host.name for host in snapshot.hosts if unavailable(host, gates[host.name]) is not None)
