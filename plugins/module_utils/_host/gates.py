# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the gates that look at a host: which they are, and whether it passes them."""

from __future__ import annotations

from collections.abc import Iterable

from .._command.gates import HOST_KINDS
from .._model.gate import Gate
from .._model.host import HostState
from .._parse.gates import key_of


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
