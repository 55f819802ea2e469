# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: verbs that decide by more than an ordinary observation tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from .._command.observe import observe_script
from .._errors import HostError
from .._model.host import HostState
from .._model.steps import HostPlan
from .._model.talk import Ask, Talk
from .._parse.observation import parse_observation
from .._parse.sections import parse_sections
from .observe import OBSERVE_TIMEOUT, answer
from .work import idle, work

# How much other work is waited for before this one gives up.
_OTHERS_LIMIT = 20


class Seen(Protocol):
    """What was seen: the host, and whatever else."""

    @property
    def state(self) -> HostState: ...


Looked = TypeVar("Looked", bound=Seen)


def look(host: str, name: str, argv: tuple[str, ...], parse: Callable[[HostState, str], Looked]) -> Talk[Looked]:
    """An observation with one section more, in one round trip."""
    reply = yield Ask(observe_script(extra=[(name, argv)]), timeout=OBSERVE_TIMEOUT, note=f"observe, with {name}")
    sections = parse_sections(host, answer(host, reply))
    return parse(parse_observation(host, sections), sections[name].text)


def carry_out_seen(
    seen: Looked,
    look_again: Callable[[], Talk[Looked]],
    decide: Callable[[Looked], HostPlan],
    verb: str,
    timeout: float,
) -> Talk[tuple[HostPlan, Looked]]:
    """Decides and runs the steps after other work has ended, and looks again: as carry_out does, with all that was
    seen. HostError where the steps did not bring about what was decided."""
    host = seen.state.host
    for _attempt in range(_OTHERS_LIMIT):
        state = yield from idle(host, seen.state, timeout)
        if state is not seen.state:
            seen = yield from look_again()
        plan = decide(seen)
        if not plan.steps:
            return plan, seen
        finished = yield from work(host, verb, [step.argv for step in plan.steps], timeout)
        seen = yield from look_again()
        if finished is not None:
            if rest := decide(seen).steps:
                raise HostError(host, f"{verb} was done, but this is still to do: {rest[0].summary}; run it again")
            return plan, seen
    raise HostError(host, "other work keeps running on it; try again later")
