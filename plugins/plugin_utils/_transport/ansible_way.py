# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: Ansible's own way to a host: its variables, its connection plugin, its commands.

Plugins are made and given their options by Ansible's TaskExecutor itself, so what counts is what would
count for any task: command line, ansible.cfg, environment, play and task keywords, and variables.
"""

from __future__ import annotations

import os
import shlex
import threading
import time
from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.executor.task_executor import TaskExecutor
from ansible.module_utils.common.text.converters import to_text

from ...module_utils._model.talk import Reply
from .channel import strip_marker

_SSH = frozenset(["ssh", "ansible.builtin.ssh", "ansible.legacy.ssh"])


class AnsibleWay:
    """What of the running task is needed to reach other hosts than the task's own."""

    def __init__(self, action: Any, task_vars: Mapping[str, Any]) -> None:
        hostvars = task_vars["hostvars"]
        self._variables = hostvars._variable_manager
        self._inventory = hostvars._inventory
        self._loader = action._loader
        self._plugins = action._shared_loader_obj
        self._templar = action._templar
        self._task = action._task.copy(exclude_parent=True, exclude_tasks=True)
        self._task._parent = action._task._parent
        self._task.delegate_to = None
        self._play = action._task.get_play()
        self._play_context = _undelegated(action)
        # Making a plugin reads and fills caches of Ansible's that know nothing of threads.
        self.lock = threading.Lock()

    def variables(self, host: str) -> Any:
        """The host's variables for this task, not templated."""
        known = self._inventory.get_host(host)
        if known is None:
            raise AnsibleError(f"{host} is not in the inventory")
        # With the two lists given, Ansible does not walk the whole inventory for every host.
        return self._variables.get_vars(
            play=self._play,
            host=known,
            task=self._task,
            include_hostvars=False,
            _hosts=[host],
            _hosts_all=[host],
        )

    def templar(self, variables: Any) -> Any:
        return self._templar.copy_with_new_env(available_variables=variables)

    def connection_name(self, variables: Any, templar: Any) -> str:
        named = variables.get("ansible_connection")
        return str(templar.template(named)) if named is not None else str(self._task.connection)

    def plugin(self, host: str, variables: Any) -> Any:
        """The host's connection plugin with its options, shell and privilege escalation set."""
        templar = self.templar(variables)
        known = self._inventory.get_host(host)
        executor = TaskExecutor(
            known,
            self._task,
            variables,
            self._play_context,
            self._loader,
            self._plugins,
            None,
            self._variables,
        )
        context = self._play_context.set_task_and_variable_override(
            task=self._task, variables=variables, templar=templar
        )
        context.post_validate(templar=templar)
        if not context.remote_addr:
            context.remote_addr = known.address
        executor._play_context = context
        name = self.connection_name(variables, templar)
        executor._connection = executor._get_connection(variables, templar, name)
        executor._set_connection_options(variables, templar)
        return executor._connection

    @property
    def become_method(self) -> str:
        return str(self._task.become_method or "sudo")

    @property
    def basedir(self) -> str:
        return str(self._loader.get_basedir())


def _undelegated(action: Any) -> Any:
    """The play's context, without what belongs to the host that the task is delegated to."""
    from ansible.executor.process import worker

    current = getattr(worker, "current_worker", None)
    context = getattr(current, "_play_context", None) if current is not None else None
    return context if context is not None else action._play_context


def is_ssh(name: str) -> bool:
    return name in _SSH


def escalates(plugin: Any) -> bool:
    """Whether scripts run as somebody else than the login user."""
    if plugin.become is None:
        return False
    become_user = _option(plugin.become, "become_user")
    remote_user = _option(plugin, "remote_user") or plugin._play_context.remote_user
    return bool(constants.BECOME_ALLOW_SAME_USER or become_user != remote_user or not any((become_user, remote_user)))


def needs_password(plugin: Any) -> bool:
    return escalates(plugin) and bool(_option(plugin.become, "become_pass"))


def needs_terminal(plugin: Any) -> bool:
    return escalates(plugin) and bool(getattr(plugin.become, "require_tty", False))


def _option(plugin: Any, name: str) -> Any:
    try:
        return plugin.get_option(name)
    except KeyError:
        return None


def wrap(plugin: Any, script: str) -> tuple[str, str]:
    """The command that the login shell gets for ``script``, and the marker line of privilege escalation."""
    command, marker = script, ""
    if escalates(plugin):
        command = plugin.become.build_become_command(script, plugin._shell)
        marker = str(plugin.become.success)
    executable = plugin._play_context.executable or "/bin/sh"
    if getattr(plugin, "allow_executable", True):
        command = f"{executable} -c {shlex.quote(command)}"
    return command, marker


class AnsibleHost:
    """One host behind a connection plugin. Blocking; used by one thread at a time."""

    def __init__(self, way: AnsibleWay, host: str) -> None:
        self._way = way
        self._host = host
        self._plugin: Any = None

    def _made(self) -> Any:
        with self._way.lock:
            plugin = self._way.plugin(self._host, self._way.variables(self._host))
            if is_ssh(plugin._load_name):
                # A script whose fate is unknown is the talk's to judge, not to be run again in silence.
                plugin.set_option("reconnection_retries", 0)
            if plugin.transport == "local":
                plugin.cwd = os.fsencode(self._way.basedir)
        return plugin

    def ask(self, script: str, marker: str, fresh: bool) -> Reply:
        """Runs ``script``; ``marker`` stands in the command line, so that the process can be found."""
        try:
            if fresh:
                self._renew()
            if self._plugin is None:
                self._plugin = self._made()
            # Not every plugin lets a script see the end of its input.
            return self._run(self._plugin, f": {marker}; exec </dev/null\n{script}")
        except AnsibleError as error:  # unreachable, a refused password, settings that cannot be read
            return Reply(rc=-1, err=to_text(error), lost=True, at=time.monotonic())
        except Exception as error:  # connection plugins are anybody's: theirs have no common family
            return Reply(rc=-1, err=f"{type(error).__name__}: {to_text(error)}", lost=True, at=time.monotonic())

    @staticmethod
    def _run(plugin: Any, script: str) -> Reply:
        command, success = wrap(plugin, script)
        ssh = is_ssh(plugin._load_name)
        terminal = needs_terminal(plugin)
        # Ansible's ssh takes a terminal, which mixes the two outputs, unless there is input or nothing to ask.
        sudoable = escalates(plugin) and (needs_password(plugin) or terminal or not ssh)
        given = b"\n" if sudoable and ssh and not terminal else None
        code, out, err = plugin.exec_command(command, in_data=given, sudoable=sudoable)
        text = to_text(out, errors="surrogate_then_replace")
        if terminal:
            text = text.replace("\r\n", "\n")
        return Reply(
            rc=code or 0,
            out=strip_marker(text, success),
            err=to_text(err, errors="surrogate_then_replace"),
            at=time.monotonic(),
        )

    def _renew(self) -> None:
        """What follows uses a new connection, whatever the plugin keeps open, or an earlier task did."""
        plugin, self._plugin = self._plugin, None
        if plugin is None:
            plugin = self._made()
        if is_ssh(plugin._load_name):
            plugin.reset()
        plugin.close()

    def close(self) -> None:
        if self._plugin is not None:
            self._plugin.close()
