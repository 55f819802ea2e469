# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the base of the tasks that act for the whole fleet: once, on the controller."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._errors import ArgumentError, FleetError
from ._known import Known
from ._known_hosts import bring_known_hosts
from ._store import Store, open_store

# dial is named for what it loads: asyncssh, once in Ansible's own process, before a process is forked off for each task
from ._transport import dial  # noqa: F401  # pylint: disable=unused-import
from ._transport.watch import Watch

SHARED_SPEC: dict[str, dict[str, Any]] = {
    "store": {"type": "path"},
    "fan_out": {"type": "str", "choices": ["auto", "never"], "default": "auto"},
    "at_once": {"type": "int", "default": 64},
}
DEFAULT_FLEET = "fleet"


class FleetAction(ActionBase):
    """Validates arguments, turns FleetError into a failed task, and stops when nobody is in charge any more.

    A subclass has SPEC and ``act``, which returns what the task returns. SHARED is what it has beside that.
    """

    SHARED: ClassVar[dict[str, dict[str, Any]]] = SHARED_SPEC
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {}
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    display = Display()
    _known: Known | None = None

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        # This process was forked off Ansible's, lives for this task, and need not look through all of that again.
        gc.freeze()
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        try:
            arguments = self._arguments()
            bring_known_hosts(variables)
            result.update(self.act(arguments, variables))
        except FleetError as error:
            result.update(failed=True, msg=error.message)
        except AnsibleError as error:
            result.update(failed=True, msg=str(error))
        return result

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _arguments(self) -> Mapping[str, Any]:
        checked = ArgumentSpecValidator({**self.SHARED, **self.SPEC}).validate(self._task.args)
        if checked.error_messages:
            raise ArgumentError(f"{self._task.action}: {checked.error_messages[0]}.")
        if checked.validated_parameters.get("at_once", 1) < 1:
            raise ArgumentError(f"{self._task.action}: at_once is the number of hosts spoken to at once: at least 1.")
        return checked.validated_parameters

    def say(self, text: str) -> None:
        """Lines for people, at once, while the task goes on."""
        for line in text.splitlines():
            self.display.display(line)

    @staticmethod
    def hosts(variables: Mapping[str, Any]) -> list[str]:
        """The hosts of the play, whatever the batch; ``--limit`` has cut them already."""
        return [str(name) for name in variables.get("ansible_play_hosts_all", ())]

    def store(self, arguments: Mapping[str, Any], fleet: str) -> Store:
        return open_store(fleet, arguments["store"])

    def known(self, variables: Mapping[str, Any]) -> Known:
        """What the inventory knows of hosts, looked up once in a task."""
        if self._known is None:
            self._known = Known(variables["hostvars"])
        return self._known

    def fleet_name(self, given: str | None, hosts: Sequence[str], variables: Mapping[str, Any]) -> str:
        """What the fleet is called: as given, or as all its hosts' inventory says, or simply ``fleet``."""
        if given:
            return given
        known = self.known(variables)
        names = {known.one(host, "atomic_fleet_name") for host in hosts}
        return names.pop() or DEFAULT_FLEET if len(names) == 1 else DEFAULT_FLEET

    @staticmethod
    def watch(lease: int | None = None) -> Watch:
        return Watch(lease_fd=lease)
