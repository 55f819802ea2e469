# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: boot what boots next, prove what came up, go back where it is wrong.

In two phases for fleets: ``trigger_reboot`` on a whole wave, then ``await_boot`` on all of it at once, then
``judge``, and ``go_back`` where that says so. ``boot`` is all of it for one host.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .._command.gates import gate_sections, patience
from .._command.reboot import STILL_OLD, settled_script, trigger_script
from .._errors import HostError, UnreachableError
from .._model.gate import Gate
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan
from .._model.talk import Ask, Pause, Talk
from .._parse.observation import last_line
from .._parse.sections import parse_sections
from .deployment import STAGE_TIMEOUT, backend_of, stage
from .gates import failed_gates
from .health import ailments, settled
from .observe import answer, observe, seen
from .wish import Exact, anew
from .work import idle

BOOT_TIMEOUT = 600.0
SETTLE_TIMEOUT = 300.0
_PATIENCE = 20.0
CHECKS = ("failed_units", "greenboot")


@dataclass(frozen=True)
class Verdict:
    """What came up. ``kind`` is well, fell_back (the boot loader or greenboot went back by itself), wrong
    (something else altogether) or unhealthy; ``reason`` is for people."""

    kind: str
    reason: str

    @property
    def well(self) -> bool:
        return self.kind == "well"


@dataclass(frozen=True)
class Booted:
    """What booting came to. ``failure`` is the one sentence of a boot that did not do what it should."""

    before: HostState
    after: HostState
    plan: HostPlan
    verdict: Verdict
    rolled_back: bool = False
    failure: str | None = None


def plan_boot(state: HostState, expected: str | None = None) -> HostPlan:
    """Unlock and reboot. No steps where ``expected`` (what boots next, if not named) is booted already. The plan's
    target is the one deployment that is to come up."""
    target = _upcoming(state)
    booted = state.booted
    if target is None or booted is None:
        raise HostError(state.host, "has nothing that could boot")
    wanted = expected or target.checksum
    if not target.is_at(wanted):
        if booted.is_at(wanted):
            raise HostError(
                state.host,
                f"{booted.label} is booted, but {target.label} would boot next: the deployment verb settles that",
            )
        raise HostError(state.host, f"{_label(state, wanted)} was expected to boot, but {target.label} would")
    if target.booted:
        return HostPlan((), f"{booted.label} is booted and boots next", target.checksum)
    if not state.can("root"):
        raise HostError(state.host, "only root can reboot it: set become, or connect as root")
    steps = backend_of(state).reboot(state, target)
    return HostPlan(steps, f"{booted.label} is booted, {target.label} boots next", target.checksum)


def _upcoming(state: HostState) -> Deployment | None:
    """What a reboot brings up once what is staged has been unlocked."""
    return state.staged or state.next_boot


def predicted_boot(state: HostState) -> HostState:
    """The host as a reboot would leave it, for check mode and diff."""
    target = _upcoming(state)
    entries = tuple(replace(entry, booted=entry is target, staged=False, locked=False) for entry in state.deployments)
    return replace(state, deployments=entries)


def trigger_reboot(host: str, state: HostState, plan: HostPlan) -> Talk[bool]:
    """Arranges the reboot and returns while the host is still up. ``state`` is the observation the decision
    was made on: a host that was rebooted since is left alone (False). A lost answer counts as arranged:
    ``await_boot`` finds out."""
    argvs = tuple(step.argv for step in plan.steps)
    reply = yield Ask(trigger_script(state.boot_id, argvs[:-1], argvs[-1]), note="reboot")
    if reply.lost:
        return True
    sections = parse_sections(host, answer(host, reply))
    if sections["boot-id"].rc != 0:
        return False
    for name in ("before", "reboot"):
        if sections[name].rc != 0:
            raise HostError(host, f"the reboot could not be arranged: {last_line(sections[name].text)}")
    return True


def await_boot(
    host: str,
    old_boot_id: str,
    timeout: float = BOOT_TIMEOUT,
    settle: float = SETTLE_TIMEOUT,
    gates: Sequence[Gate] = (),
) -> Talk[HostState]:
    """Asks again and again, with new connections, until another boot than ``old_boot_id`` answers, has finished
    starting and passes ``gates``; it is taken as it is when it did not finish in ``settle`` seconds, or the
    time of every gate that it does not pass is over. UnreachableError after ``timeout`` seconds without one."""
    reply = yield Pause(2.5, note="wait for the host to go down")
    began = reply.at
    first_seen: float | None = None
    first_settled: float | None = None
    last: HostState | None = None
    words = "no answer"
    while True:
        reply = yield Ask(
            settled_script(old_boot_id, _PATIENCE, gate_sections(gates)),
            timeout=_PATIENCE + 40.0 + patience(gates),
            fresh=True,
            note="wait for boot" if first_settled is None else "wait for gates",
        )
        if reply.lost:
            last, words = None, last_line(reply.err)
        elif reply.rc == STILL_OLD:
            last, words = None, "it still runs the boot it was to leave"
            if reply.out.strip():
                raise HostError(host, f"refused to reboot: {last_line(reply.out)}")
        else:
            last = seen(host, reply, gates)
            first_seen = reply.at if first_seen is None else first_seen
            if settled(last):
                first_settled = reply.at if first_settled is None else first_settled
                left = [gate.timeout - (reply.at - first_settled) for gate in failed_gates(last, gates)]
                if max(left, default=0.0) <= 0:
                    return last
            elif reply.at - first_seen >= settle:
                return last
        if reply.at - began >= timeout:
            if last is not None:
                return last
            raise UnreachableError(host, f"did not come back within {timeout:.0f} s: {words}")
        # what is up is seen soon after, by the measure of how long it took
        yield Pause(min(max(1.0, (reply.at - began) / 20), 5.0), note="wait for boot")


