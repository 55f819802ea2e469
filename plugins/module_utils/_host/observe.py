# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: looking at a host, as a talk of one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._command.gates import gate_sections, patience
from .._command.observe import observe_script
from .._errors import HostError, UnreachableError
from .._model.gate import Gate
from .._model.host import HostState
from .._model.talk import Ask, Pause, Reply, Talk
from .._parse.gates import parse_gates
from .._parse.observation import last_line, parse_observation
from .._parse.sections import parse_sections

OBSERVE_TIMEOUT = 60.0
# Pauses before a host that was well a moment ago is asked once more, in seconds.
_ONCE_MORE = (2.0, 5.0)


def observe(
    host: str, timeout: float = OBSERVE_TIMEOUT, fresh: bool = False, gates: Sequence[Gate] = ()
) -> Talk[HostState]:
    """The host as it is now, and whether it passes the gates. UnreachableError, or HostError where it is no ostree
    host."""
    script = observe_script(gate_sections(gates))
    reply = yield Ask(script, timeout=timeout + patience(gates), fresh=fresh, note="observe")
    return seen(host, reply, gates)


def observe_surely(host: str, fresh: bool = False, pauses: Sequence[float] = _ONCE_MORE) -> Talk[HostState]:
    """The same, not given up for a connection that is lost: for a host that answered a moment ago, where much follows
    from its being lost."""
    try:
        return (yield from observe(host, fresh=fresh))
    except UnreachableError:
        if not pauses:
            raise
    yield from pause(pauses[0], note="ask once more")
    return (yield from observe_surely(host, True, pauses[1:]))


def seen(host: str, reply: Reply, gates: Sequence[Gate] = ()) -> HostState:
    """What an observing script said, with the sections of these gates."""
    sections = parse_sections(host, answer(host, reply))
    state = parse_observation(host, sections)
    return replace(state, gates=parse_gates(host, sections, gates)) if gates else state


def answer(host: str, reply: Reply) -> str:
    """The output of a script that ended well; UnreachableError or HostError with its last words otherwise."""
    if reply.lost:
        raise UnreachableError(host, f"cannot be reached: {last_line(reply.err)}")
    if reply.rc != 0:
        raise HostError(host, f"a script ended with status {reply.rc}: {last_line(reply.err or reply.out)}")
    return reply.out


def pause(seconds: float, note: str = "") -> Talk[float]:
    """Let time pass; returns the controller's clock afterwards."""
    reply = yield Pause(seconds, note=note)
    return reply.at
