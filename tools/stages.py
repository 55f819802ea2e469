"""Runs named stages of checking, each with log and duration: tools.stages STAGE…."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atomic-fleet"
BIN = Path(sys.executable).parent
TERRAFORM = str(ROOT / "tools" / "terraform")
LAB = ROOT / "terraform" / "modules" / "lab" / "files"
PLUGINS = "ansible_collections.atomic.fleet.plugins"


@dataclass(frozen=True)
class Stage:
    """One named run of one command, in the repository's root; `env` is added to the environment."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    # takes one core: another such stage may run beside it
    narrow: bool = False


def tool(name: str) -> str:
    """The path of a program of the venv."""
    return str(BIN / name)


def script(name: str) -> tuple[str, str, str]:
    """How one of tools/*.py is run."""
    return sys.executable, "-m", f"tools.{name}"


# it takes float.is_integer(), which is old, for int.is_integer(), which is not
VERMIN = (tool("vermin"), "--quiet", "-t=3.9-", "--no-tips", "--violations", "--exclude", "int.is_integer")
CHECK = (
    Stage("ruff", (tool("ruff"), "check", "--quiet", ".")),
    Stage("format", (tool("ruff"), "format", "--quiet", "--diff", ".")),
    Stage("python-3.9", (*VERMIN, "plugins/module_utils")),
    Stage("mypy", (tool("mypy"), "-p", PLUGINS, "-p", "tools", "-p", "labkit"), {"MYPYPATH": f"{ROOT}:{LAB}"}),
    Stage("terraform-fmt", (TERRAFORM, "fmt", "-check", "-diff", "-recursive", "terraform")),
    Stage("unit", (tool("pytest"), "-q", "-m", "not slow", "-n", "2")),
)
SANITY = Stage("sanity", script("sanity"), narrow=True)
LINT = Stage("lint", script("lint"), narrow=True)
# and the unit tests that take seconds
ARTIFACT = Stage("artifact", (tool("pytest"), "-q", "-m", "slow", "tests/architecture", "tests/unit"), narrow=True)
GALAXY = Stage("galaxy", script("galaxy_check"), narrow=True)
TERRAFORM_TEST = Stage("terraform-test", script("terraform_test"))
# the tests of one cloud share a fleet that stands: they stay in one process
CLOUDS = Stage("terraform", (tool("pytest"), "-q", "-n", "2", "--dist", "loadgroup", "tests/terraform"))
INTEGRATION = Stage("integration", script("integration"))
# in the closing line of pytest and of tools/terraform_test.py
SKIPPED = re.compile(r"(?<!\S)(\d+) skipped\b")
TARGETS: dict[str, tuple[Stage, ...]] = {
    "check": CHECK,
    "sanity": (SANITY,),
    "lint": (LINT,),
    "artifact": (ARTIFACT,),
    "galaxy": (GALAXY,),
    "terraform-test": (TERRAFORM_TEST,),
    "terraform": (CLOUDS,),
    "integration": (INTEGRATION,),
    # the integration tests are the last: what `make test` ends with is their closing line
    "test": (*CHECK, SANITY, LINT, ARTIFACT, GALAXY, TERRAFORM_TEST, CLOUDS, INTEGRATION),
}


def environment(stage: Stage) -> dict[str, str]:
    """What a stage runs with: the venv's programs first, caches outside of the checkout, its collections only."""
    return {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "RUFF_CACHE_DIR": str(CACHE / "ruff"),
        "MYPY_CACHE_DIR": str(CACHE / "mypy"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
        **stage.env,
    }


@dataclass
class Running:
    """The processes of the stages that run now. When we are interrupted they end their own way, and nothing begins
    after them: tests take their lab down. Ctrl-C reaches them by itself; SIGTERM is passed on."""

    processes: set[subprocess.Popen[str]] = field(default_factory=set)
    received: list[int] = field(default_factory=list)

    def note(self, number: int, frame: types.FrameType | None) -> None:
        self.received.append(number)
        for process in tuple(self.processes):
            self.pass_on(process)

    def pass_on(self, process: subprocess.Popen[str]) -> None:
        if signal.SIGTERM in self.received:
            process.terminate()

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if self.received:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def counting(self, process: subprocess.Popen[str]) -> Iterator[None]:
        self.processes.add(process)
        self.pass_on(process)
        try:
            yield
        finally:
            self.processes.discard(process)


def run(stage: Stage, running: Running, show: Callable[[str], None], hold: bool = False) -> tuple[int, int, str]:
    """Runs one stage, showing and logging what it prints; its exit code, how many it says it skipped, and its last
    line, which is not shown yet where it is to be held."""
    skipped, held = 0, ""
    log = CACHE / "logs" / f"{stage.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            stage.argv,
            cwd=ROOT,
            env=environment(stage),
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process,
        running.counting(process),
    ):
        for line in process.stdout or ():
            show(held if hold else line)
            held = line
            file.write(line)
            if counted := SKIPPED.search(line):
                skipped = int(counted[1])
        process.wait()
    return process.returncode, skipped, held


