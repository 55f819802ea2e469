"""A wave of reboots into a staged release: ours, Ansible's own reboot at the same forks, and all at once by hand."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import yaml

from tests.bench.figures import Figure, goal
from tests.bench.labsite import Site
from tests.bench.measure import BenchError, Cost, alternating, median, spread

FORKS = 5
HAND, OURS, PEER = "by hand", "ours (apply)", "peer (reboot)"
RELEASES = ("1.0", "2.0")
# one wave of all hosts
POLICY = {"canary": 0, "waves": ["100%"], "max_unavailable": "100%"}
# the second command waits until the staged release is sure to be finalised at shutdown
STAGE = "ostree admin upgrade --stage --allow-downgrade >/dev/null && systemctl start ostree-finalize-staged.service"


class Wave:
    """Reboots of all hosts of a site, each into the other one of two releases, which was staged before."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.steps: list[float] = []

    def stage(self) -> str:
        """Stages what does not run, on all hosts; its version. None of this is measured."""
        self.site.everywhere(self.site.lab.wait, at_once=8)
        running = Counter(self.running().values()).most_common(1)[0][0]
        wanted = next(version for version in RELEASES if version != running)
        self.site.lab.publish(wanted)
        self.site.shell(STAGE)
        return wanted

    def running(self) -> dict[str, str]:
        return {name: text.strip() for name, text in self.site.shell("cat /usr/share/lab/version").items()}

    def check(self, wanted: str, cost: Cost) -> Cost:
        """All sides are to have done the whole work."""
        wrong = [name for name, version in self.running().items() if version != wanted]
        if wrong:
            raise BenchError(f"After their reboot not all hosts run {wanted}: {', '.join(wrong)} do not.")
        return cost

    def hand(self) -> Cost:
        wanted = self.stage()
        lab = self.site.lab
        hosts = [
            {
                "name": host["name"],
                "address": host["address"],
                "port": host["port"],
                "ssh": lab.ssh_arguments(host["name"]),
            }
            for host in lab.fleet["hosts"]
        ]
        path = self.site.home / "hand.json"
        path.write_text(json.dumps(hosts))
        program = str(Path(__file__).resolve().with_name("hand.py"))
        return self.check(wanted, self.site.measured([sys.executable, program, str(path)]))

    def peer(self) -> Cost:
        wanted = self.stage()
        return self.check(wanted, self.site.peers("peer_reboot.yml", FORKS))

    def ours(self) -> Cost:
        wanted = self.stage()
        policy, plan = self.site.home / "policy.yml", self.site.home / "plan.json"
        policy.write_text(yaml.safe_dump(POLICY))
        target = self.site.lab.versions()[wanted]
        self.site.ours("plan", FORKS, checksum=target, policy=str(policy), plan=str(plan))
        cost = self.site.ours("apply", FORKS, plan=str(plan), anew=True)
        self.steps.append(self.step())
        return self.check(wanted, cost)

    def step(self) -> float:
        """Seconds from the first intention to reboot to the last verified host, as the journal has it."""
        journals = self.site.store.glob("*/journals/*.jsonl")
        newest = max(journals, key=lambda path: path.stat().st_mtime_ns)
        events = [json.loads(line) for line in newest.read_text().splitlines()]
        opened = max(index for index, event in enumerate(events) if event["kind"] == "opened")
        events = events[opened:]  # the same plan may have been applied before
        first = min(_at(event) for event in events if event["kind"] == "host_rebooting")
        return max(_at(event) for event in events if event["kind"] == "host_verified") - first


def _at(event: dict[str, str]) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()


def run(site: Site, hosts: int, delay: int, runs: int, tell: Callable[[str], None]) -> list[Figure]:
    """All three in turn, each ``runs`` times."""
    site.grow(hosts)
    site.lab.boot_delay(delay)
    wave = Wave(site)
    tell(f"rebooting {hosts} hosts with {delay} s of firmware, {FORKS} forks, {runs} runs")
    costs = alternating(runs, {HAND: wave.hand, OURS: wave.ours, PEER: wave.peer}, tell, site.patience)
    hand, ours, peer = (median(costs[name]) for name in (HAND, OURS, PEER))
    step = sorted(wave.steps)[len(wave.steps) // 2]
    shown = {name: [[round(one.wall, 2), round(one.cpu, 3)] for one in found] for name, found in costs.items()}
    noise = {name: round(spread([one.wall for one in found]), 2) for name, found in costs.items()}
    basis = {
        "hosts": hosts,
        "forks": FORKS,
        "delay": delay,
        "wall and cpu seconds": shown,
        "seconds of the boot step alone": [round(one, 2) for one in wave.steps],
        "spread of wall": noise,
    }
    name = f"reboot {hosts} hosts"
    return [
        goal(f"{name}: times faster than the peer", peer.wall / ours.wall, at_least=3.5, basis=basis),
        goal(f"{name}: times less CPU than the peer", peer.cpu / ours.cpu, at_least=8),
        goal(f"{name}: times the seconds by hand, whole apply", ours.wall / hand.wall, at_most=1.3),
        goal(f"{name}: times the seconds by hand, boot step", step / hand.wall),
    ]