def judge(before: HostState, after: HostState, expected: str, checks: tuple[str, ...] = CHECKS) -> Verdict:
    """What came up, by boot id, checksum and the named health checks."""
    booted, was = after.booted, before.booted
    label = booted.label if booted else "nothing"
    if before.boot_id == after.boot_id:
        return Verdict("wrong", f"the host was not rebooted and still runs {label}")
    if booted is None or booted.checksum != expected:
        name = _label(before, expected)
        if booted is not None and was is not None and booted.checksum == was.checksum:
            return Verdict("fell_back", f"{name} did not come up: the host fell back to {label}")
        return Verdict("wrong", f"{name} was to come up, but {label} did")
    ill = ailments(after, checks, before)
    if ill:
        return Verdict("unhealthy", "{} came up unhealthy ({})".format(label, "; ".join(ill)))
    return Verdict("well", f"{label} came up")


def _label(state: HostState, checksum: str) -> str:
    return next((entry.label for entry in state.deployments if entry.is_at(checksum)), checksum[:12])


def way_to(state: HostState, to: Deployment) -> Exact:
    """A deployment the host once had, as it stands on disk, or made anew of what it was made of."""
    if any(entry.checksum == to.checksum for entry in state.deployments):
        return Exact(to.checksum, to.version, to.refspec, back=True)
    return anew(to)


def go_back(
    host: str,
    state: HostState,
    to: Deployment,
    timeout: float = BOOT_TIMEOUT,
    settle: float = SETTLE_TIMEOUT,
    stage_timeout: float = STAGE_TIMEOUT,
) -> Talk[HostState]:
    """Makes ``to`` run and boot next for good. Where it runs already, what would boot instead is taken away;
    else it is made the next boot and booted. HostError where it does not come up."""
    staged = yield from stage(host, way_to(state, to), timeout=stage_timeout, state=state)
    plan = plan_boot(staged.after)
    if not plan.steps:
        return staged.after
    yield from trigger_reboot(host, staged.after, plan)
    after = yield from await_boot(host, staged.after.boot_id, timeout, settle)
    verdict = judge(staged.after, after, plan.target or "", ())
    if not verdict.well:
        raise HostError(host, f"the way back to {to.label} failed: {verdict.reason}")
    return after


def boot(
    host: str,
    expected: str | None = None,
    checks: tuple[str, ...] = CHECKS,
    timeout: float = BOOT_TIMEOUT,
    settle: float = SETTLE_TIMEOUT,
    back: bool = True,
    state: HostState | None = None,
) -> Talk[Booted]:
    """The whole verb. A boot that is wrong or unhealthy is undone unless ``back`` is False, and is a
    ``failure`` in the result either way. Errors are raised where nothing can be said of the host."""
    if state is None:
        state = yield from observe(host)
    state = yield from idle(host, state, STAGE_TIMEOUT)
    plan = plan_boot(state, expected)
    if not plan.steps:
        return _stayed(state, plan, checks)
    yield from trigger_reboot(host, state, plan)
    after = yield from await_boot(host, state.boot_id, timeout, settle)
    verdict = judge(state, after, plan.target or "", checks)
    if verdict.well:
        return Booted(state, after, plan, verdict)
    was = state.booted
    if not back or was is None or state.boot_id == after.boot_id:
        return Booted(state, after, plan, verdict, failure=f"{host}: {verdict.reason}")
    try:
        restored = yield from go_back(host, after, was, timeout, settle)
    except HostError as error:
        sentence = f"{host}: {verdict.reason}, and the way back failed: {error.message}"
        return Booted(state, after, plan, verdict, failure=sentence)
    sentence = f"{host}: {verdict.reason}; it runs {was.label} again, and boots it next"
    return Booted(state, restored, plan, verdict, rolled_back=True, failure=sentence)


def _stayed(state: HostState, plan: HostPlan, checks: tuple[str, ...]) -> Booted:
    """Nothing was booted, so nothing is undone: ill health is told, and is no failure of this verb."""
    ill = ailments(state, checks)
    if not ill:
        return Booted(state, state, plan, Verdict("well", plan.reason))
    label = state.booted.label if state.booted else "nothing"
    return Booted(
        state, state, plan, Verdict("unhealthy", "{} runs, but is unhealthy ({})".format(label, "; ".join(ill)))
    )
