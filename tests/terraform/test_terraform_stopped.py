"""terraform_fleet that is held up, and that is stopped: a lock says by whom, and whatever ends a run leaves order."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.terraform.plays import FLEET, arguments, command, environment, needs_terraform, play

pytestmark = needs_terraform
SLOW = """
resource "terraform_data" "slow" {
  depends_on = [terraform_data.host]
  provisioner "local-exec" {
    command = "echo waiting >../waiting; read x <../go"
  }
}
resource "terraform_data" "last" {
  depends_on = [terraform_data.slow]
}
"""


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """An apply of the project says through one pipe that it is half-way, and goes on once it hears from another."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "main.tf").write_text(FLEET)
    (tmp_path / "project" / "slow.tf").write_text(SLOW)
    for name in ("waiting", "go"):
        os.mkfifo(tmp_path / name)
    return tmp_path


def start(folder: Path) -> subprocess.Popen[str]:
    tasks = [{"atomic.fleet.terraform_fleet": arguments(folder)}]
    return subprocess.Popen(
        command(folder, tasks),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_progress_and_a_lock_that_says_by_whom(slow: Path) -> None:
    with start(slow) as first:
        assert (slow / "waiting").read_text() == "waiting\n"
        second = play(slow, [("second", arguments(slow), {})])
        (slow / "go").write_text("on\n")
        printed = first.communicate()[0]
    assert first.returncode == 0, printed
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    assert f"is locked by {who} since 20" in second["second"]["msg"]
    assert "(apply): wait for that to end, or set `lock_timeout`" in second["second"]["msg"]
    assert '  created terraform_data.host["demo-blue-1"] (0 s), ' in printed
    assert "  created terraform_data.last (0 s), 6 of 6" in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_order_behind(slow: Path, number: int) -> None:
    """Terraform ends in its own way: what was made is in the state, nobody holds the lock, and a rerun goes on."""
    with start(slow) as first:
        assert (slow / "waiting").read_text() == "waiting\n"
        first.send_signal(number)
        printed = first.communicate()[0]
    assert first.returncode != 0, printed
    (slow / "project" / "slow.tf").write_text(SLOW.replace("echo waiting >../waiting; read x <../go", "true"))
    results = play(slow, [("again", arguments(slow, lock_timeout=60, serving=[]), {})])
    assert not results["again"].get("failed"), results["again"]
    actions = {resource["address"]: resource["action"] for resource in results["again"]["resources"]}
    assert actions == {"terraform_data.slow": "replace", "terraform_data.last": "create"}
