"""A rollout in waves: ours, against a plain Ansible `serial` play with the same checks, at equal max_unavailable."""

from __future__ import annotations

from collections.abc import Callable

import yaml

from tests.bench.figures import Figure, goal
from tests.bench.labsite import Site
from tests.bench.measure import Cost, alternating, median
from tests.bench.rebooting import Wave

OURS, PEER, PEER_FORKS = "ours (apply)", "peer (serial)", "peer (serial, as many forks as hosts)"
FORKS = 5
BATCH = 6


class Rollout(Wave):
    """Batches of hosts, each rebooted into the other one of two releases, which was staged before."""

    def ours(self) -> Cost:
        wanted = self.stage()
        policy, plan = self.site.home / "policy.yml", self.site.home / "plan.json"
        policy.write_text(yaml.safe_dump({"canary": 0, "waves": [BATCH], "max_unavailable": BATCH}))
        target = self.site.lab.versions()[wanted]
        self.site.ours("plan", FORKS, checksum=target, policy=str(policy), plan=str(plan))
        return self.check(wanted, self.site.ours("apply", FORKS, plan=str(plan), anew=True))

    def peer_at(self, forks: int) -> Cost:
        wanted = self.stage()
        return self.check(wanted, self.site.peers("peer_serial.yml", forks, batch=BATCH, wanted=wanted))


def run(site: Site, hosts: int, delay: int, runs: int, tell: Callable[[str], None]) -> list[Figure]:
    """Ours and the peer in turn, each ``runs`` times; the peer with Ansible's five forks and with enough of them."""
    site.grow(hosts)
    site.lab.boot_delay(delay)
    rollout = Rollout(site)
    waves = -(-hosts // BATCH)
    tell(f"{hosts} hosts in {waves} waves of {BATCH}, {delay} s of firmware, {runs} runs")
    contestants = {
        OURS: rollout.ours,
        PEER: lambda: rollout.peer_at(FORKS),
        PEER_FORKS: lambda: rollout.peer_at(BATCH),
    }
    costs = alternating(runs, contestants, tell, site.patience)
    ours, peer, wide = (median(costs[name]) for name in (OURS, PEER, PEER_FORKS))
    shown = {name: [[round(one.wall, 2), round(one.cpu, 3)] for one in found] for name, found in costs.items()}
    name = f"{hosts} hosts in waves of {BATCH}"
    return [
        goal(
            f"{name}: times faster than a serial play",
            peer.wall / ours.wall,
            at_least=3,
            basis={"hosts": hosts, "waves": waves, "delay": delay, "wall and cpu seconds": shown},
        ),
        goal(f"{name}: times faster than a serial play with {BATCH} forks", wide.wall / ours.wall),
        goal(f"{name}: times less CPU than a serial play", peer.cpu / ours.cpu),
        goal(f"{name}: seconds of ours for each wave beyond its firmware", ours.wall / waves - delay),
        goal(f"{name}: seconds of the peer for each wave beyond its firmware", peer.wall / waves - delay),
    ]
