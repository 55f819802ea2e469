# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the host verbs share: talks held over Ansible's own connection, without Python
on the host."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._errors import FleetError, UnreachableError
from ..module_utils._host.arguments import Arguments
from ..module_utils._host.boot import Booted
from ..module_utils._host.observe import observe
from ..module_utils._host.package_words import package_lines, package_summary, printable_lines, render_packages
from ..module_utils._host.packages import difference, told_or_why
from ..module_utils._host.render import diff_text, render_boot, render_steps
from ..module_utils._model.host import HostState
from ..module_utils._model.packages import KEPT_CHANGES, PackageDiff
from ..module_utils._model.steps import HostPlan
from ..module_utils._model.talk import Ask, Pause, Reply, Talk
from ._known_hosts import bring_known_hosts

Result = TypeVar("Result")
display = Display()

# A connection that has died without a word is found out after a quarter of a minute.
_ALIVE = "-o ServerAliveInterval=5 -o ServerAliveCountMax=3"
_SSH = ("ssh", "ansible.builtin.ssh", "ansible.legacy.ssh")


class HostVerb(ActionBase):
    """One verb on one host. A verb gives its arguments and says what it does in ``act``."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    arguments: ClassVar[Arguments]

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._host = host = str((task_vars or {}).get("inventory_hostname", "localhost"))
        args = self.validate_argument_spec(**self.arguments.keywords())[1]
        self._acted = False
        self._parent = os.getppid()
        try:
            bring_known_hosts(task_vars or {})
            result.update(self.act(host, args))
        except UnreachableError as error:
            # Before anything was done the host is simply unreachable; afterwards the verb has failed on it.
            if not self._acted:
                raise AnsibleConnectionFailure(error.message) from None
            result.update(failed=True, changed=True, msg=error.message)
        except FleetError as error:
            result.update(failed=True, changed=self._acted, msg=error.message)
        return result

    @property
    def check(self) -> bool:
        return bool(self._task.check_mode)

    @property
    def shows_diff(self) -> bool:
        return bool(self._task.diff)

    def observe(self, host: str) -> HostState:
        return self.begin(observe(host))

    def begin(self, talk: Talk[Result]) -> Result:
        """Holds the talk that a verb begins with: it only looks."""
        self._keep_alive()
        return self.hold(talk)

    def packages(self, host: str, state: HostState, to: tuple[str, str | None] | None) -> PackageDiff | None:
        """What changes from what runs to what shall run (and what it follows): asked in diff mode alone, for it takes a
        round trip. None where nothing changes."""
        if not self.shows_diff or to is None:
            return None
        talk = difference(host, state, *to)
        return None if talk is None else self.hold(told_or_why(talk))

    def change(self, talk: Talk[Result]) -> Result:
        """Holds a talk that changes the host: from here on a lost host is a failure of the verb."""
        self._acted = True
        return self.hold(talk)

    def hold(self, talk: Talk[Result]) -> Result:
        """Holds a talk to its end over this task's connection."""
        try:
            item = next(talk)
            while True:
                item = talk.send(self._reply(item))
        except StopIteration as end:
            value: Result = end.value
            return value

    def _reply(self, item: Ask | Pause) -> Reply:
        if isinstance(item, Pause):
            if item.note:
                display.vvv(item.note, host=self._host)
            time.sleep(item.seconds)
            return Reply(at=time.monotonic())
        if item.note:
            display.vv(item.note, host=self._host)
        if os.getppid() != self._parent:
            # Ansible's workers outlive a killed ansible-playbook: nobody would hear of what this one did next.
            os._exit(1)
        if item.fresh:
            self._reset()
        # Without a password to give there is no need of a terminal, which would mix errors into the answer.
        sudoable = self._connection.become is not None
        try:
            done = self._low_level_execute_command(item.script, sudoable=sudoable, executable="/bin/sh")
        except AnsibleConnectionFailure as error:
            return Reply(rc=255, err=str(error), lost=True, at=time.monotonic())
        except AnsibleError as error:
            raise AnsibleActionFail(f"{self._host}: the script could not be run: {error}") from error
        return Reply(rc=done["rc"], out=done["stdout"], err=done["stderr"], at=time.monotonic())

    def _reset(self) -> None:
        try:
            self._connection.reset()
        except (AttributeError, AnsibleError) as error:
            display.vvv(f"the connection could not be reset: {error}", host=self._host)

    def _keep_alive(self) -> None:
        if self._connection.ansible_name not in _SSH:
            return
        own = " ".join(str(self._connection.get_option(name) or "") for name in ("ssh_args", "ssh_common_args"))
        extra = str(self._connection.get_option("ssh_extra_args") or "")
        if "ServerAlive" not in own + extra:
            self._connection.set_option("ssh_extra_args", f"{extra} {_ALIVE}".strip())


def outcome(plan: HostPlan, before: HostState, after: HostState, diff: bool) -> dict[str, Any]:
    """The result that all verbs about deployments give. In check mode ``after`` is the host as foretold."""
    result: dict[str, Any] = {
        "changed": plan.changed,
        "msg": plan.reason,
        "steps": render_steps(plan),
        "before": render_boot(before),
        "after": render_boot(after),
        "reboot_required": after.reboot_required,
    }
    if diff:
        result["diff"] = {"before": diff_text(before), "after": diff_text(after)}
    return result


def with_packages(result: dict[str, Any], packages: PackageDiff | None) -> dict[str, Any]:
    """The result with what was learned of packages, for programs and for people."""
    if packages is not None:
        result["packages"] = render_packages(packages)
        if result["changed"]:
            lines = [f"packages: {package_summary(packages)}", *package_lines(packages, KEPT_CHANGES)]
            result.setdefault("diff", {})["prepared"] = printable_lines(lines)
    return result


def booted_outcome(booted: Booted, diff: bool, before: HostState) -> dict[str, Any]:
    """The result of a boot; ``before`` is the host before the verb began."""
    result = outcome(booted.plan, before, booted.after, diff)
    result.update(
        rolled_back=booted.rolled_back, verdict={"kind": booted.verdict.kind, "reason": booted.verdict.reason}
    )
    if booted.failure is not None:
        result.update(failed=True, msg=booted.failure)
    elif booted.plan.steps:
        result["msg"] = booted.verdict.reason
    elif not booted.verdict.well:
        result["warnings"] = [f"{booted.after.host}: {booted.verdict.reason}"]
    return result
