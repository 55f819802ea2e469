# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: Terraform or OpenTofu through python-terraform, by one narrow door.

Only ``Terraform.cmd`` is used, with every option named. The library's own verbs ask questions (apply), pass flags
that are gone (destroy), hide why they failed (output) and read the state file after each command. It cannot stream:
what Terraform prints arrives when the command has ended.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from ..module_utils._errors import FleetError
from ..module_utils._parse.terraform_ui import UiLog, parse_plain_error, parse_ui_log

try:
    from python_terraform import IsFlagged, Terraform
except ImportError:
    PYTHON_TERRAFORM_ERROR: str | None = traceback.format_exc()
    Terraform = object
    IsFlagged = None
else:
    PYTHON_TERRAFORM_ERROR = None

BINARIES = ("terraform", "tofu")
_CHANGES = 2  # -detailed-exitcode


class TerraformError(FleetError):
    """Terraform could not be run, or failed. ``output`` is what it printed, for people."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True)
class PlanResult:
    """``changes`` is the plan's own verdict (resources or outputs); ``log`` names them."""

    changes: bool
    log: UiLog


class _StatelessTerraform(Terraform):
    """Without the habit of loading the state file, which may be huge, encrypted or none of ours."""

    def read_state_file(self, file_path: str | None = None) -> None:
        return None


class TerraformProject:
    """A project folder. ``data_directory`` and ``workspace`` stand in for TF_DATA_DIR and TF_WORKSPACE, if given."""

    def __init__(
        self,
        folder: Path,
        binary: str | None = None,
        data_directory: Path | None = None,
        *,
        workspace: str | None = None,
    ) -> None:
        if PYTHON_TERRAFORM_ERROR is not None:
            raise TerraformError(missing_required_lib("python-terraform"), PYTHON_TERRAFORM_ERROR)
        if not folder.is_dir():
            raise TerraformError(f"{folder} is not there, or no folder: name the folder of a Terraform project.")
        if not any(folder.glob("*.tf")) and not any(folder.glob("*.tf.json")) and not any(folder.glob("*.tofu")):
            raise TerraformError(f"{folder} holds no *.tf file: name the folder of a Terraform project.")
        self.folder = folder
        self.binary = find_binary(binary)
        self._environment = {"TF_IN_AUTOMATION": "1"}
        if data_directory is not None:
            self._environment["TF_DATA_DIR"] = str(data_directory)
        if workspace is not None:
            self._environment["TF_WORKSPACE"] = workspace
        self._terraform = _StatelessTerraform(working_dir=str(folder), terraform_bin_path=self.binary)

    def init(self, backend_config: Mapping[str, str] | None = None) -> None:
        """Gets the modules and providers and sets the backend. Raises TerraformError."""
        options: dict[str, Any] = {"input": False, "no_color": IsFlagged}
        if backend_config:
            options |= {"backend_config": dict(backend_config), "reconfigure": IsFlagged}
        code, out, err = self._run("init", **options)
        if code != 0:
            raise self._failure("init", parse_plain_error(err or out), out + err)

    def plan(
        self, saved: Path, variables: Mapping[str, Any] | None = None, *, destroy: bool = False, lock: bool = True
    ) -> PlanResult:
        """Writes the plan to ``saved`` (it holds secrets) and says what it would change. Raises TerraformError."""
        options: dict[str, Any] = {"json": IsFlagged, "input": False, "detailed_exitcode": IsFlagged, "out": str(saved)}
        if variables:
            options["var"] = dict(variables)
        if destroy:
            options["destroy"] = IsFlagged
        if not lock:
            options["lock"] = False
        code, out, err = self._run("plan", **options)
        log = parse_ui_log(out)
        if code not in (0, _CHANGES) or log.errors:
            raise self._failure_of("plan", log, err)
        return PlanResult(changes=code == _CHANGES, log=log)

    def apply(self, saved: Path) -> None:
        """Does what the plan in ``saved`` says, destroying included. Raises TerraformError."""
        code, out, err = self._run("apply", str(saved), json=IsFlagged, input=False)
        log = parse_ui_log(out)
        if code != 0:
            raise self._failure_of("apply", log, err)

    def output_listing(self) -> str:
        """The text of ``output -json``: all outputs, the sensitive ones included. Raises TerraformError."""
        code, out, err = self._run("output", json=IsFlagged, no_color=IsFlagged)
        if code != 0:
            raise self._failure("output", parse_plain_error(err or out), err)
        return out

    def _run(self, command: str, *args: str, **options: Any) -> tuple[int, str, str]:
        try:
            with _environment(self._environment):
                code, out, err = self._terraform.cmd(command, *args, **options)
        except OSError as problem:
            raise TerraformError(f"{self.binary} could not be run in {self.folder}: {problem.strerror}.") from problem
        finally:
            self._terraform.temp_var_files.clean_up()  # the library forgets them when the start fails
        return code, out, err

    def _failure_of(self, command: str, log: UiLog, err: str) -> TerraformError:
        return self._failure(command, _first(log.errors) or parse_plain_error(err), "\n".join((*log.messages, err)))

    def _failure(self, command: str, reason: str, output: str) -> TerraformError:
        name = Path(self.binary).name
        return TerraformError(f"`{name} {command}` in {self.folder} failed: {reason or 'it said nothing'}", output)


def find_binary(binary: str | None = None) -> str:
    """The path of ``binary``, or of the first of terraform and tofu on PATH. Raises TerraformError."""
    for candidate in (binary,) if binary else BINARIES:
        found = shutil.which(candidate)
        if found:
            return found
    if binary:
        raise TerraformError(f"{binary!r} is no program that can be run: correct `binary`, or leave it out.")
    raise TerraformError("Neither terraform nor tofu is on PATH: install one of them, or name it with `binary`.")


def _first(errors: tuple[str, ...]) -> str:
    if not errors:
        return ""
    more = len(errors) - 1
    return errors[0] + (f" (and {more} more error{'s' if more > 1 else ''})" if more else "")


@contextlib.contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """The library hands on this process's environment and nothing else, so it is changed for as long as one command."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
