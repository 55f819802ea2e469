"""Ansible in a real terminal: bars below its lines, kept up to date while a task works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.atomic.fleet.tests.unit.plugins.callback.terminal import Terminal, screen

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.estimate import render_pace
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, PlannedHost, Target, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._run import RunName
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store

ROOT = Path(__file__).resolve().parents[4]
COLLECTIONS = ROOT if (ROOT / "ansible_collections").is_dir() else ROOT.parents[2]
TARGET = Target("b" * 64, "2.0")
HOSTS = tuple(PlannedHost(name, "update", "1.0 to 2.0", TARGET, "a" * 64, "1.0", wave=0) for name in "abc")
PLAN = FleetPlan("demo", (TARGET,), Policy(), HOSTS, (Wave("canary", ("a",)), Wave("wave 1", ("b", "c"))))
FULL, EMPTY = "#" * 30, "." * 30


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A playbook that says there is a run, works until it may go on, and says a word."""
    store = open_store("demo", str(tmp_path))
    store.save_plan(PLAN)
    journal = store.journal(plan_id(PLAN))
    journal.write("opened", "run-1", plan=plan_id(PLAN), hosts=["a", "b", "c"], pace=render_pace(Pace()))
    run = RunName("demo", str(tmp_path), plan_id(PLAN), "run-1")
    tasks = [
        {"name": "Open", "ansible.builtin.set_fact": {"atomic_fleet_run": run.render()}},
        {"name": "Work", "ansible.builtin.wait_for": {"path": str(tmp_path / "go"), "sleep": 1, "timeout": 300}},
        {"name": "Err", "ansible.builtin.fail": {"msg": "a word on the other stream"}, "ignore_errors": True},
        {"name": "Say", "ansible.builtin.debug": {"msg": "all is well"}},
    ]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    return [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(tmp_path / "play.yml")]


def environment(home: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_STDOUT_CALLBACK": "atomic.fleet.fleet",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_NOCOLOR": "true",
        "HOME": str(home),
        "TERM": "xterm",
    }


@pytest.mark.slow
def test_bars_follow_the_journal_while_a_task_works(command: list[str], tmp_path: Path) -> None:
    journal = open_store("demo", str(tmp_path)).journal(plan_id(PLAN))
    with Terminal(command, environment(tmp_path)) as terminal:
        terminal.until("bars", lambda lines: f"canary  [{EMPTY}] 1 waiting" in lines)
        terminal.until("the task", lambda lines: any("TASK [Work]" in line for line in lines))
        for kind, host in (("wave_begun", None), ("host_intended", "a"), ("host_rebooting", "a")):
            journal.write(kind, "run-1", host, 0)
        terminal.until("a reboot", lambda lines: f"canary  [{'>' * 30}] 1 rebooting" in lines)
        for kind, host in (("host_verified", "a"), ("wave_finished", None)):
            journal.write(kind, "run-1", host, 0)
        terminal.until("a host that is done", lambda lines: f"canary  [{FULL}] 1 verified" in lines)
        # the bars are the last thing on the screen, once, whatever was written meanwhile
        seen = screen(terminal.text)
        assert [line.partition("[")[0].strip() for line in seen if "[" in line][-3:] == ["canary", "wave 1", "the run"]
        assert sum(line.startswith("canary ") for line in seen) == 1
        assert seen[-2].startswith("about ")
        (tmp_path / "go").touch()
        assert terminal.end() == 0
    last = screen(terminal.text)
    recap = next(place for place, line in enumerate(last) if line.startswith("PLAY RECAP"))
    said = next(place for place, line in enumerate(last) if "all is well" in line)
    assert any(line.startswith("[ERROR]") and "a word on the other stream" in line for line in last)
    # they stay as they were last, below the tasks and above the recap
    assert [place for place, line in enumerate(last) if line.startswith("canary ")] == [recap - 5]
    assert said < recap - 5


@pytest.mark.slow
def test_without_a_terminal_every_line_comes_at_once_and_no_bars(command: list[str], tmp_path: Path) -> None:
    with subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "TASK [Work]" in line:
                # it would not go on if this line had not come before its task is done
                (tmp_path / "go").touch()
    assert process.returncode == 0
    assert any("all is well" in line for line in lines)
    assert not any("\x1b" in line or line.startswith("canary") for line in lines)
