"""Tasks files, run by a real ansible-playbook."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.tasks import options, run_tasks

PATIENCE = Patience(60.0, Clock(time.monotonic, time.sleep), lambda _note: None)
INVENTORY = """
well ansible_connection=local
wrong ansible_connection=local
lost ansible_host=127.0.0.1 ansible_port=1
left_out ansible_connection=local
"""
TASKS = """
- name: Look at {{ inventory_hostname }}
  ansible.builtin.raw: "true"
- name: Is it what it should be
  ansible.builtin.assert:
    that: inventory_hostname != 'wrong'
- name: Write it down
  ansible.builtin.raw: "echo {{ said }} >>{{ folder }}/{{ inventory_hostname }}"
"""


@pytest.mark.slow
def test_every_host_has_its_own_end(tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text(INVENTORY)
    (tmp_path / "tasks.yml").write_text(TASKS)
    cli = {"inventory": [str(tmp_path / "hosts.ini")], "extra_vars": (f"folder={tmp_path}", "said=here")}
    failed = run_tasks(str(tmp_path / "tasks.yml"), ["well", "wrong", "lost"], cli, PATIENCE)
    assert failed == {
        "wrong": "the task Is it what it should be failed",
        "lost": "it could not be reached, or its tasks did not come to their end",
    }
    assert (tmp_path / "well").read_text() == "here\n"
    assert not (tmp_path / "left_out").exists()


def test_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match=r"^there is no tasks file /no/such/tasks\.yml on this controller\.$"):
        run_tasks("/no/such/tasks.yml", ["a"], {}, PATIENCE)
    broken = tmp_path / "tasks.yml"
    broken.write_text("- name: [")
    cli = {"inventory": ["a,"], "connection": "local"}
    assert list(run_tasks(str(broken), ["a"], cli, PATIENCE)) == ["a"]


@pytest.mark.parametrize(
    "cli, words",
    [
        ({}, []),
        ({"become": False, "vault_ids": (), "inventory": ["a", "b"]}, ["-i", "a", "-i", "b"]),
        ({"become": True, "forks": 5, "extra_vars": ("a=b",)}, ["-b", "-e", "a=b", "-f", "5"]),
    ],
)
def test_what_was_given_is_handed_on(cli: dict[str, Any], words: list[str]) -> None:
    assert options(cli) == words


def test_a_password_that_was_typed_cannot_be_handed_on() -> None:
    with pytest.raises(ArgumentError, match=r"nobody can tell a password \(-K\): name a file that has it"):
        options({"become_ask_pass": True})
