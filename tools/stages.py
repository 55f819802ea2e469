"""Runs named stages of checking, each with log and duration: tools.stages STAGE…."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator, Sequence
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
SANITY = Stage("sanity", script("sanity"))
LINT = Stage("lint", script("lint"))
# and the unit tests that take seconds
ARTIFACT = Stage("artifact", (tool("pytest"), "-q", "-m", "slow", "tests/architecture", "tests/unit"))
GALAXY = Stage("galaxy", script("galaxy_check"))
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


@contextlib.contextmanager
def ending_its_own_way(process: subprocess.Popen[str]) -> Iterator[None]:
    """Lets a process finish when we are interrupted, and raises KeyboardInterrupt then.

    Tests take their lab down before they end. Ctrl-C reaches the process by itself; SIGTERM is passed on.
    """
    received: list[int] = []

    def note(number: int, frame: types.FrameType | None) -> None:
        received.append(number)
        if number == signal.SIGTERM:
            process.terminate()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise KeyboardInterrupt


def run(stage: Stage, hold: bool = False) -> tuple[int, int, str]:
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
        ending_its_own_way(process),
    ):
        for line in process.stdout or ():
            print(held if hold else line, end="", flush=True)
            held = line
            file.write(line)
            if counted := SKIPPED.search(line):
                skipped = int(counted[1])
        process.wait()
    return process.returncode, skipped, held


def summary(rows: Sequence[tuple[str, str, float]]) -> str:
    """What became of every stage and how long it took, as a table."""
    every = [*rows, ("all", "", sum(seconds for _name, _word, seconds in rows))]
    names, words = max(len(name) for name, _word, _seconds in every), max(len(word) for _name, word, _seconds in every)
    return "".join(f"{name:{names}}  {word:{words}}  {seconds:8.1f} s\n" for name, word, seconds in every)


def run_all(stages: tuple[Stage, ...]) -> int:
    """Runs every stage, whatever became of the ones before, and says which failed; 1 where one did."""
    failed = []
    rows = []
    for stage in stages:
        last = stage is INTEGRATION
        print(f"== {stage.name}", flush=True)
        began = time.monotonic()
        try:
            code, skipped, closing = run(stage, hold=last)
        except OSError as error:
            print(f"{stage.argv[0]}: {error.strerror}", flush=True)
            code, skipped, closing = 127, 0, ""
        seconds = time.monotonic() - began
        word = (f"failed ({code})" if code else "ok") + (f", {skipped} skipped" if skipped else "")
        rows.append((stage.name, word, seconds))
        if code:
            failed.append(stage.name)
        # the table of many stages comes before the closing line of the last, for that is what everybody looks for
        if len(stages) > len(CHECK) and stage is stages[-1]:
            print(summary(rows), end="", flush=True)
        if last:
            print(closing, end="", flush=True)
        if code or not last:
            print(f"== {stage.name}: {word}{',' if skipped else ''} in {seconds:.1f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}; logs: {CACHE / 'logs'}", file=sys.stderr)
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
