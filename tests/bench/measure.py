"""Commands, measured: wall and CPU seconds of whole processes with all their children."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

QUIET = 0.1
REAPER = Path(__file__).resolve().with_name("reaper.py")


class BenchError(Exception):
    """What was to be measured did not happen. The message is for people."""


@dataclass(frozen=True)
class Cost:
    """Seconds: ``wall`` of the command, ``cpu`` (user and system) of it, its children and what it left behind.

    ``memory``: bytes that its largest process had in memory at most.
    """

    wall: float
    cpu: float
    memory: int = 0


def cost(argv: Sequence[str], environment: Mapping[str, str], directory: Path, timeout: float = 1800) -> Cost:
    """Runs the command to its end. BenchError with its last words where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [sys.executable, "-S", "-E", str(REAPER), str(report), *argv],
            env={**os.environ, **environment},
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            raise BenchError(
                f"{' '.join(argv[:8])} … ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
            )
        found = json.loads(report.read_text(encoding="utf-8"))
    return Cost(found["wall"], found["cpu"], found["memory"])


def busy(seconds: float = 1.0) -> float:
    """The share of all cores that is used now, by whomever."""

    def used() -> tuple[int, int]:
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
        ticks = [int(word) for word in words]
        return sum(ticks), ticks[3] + ticks[4]

    before = used()
    time.sleep(seconds)
    after = used()
    return 1 - (after[1] - before[1]) / max(1, after[0] - before[0])


def quiet(patience: float) -> float:
    """Waits up to ``patience`` seconds until others leave the machine alone; how busy it is then."""
    end = time.monotonic() + patience
    while (share := busy()) > QUIET and time.monotonic() < end:
        pass
    return share


def alternating(
    runs: int, contestants: Mapping[str, Callable[[], Cost]], tell: Callable[[str], None], patience: float = 0
) -> dict[str, list[Cost]]:
    """Each contestant ``runs`` times, in turn, so that what else the machine does meets all of them."""
    found: dict[str, list[Cost]] = {name: [] for name in contestants}
    for turn in range(1, runs + 1):
        for name, contest in contestants.items():
            others = quiet(patience)
            try:
                one = contest()
            except BenchError as error:
                # Ansible's reboot at times finds a host unreachable that is just going down: once is no verdict
                tell(f"  run {turn}/{runs} {name} failed, and is done again: {str(error).splitlines()[0]}")
                one = contest()
            found[name].append(one)
            tell(
                f"  run {turn}/{runs} {name}: {one.wall:.2f} s, {one.cpu:.2f} s CPU "
                f"(the machine was {others:.0%} busy with other things before)"
            )
    return found


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(one.wall for one in costs), statistics.median(one.cpu for one in costs))


def spread(values: Sequence[float]) -> float:
    """How far the runs lie apart, as a share of their median."""
    return (max(values) - min(values)) / statistics.median(values)
