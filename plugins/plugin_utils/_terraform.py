# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: Terraform or OpenTofu through python-terraform, by one narrow door.

The library turns options into a command line and variables into a file; we run that line ourselves. Its own way of
running has no streaming, no time limit and no interrupt, and its verbs ask questions (apply), pass flags that are gone
(destroy), hide why they failed (output), read the state file after each command, and take a typing error for a command.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from ..module_utils._errors import FleetError
from ..module_utils._model.terraform import TerraformPlan
from ..module_utils._parse.terraform_plan import parse_plan
from ..module_utils._parse.terraform_ui import (
    StateLock,
    UiEvent,
    UiLog,
    parse_lock,
    parse_plain_error,
    parse_ui_event,
    parse_ui_log,
    parse_workspaces,
)
from ._program import Ended, follow
from ._transport.watch import Watch

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
Listener = Callable[[UiEvent], None]


class TerraformError(FleetError):
    """Terraform could not be run, or failed. ``output`` is what it printed, for people."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True)
class Inputs:
    """What a project is planned with. ``files`` come first, so that ``variables`` win."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Path] = ()
    targets: Sequence[str] = ()
    replace: Sequence[str] = ()
    refresh: bool = True

    def options(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "var_file": [str(file) for file in self.files],
            "var": dict(self.variables),
            "target": list(self.targets),
            "replace": list(self.replace),
        }
        return {name: value for name, value in given.items() if value} | ({} if self.refresh else {"refresh": False})


class _CommandLines(Terraform):
    """Without the habit of loading the state file, which may be huge, encrypted or none of ours."""

    def read_state_file(self, file_path: str | None = None) -> None:
        return None


