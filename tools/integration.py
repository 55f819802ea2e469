"""Runs the integration tests, several files at once: tools.integration [FILE…].

They mostly wait for hosts that boot. Every file has a pytest of its own, and so a lab that it takes down itself,
whatever ends the run: workers of one pytest would be killed with their labs up.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import types
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tools.stages import ROOT, tool

FOLDER = ROOT / "tests" / "integration"
AT_ONCE = 3
# the longest first, so that none of them is still running when all others are done
LONGEST = (
    "test_guides",
    "test_swap",
    "test_fleet_interruptions",
    "test_fleet_faults",
    "test_backends",
    "test_fleet_prefetch",
    "test_verbs",
    "test_drains",
    "test_fleet_backends",
    "test_fleet_waiting",
)
OUTCOMES = ("failed", "passed", "skipped", "xfailed", "xpassed", "error")
NO_TESTS = 5


@dataclass(frozen=True)
class Ended:
    """How the tests of one file ended."""

    file: str
    code: int
    text: str
    seconds: float

    @property
    def counts(self) -> Counter[str]:
        """Tests by outcome, as pytest's closing line has them; one error where it did not come to that."""
        last = self.text.rstrip().rpartition("\n")[2]
        found = Counter({word.removesuffix("s"): int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)})
        counts = Counter({outcome: found[outcome] for outcome in OUTCOMES if found[outcome]})
        if self.code not in (0, NO_TESTS) and not counts["failed"] and not counts["error"]:
            counts["error"] += 1
        return counts


@dataclass
class Run:
    """What is under way; `slots` are the numbers that labs side by side are told apart by."""

    command: tuple[str, ...]
    at_once: int
    slots: list[str] = field(default_factory=list)
    processes: set[subprocess.Popen[str]] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)
    ended: list[Ended] = field(default_factory=list)

    def stop(self, number: int, frame: types.FrameType | None) -> None:
        """Begins nothing more, and lets what runs take its labs down."""
        if not self.stopping.is_set():
            self.stopping.set()
            for process in tuple(self.processes):
                process.terminate()

    def one(self, file: Path) -> None:
        if self.stopping.is_set():
            return
        slot, began = self.slots.pop(), time.monotonic()
        env = {**os.environ, "ATOMIC_FLEET_TEST_SLOT": slot}
        with subprocess.Popen(
            (*self.command, str(file)),
            cwd=ROOT,
            env=env,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # a terminal's Ctrl-C would end it before we know, and then the next file would begin
            process_group=0,
        ) as process:
            self.processes.add(process)
            if self.stopping.is_set():
                process.terminate()
            text = process.communicate()[0]
            self.processes.discard(process)
        self.slots.append(slot)
        self.ended.append(Ended(file.name, process.returncode, text, time.monotonic() - began))
        print(f"{file.name}\n{text}", end="", flush=True)

    def all(self, files: Sequence[Path]) -> int:
        """Runs the files; 130 where it was stopped, 1 where something failed."""
        self.slots = [str(number) for number in range(self.at_once)]
        before = {number: signal.signal(number, self.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with ThreadPoolExecutor(self.at_once) as pool:
                list(pool.map(self.one, files))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if self.stopping.is_set():
            return 130
        return 1 if any(one.code not in (0, NO_TESTS) for one in self.ended) else 0


def longest_first(files: Sequence[Path]) -> list[Path]:
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    return sorted(files, key=lambda path: (ranks.get(path.stem, len(ranks)), path.name))


def closing_line(ended: Sequence[Ended], seconds: float) -> str:
    """What pytest would have said of all of them."""
    counts: Counter[str] = sum((one.counts for one in ended), Counter())
    plural = {"error": "errors"} if counts["error"] > 1 else {}
    words = [f"{counts[word]} {plural.get(word, word)}" for word in OUTCOMES if counts[word]]
    minutes = f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"
    return f" {', '.join(words) or 'no tests ran'} in {seconds:.2f}s ({minutes}) ".center(80, "=")


def main(words: list[str]) -> int:
    files = [Path(word).resolve() for word in words] or longest_first(list(FOLDER.glob("test_*.py")))
    began = time.monotonic()
    run = Run((tool("pytest"), "-q"), AT_ONCE)
    code = run.all(files)
    for one in sorted(run.ended, key=lambda one: -one.seconds):
        print(f"{one.seconds:7.1f} s  {one.file}{'' if one.code in (0, NO_TESTS) else '  FAILED'}")
    print(closing_line(run.ended, time.monotonic() - began), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
