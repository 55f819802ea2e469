# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the steps of a wave: observe, decide (in _fleet), write down, act, write down."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..module_utils._fleet.cells import Others, waits_for_canary, waits_for_room
from ..module_utils._fleet.judge import FAILED as FAILED_WORD
from ..module_utils._fleet.judge import GO_ON, Decision, Verdict, after_wave, before_wave, may_go_on
from ..module_utils._fleet.judge import LOST as LOST_WORD
from ..module_utils._fleet.judge import OK as OK_WORD
from ..module_utils._fleet.prefetch import IN_ADVANCE
from ..module_utils._fleet.resume import owed, remaining, to_go_back
from ..module_utils._fleet.rollout import Leg, Work, gate, work
from ..module_utils._model.fleet import PlannedHost, Snapshot
from ..module_utils._model.host import HostState
from ..module_utils._model.journal import (
    HALTED,
    HOST_FAILED,
    HOST_INTENDED,
    HOST_REBOOTING,
    HOST_STAGED,
    HOST_VERIFIED,
    ROLLBACK_BEGUN,
    WAVE_BEGUN,
    WAVE_FINISHED,
    Progress,
)
from ..module_utils._model.policy import HALT, ROLLBACK_ALL, ROLLBACK_WAVE
from ..module_utils._model.talk import Talk
from ._calls import Calls
from ._cells import Cells
from ._crew import Crew
from ._deeds import Made, target_of
from ._drains import Drains
from ._fleet_task import FleetAction
from ._observe import away
from ._run import Run, first_look, opened
from ._service_gates import ask_services, asks_services
from ._transport.watch import Watch
from ._waiting import Waiting

STAGE, DRAIN, BOOT, SETTLE = "stage", "drain", "boot", "settle"


