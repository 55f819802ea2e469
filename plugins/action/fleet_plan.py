# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the target exact, plans the waves, writes the plan down and shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.cells import all_hosts
from ..module_utils._fleet.layers import parse_wishes, target_of, way_back
from ..module_utils._fleet.packages import pairs
from ..module_utils._fleet.plan_file import plan_id, render_plan
from ..module_utils._fleet.plan_markdown import render_plan_markdown
from ..module_utils._fleet.planner import plan as plan_fleet
from ..module_utils._fleet.resume import changed_hosts
from ..module_utils._fleet.text import render_plan_text
from ..module_utils._fleet.way_back import undo_policy
from ..module_utils._host.wish import anew
from ..module_utils._model.fleet import FleetPlan, Snapshot, Target
from ..module_utils._model.host import Deployment
from ..module_utils._model.policy import Policy
from ..plugin_utils._cells import chains
from ..plugin_utils._deeds import recorded
from ..plugin_utils._files import Address, write_file
from ..plugin_utils._fleet_task import FleetAction
from ..plugin_utils._packages import ask_packages
from ..plugin_utils._policy import load_policy
from ..plugin_utils._store import Store, undisturbed
from ..plugin_utils._waiting import pace_of
from ..plugin_utils._wanted import TARGET_SPEC, check_wishes, wanted_targets


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "fleet": {"type": "str"},
        "snapshot": {"type": "path"},
        **TARGET_SPEC,
        "extensions": {
            "type": "list",
            "elements": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "url": {"type": "str"},
                "checksum": {"type": "str"},
                "units": {"type": "list", "elements": "str", "default": []},
            },
        },
        "undo": {"type": "str"},
        "policy": {"type": "path"},
        "dest": {"type": "path"},
        "markdown": {"type": "path"},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        check_wishes(arguments, ("extensions", "undo"))
        hosts = self.hosts(variables)
        store = self.store(arguments, self.fleet_name(arguments["fleet"], hosts, variables))
        snapshot = store.load_snapshot(arguments["snapshot"])
        undone = _undone(store, arguments["undo"]) if arguments["undo"] is not None else None
        if arguments["policy"]:
            policy = load_policy(arguments["policy"])
        else:
            policy = undo_policy(undone.policy) if undone else Policy()
        targets, reasons = self._targets(arguments, variables, store, snapshot, undone)
        with undisturbed():
            plan = plan_fleet(snapshot, targets, policy, reasons)
        # to undo what was undone brings the newer release again
        plan = replace(plan, undo=undone is not None and not undone.undo)
        with self.watch() as watch:
            packages = ask_packages(self, arguments, variables, pairs(plan), snapshot, watch)
        plan = replace(plan, packages=packages, pace=pace_of(store, bool(plan.layers)))
        path: Address = store.save_plan(plan)
        dest = Path(arguments["dest"]).expanduser().absolute() if arguments["dest"] else None
        if dest is not None:
            path = write_file(dest, render_plan(plan))
        if arguments["markdown"]:
            write_file(Path(arguments["markdown"]).expanduser().absolute(), render_plan_markdown(plan))
        self.say(render_plan_text(plan, every=bool(self._task.diff)))
        if variables.get("ansible_limit"):
            self.display.warning(
                f"--limit was given to the plan: its limits are counted over these {len(plan.hosts)} hosts, as if they "
                "were the whole fleet. Plan without it, and give it to apply."
            )
        verdict = {"changes": plan.changes, "plan": plan_id(plan), "path": str(path), "fleet": plan.fleet}
        said = json.dumps(verdict, indent=2) + "\n"
        if dest is not None:
            summary: Address = write_file(dest.with_name(f"{dest.stem}.changes.json"), said)
        else:
            summary = store.save_changes(plan_id(plan), said)
        return {
            "changed": False,
            **verdict,
            "changes_path": str(summary),
            "waves": [len(one.hosts) for one in plan.waves],
        }

    def _targets(
        self,
        arguments: Mapping[str, Any],
        variables: Mapping[str, Any],
        store: Store,
        snapshot: Snapshot,
        undone: FleetPlan | None,
    ) -> tuple[Target | Mapping[str, Target], Mapping[str, str]]:
        """The targets by host, or one for all, and why hosts that have none have none."""
        if undone is not None:
            return _before(undone, snapshot, store), {}
        if arguments["extensions"] is not None:
            return parse_wishes(arguments["extensions"]), {}
        return wanted_targets(self, arguments, variables, snapshot)


def _undone(store: Store, which: str) -> FleetPlan:
    """The plan that is to be taken back."""
    applied = store.journals()
    if which == "last":
        which = _last_rollout(store, applied)
    name, plan = store.load_plan(which)
    if name not in applied:
        raise ArgumentError(f"{name} was never applied to the fleet {store.fleet}, so there is nothing to take back.")
    return plan


def _last_rollout(store: Store, applied: Sequence[str]) -> str:
    """A plan that had nothing to change is no rollout, and one that took another back is not what is meant: asked
    again, those are taken back that could not be before."""
    for name in reversed(applied):
        plan = store.load_plan(name)[1]
        if plan.changes and not plan.undo:
            return name
    raise ArgumentError(f"Nothing was ever applied to the fleet {store.fleet}, so nothing can be taken back.")


def _back(was: Deployment, backend: str) -> Target:
    exact = anew(was)
    return Target(exact.checksum, exact.version, exact.refspec, backend, exact.image)


def _before(plan: FleetPlan, snapshot: Snapshot, store: Store) -> Mapping[str, Target]:
    there = {host.name: host for host in snapshot.hosts}
    journals = chains(store, plan_id(plan)).values()
    progress = all_hosts([journal.progress for journal in journals])
    events = [event for journal in journals for event in journal.events]
    changed = [host for host in changed_hosts(plan, progress, there) if host.name in there]
    if plan.layers:
        found = {host.name: target_of(way_back(host, recorded(events, host.name))) for host in changed}
    else:
        found = {
            host.name: _back(host.was, host.target.backend)
            for host in changed
            if host.was is not None and host.target is not None
        }
    if not found:
        raise ArgumentError(
            f"The last rollout of the fleet {plan.fleet} changed none of these hosts; nothing to take back."
        )
    return found
