# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: tasks files of the user's own, run on hosts of a wave by an ansible-playbook of their own.

Not between our own tasks: there every host would cost as much for everybody, and the first task that fails or does not
reach a host would take it out of the play, before what was begun is undone.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...module_utils._errors import ArgumentError, FleetError
from .command import run_command
from .model import Patience

_UNHEARD = "it could not be reached, or its tasks did not come to their end"
_FACT = "atomic_fleet_told"
# options of the ansible-playbook that runs, by their names in Ansible's CLIARGS
_GIVEN = {
    "inventory": "-i",
    "extra_vars": "-e",
    "vault_ids": "--vault-id",
    "vault_password_files": "--vault-password-file",
    "private_key_file": "--private-key",
    "remote_user": "-u",
    "connection": "-c",
    "ssh_common_args": "--ssh-common-args",
    "ssh_extra_args": "--ssh-extra-args",
    "become_method": "--become-method",
    "become_user": "--become-user",
    "become_password_file": "--become-password-file",
    "connection_password_file": "--connection-password-file",
    "forks": "-f",
    "module_path": "-M",
}
_FLAGS = {"become": "-b"}
_ASKED = {"ask_pass": "-k", "become_ask_pass": "-K", "ask_vault_pass": "--ask-vault-pass"}


def playbook(tasks: str, said: str) -> list[dict[str, Any]]:
    """The file's tasks on all hosts of a run, and who came out how, written to ``said`` as JSON."""
    names = "ansible_play_hosts_all"
    ends = f"{names} | map('extract', hostvars) | map(attribute='{_FACT}', default='{_UNHEARD}')"
    came_out = "{{ dict(" + names + " | zip(" + ends + ")) }}"
    return [
        {
            "hosts": "all",
            "gather_facts": False,
            "tasks": [
                {
                    "block": [
                        {"ansible.builtin.include_tasks": tasks},
                        {"ansible.builtin.set_fact": {_FACT: ""}},
                    ],
                    "rescue": [
                        {"ansible.builtin.set_fact": {_FACT: "the task {{ ansible_failed_task.name }} failed"}},
                    ],
                },
                {
                    "ansible.builtin.copy": {"dest": said, "content": came_out, "mode": "0600"},
                    "run_once": True,
                    "delegate_to": "localhost",
                    "connection": "local",
                    "become": False,
                    "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
                },
            ],
        }
    ]


def options(cli: Mapping[str, Any]) -> list[str]:
    """What was given to the ansible-playbook that runs. Raises ArgumentError where it asked a person for passwords."""
    asked = [flag for name, flag in _ASKED.items() if cli.get(name)]
    if asked:
        raise ArgumentError(
            f"tasks files run in a process of their own, which nobody can tell a password ({asked[0]}): name a file "
            "that has it."
        )
    words = [flag for name, flag in _FLAGS.items() if cli.get(name)]
    for name, flag in _GIVEN.items():
        value = cli.get(name)
        for one in value if isinstance(value, (list, tuple)) else [value] if value else []:
            words += [flag, str(one)]
    return words


def run_tasks(tasks: str, hosts: Sequence[str], cli: Mapping[str, Any], patience: Patience) -> dict[str, str]:
    """Why hosts failed, where they did. Raises FleetError."""
    if not Path(tasks).is_file():
        raise FleetError(f"there is no tasks file {tasks} on this controller.")
    with tempfile.TemporaryDirectory(prefix="atomic-fleet-") as name:
        folder = Path(name)
        said = folder / "said.json"
        # JSON is YAML
        (folder / "playbook.yml").write_text(json.dumps(playbook(tasks, str(said))))
        (folder / "hosts").write_text("".join(f"{host}\n" for host in hosts))
        argv = [sys.executable, "-m", "ansible", "playbook", *options(cli), "-l", f"@{folder / 'hosts'}"]
        run_command((*argv, str(folder / "playbook.yml")), patience, must=False)
        try:
            found = json.loads(said.read_text())
        except (OSError, ValueError):
            found = {}
    told = {host: found.get(host, _UNHEARD) for host in hosts}
    return {host: str(why) for host, why in told.items() if why}
