# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the gates that ask a service, over the hosts of a wave at once."""

from __future__ import annotations

from collections.abc import Sequence

from ..module_utils._errors import FleetError
from ..module_utils._fleet.service_words import TASKS
from ..module_utils._model.gate import Gate
from ..module_utils._model.policy import Policy
from ._calls import Calls, Ended
from ._services.model import Patience, Served, ServiceGate
from ._services.registry import GATES
from ._transport.model import Outcome

# seconds from one question to the next
_PAUSE = 1.0


def asks_services(policy: Policy) -> bool:
    return any(gate.kind in GATES or gate.kind == TASKS for gate in policy.gates)


def ask_services(calls: Calls, policy: Policy, names: Sequence[str], serving: Sequence[bool]) -> dict[str, str]:
    """Why hosts do not pass, where they do not. ``serving``: of which kinds the gates are (ServiceGate.serving). Who
    failed one gate is not asked the next. Look at the watch afterwards: it may not have come to its end."""
    left, failed = list(names), dict[str, str]()
    for place, gate in enumerate(policy.gates):
        left = [name for name in left if name not in failed]
        if left and is_asked(gate, serving):
            failed.update(_ask(calls, gate, f"gates[{place}]", left))
    return failed


def is_asked(gate: Gate, serving: Sequence[bool]) -> bool:
    """Tasks files are asked where most gates are: before the host serves again, and after the wave has baked."""
    if gate.kind == TASKS:
        return False in serving
    return gate.kind in GATES and GATES[gate.kind].serving in serving


def _ask(calls: Calls, gate: Gate, key: str, names: Sequence[str]) -> dict[str, str]:
    failed: dict[str, str] = {}

    def ended(name: str, outcome: Outcome[None]) -> None:
        if outcome.error is not None:
            failed[name] = outcome.error.message.removeprefix(f"{name}: ")

    pass_gate(calls, gate, calls.served(names, key, gate, ended), ended)
    return failed


def pass_gate(calls: Calls, gate: Gate, served: Sequence[Served], ended: Ended, once: bool = False) -> None:
    """Ask until hosts pass or the gate's time is over; ``once``: take the first answer."""
    if gate.kind == TASKS:
        calls.tasks(served, "file", gate.timeout, gate.kind, ended)
        return
    kind = GATES[gate.kind]
    asked = kind()

    def ask(host: Served, patience: Patience) -> None:
        _until(asked, host, patience, 0.0 if once else patience.timeout)

    calls.call(served, ask, kind.scope, gate.timeout, gate.kind, ended)


def _until(gate: ServiceGate, host: Served, patience: Patience, seconds: float) -> None:
    """Asks until the host passes; when the time is over, what was wrong last is the error."""
    until = patience.clock.now() + seconds
    while True:
        try:
            why = gate.ask(host, patience)
        except FleetError as error:
            why = error.message
        if why is None:
            return
        if patience.clock.now() + _PAUSE > until:
            raise FleetError(why)
        patience.clock.sleep(_PAUSE)
