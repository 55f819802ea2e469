# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: at the end of a rollout that came through, hosts may update themselves again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..module_utils._fleet.choice import few
from ..module_utils._fleet.holds import to_release
from ..module_utils._host.driver import release
from ..module_utils._model.fleet import Snapshot
from ..module_utils._model.host import HostState
from ..module_utils._model.talk import Talk
from ._fleet_task import FleetAction
from ._follow import Follow
from ._run import Run
from ._transport.resolve import resolve
from ._transport.run import run_talks
from ._transport.watch import Watch


def release_holds(
    action: FleetAction,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any],
    run: Run,
    seen: Snapshot,
    watch: Watch,
) -> Snapshot:
    """The fleet as it then is. A host that could not be released stays held, and is warned about."""
    held = to_release(run.plan, run.journal.progress, seen)
    if not held:
        return seen

    def talk(state: HostState) -> Talk[HostState]:
        _plan, after = yield from release(state.host, state, state.hold.owner if state.hold else "")
        return after

    connections = resolve(tuple(held), action=action, task_vars=variables, fan_out=arguments["fan_out"])
    with Follow(action.say, "released", len(held)) as follow:
        outcomes = run_talks(
            {name: talk(state) for name, state in held.items()},
            connections,
            watch=watch,
            on_note=follow.note,
            on_done=follow.done,
        )
    left = [name for name in held if outcomes[name].value is None]
    if left:
        action.display.warning(
            f"These hosts still do not update themselves, for they could not be reached or refused: {few(left)}; "
            "release them with atomic.fleet.update_driver."
        )
    after = {name: outcome.value for name, outcome in outcomes.items() if outcome.value is not None}
    return replace(seen, hosts=tuple([replace(one, state=after.get(one.name, one.state)) for one in seen.hosts]))
