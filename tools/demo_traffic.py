"""What watches a swap in the demo: clients that keep asking, and a monitor that knows how many answers fail."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
RATE = 250
PATIENCE = 30.0
URL, MONITOR = "http://10.88.0.1/", "10.88.0.1:9090"


class Watched:
    """While the block lasts, ``RATE`` requests a second are sent to the lab; what became of them is in ``samples``."""

    def __init__(self, lab: str, samples: Path) -> None:
        self._inside = ("ip", "netns", "exec", lab, sys.executable, "-m")
        self._socket = f"/run/atomic-fleet-{lab}/balancer.sock"
        self._samples = samples
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(self._samples.open("wb"))
            self._start(stack, "tools.monitor", self._socket, "--listen", MONITOR, output=subprocess.DEVNULL)
            self._start(stack, "tools.load", URL, "--rate", str(RATE), "--seconds", "600", output=output)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _start(self, stack: contextlib.ExitStack, program: str, *words: str, output: Any) -> None:
        process = subprocess.Popen([*self._inside, program, *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output)
        stack.callback(_ended, process)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def swap_page(documents: Path, fleet: str, samples: Path) -> Path:
    """The report of the last swap, with what clients saw of it."""
    from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_report import render_swap
    from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_story import read_swap

    journal = max((documents / "swaps").glob("swap-*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    seen = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
    page = documents / "reports" / f"{journal.stem}.html"
    page.write_text(render_swap(fleet, read_swap(events, seen)), "utf-8")
    return page
