# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the gates that look at a host: which they are, and whether it passes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._command.gates import HOST_KINDS
from .._model.gate import Gate
from .._model.host import HostState
from .._parse.gates import key_of
from .health import CHECKS, ailments

DEPLOYMENT = "deployment"


@dataclass(frozen=True)
class Verdict:
    """Of one gate: ``why`` the host does not pass it, empty where it does."""

    kind: str
    why: str = ""

    @property
    def passed(self) -> bool:
        return not self.why


def host_gates(gates: Iterable[Gate]) -> tuple[Gate, ...]:
    """Those that are asked with the look at the host."""
    return tuple([gate for gate in gates if gate.kind in HOST_KINDS])


def failed_gates(state: HostState, gates: Iterable[Gate]) -> tuple[Gate, ...]:
    """Those the host does not pass; nor does it pass one that it was not asked."""
    return tuple([gate for gate in host_gates(gates) if state.gates.get(key_of(gate)) != ""])


def gate_troubles(state: HostState, gates: Iterable[Gate]) -> tuple[str, ...]:
    """Why the host does not pass, a sentence a gate; none for what is no ostree host."""
    if not state.backend:
        return ()
    failed = failed_gates(state, gates)
    return tuple([f"{gate.kind}: {state.gates.get(key_of(gate), 'it was not asked')}" for gate in failed])


def is_seen(gate: Gate) -> bool:
    """Whether a look at the host tells, with or without a question of its own."""
    return gate.kind == DEPLOYMENT or gate.kind in CHECKS or gate.kind in HOST_KINDS


def verdicts(state: HostState, gates: Iterable[Gate], expected: str | None = None) -> tuple[Verdict, ...]:
    """What the look at a host says of each gate that a look can tell. ``expected`` is what is to run: what boots next,
    if not named. A host that has not finished its start does not pass, whatever the gates are."""
    starting = tuple([Verdict("start", why) for why in ailments(state, ())])
    return starting + tuple([Verdict(gate.kind, _why(state, gate, expected)) for gate in gates if is_seen(gate)])


def _why(state: HostState, gate: Gate, expected: str | None) -> str:
    if gate.kind in CHECKS:
        return CHECKS[gate.kind](state, None) or ""
    if gate.kind != DEPLOYMENT:
        return state.gates.get(key_of(gate), "it was not asked")
    booted, wanted = state.booted, expected or (state.next_boot.checksum if state.next_boot else "")
    if booted is not None and booted.is_at(wanted):
        return ""
    known = next((entry.label for entry in state.deployments if entry.is_at(wanted)), wanted[:12] or "what boots next")
    return f"it runs {booted.label if booted else 'nothing'} instead of {known}"
