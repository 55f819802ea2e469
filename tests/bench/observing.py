"""Observing a fleet: our fan-out and our verb, beside facts and a command at the same forks."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.figures import Figure, goal
from tests.bench.labsite import Site
from tests.bench.measure import alternating, median, spread

FORKS = 20
OURS, VERB, PEER = "fan-out (status)", "verb (deployment_info)", "peer (facts, command)"


def run(site: Site, hosts: int, runs: int, tell: Callable[[str], None]) -> list[Figure]:
    """All three in turn, each ``runs`` times, after one unmeasured turn of each."""
    site.grow(hosts)
    contestants = {
        OURS: lambda: site.ours("status", FORKS),
        VERB: lambda: site.ours("info.yml", FORKS),
        PEER: lambda: site.peers("peer_facts.yml", FORKS),
    }
    tell(f"observing {hosts} hosts, {FORKS} forks, {runs} runs, after one of each that does not count")
    alternating(1, contestants, lambda line: None)
    costs = alternating(runs, contestants, tell, site.patience)
    ours, verb, peer = (median(costs[name]) for name in (OURS, VERB, PEER))
    noise = {name: round(spread([one.wall for one in found]), 2) for name, found in costs.items()}
    shown = {name: [[round(one.wall, 3), round(one.cpu, 3)] for one in found] for name, found in costs.items()}
    basis = {"hosts": hosts, "forks": FORKS, "wall and cpu seconds": shown, "spread of wall": noise}
    return [
        goal(f"observe {hosts} hosts, fan-out: times faster", peer.wall / ours.wall, at_least=10, basis=basis),
        goal(f"observe {hosts} hosts, fan-out: times less CPU", peer.cpu / ours.cpu, at_least=12),
        goal(f"observe {hosts} hosts, verb: times faster", peer.wall / verb.wall, at_least=3),
        goal(f"observe {hosts} hosts, verb: times less CPU", peer.cpu / verb.cpu),
    ]