@dataclass(frozen=True)
class Ended:
    """How a stage ended, in how many seconds."""

    name: str
    code: int
    skipped: int
    seconds: float

    @property
    def word(self) -> str:
        return (f"failed ({self.code})" if self.code else "ok") + (f", {self.skipped} skipped" if self.skipped else "")

    @property
    def line(self) -> str:
        return f"== {self.name}: {self.word}{',' if self.skipped else ''} in {self.seconds:.1f} s\n"


def summary(ended: Sequence[Ended], seconds: float) -> str:
    """What became of every stage and how long it took, and how long it took in all, as a table."""
    rows = [*[(one.name, one.word, one.seconds) for one in ended], ("all", "", seconds)]
    names, words = max(len(name) for name, _word, _taken in rows), max(len(word) for _name, word, _taken in rows)
    return "".join(f"{name:{names}}  {word:{words}}  {taken:8.1f} s\n" for name, word, taken in rows)


def show(text: str) -> None:
    print(text, end="", flush=True)


def one(stage: Stage, running: Running, said: Callable[[str], None], last: bool = False) -> tuple[Ended, str]:
    """How a stage ended, and its closing line, where it is the last."""
    said(f"== {stage.name}\n")
    began = time.monotonic()
    try:
        code, skipped, closing = run(stage, running, said, hold=last)
    except OSError as error:
        said(f"{stage.argv[0]}: {error.strerror}\n")
        code, skipped, closing = 127, 0, ""
    ended = Ended(stage.name, code, skipped, time.monotonic() - began)
    if not last:
        said(ended.line)
    return ended, closing if last else ""


def beside(stages: Sequence[Stage], running: Running) -> list[Ended]:
    """Runs stages that take one core each two at a time, and shows what each printed when it has ended."""

    def whole(stage: Stage) -> Ended | None:
        if running.received:
            return None
        said: list[str] = []
        ended = one(stage, running, said.append)[0]
        show("".join(said))
        return ended

    with ThreadPoolExecutor(2) as pool:
        return [ended for ended in pool.map(whole, stages) if ended is not None]


def run_all(stages: Sequence[Stage]) -> int:
    """Runs every stage, whatever became of the ones before, and says which failed; 1 where one did."""
    ended: list[Ended] = []
    closing, began = "", time.monotonic()
    for narrow, group in itertools.groupby(stages, lambda stage: stage.narrow and len(stages) > 1):
        running = Running()
        with running.noting():
            if narrow:
                ended += beside(tuple(group), running)
                continue
            for stage in group:
                last, closing = one(stage, running, show, last=stage is INTEGRATION)
                ended.append(last)
                if running.received:
                    break
    # the table of many stages comes before the closing line of the last, for that is what everybody looks for
    if len(stages) > len(CHECK):
        show(summary(ended, time.monotonic() - began))
    show(closing)
    failed = [one for one in ended if one.code]
    if INTEGRATION in stages and ended[-1].code:
        show(ended[-1].line)
    if failed:
        print(f"failed: {', '.join(one.name for one in failed)}; logs: {CACHE / 'logs'}", file=sys.stderr)
    return 1 if failed else 0


def main(names: list[str]) -> int:
    """Runs the stages of the targets named; 2 for a name that is none."""
    unknown = [name for name in names if name not in TARGETS]
    if unknown or not names:
        print(f"stages: unknown stage {', '.join(unknown)}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    return run_all(tuple(stage for name in names for stage in TARGETS[name]))


if __name__ == "__main__":
    # a shell's background job ignores SIGINT, and so would all it starts: tests interrupt what they run
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
