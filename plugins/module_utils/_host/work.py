# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: long work on a host, as a talk that survives its own connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .._command import rpm_ostree
from .._command.unit import idle_script, unit_name, work_script
from .._errors import FleetError, HostError, UnreachableError
from .._model.host import HostState
from .._model.steps import HostPlan
from .._model.talk import Ask, Pause, Reply, Talk
from .._parse.observation import last_line, parse_observation
from .._parse.sections import Section, parse_sections
from .observe import answer, observe
from .render import without_password

PATIENCE = 20.0
# How often in a row a connection may be lost before the host counts as gone.
_LOST_LIMIT = 4
# How much other work is waited for before this one gives up.
_OTHERS_LIMIT = 20
Decide = Callable[[HostState], HostPlan]


@dataclass(frozen=True)
class Finished:
    """How long work ended. ``after`` is the host as observed in the same round trip."""

    after: HostState
    joined: bool = False


def work(
    host: str, verb: str, argvs: Sequence[Sequence[str]], timeout: float, patience: float = PATIENCE
) -> Talk[Finished | None]:
    """Runs the argument lists one after the other as one transient unit and waits for its end.

    Identical work that runs already is joined. None where other work of ours was running, somebody else saw the end
    of this one, or it failed while rpm-ostree's daemon was at somebody else's: the host has to be looked at again.
    HostError with the tool's own last words where the work failed; it goes on without us where ``timeout`` seconds
    were not enough.
    """
    name = unit_name(verb, argvs)
    script = work_script(name, argvs, patience)
    deadline: float | None = None
    lost = 0
    joined = True
    while True:
        reply = yield Ask(script, timeout=patience + 60.0, fresh=lost > 0, note=f"{verb} ({name})")
        if deadline is None:
            deadline = reply.at + timeout
        if reply.lost:
            lost += 1
            if lost >= _LOST_LIMIT or reply.at >= deadline:
                raise UnreachableError(host, _lost_sentence(verb, reply))
            yield Pause(2.0**lost, note=f"connection lost, {verb} goes on over there")
            continue
        lost = 0
        sections = parse_sections(host, answer(host, reply))
        if "busy" in sections:
            _check_deadline(host, reply.at, deadline, sections["busy"].text.strip() or "other work", timeout)
            return None
        if "launch" in sections:
            joined = False
            if sections["launch"].rc != 0:
                raise HostError(host, "{} could not be started: {}".format(verb, last_line(sections["launch"].text)))
        state = sections["state"].text.strip() if "state" in sections else ""
        if state == "done":
            return _ended(host, verb, sections, joined)
        if state == "gone":
            return None
        if state == "lost":
            words = reason(sections["out"].text)
            raise HostError(host, f"{verb} was ended from outside before it was done ({words}); run it again")
        _check_deadline(host, reply.at, deadline, verb, timeout)


def _ended(host: str, verb: str, sections: Mapping[str, Section], joined: bool) -> Finished | None:
    if sections["rc"].text.strip() == "0":
        return Finished(parse_observation(host, sections), joined)
    if _is_busy(host, sections):
        return None
    raise HostError(host, "{} failed: {}".format(verb, reason(sections["out"].text)))


def _is_busy(host: str, sections: Mapping[str, Section]) -> bool:
    try:
        return parse_observation(host, sections).transaction is not None
    except FleetError:
        # the words of what failed say more
        return False


def idle(host: str, state: HostState, timeout: float, patience: float = PATIENCE) -> Talk[HostState]:
    """Waits until neither work of ours nor a transaction of rpm-ostree's daemon runs; returns what the host has
    become. A transaction is somebody's: it is waited for, never ended."""
    state = yield from _our_end(host, state, timeout, patience)
    began: float | None = None
    while state.transaction is not None:
        reply = yield Pause(2.0, note=f"wait for the transaction {state.transaction}")
        began = reply.at if began is None else began
        if reply.at >= began + timeout:
            raise HostError(
                host,
                f"rpm-ostree was busy with somebody else's {state.transaction} for {timeout:.0f} s; run this again "
                "when it is done (`rpm-ostree cancel` ends it)",
            )
        state = yield from observe(host)
        state = yield from _our_end(host, state, timeout, patience)
    return state


def cancel(host: str, state: HostState) -> Talk[HostState]:
    """Ends the daemon's transaction, whosever it is; returns what the host has become."""
    if state.transaction is None:
        return state
    yield from work(host, "cancel", [rpm_ostree.cancel()], 60.0)
    return (yield from observe(host))


def _our_end(host: str, state: HostState, timeout: float, patience: float) -> Talk[HostState]:
    deadline: float | None = None
    while active := [unit.name for unit in state.units if unit.active]:
        reply = yield Ask(idle_script(patience), timeout=patience + 60.0, note=f"wait for {active[0]}")
        if deadline is None:
            deadline = reply.at + timeout
        state = parse_observation(host, parse_sections(host, answer(host, reply)))
        if any(unit.active for unit in state.units):
            _check_deadline(host, reply.at, deadline, active[0], timeout)
    return state


def carry_out(
    host: str, state: HostState, decide: Decide, verb: str, timeout: float = 300.0, beside: bool = False
) -> Talk[tuple[HostPlan, HostState, bool]]:
    """Decides and runs the steps, after other work has ended, which may change the decision. Steps that ask nothing
    of rpm-ostree's daemon may run ``beside`` its transaction.

    Returns the plan that was carried out, the host afterwards, and whether identical work was joined.
    """
    for _attempt in range(_OTHERS_LIMIT):
        state = yield from (_our_end(host, state, timeout, PATIENCE) if beside else idle(host, state, timeout))
        plan = decide(state)
        argvs = tuple(step.argv for step in plan.steps if step.argv)
        if not argvs:
            return plan, state, False
        finished = yield from work(host, verb, argvs, timeout)
        if finished is not None:
            return plan, finished.after, finished.joined
        state = yield from observe(host)
    raise HostError(host, "other work keeps running on it; try again later")


def reason(text: str, lines: int = 3) -> str:
    """The last words of a tool, on one line: its errors where it marks them, else its last lines."""
    kept = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [index for index, line in enumerate(kept) if line.lower().startswith("error:")]
    chosen = kept[errors[-1] :] if errors else kept[-lines:]
    return without_password(" ".join(chosen)[:500]) or "it said nothing"


def _check_deadline(host: str, now: float, deadline: float, what: str, timeout: float) -> None:
    if now >= deadline:
        raise HostError(
            host,
            f"{what} was not done after {timeout:.0f} s; it goes on over there, and running this again finds it",
        )


def _lost_sentence(verb: str, reply: Reply) -> str:
    words = last_line(reply.err)
    return (
        f"was lost while it worked on {verb} ({words}); if it lives the work goes on, and running this again finds it"
    )
