"""Runs Molecule's scenarios, one after the other: tools.molecule [SCENARIO…].

Molecule leaves a scenario's lab up when it is interrupted. Here no lab is left, whatever ends the run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import types
from dataclasses import dataclass

from tools.stages import BIN, ROOT

FOLDER = ROOT / "extensions" / "molecule"
# a role with a scenario of its own, as users have it
EXAMPLES = ROOT / "examples" / "testing-a-role"


@dataclass
class Run:
    """What is under way."""

    program: str = str(BIN / "molecule")
    testing: subprocess.Popen[bytes] | None = None
    stopping: bool = False

    def stop(self, number: int, frame: types.FrameType | None) -> None:
        """Begins nothing more, and has what runs end as by Ctrl-C; taking a lab away is not disturbed."""
        if self.testing and not self.stopping:
            os.killpg(self.testing.pid, signal.SIGINT)
        self.stopping = True

    def start(self, verb: str, scenario: str) -> subprocess.Popen[bytes]:
        example = EXAMPLES / scenario
        is_example = example.is_dir()
        # in a group of its own: a terminal's Ctrl-C reaches it through stop() alone
        return subprocess.Popen(
            [self.program, verb, "-s", "default" if is_example else scenario],
            cwd=example if is_example else ROOT,
            env={
                **os.environ,
                "ATOMIC_FLEET": str(ROOT),
                "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
                # they break lines at 80 columns
                "MOLECULE_COMMAND_BORDERS": "false",
            },
            stdin=subprocess.DEVNULL,
            process_group=0,
        )

    def one(self, scenario: str) -> int:
        """Molecule's exit status."""
        with self.start("test", scenario) as self.testing:
            code = self.testing.wait()
        self.testing = None
        if code or self.stopping:
            with self.start("destroy", scenario) as destroying:
                destroying.wait()
        return code

    def all(self, scenarios: list[str]) -> int:
        """130 where it was stopped, 1 where a scenario failed."""
        before = {number: signal.signal(number, self.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        ended = []
        try:
            for scenario in scenarios:
                if not self.stopping:
                    began = time.monotonic()
                    ended.append((scenario, self.one(scenario), time.monotonic() - began))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        for scenario, code, seconds in ended:
            print(f"{seconds:7.1f} s  {scenario}{'  FAILED' if code else ''}", flush=True)
        if self.stopping:
            return 130
        return 1 if any(code for one, code, seconds in ended) else 0


def roles() -> list[str]:
    """The scenarios of the collection's roles."""
    return sorted(path.parent.name for path in FOLDER.glob("*/molecule.yml"))


def known() -> list[str]:
    """Every scenario, the examples' by the role."""
    return [*roles(), *sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())]


def main(words: list[str]) -> int:
    if unknown := sorted(set(words) - set(known())):
        print(f"molecule: unknown scenario {', '.join(unknown)}; there are {', '.join(known())}", file=sys.stderr)
        return 2
    return Run().all(words or known())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
