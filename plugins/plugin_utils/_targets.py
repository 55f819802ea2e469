# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: asks one host of each kind what is wanted, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import ArgumentError, FleetError, UnreachableError
from ..module_utils._fleet.targets import Follows, groups, nobody, spokesmen, targets
from ..module_utils._host.resolve import resolve as ask_for
from ..module_utils._host.wish import Exact, Wish
from ..module_utils._model.fleet import Snapshot, Target
from ..module_utils._model.host import HostState
from ..module_utils._model.talk import Talk
from ._fleet_task import FleetAction
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch


def resolve_targets(
    action: FleetAction,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any],
    snapshot: Snapshot,
    watch: Watch,
) -> Mapping[str, Target]:
    """The exact target of every host that follows a ref, asked of one host for each ref."""
    remote, ref = arguments["remote"], arguments["ref"]
    if (remote is None) != (ref is None):
        raise ArgumentError("remote and ref go together: they say where the whole fleet is to follow.")
    wish = Wish(
        target=None if arguments["version"] or arguments["checksum"] else "latest",
        version=arguments["version"],
        checksum=arguments["checksum"],
        remote=remote,
        ref=ref,
    )
    asked = groups(snapshot, f"{remote}:{ref}" if remote else None)
    return targets(asked, ask_groups(action, arguments, variables, snapshot, watch, asked, wish))


def ask_groups(
    action: FleetAction,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any],
    snapshot: Snapshot,
    watch: Watch,
    asked: Mapping[Follows, tuple[str, ...]],
    wish: Wish,
) -> Mapping[Follows, Target | FleetError]:
    """What the wish means for each group, asked of one host of it."""
    states = {host.name: host.state for host in snapshot.hosts if host.state is not None}
    return {
        follows: _answer(action, arguments, variables, watch, follows, names, states, wish)
        for follows, names in asked.items()
    }


def _answer(
    action: FleetAction,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any],
    watch: Watch,
    follows: Follows,
    names: tuple[str, ...],
    states: Mapping[str, HostState],
    wish: Wish,
) -> Target | FleetError:
    tried: dict[str, FleetError] = {}
    for name in spokesmen(names):
        connections = resolve([name], action=action, task_vars=variables, fan_out=arguments["fan_out"])
        talk: Talk[Exact] = ask_for(name, states[name], wish)
        outcome = run_talks({name: talk}, connections, watch=watch)[name]
        if outcome.value is not None:
            exact = outcome.value
            return Target(exact.checksum, exact.version, exact.refspec, follows[0])
        tried[name] = outcome.error or FleetError(f"Asking {name} was stopped ({outcome.stopped}); start again.")
        if not isinstance(outcome.error, UnreachableError):
            break
    return nobody(follows, tried)
