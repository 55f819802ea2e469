"""How planning and a whole rollout grow with the fleet: the planner, the decisions and the journal are the product's,
the hosts are simulated. Each size runs in a process of its own.

Some hosts are down from the start, some come back ill or not at all, and the controller is killed twice and goes on
from journal and hosts. While it runs, the limits are counted by the hosts themselves.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from ansible_collections.atomic.fleet.plugins.module_utils._fleet import judge, resume, rollout
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.amounts import at_most
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.choice import unavailable
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.journal import Chain, Fold, append, verify
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import parse_plan, plan_id, render_plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model import journal as words
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Snapshot, SnapshotHost
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Health
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy
from tests.bench.figures import Figure, goal
from tests.bench.measure import BenchError
from tests.bench.planning import TARGET, host, memory

SIZES = (1_000, 10_000, 100_000)
POLICY = Policy(
    canary=Amount(10),
    waves=(Amount(2, True), "double", Amount(8, True)),
    max_unavailable=Amount(10, True),
    domains={"zone": Amount(12, True)},
    failure_budget=Amount(1, True),
    failure_domains={"rack": Amount(2)},
)
NEW = Deployment(TARGET.checksum, "fleet", 0, TARGET.version, TARGET.refspec, booted=True)


class Killed(Exception):
    """The controller died between two events."""


class World:
    """The hosts as they are, and a watch on how many of them are away at once."""

    def __init__(self, size: int) -> None:
        self.hosts = {one.name: one for one in map(host, range(size))}
        self.limit = at_most(POLICY.max_unavailable, size)
        sizes = Counter(one.domains["zone"] for one in self.hosts.values())
        self.zones = {zone: at_most(POLICY.domains["zone"], count) for zone, count in sizes.items()}
        self.reboots: Counter[str] = Counter()
        self.most_away = 0

    def look(self) -> Snapshot:
        return Snapshot(tuple(self.hosts.values()), "bench")

    def away(self) -> frozenset[str]:
        return frozenset(one.name for one in self.hosts.values() if unavailable(one, POLICY.gates) is not None)

    def stage(self, name: str) -> None:
        one = self.hosts[name]
        if one.state is None or one.state.booted is None:
            raise BenchError(f"{name} was staged although it cannot be reached.")
        staged = replace(NEW, booted=False, staged=True)
        self.hosts[name] = replace(one, state=replace(one.state, deployments=(staged, one.state.booted)))

    def reboot(self, names: Iterable[str]) -> None:
        """All at once; what the limits allow is looked at while they are away."""
        chosen = set(names)
        gone = self.away() | chosen
        zones = Counter(self.hosts[name].domains["zone"] for name in gone)
        self.most_away = max(self.most_away, len(gone))
        if len(gone) > self.limit or any(count > self.zones[zone] for zone, count in zones.items()):
            raise BenchError(f"{len(gone)} hosts were away at once where {self.limit} may.")
        for name in chosen:
            self.reboots[name] += 1
            if self.reboots[name] > 1:
                raise BenchError(f"{name} was rebooted twice.")
            self.hosts[name] = self.up(self.hosts[name])

    @staticmethod
    def up(one: SnapshotHost) -> SnapshotHost:
        """One host in 500 does not come back, one in 500 comes back ill."""
        number, state = int(one.name.rpartition("-")[2]), one.state
        if state is None or number % 500 == 250:
            return replace(one, state=None, error="ssh: connect to host: No route to host")
        health = Health("degraded", ("web.service",)) if number % 500 == 400 else state.health
        boot = f"{number:031x}f"
        return replace(
            one, state=replace(state, boot_id=boot, health=health, deployments=(NEW, *state.deployments[1:]))
        )


class Controller:
    """A run of the plan, as the steps of a wave go about it. Its journal is text, as the file is."""

    def __init__(self, made: FleetPlan, world: World, text: list[str], kill_at: int | None) -> None:
        self.plan, self.world, self.text, self.kill_at = made, world, text, kill_at
        self.chain = verify("".join(text), "journal", Chain())
        self.fold = Fold()
        self.write(words.OPENED, [None], {"plan": plan_id(made), "by": "bench", "anew": False})

    @property
    def progress(self) -> words.Progress:
        return self.fold.progress(self.chain.events)

    def write(
        self, kind: str, hosts: Iterable[str | None], data: Mapping[str, object], wave: int | None = None
    ) -> None:
        for name in hosts:
            seq = len(self.chain.events) + 1
            if self.kill_at is not None and seq > self.kill_at:
                raise Killed
            event = words.Event(kind, "2026-11-24T03:00:00.000Z", "run", name, wave, dict(data))
            line, last = append(self.chain.last, seq, event)
            self.text.append(line + "\n")
            self.chain = Chain(self.chain.events.grown([event]), last, self.chain.size + len(line) + 1)

    def run(self) -> str:
        for leg in rollout.legs(self.plan, self.world.hosts):
            if self.progress.state == words.HALTED:
                break
            self.wave(leg)
        end = rollout.ending(self.plan, self.progress, rollout.order(rollout.legs(self.plan, self.world.hosts)))
        self.write(words.CLOSED, [None], {"outcome": end.outcome, "reason": end.sentence})
        return end.sentence

    def wave(self, leg: rollout.Leg) -> None:
        index, progress = leg.index, self.progress
        todo = rollout.work(leg, resume.remaining(self.plan, progress, self.world.look()), progress)
        if not todo.any and index in progress.waves_finished:
            return
        self.write(words.WAVE_BEGUN, [None], {}, index)
        for name, turn in todo.failed.items():
            self.write(words.HOST_FAILED, [name], {"reason": turn.reason, "lost": turn.do == judge.LOST}, index)
        may = judge.may_go_on(self.plan, index, {*progress.failed, *todo.failed})
        if may.action == judge.GO_ON:
            may = judge.before_wave(self.plan, index, self.world.away(), todo.stage)
        if may.action != judge.GO_ON:
            self.write(words.HALTED, [None], {"reason": may.reason}, index)
            return
        self.write(words.HOST_INTENDED, todo.stage, {}, index)
        for name in todo.stage:
            self.world.stage(name)
            self.write(words.HOST_STAGED, [name], {"boot_id": "0"}, index)
        self.write(words.HOST_REBOOTING, todo.stage, {"boot_id": "0"}, index)
        self.world.reboot(todo.stage)
        turns = {*todo.stage, *todo.verify}
        self.verify([name for name in leg.hosts if name in turns], index)
        self.settle(leg)

    def verify(self, names: Iterable[str], wave: int) -> None:
        for name in names:
            state, planned = self.world.hosts[name].state, self.plan.by_name[name]
            if state is None or planned.target is None:
                self.write(words.HOST_FAILED, [name], {"reason": "it did not come back", "lost": True}, wave)
                continue
            wrong = rollout.gate(planned.target, state, self.plan.policy_of(wave).gates)
            if wrong is None:
                self.write(words.HOST_VERIFIED, [name], {"boot_id": state.boot_id, "label": "2.0"}, wave)
            else:
                self.write(words.HOST_FAILED, [name], {"reason": wrong}, wave)

    def settle(self, leg: rollout.Leg) -> None:
        progress = self.progress
        good = {name for name in leg.hosts if progress.stage(name) == "verified"}
        verdicts = {name: judge.Verdict(judge.OK if name in good else judge.FAILED) for name in leg.hosts}
        decision = judge.after_wave(self.plan, progress, leg.index, verdicts, self.world.away())
        self.write(words.WAVE_FINISHED, [None], {}, leg.index)
        if decision.action != judge.GO_ON:
            self.write(words.HALTED, [None], {"reason": decision.reason}, leg.index)


def simulate(size: int) -> dict[str, float]:
    """Plan, then roll out, with two kills on the way; what it took, and how it went."""
    world = World(size)
    begun, worked = time.perf_counter(), time.process_time()
    made = plan(world.look(), TARGET, POLICY)
    planned = time.perf_counter()
    text: list[str] = []
    kills, spent, again = [size, 3 * size, None], 0.0, 0.0
    for kill_at in kills:
        opened = time.perf_counter()
        # what every task of a run reads
        controller = Controller(parse_plan(render_plan(made), "plan") if text else made, world, text, kill_at)
        again = time.perf_counter() - opened if text and kill_at is None else again
        try:
            sentence = controller.run()
        except Killed:
            sentence = ""
        spent += time.perf_counter() - opened
    hosts = [one for wave in made.waves for one in wave.hosts]
    ill = [name for name in hosts if int(name.rpartition("-")[2]) % 500 in (250, 400)]
    if f"{len(hosts) - len(ill)} of {len(hosts)} hosts run the target" not in sentence:
        raise BenchError(f"The simulated rollout of {size} hosts ended otherwise than it had to: {sentence}")
    return {
        "plan": planned - begun,
        "rollout": spent,
        "cpu": time.process_time() - worked,
        "open": again,
        "waves": len(made.waves),
        "events": len(text),
        "away": world.most_away,
        "memory": memory(),
    }


def run(runs: int, tell: Callable[[str], None]) -> list[Figure]:
    found: dict[int, list[dict[str, float]]] = {size: [] for size in SIZES}
    for turn in range(1, runs + 1):
        for size in SIZES:
            command = [sys.executable, __file__, str(size)]
            one = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            found[size].append(one)
            tell(
                f"  run {turn}/{runs} simulate {size:>7}: plan {one['plan']:.2f} s, rollout {one['rollout']:.2f} s, "
                f"CPU {one['cpu']:.2f} s, {one['memory']:.0f} MB; {one['waves']:.0f} waves, {one['events']:.0f} events"
                f", at most {one['away']:.0f} away, opened again in {one['open']:.2f} s"
            )
    _small, middle, large = (_medians(found[size]) for size in SIZES)
    return [
        goal("simulate: rollout of 100000 hosts, times the CPU of 10000", large[0] / middle[0], at_most=12),
        goal("simulate: memory for 100000 hosts, times that of 10000", large[1] / middle[1], at_most=12),
        goal("simulate 100000 hosts: seconds of CPU", large[0], basis={str(size): found[size] for size in SIZES}),
    ]


def _medians(some: list[dict[str, float]]) -> tuple[float, float]:
    return (
        statistics.median(one["cpu"] for one in some),
        statistics.median(one["memory"] for one in some),
    )


if __name__ == "__main__":
    print(json.dumps(simulate(int(sys.argv[1]))))
