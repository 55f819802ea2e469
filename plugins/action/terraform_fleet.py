# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a Terraform project up or down, unless that would take away what is needed."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._fleet.guard import GuardPolicy, Verdict, judge_all, refusal
from ..module_utils._fleet.reader import Reader
from ..module_utils._fleet.retire import retired_pools
from ..module_utils._fleet.terraform_diff import render_changes
from ..module_utils._model.contract import Fleet
from ..module_utils._model.terraform import TerraformPlan
from ..module_utils._parse.contracts import parse_fleets
from ..plugin_utils._terraform import Inputs, TerraformError, TerraformProject
from ..plugin_utils._terraform_follow import TerraformFollow
from ..plugin_utils._transport.watch import Watch

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "project": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "absent", "planned"], "default": "present"},
    "variables": {"type": "dict", "default": {}},
    "variable_files": {"type": "list", "elements": "path", "default": []},
    "workspace": {"type": "str"},
    "backend_config": {"type": "dict", "default": {}},
    "backend_config_files": {"type": "list", "elements": "path", "default": []},
    "upgrade": {"type": "bool", "default": False},
    "data_directory": {"type": "path"},
    "binary": {"type": "str"},
    "plan": {"type": "path"},
    "targets": {"type": "list", "elements": "str", "default": []},
    "replace": {"type": "list", "elements": "str", "default": []},
    "refresh": {"type": "bool", "default": True},
    "parallelism": {"type": "int"},
    "timeout": {"type": "int", "default": 0},
    "lock_timeout": {"type": "int", "default": 0},
    "output": {"type": "str", "default": "fleet"},
    "serving": {"type": "list", "elements": "str"},
    "disruption_budget": {"type": "str", "default": "50%"},
    "allow": {"type": "list", "elements": "str", "default": []},
    "retire": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):
    """Documentation: plugins/modules/terraform_fleet.py."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    display = Display()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(
            argument_spec=ARGUMENT_SPEC, required_if=[("state", "planned", ["plan"])]
        )
        try:
            with Watch() as watch, watch.signals():
                result.update(self._reach(arguments, watch))
        except TerraformError as error:
            result.update(failed=True, msg=error.message, output=error.output)
        except FleetError as error:
            result.update(failed=True, msg=error.message)
        return result

    def _reach(self, arguments: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
        check = bool(self._task.check_mode)
        policy = _guard(arguments)
        inputs = Inputs(
            _plain(arguments["variables"]),
            [Path(file).absolute() for file in arguments["variable_files"]],
            [str(target) for target in arguments["targets"]],
            [str(address) for address in arguments["replace"]],
            arguments["refresh"],
        )
        with (
            _data_directory(arguments["data_directory"], check) as data,
            tempfile.TemporaryDirectory(prefix="atomic-fleet-") as scratch,  # a saved plan holds every variable
            TerraformFollow(self.display.display) as follow,
        ):
            project = TerraformProject(
                Path(arguments["project"]).absolute(),
                arguments["binary"],
                data,
                workspace=arguments["workspace"],
                timeout=arguments["timeout"] or None,
                lock_timeout=arguments["lock_timeout"],
                parallelism=arguments["parallelism"],
                watch=watch,
                listener=follow.note,
            )
            files = [Path(file).absolute() for file in arguments["backend_config_files"]]
            project.init(_plain(arguments["backend_config"]), files, arguments["upgrade"])
            if not project.select_workspace(create=not check and arguments["state"] != "absent"):
                return self._no_workspace(arguments)
            before = json.loads(project.output_listing())
            run = _Run(project, inputs, follow, Path(scratch))
            return self._judged(arguments, run, policy, before, check)

    def _judged(
        self, arguments: Mapping[str, Any], run: _Run, policy: GuardPolicy, before: Mapping[str, Any], check: bool
    ) -> dict[str, Any]:
        given = Path(arguments["plan"]).absolute() if arguments["plan"] else None
        planning = arguments["state"] == "planned"
        if given is not None and arguments["state"] == "present" and given.is_file():
            saved, plan = given, run.project.read_plan(given)
            changes = bool(plan.changes or plan.outputs)
        else:
            if arguments["retire"]:
                run.retire(arguments["retire"])
            saved = given if given is not None and planning and not check else run.scratch / "plan"
            changes = run.project.plan(saved, run.inputs, destroy=arguments["state"] == "absent", lock=not check)
            plan = run.project.read_plan(saved) if changes else TerraformPlan(())
        verdict = judge_all(plan, _fleets(before, arguments), policy)
        result = self._result(plan, changes, verdict)
        if verdict.objections:
            if planning:
                saved.unlink()  # nobody is to find a plan there that may not be applied
            return {**result, "changed": False, "failed": True, "msg": refusal(verdict.objections)}
        if changes and not check and not planning:
            run.apply(saved, plan)
        outputs = before if check else json.loads(run.project.output_listing())
        return {**result, **_outputs(outputs)}

    def _result(self, plan: TerraformPlan, changes: bool, verdict: Verdict) -> dict[str, Any]:
        result: dict[str, Any] = {
            "changed": changes,
            "resources": [
                {"action": "replace" if change.replaces else "/".join(change.actions), "address": change.address}
                for change in plan.changes
            ],
            "losses": [
                {"host": loss.host, "pool": loss.pool, "address": loss.address, "how": loss.how}
                for loss in verdict.losses
            ],
            "objections": [objection.what for objection in verdict.objections],
        }
        if self._task.diff:
            result["diff"] = {"prepared": render_changes(plan.changes, plan.outputs)}
        return result

    @staticmethod
    def _no_workspace(arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing is there yet: check mode makes no workspace, and in one that is not there nothing can be planned."""
        gone = arguments["state"] == "absent"
        return {
            "changed": not gone,
            "msg": f"There is no workspace {arguments['workspace']}" + ("." if gone else ", and it would be made."),
            "resources": [],
            "losses": [],
            "objections": [],
            "outputs": {},
            "sensitive_outputs": [],
        }


