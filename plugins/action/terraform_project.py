# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._errors import FleetError
from ..module_utils._parse.terraform_ui import UiLog
from ..plugin_utils._terraform import TerraformError, TerraformProject

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "project": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "variables": {"type": "dict", "default": {}},
    "backend_config": {"type": "dict", "default": {}},
    "data_directory": {"type": "path"},
    "binary": {"type": "str"},
}


class ActionModule(ActionBase):
    """Documentation: plugins/modules/terraform_project.py."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        try:
            result.update(self._reach(arguments))
        except TerraformError as error:
            result.update(failed=True, msg=error.message, output=error.output)
        except FleetError as error:
            result.update(failed=True, msg=error.message)
        return result

    def _reach(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        check = bool(self._task.check_mode)
        folder = Path(self._loader.path_dwim(arguments["project"]))
        with _data_directory(arguments["data_directory"], check) as data, _scratch() as scratch:
            project = TerraformProject(folder, arguments["binary"], data)
            project.init({name: str(value) for name, value in arguments["backend_config"].items()})
            saved = scratch / "plan"
            destroy = arguments["state"] == "absent"
            plan = project.plan(saved, _plain(arguments["variables"]), destroy=destroy, lock=not check)
            if plan.changes and not check:
                project.apply(saved)
            outputs = json.loads(project.output_listing())
        result = {
            "changed": plan.changes,
            "resources": [{"action": change.action, "address": change.address} for change in plan.log.changes],
            "outputs": {name: record["value"] for name, record in outputs.items() if not record["sensitive"]},
            "sensitive_outputs": sorted(name for name, record in outputs.items() if record["sensitive"]),
        }
        if self._task.diff:
            result["diff"] = {"prepared": render_changes(plan.log)}
        return result


def render_changes(log: UiLog) -> str:
    """The plan in lines, for --diff."""
    resources = [f"{change.action} {change.address}" for change in log.changes]
    return "".join(f"{line}\n" for line in [*resources, *(f"change output {name}" for name in log.outputs)])


def _plain(value: Any) -> Any:
    """The same without Ansible's own kinds of text and containers, which json of the library need not know."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


@contextlib.contextmanager
def _data_directory(wanted: str | None, check: bool) -> Iterator[Path | None]:
    if wanted is None:
        yield None
    elif check and not Path(wanted).is_dir():
        with tempfile.TemporaryDirectory(prefix="atomic-fleet-") as temporary:
            yield Path(temporary)
    else:
        try:
            Path(wanted).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise FleetError(
                f"The folder {wanted} cannot be made ({problem.strerror}): correct `data_directory`."
            ) from problem
        yield Path(wanted).absolute()


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder of our own for the saved plan: it holds every variable, secret ones too."""
    with tempfile.TemporaryDirectory(prefix="atomic-fleet-") as temporary:
        yield Path(temporary)