class Wave(Crew):
    """One wave of a run, in one task of it."""

    def __init__(
        self,
        action: FleetAction,
        arguments: Mapping[str, Any],
        variables: Mapping[str, Any],
        run: Run,
        leg: Leg,
        watch: Watch,
    ) -> None:
        super().__init__(action, arguments, variables, run, watch, run.plan.waves[leg.index].name, leg.index)
        self.leg = leg
        self.policy = run.plan.policy_of(leg.index)
        self.cells = Cells(run, self.policy, arguments.get("lock"), watch, self.say)
        self.waiting = Waiting(run, leg.index, watch, self.say)
        self.calls = Calls(action, arguments, variables, watch)
        self.drains = Drains(action, self.calls, run, watch)

    # -- the steps ----------------------------------------------------------------------------------

    def begin(self) -> dict[str, Any]:
        """Look at the whole fleet, write down what is intended, and say which steps are left."""
        while True:
            steps = self.attempt()
            if steps is not None:
                return steps

    def attempt(self) -> dict[str, Any] | None:
        """None where the wave has to wait, and has done so."""
        there, heard = self.cells.read(), self.cells.lengths()
        progress = there.with_failures(self.run.journal.progress)
        fresh = None if self.cells.cell else first_look(self.run, self.run.journal.clock())
        snapshot = fresh or self.look()
        todo = work(self.leg, remaining(self.plan, progress, snapshot), progress)
        wave, debt = owed(self.plan, progress)
        undo = wave == self.leg.index and debt.action != GO_ON
        if not todo.any and not undo and self.leg.index in progress.waves_finished:
            self.say(f"{self.name}: nothing left to do")
            return {}
        may = may_go_on(self.plan, self.leg.index, {*progress.failed, *todo.failed})
        if may.action == GO_ON and todo.stage and there.halted:
            may = Decision(HALT, (f"{self.name} may not begin: {there.halted}",))
        # what is only to be verified, or taken back, takes nobody away who is not away already
        hold = self.waiting.hold(len(todo.stage)) if todo.stage and not undo and may.action == GO_ON else None
        if hold is not None:
            again = self.waiting.put_off(hold)
            self.go_on()
            if again and not self.waiting.is_aborted():
                return None
            return {"halted": True, "reason": hold.reason}
        seen_away = away(snapshot, self.plan) | self.drains.drained
        if not self.cells.cell or not todo.stage or undo or may.action != GO_ON:
            return self.enter(progress, todo, may, undo, seen_away)
        with self.cells.alone() as sure:
            # what the others did while we looked is known by their journals: nobody else decides now
            there = self.cells.read()
            unsure = self.cells.touched_since(heard)
            wait = self.waits(progress, there) or waits_for_room(
                self.plan, self.leg.index, todo.stage, seen_away, there, unsure
            )
            if not wait and not there.halted and sure():
                return self.enter(progress, todo, may, undo, {*seen_away, *there.busy, *unsure})
        if wait and not there.halted:
            self.cells.wait(wait)
            self.go_on()
            if self.waiting.is_aborted():
                return {"halted": True}
        return None

    def waits(self, progress: Progress, there: Others) -> str:
        """For the canary of another cell."""
        asked = opened(self.run.journal, self.run.name.run)
        return "" if asked.get("without_canary") else waits_for_canary(self.plan, self.leg.index, progress, there)

    def enter(
        self, progress: Progress, todo: Work, may: Decision, undo: bool, unavailable: Collection[str]
    ) -> dict[str, Any]:
        """Write down what is intended, and say which steps are left."""
        self.event(WAVE_BEGUN)
        if undo or not todo.any:
            return {"steps": [SETTLE]}
        for name, turn in todo.failed.items():
            self.event(HOST_FAILED, name, reason=turn.reason, lost=turn.do == LOST_WORD)
            self.say(f"  {name}: {turn.reason}")
        if may.action != GO_ON and to_go_back(self.plan, progress, self.leg.index):
            # an earlier run was in the middle of it: what is to become of those hosts, the policy says
            return {"steps": [SETTLE]}
        if may.action == GO_ON:
            may = before_wave(self.plan, self.leg.index, unavailable, todo.stage)
        if may.action != GO_ON:
            self.say(may.reason)
            return self.halt(may)
        self.events(HOST_INTENDED, {name: {} for name in todo.stage})
        self.events(HOST_REBOOTING, {name: {} for name in todo.verify if progress.stage(name) != "rebooting"})
        about = self.waiting.takes(len(todo.stage) + len(todo.verify))
        self.say(f"{self.name}: {len(todo.stage)} to update, {len(todo.verify)} to verify; about {about}")
        if not todo.stage:
            return {"steps": [BOOT, SETTLE]}
        drain = [DRAIN] if self.policy.drains and self.deeds.reboots else []
        return {"steps": [STAGE, *drain, BOOT, SETTLE]}

    def stage(self) -> dict[str, Any]:
        """Stage the target on every host of the wave. One that cannot is failed, and is not rebooted."""

        def done(name: str, made: Made) -> None:
            self.event(HOST_STAGED, name, **made.data)

        if not self.deeds.reboots:
            self.drain()
        names = self.at("intended")
        self.hold("staged", names, self.deeds.make, done, lambda made: made.label)
        return {"changed": bool(names)}

    def drain(self) -> dict[str, Any]:
        """Take the wave out of service. A host that cannot be is failed, and nothing more is done to it."""
        ready = self.at("staged" if self.deeds.reboots else "intended")
        drained = self.drains.drained
        names = [name for name in ready if name not in drained]
        for name, why in self.drains.drain(self.leg.index, names).items():
            self.event(HOST_FAILED, name, reason=why)
        self.go_on()
        return {"changed": bool(names)}

    def boot(self) -> dict[str, Any]:
        """Reboot the whole wave at once, wait for all of it, and let what came up pass the gates."""
        staged, resumed = self.at("staged"), self.at("rebooting")
        events, known = self.run.journal.events, self.run.journal.progress.hosts
        boot_ids = {event.host: event.data.get("boot_id") for event in events if event.kind == HOST_STAGED}
        if self.deeds.reboots:
            self.events(HOST_REBOOTING, {name: {"boot_id": boot_ids.get(name)} for name in staged})

        def talk(host: PlannedHost) -> Talk[HostState]:
            return self.deeds.bring_up(host, known[host.name].boot_id if host.name in resumed else None)

        going = {*staged, *resumed}
        names = tuple([name for name in self.leg.hosts if name in going])
        up: dict[str, HostState] = {}

        def judged(name: str, state: HostState) -> None:
            if not self.judge(name, state):
                return
            if asks_services(self.policy):
                up[name] = state
            else:
                self.event(HOST_VERIFIED, name, boot_id=state.boot_id, label=self.deeds.label(state))

        self.hold("up", names, talk, judged, lambda state: f"{self.deeds.label(state)} is up")
        passed = self.ask(list(up), (False,))
        self.events(
            HOST_VERIFIED,
            {name: {"boot_id": up[name].boot_id, "label": self.deeds.label(up[name])} for name in passed},
        )
        return {"changed": bool(staged) or any(known[name].boot_id for name in resumed)}

    def settle(self) -> dict[str, Any]:
        """Bring what came out well back into service, let it bake, look at the whole fleet again, decide; take the
        wave back where that is decided. Whatever is decided, no host of the wave stays out of service."""
        self.undrain(self.at("verified"))
        self.ask(self.at("verified"), (True,))
        # what is wrong already is not left to bake
        bake = self.policy.bake_time if self.at("verified") else 0
        if bake and self.decide(self.run.journal.progress, self.look()).action == GO_ON:
            self.waiting.bake(bake)
            self.go_on()
            if self.waiting.is_aborted():
                return {"halted": True}
            self.ask(self.at("verified"), (False, True))
        snapshot = self.look()
        seen = {host.name: host for host in snapshot.hosts}
        for name in self.at("verified"):
            state = seen[name].state
            if state is None:
                self.event(HOST_FAILED, name, reason=f"it was lost after its reboot: {seen[name].error}", lost=True)
            else:
                self.judge(name, state)
        progress = self.run.journal.progress
        decision = self.decide(progress, snapshot)
        if decision.action != GO_ON:
            self.say(f"{self.name}: {decision.reason}")
        if decision.action == ROLLBACK_WAVE:
            self.take_back(decision)
        self.undrain(self.leg.hosts)
        if decision.action == GO_ON:
            self.event(WAVE_FINISHED)
            self.say(self.whole())
            return {}
        return {**self.halt(decision), "changed": decision.action == ROLLBACK_WAVE}

    # -- what the steps are made of -----------------------------------------------------------------

    def decide(self, progress: Progress, snapshot: Snapshot) -> Decision:
        there = self.cells.read()
        progress = there.with_failures(progress)
        wave, debt = owed(self.plan, progress)
        if wave == self.leg.index and debt.action == ROLLBACK_WAVE:
            return debt
        verdicts = {name: verdict(progress, name) for name in self.leg.hosts}
        # hosts of the wave that --limit left out have no verdict to give
        left_out = [name for name in self.plan.waves[self.leg.index].hosts if name not in verdicts]
        return after_wave(
            self.plan,
            progress,
            self.leg.index,
            {**verdicts, **dict.fromkeys(left_out, Verdict(OK_WORD))},
            # those in their turn in other cells will be back
            away(snapshot, self.plan) - frozenset(there.busy),
        )

    def judge(self, name: str, state: HostState) -> bool:
        """Whether the host passes the gates that look at it; where it does not, it has failed."""
        wrong = gate(target_of(self.plan.by_name[name]), state, self.policy.gates)
        if wrong is not None:
            self.event(HOST_FAILED, name, reason=wrong)
            self.say(f"  {name}: {wrong}")
        return wrong is None

    def ask(self, names: Sequence[str], serving: Sequence[bool]) -> list[str]:
        """The hosts that pass the gates that ask a service, of these kinds; the others have failed."""
        failed = ask_services(self.calls, self.policy, names, serving) if asks_services(self.policy) else {}
        for name, why in failed.items():
            self.event(HOST_FAILED, name, reason=why)
        self.go_on()
        return [name for name in names if name not in failed]

    def undrain(self, names: Sequence[str]) -> None:
        self.drains.undrain(names)
        self.go_on()

    def take_back(self, decision: Decision) -> None:
        names = to_go_back(self.plan, self.run.journal.progress, self.leg.index)
        names = tuple([name for name in names if name in self.leg.hosts])
        # what serves is taken out of service again; where that fails, going back matters more
        serving = [name for name in self.at("verified") if name in names and name not in self.drains.drained]
        self.drains.drain(self.leg.index, serving)
        self.go_on()
        self.send_back(names, self.claim_back(names, decision.reason))

    def whole(self) -> str:
        return self.waiting.whole()

    def halt(self, decision: Decision) -> dict[str, Any]:
        if decision.action == ROLLBACK_ALL:
            self.event(ROLLBACK_BEGUN, reason=decision.reason)
        self.event(WAVE_FINISHED)
        self.event(HALTED, reason=decision.reason)
        return {"halted": True, "reason": decision.reason}

    def at(self, stage_word: str) -> tuple[str, ...]:
        """The hosts of this wave that stand at a stage, by the journal."""
        progress = self.run.journal.progress
        return tuple([name for name in self.leg.hosts if progress.stage(name) == stage_word])


def verdict(progress: Progress, name: str) -> Verdict:
    known = progress.hosts.get(name)
    if known is None or known.stage in IN_ADVANCE:
        return Verdict(LOST_WORD, "nothing was heard of it")
    if known.stage == "verified":
        return Verdict(OK_WORD)
    return Verdict(LOST_WORD if known.lost else FAILED_WORD, known.reason or known.stage.replace("_", " "))