class _Run:
    """One project under way."""

    def __init__(self, project: TerraformProject, inputs: Inputs, follow: TerraformFollow, scratch: Path) -> None:
        self.project = project
        self.inputs = inputs
        self.scratch = scratch
        self._follow = follow

    def retire(self, names: list[str]) -> None:
        """Plans these pools without hosts, whatever file their sizes come from: Terraform is asked what it has."""
        first = self.scratch / "first"
        given = Inputs(self.inputs.variables, self.inputs.files, refresh=False)
        self.project.plan(first, given, lock=False)
        pools = retired_pools(self.project.read_plan(first).variables, names, str(self.project.folder))
        self.inputs = Inputs(
            {**self.inputs.variables, "pools": pools},
            self.inputs.files,
            self.inputs.targets,
            self.inputs.replace,
            self.inputs.refresh,
        )

    def apply(self, saved: Path, plan: TerraformPlan) -> None:
        self._follow.expect(plan.changes)
        try:
            self.project.apply(saved)
        except TerraformError as error:
            raise self._half_way(error) from None

    def _half_way(self, error: TerraformError) -> TerraformError:
        """Some of it may have been made: the outputs must know, for they are what an inventory is made of."""
        if not self._follow.done:
            return error
        made = f"{self._follow.done} changes were made before that"
        try:
            self.project.record_outputs(self.inputs)
        except TerraformError as second:
            return TerraformError(
                f"{error.message} {made}, and the outputs do not tell of them yet ({second.message}).", error.output
            )
        return TerraformError(
            f"{error.message} {made}: they are in the state and its outputs. Run it again to go on.", error.output
        )


def _guard(arguments: Mapping[str, Any]) -> GuardPolicy:
    serving, budget = arguments["serving"], str(arguments["disruption_budget"])
    return GuardPolicy(
        budget=Reader("terraform_fleet", {}).spent("disruption_budget", int(budget) if budget.isdecimal() else budget),
        serving=None if serving is None else frozenset(map(str, serving)),
        allow=frozenset(map(str, arguments["allow"])),
        retired=frozenset(map(str, arguments["retire"])),
    )


def _fleets(outputs: Mapping[str, Any], arguments: Mapping[str, Any]) -> list[Fleet]:
    """What the last apply left; none before the first, and for a project that gives no such output."""
    name = arguments["output"]
    if name not in outputs:
        return []
    source = f"Terraform project {arguments['project']}"
    return [fleet for _title, fleet in parse_fleets(outputs[name]["value"], source, name)]


def _outputs(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "outputs": {name: record["value"] for name, record in outputs.items() if not record["sensitive"]},
        "sensitive_outputs": sorted(name for name, record in outputs.items() if record["sensitive"]),
    }


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
            raise ArgumentError(
                f"The folder {wanted} cannot be made ({problem.strerror}): correct `data_directory`."
            ) from problem
        yield Path(wanted).absolute()
