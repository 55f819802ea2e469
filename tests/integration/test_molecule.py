"""One of Molecule's scenarios from end to end, one that is interrupted, and a role from outside, tested by the guide's
own commands: none of them leaves anything behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.guides import commands, parse_page
from tests.integration.fleet_helper import until
from tests.integration.lab import REPOSITORY, Lab, lacking

pytestmark = pytest.mark.lab
SCENARIO = "host"
LAB = Lab(f"mol{SCENARIO}", Path("/var/lib/atomic-fleet") / f"mol{SCENARIO}")
RECAP = re.compile(r"^host +: actions=(\d+) +successful=(\d+) ", re.M)
GUIDE = "docs/testing-roles.md"
OUTSIDE = Lab("web", Path("/var/lib/atomic-fleet/web"))
RECAPS = re.compile(r"^default +: actions=(\d+) +successful=(\d+) ", re.M)
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


def outside(home: Path) -> None:
    """A role in a home of its own: the example's, by another name and without its scenario."""
    example, role = REPOSITORY / "examples" / "testing-a-role" / "greeter", home / "roles" / "web"
    shutil.copytree(example, role, ignore=shutil.ignore_patterns("molecule"))
    for path in [path for path in role.rglob("*") if path.is_file()]:
        path.write_text(path.read_text().replace("greeter", "web"))
        path.rename(path.with_name(path.name.replace("greeter", "web")))


def guided() -> list[str]:
    """What the guide has its reader type for a role of theirs; the shell on the host before the lab is gone."""
    page = parse_page(GUIDE, (REPOSITORY / GUIDE).read_text(encoding="utf-8"))
    mine = [block for block in page.blocks if block.markers.get("covered by", "").endswith(Path(__file__).name)]
    lines = [command.text for block in mine for command in commands(block)]
    return sorted(lines, key=lambda line: line.startswith("molecule destroy"))


def test_a_role_from_outside_is_tested_by_the_guide(tmp_path: Path) -> None:
    why = lacking()
    if why:
        pytest.skip(why)
    outside(tmp_path)
    (tmp_path / ".cache").symlink_to(Path("~/.cache").expanduser())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "HOME": str(tmp_path), "ATOMIC_FLEET": str(REPOSITORY), "PATH": path}
    typed = guided()
    assert [line.split()[0] for line in typed] == ["cp", "cd", "sed", "molecule", "molecule", "cd", "molecule"]
    role, printed = tmp_path / "roles" / "web", ""
    try:
        for line in typed:
            done = subprocess.run(
                ["bash", "-c", line],
                cwd=role,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            printed += done.stdout
            assert done.returncode == 0, f"{line}\n{done.stdout}"
    finally:
        subprocess.run(["molecule", "destroy"], cwd=role, env=env, capture_output=True, check=False)
    recaps = RECAPS.findall(COLOURS.sub("", printed))
    assert len(recaps) == 4
    assert all(actions == successful for actions, successful in recaps)
    assert OUTSIDE.leftovers() == []
    assert not OUTSIDE.home.exists()
