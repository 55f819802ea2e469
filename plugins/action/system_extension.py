# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers a system extension on a host, or takes it away."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ..module_utils._errors import ArgumentError
from ..module_utils._host.arguments import SYSTEM_EXTENSION
from ..module_utils._host.extension import WishedExtension, check_kind, look, plan_extension, predicted
from ..module_utils._host.render import render_steps
from ..module_utils._host.work import carry_out
from ..module_utils._model.host import Extension, HostState
from ..module_utils._model.steps import HostPlan
from ..plugin_utils._action import HostVerb


class ActionModule(HostVerb):
    arguments = SYSTEM_EXTENSION

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        wished = WishedExtension(args["name"], args["state"], args["checksum"], args["url"], units=tuple(args["units"]))
        file = self._file(args["src"], wished)
        if file is not None:
            wished = replace(wished, file=str(file))
        before, found = self.look(host, wished.name)

        def decide(state: HostState) -> HostPlan:
            return plan_extension(state, wished, found)

        plan, after = decide(before), before
        old = before.extension(wished.name)
        if old is not None:
            old = replace(old, checksum=found.checksum)
        if self.check or not plan.steps:
            new = predicted(old, wished) if plan.steps else old
        else:
            if file is not None and any(step.verb == "fetch" for step in plan.steps):
                wished = replace(wished, file=self._hand_over(file))
            plan, after, _joined = self.change(carry_out(host, before, decide, "extension", args["fetch_timeout"]))
            new = after.extension(wished.name)
        result: dict[str, Any] = {
            "changed": plan.changed,
            "msg": plan.reason,
            "steps": render_steps(plan),
            "before": _shown(old),
            "after": _shown(new),
            "reboot_required": after.reboot_required,
        }
        if self.shows_diff:
            result["diff"] = {"before": _line(old), "after": _line(new)}
        failed = [unit for unit in wished.units if unit in after.health.failed_units]
        # what check mode would restart may have failed before
        if failed and new is not None and not (self.check and plan.steps):
            result.update(failed=True, msg=f"{host}: {wished.name} is merged, but {', '.join(failed)} failed to start")
        return result

    def look(self, host: str, name: str) -> Any:
        self._keep_alive()
        return self.hold(look(host, name))

    def _file(self, path: str | None, wished: WishedExtension) -> Path | None:
        """The file on the controller, which has to be what ``checksum`` says."""
        if path is None:
            return None
        check_kind(path, "src")
        try:
            found = Path(self._loader.get_real_file(self._find_needle("files", path)))
            with found.open("rb") as stream:
                checksum = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        except (AnsibleError, OSError) as error:
            raise ArgumentError(f"src {path!r} cannot be read on the controller: {error}") from None
        if checksum != wished.checksum:
            raise ArgumentError(f"src {path!r} has the checksum {checksum}, not {wished.checksum}")
        return found

    def _hand_over(self, file: Path) -> str:
        """Copies the file into a folder of Ansible's on the host, which is removed when the task ends."""
        folder = self._make_tmp_path()
        path: str = self._connection._shell.join_path(folder, file.name)
        self._transfer_file(str(file), path)
        return path


def _shown(extension: Extension | None) -> dict[str, Any] | None:
    return None if extension is None else asdict(extension)


def _line(extension: Extension | None) -> str:
    if extension is None:
        return ""
    merged = "merged" if extension.merged else "not merged"
    return f"{extension.name}: {extension.checksum or 'unknown'}, {merged}\n"
