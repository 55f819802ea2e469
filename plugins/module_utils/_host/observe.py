# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: looking at a host, as a talk of one round trip."""

from __future__ import annotations

from .._command.observe import observe_script
from .._errors import HostError, UnreachableError
from .._model.host import HostState
from .._model.talk import Ask, Pause, Reply, Talk
from .._parse.observation import last_line, parse_observation
from .._parse.sections import parse_sections

OBSERVE_TIMEOUT = 60.0


def observe(host: str, timeout: float = OBSERVE_TIMEOUT, fresh: bool = False) -> Talk[HostState]:
    """The host as it is now. UnreachableError, or HostError where it is no ostree host."""
    reply = yield Ask(observe_script(), timeout=timeout, fresh=fresh, note="observe")
    return parse_observation(host, parse_sections(host, answer(host, reply)))


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
