# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where the contract is read from."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..module_utils._errors import FleetError, NotAppliedError
from ..module_utils._parse.terraform_state import parse_output_listing, parse_state_output
from ._terraform import TerraformError, TerraformProject

KINDS = ("state", "outputs", "project")
_NOUNS = {"state": "State file", "outputs": "Outputs file", "project": "Terraform project"}
_SAVED_PLAN = b"PK\x03\x04"  # `terraform plan -out` writes a zip archive
# Words of Terraform's and of backends, only to add a way out to what Terraform says itself
_NOT_INITIALISED = "Backend initialization required"
_REFUSED = re.compile(r"credential|\bauth|unauth|\b40[13]\b|forbidden|denied", re.IGNORECASE)
_USER_INFORMATION = re.compile(r"//[^/\s@]+@")


@dataclass(frozen=True)
class Source:
    """One source: ``kind`` is one of KINDS, ``path`` absolute; no ``pools`` means all of them. ``init``: a project is
    initialised first, and in a data folder of its own where none is named."""

    kind: str
    path: str
    output: str = "fleet"
    binary: str | None = None
    data_directory: str | None = None
    workspace: str | None = None
    pools: tuple[str, ...] = ()
    init: bool = False

    @property
    def title(self) -> str:
        """How errors name it."""
        workspace = f", workspace {self.workspace!r}" if self.workspace else ""
        return f"{_NOUNS[self.kind]} {self.path}{workspace}"

    @property
    def identity(self) -> list[str | None]:
        """What says whether a document that was read before came from here."""
        own = selected_workspace(self) if self.kind == "project" else None
        return [self.kind, self.path, self.output, self.data_directory, own]


def selected_workspace(source: Source) -> str:
    """The workspace that Terraform would read: TF_WORKSPACE comes before what `workspace select` wrote down."""
    wanted = source.workspace or os.environ.get("TF_WORKSPACE")
    if wanted:
        return wanted
    data = source.data_directory or os.environ.get("TF_DATA_DIR") or ".terraform"
    try:
        return (Path(source.path) / data / "environment").read_text(encoding="utf-8").strip() or "default"
    except (OSError, UnicodeDecodeError):
        return "default"


def stamp(source: Source) -> list[int] | None:
    """What changes when a file is written anew; None for a project, and for a file that is not there."""
    if source.kind == "project":
        return None
    try:
        found = os.stat(source.path)
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size]


def read_source(source: Source) -> Any:
    """The decoded output of a source, not yet held against the contract. Raises FleetError, and NotAppliedError where
    nothing was applied yet."""
    if source.kind == "project":
        return parse_output_listing(_read_project(source), source.title, source.output)
    text = _read_text(source)
    parse = parse_state_output if source.kind == "state" else parse_output_listing
    return parse(text, source.title, source.output)


def _read_project(source: Source) -> str:
    try:
        with _data_folder(source) as data:
            project = TerraformProject(Path(source.path), source.binary, data, workspace=source.workspace)
            if source.init:
                project.init()
            return project.output_listing()
    except TerraformError as error:
        if _NOT_INITIALISED in error.message:
            raise NotAppliedError(
                f"{source.title} is not initialised for the backend that it names: run `terraform init` (or `tofu "
                "init`) in it, with the same backend settings and `data_directory` as where it was applied."
            ) from None
        message = _USER_INFORMATION.sub("//…@", error.message)
        if _REFUSED.search(message):
            message = (
                f"{message.rstrip('.')}: give this process what the backend logs in with, in the environment, as for "
                "`terraform plan`."
            )
        raise FleetError(message) from None


@contextmanager
def _data_folder(source: Source) -> Iterator[Path | None]:
    if source.data_directory or not source.init:
        yield Path(source.data_directory) if source.data_directory else None
    else:
        with tempfile.TemporaryDirectory(prefix="atomic-fleet-init-") as folder:
            yield Path(folder)


def _read_text(source: Source) -> str:
    try:
        with open(source.path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        raise NotAppliedError(
            f"{source.title} is not there: run `terraform apply` first, or correct `{source.kind}`."
        ) from None
    except IsADirectoryError:
        raise FleetError(f"{source.title} is a folder: name it with `project`, or the file in it.") from None
    except OSError as problem:
        raise FleetError(f"{source.title} cannot be read: {problem.strerror}.") from problem
    if content.startswith(_SAVED_PLAN):
        raise FleetError(
            f"{source.title} is a saved plan, whose hosts are not there yet: apply it, and name the state."
        )
    try:
        return content.decode("utf-8-sig")  # a shell of Windows puts the mark there
    except UnicodeDecodeError:
        raise FleetError(f"{source.title} is not text: name a file that Terraform wrote.") from None
