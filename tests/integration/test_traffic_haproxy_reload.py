"""What becomes of HAProxy's weights when it is really reloaded: kept in three ways, or lost as the docs warn."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import ChangedError, TrafficError
from tests.traffic.conformance import TO_GREEN, member, patience, sentence
from tests.traffic.haproxy_front import Interruption
from tests.traffic.haproxy_world import KEPT, HAProxy, running
from tests.traffic.world import BLUE
from tools.dev_tree import ROOT

pytestmark = pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")
QUARTER = {"blue": 75, "green": 25}
OTHERS = ("admin.sock", "haproxy.cfg", "master.sock")
AT_FIRST = {"blue": 100, "green": 0}


def saving(home: Path, key: str) -> list[str]:
    """The command with which the drop-in of the docs saves the state, for the HAProxy of a test."""
    lines = (ROOT / "docs" / "traffic" / "haproxy.md").read_text().splitlines()
    command = next(line for line in lines if line.startswith(key) and "show servers state" in line)
    command = command.replace("/run/haproxy/admin.sock", f"{home}/admin.sock").replace("/var/lib/haproxy", str(home))
    return shlex.split(command.partition("=")[2].removeprefix("-"))


def test_weights_are_lost_where_nobody_keeps_them(tmp_path: Path) -> None:
    """The docs' warning is true; and the next step of a swap notices."""
    with running(HAProxy(tmp_path)) as world:
        adapter = world.adapter()
        seen = adapter.shift(QUARTER, adapter.observe())
        world.haproxy.reload()
        assert world.shares() == AT_FIRST
        with pytest.raises(ChangedError) as caught:
            adapter.shift(TO_GREEN, seen)
        sentence(caught.value, "blue 75, green 25 when it was looked at, blue 100, green 0 now")


def test_the_state_file_keeps_weights_and_who_is_away(tmp_path: Path) -> None:
    with running(HAProxy(tmp_path, KEPT), state_file=f"{tmp_path}/state") as world:
        adapter = world.adapter()
        seen = adapter.shift(QUARTER, adapter.observe())
        adapter.take_out(BLUE[0], patience(30))
        for _again in range(2):
            world.haproxy.reload()
            assert world.shares() == QUARTER
            found = adapter.observe()
            assert found.version == seen.version
            assert [member(found, name).serving for name in BLUE] == [False, True, True]
        adapter.put_back(BLUE[0], patience(30))
        world.haproxy.reload()
        assert world.serves(BLUE[0])
        answers = world.haproxy.crowd(1000)
        assert abs(sum(answers[name] for name in BLUE) - 750) < 40, answers
        adapter.shift(TO_GREEN, found)
        world.haproxy.reload()
        assert world.shares() == TO_GREEN


def test_the_documented_drop_in_keeps_them(tmp_path: Path) -> None:
    with running(HAProxy(tmp_path, KEPT)) as world:
        adapter = world.adapter()
        adapter.shift(QUARTER, adapter.observe())
        subprocess.run(saving(tmp_path, "ExecReload="), check=True, timeout=20)
        world.haproxy.reload()
        assert world.shares() == QUARTER
        adapter.shift(TO_GREEN, adapter.observe())
        subprocess.run(saving(tmp_path, "ExecStop="), check=True, timeout=20)
        world.haproxy.restart()
        assert world.shares() == TO_GREEN
    assert not (tmp_path / "state.new").exists()


@pytest.mark.parametrize("kept", [True, False])
def test_a_reload_in_the_middle_of_a_shift(tmp_path: Path, kept: bool) -> None:
    """The connection goes on with the process that is leaving; what it told that one is told to the new one too."""
    settings = {"state_file": f"{tmp_path}/state"} if kept else {}
    with running(HAProxy(tmp_path, KEPT if kept else ("", "")), **settings) as world:
        adapter = world.adapter()
        seen = adapter.observe()
        world.front.interruption = Interruption(2, world.haproxy.reload)
        after = adapter.shift(TO_GREEN, seen)
        assert world.shares() == TO_GREEN == dict(after.weights) | TO_GREEN
        assert world.writes() == 2
        world.haproxy.reload()
        assert world.shares() == (TO_GREEN if kept else AT_FIRST)


def test_the_file_keeps_its_mode_and_owner(tmp_path: Path) -> None:
    file = tmp_path / "state"
    with running(HAProxy(tmp_path), state_file=str(file)) as world:
        adapter = world.adapter()
        seen = adapter.shift(QUARTER, adapter.observe())
        assert file.stat().st_mode & 0o777 == 0o644
        file.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(file, 1, 1)
        owner = file.stat().st_uid
        adapter.shift(TO_GREEN, seen)
        assert (file.stat().st_mode & 0o777, file.stat().st_uid) == (0o600, owner)
        assert file.read_text().startswith("1\n# be_id ")
        assert {path.name for path in tmp_path.iterdir()} == {"state", *OTHERS}


def test_a_file_that_cannot_be_written_is_told_before_anything_is_moved(tmp_path: Path) -> None:
    with running(HAProxy(tmp_path), state_file="/nowhere/state") as world:
        adapter = world.adapter()
        seen = adapter.observe()
        for call in (
            lambda: adapter.shift(QUARTER, seen),
            lambda: adapter.take_out(BLUE[0], patience(5)),
            lambda: adapter.put_back(BLUE[0], patience(5)),
        ):
            with pytest.raises(ArgumentError) as caught:
                call()
            sentence(caught.value, "state_file is /nowhere/state, and its folder is not there")
        assert world.writes() == 0
        assert world.serves(BLUE[0])


def test_what_stands_is_told_where_it_could_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with running(HAProxy(tmp_path), state_file=f"{tmp_path}/state") as world:
        adapter = world.adapter()
        with pytest.raises(TrafficError) as caught:
            adapter.shift(QUARTER, adapter.observe())
        sentence(caught.value, "state_file cannot be written", "would forget that over a reload")
        assert world.shares() == QUARTER
        assert {path.name for path in tmp_path.iterdir()} == {"state", *OTHERS}
