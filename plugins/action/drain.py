# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a host out of its services, or brings it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.reader import Reader
from ..module_utils._fleet.service_words import drains
from ..module_utils._host.observe import observe
from ..plugin_utils._host_drains import Drained, HostDrains
from ..plugin_utils._service_task import ServiceAction
from ..plugin_utils._transport.watch import Watch


class ActionModule(ServiceAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "drains": {"type": "list", "elements": "raw", "required": True},
        "state": {"type": "str", "choices": ["drained", "undrained"], "default": "drained"},
        "only_known": {"type": "bool", "default": False},
        "node_id": {"type": "str"},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        host, draining = self.host(variables), arguments["state"] == "drained"
        if draining and arguments["only_known"]:
            raise ArgumentError("only_known goes with state undrained: what is drained has to be.")
        entries = self.anchored(drains(Reader(self._task.action, {}), "drains", arguments["drains"]))
        said: dict[str, str | None] = {"node_id": arguments["node_id"]}
        with self.calls(variables) as (calls, watch):

            def node_id() -> str | None:
                if said["node_id"] is None:
                    said["node_id"] = self._node_id(host, variables, watch)
                return said["node_id"]

            there = HostDrains(calls, host, node_id, bool(self._task.check_mode), arguments["only_known"])
            found = there.drain(entries) if draining else there.undrain(entries)
        result = _result(host, draining, found)
        if self._task.diff:
            result["diff"] = {
                "before": _lines(found, arguments["state"], before=True),
                "after": _lines(found, arguments["state"], before=False),
            }
        return {**result, "node_id": said["node_id"]}

    def _node_id(self, host: str, variables: Mapping[str, Any], watch: Watch) -> str | None:
        state = self.held(variables, observe(host), watch).value
        return None if state is None else state.node_id


def _result(host: str, draining: bool, found: Sequence[Drained]) -> dict[str, Any]:
    do = "drain" if draining else "undrain"
    stuck = [f"{do} {one.kind}: {one.why}" for one in found if one.why]
    done = [one.kind for one in found if one.done and not one.why]
    words = "out of service" if draining else "in service"
    result: dict[str, Any] = {
        "changed": any(one.done for one in found),
        "msg": f"{host}: {words} ({', '.join(done) or 'nothing was to be done'})",
        "drains": [{"kind": one.kind, "needed": one.needed, "done": one.done, "why": one.why} for one in found],
        "stuck": stuck,
    }
    if stuck:
        what = "not drained" if draining else "still drained"
        result.update(failed=True, msg=f"{host}: {what} ({'; '.join(stuck)}).")
    return result


def _lines(found: Sequence[Drained], state: str, before: bool) -> str:
    other = "undrained" if state == "drained" else "drained"

    def word(one: Drained) -> str:
        if not before and one.done and not one.why:
            return state
        return "unknown" if one.needed is None else other if one.needed else state

    return "".join(f"{one.kind}: {word(one)}\n" for one in found)
