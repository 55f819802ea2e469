"""One of Molecule's scenarios from end to end, and one that is interrupted: neither leaves anything behind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.fleet_helper import until
from tests.integration.lab import REPOSITORY, Lab, lacking

pytestmark = pytest.mark.lab
SCENARIO = "host"
LAB = Lab(f"mol{SCENARIO}", Path("/var/lib/atomic-fleet") / f"mol{SCENARIO}")
RECAP = re.compile(r"^host +: actions=(\d+) +successful=(\d+) ", re.M)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def running(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """What `make molecule` runs, for one scenario; it ends before the test does."""
    why = lacking()
    if why:
        pytest.skip(why)
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.molecule", SCENARIO],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def said(log: Path) -> str:
    return COLOURS.sub("", log.read_text(encoding="utf-8", errors="replace"))


def test_the_role_host_passes_its_scenario(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(log) as process:
        assert process.wait() == 0, said(log)
    (actions, successful) = RECAP.findall(said(log))[-1]
    assert actions == successful
    assert LAB.leftovers() == []
    assert not LAB.home.exists()


def test_an_interrupted_scenario_leaves_no_lab(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(log) as process:
        until("the lab's network", lambda: Path(f"/run/netns/{LAB.name}").exists() or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130, said(log)
    assert "Aborted!" in said(log)
    assert LAB.leftovers() == []
    assert not LAB.home.exists()
