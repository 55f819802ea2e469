"""How long planning takes, and how much memory: snapshot file -> plan file, each run in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.snapshot import render_snapshot
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import (
    Deployment,
    Health,
    HostState,
    Remote,
    Space,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store, undisturbed
from tests.bench.figures import Figure, goal

SIZES = (10_000, 100_000)
GIB = 1024**3
POLICY = Policy(
    canary=Amount(10), max_unavailable=Amount(10, True), domains={"zone": Amount(50, True), "rack": Amount(1)}
)
TARGET = Target("b" * 64, "2.0", "fleet:stable/x86_64")


def host(index: int) -> SnapshotHost:
    """As full as a real host's line: two deployments, three file systems, remotes, kernel arguments."""
    name = f"edge-{index:06}"
    where = {"zone": f"z{index % 6}", "rack": f"r{index // 20}", "pool": f"p{index % 2}", "cloud": "lab"}
    if index % 97 == 0:
        return SnapshotHost(name, None, "ssh: connect to host: No route to host", where)
    old = Deployment("a" * 64, "fleet", 0, "1.0", "fleet:stable/x86_64", booted=True)
    older = Deployment("9" * 64, "fleet", 0, "0.9", "fleet:stable/x86_64")
    return SnapshotHost(
        name,
        HostState(
            name,
            "ostree",
            f"{index:032x}",
            (old, older),
            Health("running", (), "green"),
            (Space("/", 50 * GIB, 30 * GIB), Space("/boot", GIB, GIB // 2), Space("/sysroot", 50 * GIB, 30 * GIB)),
            (Remote("fleet", "https://updates.example/repo"),),
            ("root=LABEL=root", "rw", "console=ttyS0", "quiet"),
            ("staging", "pinning", "locked_staging"),
            "2024.5",
            None,
            (),
            86400.5 + index,
        ),
        None,
        where,
    )


def measure(source: Path, folder: Path) -> dict[str, float]:
    """Snapshot file to plan file, by the store as `plan` does it; then the plan read again, as `apply` does it."""
    store = open_store("bench", str(folder))
    begun, worked = time.perf_counter(), time.process_time()
    snapshot = store.load_snapshot(str(source))
    read = time.perf_counter()
    with undisturbed():
        made = plan(snapshot, TARGET, POLICY)
    planned = time.perf_counter()
    path = store.save_plan(made)
    written, done = time.perf_counter(), time.process_time()
    again = store.load_plan(str(path))[1]
    checked = time.perf_counter()
    if again != made:
        raise SystemExit("The plan is not read back as it was written.")
    return {
        "read": read - begun,
        "plan": planned - read,
        "write": written - planned,
        "total": written - begun,
        "cpu": done - worked,
        "check": checked - written,
        "waves": len(made.waves),
        "memory": memory(),
    }


def memory() -> float:
    """The most this process ever held, in MB. getrusage would begin with what its parent held when it forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def run(runs: int, tell: Callable[[str], None]) -> list[Figure]:
    """Both sizes, the runs in turn."""
    found: dict[int, list[dict[str, float]]] = {size: [] for size in SIZES}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            with (Path(folder) / f"{size}.jsonl").open("w", encoding="utf-8") as file:
                snapshot = Snapshot(tuple(map(host, range(size))), "bench")
                file.writelines(f"{line}\n" for line in render_snapshot(snapshot))
        for turn in range(1, runs + 1):
            for size in SIZES:
                source = Path(folder) / f"{size}.jsonl"
                command = [sys.executable, __file__, str(source), folder]
                one = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                found[size].append(one)
                tell(
                    f"  run {turn}/{runs} plan {size:>7} hosts: {one['total']:.2f} s (read {one['read']:.2f}, plan "
                    f"{one['plan']:.2f}, write {one['write']:.2f}; apply's check {one['check']:.2f}), "
                    f"{one['memory']:.0f} MB, {one['waves']:.0f} waves"
                )
    small, large = (statistics.median(one["total"] for one in found[size]) for size in SIZES)
    memory = max(one["memory"] for one in found[SIZES[0]])
    basis = {str(size): found[size] for size in SIZES}
    return [
        goal(f"plan {SIZES[0]} hosts: seconds", small, at_most=1, basis=basis),
        goal(f"plan {SIZES[0]} hosts: MB", memory, at_most=200),
        goal(f"plan {SIZES[1]} hosts: times the seconds of {SIZES[0]}", large / small, at_most=12),
    ]


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]))))
