# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how all hosts of a fleet are secured, seen once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._errors import FleetError
from ..module_utils._host.posture_look import look
from ..module_utils._model.host_posture import HostPosture
from ._fleet_task import FleetAction
from ._follow import Follow
from ._transport.model import Outcome
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch


def observe_postures(
    action: FleetAction,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any],
    hosts: Sequence[str],
    watch: Watch,
) -> Mapping[str, HostPosture]:
    """One round trip to every host; one that does not answer has the reason in its ``error``. Of the arguments it
    heeds ``fan_out``, ``at_once`` and ``verify`` (``usr`` in it: every object below /usr is read)."""
    connections = resolve(hosts, action=action, task_vars=variables, fan_out=arguments["fan_out"])
    verify = tuple(arguments["verify"])
    with Follow(action.say, "looked at", len(hosts)) as follow:
        outcomes = run_talks(
            {host: look(host, verify) for host in hosts},
            connections,
            watch=watch,
            limit=arguments["at_once"],
            on_note=follow.note,
            on_done=follow.done,
        )
    if watch.reason:
        raise FleetError(f"Looking at the fleet was stopped ({watch.reason}); nothing was changed, start again.")
    return {host: _seen(host, outcomes[host]) for host in hosts}


def _seen(host: str, outcome: Outcome[HostPosture]) -> HostPosture:
    if outcome.value is not None:
        return outcome.value
    why = outcome.error.message if outcome.error else outcome.stopped
    return HostPosture(host, error=why.removeprefix(f"{host}: "))