class TerraformProject:
    """A project folder. ``data_directory`` and ``workspace`` stand in for TF_DATA_DIR and TF_WORKSPACE, which pass
    through otherwise. ``timeout`` is for each command, in seconds; ``listener`` is told what happens, as it does."""

    def __init__(
        self,
        folder: Path,
        binary: str | None = None,
        data_directory: Path | None = None,
        workspace: str | None = None,
        timeout: float | None = None,
        lock_timeout: int = 0,
        parallelism: int | None = None,
        watch: Watch | None = None,
        listener: Listener | None = None,
    ) -> None:
        if PYTHON_TERRAFORM_ERROR is not None:
            raise TerraformError(missing_required_lib("python-terraform"), PYTHON_TERRAFORM_ERROR)
        if not folder.is_dir():
            raise TerraformError(f"{folder} is not there, or no folder: name the folder of a Terraform project.")
        if not any(folder.glob("*.tf")) and not any(folder.glob("*.tf.json")) and not any(folder.glob("*.tofu")):
            raise TerraformError(f"{folder} holds no *.tf file: name the folder of a Terraform project.")
        self.folder = folder
        self.binary = find_binary(binary)
        self._workspace = workspace
        self._timeout = timeout
        self._lock: dict[str, Any] = {"lock_timeout": f"{lock_timeout}s"} if lock_timeout else {}
        self._parallelism: dict[str, Any] = {"parallelism": parallelism} if parallelism else {}
        self._watch = watch
        self._listener = listener
        self._environment = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        if data_directory is not None:
            self._environment["TF_DATA_DIR"] = str(data_directory)
        if workspace is not None:
            self._environment["TF_WORKSPACE"] = workspace
        self._library = _CommandLines(working_dir=str(folder), terraform_bin_path=self.binary)

    def init(
        self,
        backend_config: Mapping[str, Any] | None = None,
        backend_files: Sequence[Path] = (),
        upgrade: bool = False,
    ) -> None:
        """Gets the modules and providers and sets the backend. Raises TerraformError."""
        options: dict[str, Any] = {"input": False, "no_color": IsFlagged}
        if upgrade:
            options["upgrade"] = IsFlagged
        with _settings_file(backend_config) as file:
            files = [*map(str, backend_files), *([file] if file else [])]
            if files:
                options |= {"backend_config": files, "reconfigure": IsFlagged}
            self._succeed("init", self._run("init", anywhere=True, **options))

    def select_workspace(self, create: bool) -> bool:
        """Whether the project's workspace is there; makes it where it is not and shall be. Raises TerraformError."""
        if self._workspace is None:
            return True
        listing = self._succeed("workspace list", self._run("workspace list", anywhere=True))
        there = self._workspace in parse_workspaces(listing)
        if not there and create:
            made = self._run("workspace new", self._workspace, anywhere=True, no_color=IsFlagged, **self._lock)
            self._succeed("workspace new", made)
        return there or create

    def plan(self, saved: Path, inputs: Inputs, *, destroy: bool = False, lock: bool = True) -> bool:
        """Writes the plan to ``saved`` (it holds secrets); whether it changes anything. Raises TerraformError."""
        options: dict[str, Any] = {"json": IsFlagged, "input": False, "detailed_exitcode": IsFlagged, "out": str(saved)}
        options |= inputs.options() | self._parallelism | (self._lock if lock else {"lock": False})
        if destroy:
            options["destroy"] = IsFlagged
        ended = self._run("plan", follow_it=True, **options)
        log = parse_ui_log(ended.out.splitlines())
        if ended.code not in (0, _CHANGES) or log.errors or ended.stopped:
            raise self._failure("plan", ended, log)
        saved.chmod(0o600)
        return ended.code == _CHANGES

    def read_plan(self, saved: Path) -> TerraformPlan:
        """What a saved plan would do, resource by resource. Raises TerraformError, ParseError."""
        text = self._succeed("show", self._run("show", str(saved), json=IsFlagged, no_color=IsFlagged))
        return parse_plan(text, f"The plan {saved}")

    def apply(self, saved: Path) -> None:
        """Does what the plan in ``saved`` says, destroying included. Raises TerraformError."""
        options = {"json": IsFlagged, "input": False, **self._parallelism, **self._lock}
        self._finish("apply", self._run("apply", str(saved), follow_it=True, **options))

    def record_outputs(self, inputs: Inputs) -> None:
        """Brings the outputs of the state up to what there is, and touches nothing else: after an apply that broke
        off, they still say what was so before. Raises TerraformError."""
        options = {"json": IsFlagged, "input": False, "refresh_only": IsFlagged, "auto_approve": IsFlagged}
        given = Inputs(inputs.variables, inputs.files).options()
        self._finish("apply -refresh-only", self._run("apply", **options, **given, **self._lock))

    def output_listing(self) -> str:
        """The text of ``output -json``: all outputs, the sensitive ones included. Raises TerraformError."""
        return self._succeed("output", self._run("output", json=IsFlagged, no_color=IsFlagged))

    def _run(self, command: str, *args: str, follow_it: bool = False, anywhere: bool = False, **options: Any) -> Ended:
        """``anywhere``: not in the project's workspace, which may have to be made first."""
        listener = self._listener if follow_it else None
        try:
            argv = self._library.generate_cmd_string(command, *args, **options)
            environment = dict(self._environment)
            if anywhere and self._workspace is not None:
                del environment["TF_WORKSPACE"]
            return follow(
                argv,
                str(self.folder),
                environment,
                on_line=None if listener is None else lambda line: listener(parse_ui_event(line)),
                watch=self._watch,
                timeout=self._timeout,
            )
        except OSError as problem:
            raise TerraformError(f"{self.binary} could not be run in {self.folder}: {problem.strerror}.") from problem
        finally:
            self._library.temp_var_files.clean_up()

    def _succeed(self, command: str, ended: Ended) -> str:
        if ended.code != 0 or ended.stopped:
            raise self._failure(command, ended, UiLog())
        return ended.out

    def _finish(self, command: str, ended: Ended) -> None:
        log = parse_ui_log(ended.out.splitlines())
        if ended.code != 0 or ended.stopped:
            raise self._failure(command, ended, log)

    def _failure(self, command: str, ended: Ended, log: UiLog) -> TerraformError:
        named = f"`{Path(self.binary).name} {command}` in {self.folder}"
        output = "\n".join((*log.messages, ended.err)) if log.messages else ended.out + ended.err
        if ended.stopped:
            return TerraformError(
                f"{named} was interrupted ({ended.stopped}), and ended in its own way: what it had made is in the "
                "state, and running it again goes on.",
                output,
            )
        lock = log.lock or parse_lock(ended.err)
        if lock is not None:
            return TerraformError(self._locked(lock), output)
        reason = _first(log.errors) or parse_plain_error(ended.err or ended.out) or "it said nothing"
        return TerraformError(f"{named} failed: {reason}", output)

    def _locked(self, lock: StateLock) -> str:
        since = f" since {lock.created}" if lock.created else ""
        return (
            f"The state of {self.folder} is locked by {lock.who}{since} ({lock.operation}): wait for that to end, or "
            f"set `lock_timeout`; if it is dead, run `{Path(self.binary).name} force-unlock {lock.id}` there."
        )


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
def _settings_file(settings: Mapping[str, Any] | None) -> Iterator[str]:
    """A file of a backend's settings for as long as it is needed: in an argument everybody on the machine could read
    them. Empty where there are none."""
    if not settings:
        yield ""
        return
    with tempfile.NamedTemporaryFile("w", suffix=".tfbackend.json", encoding="utf-8") as file:  # mode 0600
        json.dump(dict(settings), file)
        file.flush()
        yield file.name
