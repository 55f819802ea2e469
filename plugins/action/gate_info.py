# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says whether a host passes its gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._errors import FleetError, UnreachableError
from ..module_utils._fleet.gate_policy import gates
from ..module_utils._fleet.reader import Reader
from ..module_utils._host.boot import SETTLE_TIMEOUT
from ..module_utils._host.gates import Verdict, host_gates, is_seen, verdicts
from ..module_utils._host.observe import observe
from ..module_utils._host.turn import look
from ..module_utils._model.gate import Gate
from ..plugin_utils._calls import Calls
from ..plugin_utils._service_gates import is_asked, pass_gate
from ..plugin_utils._service_task import ServiceAction
from ..plugin_utils._transport.model import Outcome


class ActionModule(ServiceAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "gates": {"type": "list", "elements": "raw", "required": True},
        "checksum": {"type": "str"},
        "serving": {"type": "bool"},
        "wait": {"type": "bool", "default": True},
        "settle_timeout": {"type": "int", "default": int(SETTLE_TIMEOUT)},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        host, serving = self.host(variables), arguments["serving"]
        entries = self.anchored(gates(Reader(self._task.action, {}), "gates", arguments["gates"]))
        seen = [gate for gate in entries if is_seen(gate) and serving is not True]
        kinds = (False, True) if serving is None else (serving,)
        asked = [gate for gate in entries if is_asked(gate, kinds)]
        found: list[Verdict] = []
        with self.calls(variables) as (calls, watch):
            if seen:
                wait, at = arguments["settle_timeout"], host_gates(seen)
                talk = look(host, wait, wait, at) if arguments["wait"] else observe(host, gates=at)
                outcome = self.held(variables, talk, watch)
                if isinstance(outcome.error, UnreachableError):
                    return {"changed": False, "unreachable": True, "msg": outcome.error.message}
                if outcome.error is not None:
                    raise outcome.error
                if outcome.value is None:
                    raise FleetError(f"{host}: the task was stopped ({outcome.stopped}).")
                found += verdicts(outcome.value, seen, arguments["checksum"])
            if all(one.passed for one in found):
                found += _ask(calls, host, asked, once=not arguments["wait"])
        return _result(host, found)


def _ask(calls: Calls, host: str, asked: Sequence[Gate], once: bool) -> list[Verdict]:
    """Up to the first that it does not pass, as in a wave."""
    found: list[Verdict] = []
    for gate in asked:
        found.append(_asked(calls, host, gate, once))
        if not found[-1].passed:
            break
    return found


def _asked(calls: Calls, host: str, gate: Gate, once: bool) -> Verdict:
    ends: list[Outcome[None]] = []
    pass_gate(calls, gate, [calls.plain(host, gate)], lambda _host, outcome: ends.append(outcome), once)
    error = ends[0].error
    why = error.message.removeprefix(f"{host}: ").removeprefix(f"{gate.kind}: ").rstrip(".") if error else ""
    return Verdict(gate.kind, why)


def _result(host: str, found: Sequence[Verdict]) -> dict[str, Any]:
    wrong = [f"{one.kind}: {one.why}" for one in found if not one.passed]
    return {
        "changed": False,
        "passed": not wrong,
        "msg": f"{host} does not pass its gates ({'; '.join(wrong)})." if wrong else f"{host} passes its gates.",
        "gates": [{"kind": one.kind, "passed": one.passed, "why": one.why} for one in found],
    }
