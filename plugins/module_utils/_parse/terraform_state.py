# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what Terraform or OpenTofu writes about outputs -> the value of one of them.

Shapes after "JSON Output Format" of Terraform's documentation, and files that Terraform 1.11 wrote. Values are never
in an error: any output may be a secret, and the wrong one may be named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .._errors import NotAppliedError, ParseError
from .json_part import Path, decode_part

_STATE_VERSION = 4
_LISTING = "what `terraform output -json` or `terraform show -json` printed"


class StateError(ParseError):
    """The text is no state, or no list of outputs, that the output could be read from: one sentence."""


def parse_state_output(text: str, source: str, output: str) -> Any:
    """The value of ``output`` out of a state file (format 4, Terraform and OpenTofu alike).

    ``source`` names the file in errors. Raises StateError, and NotAppliedError where there is no output at all.
    """
    document = _decode(text, source, "a Terraform state", _of_a_state(output))
    state = _object(document, source, "a Terraform state")
    if "encrypted_data" in state or "encryption_version" in state:
        raise StateError(
            f"{source} is an encrypted OpenTofu state: name the project folder with `project` instead, so that tofu "
            "reads it."
        )
    if "backend" in state and "outputs" not in state:
        raise StateError(
            f"{source} only says where the state is kept: name the project folder with `project`, or the state file "
            "itself."
        )
    version = state.get("version")
    if version != _STATE_VERSION or isinstance(version, bool):
        if isinstance(version, int) and not isinstance(version, bool):
            way = (
                "run `terraform apply` with Terraform 0.12 or newer to bring it up to date"
                if version < _STATE_VERSION
                else "write `terraform output -json` into a file and name it with `outputs`"
            )
            raise StateError(f"{source} is a state of format {version}, and format {_STATE_VERSION} is read: {way}.")
        raise StateError(f"{source} is JSON but no Terraform state: use `outputs` for {_LISTING}.")
    return _pick(state.get("outputs", {}), source, output, _modules(state))


def _of_a_state(output: str) -> Callable[[Path], bool | None]:
    """What is kept of a state: whose it is, the names of all outputs, the value of one, and where resources stand."""

    def wanted(path: Path) -> bool | None:
        if path[0] == "outputs":
            return None if len(path) == 1 or path == ("outputs", output) else path == ("outputs", output, "value")
        if path[0] == "resources":
            return None if len(path) == 1 else path == ("resources", "module")
        return path[0] in ("version", "backend", "encryption_version")

    return wanted


def parse_output_listing(text: str, source: str, output: str) -> Any:
    """The value of ``output`` out of what Terraform printed, whichever way it was asked.

    That is ``output -json`` (all outputs), ``output -json NAME`` (the value alone: ``output`` then says nothing), or
    ``show -json`` of a state. ``source`` names the file or folder in errors. Raises StateError, and NotAppliedError
    where there is no output at all.
    """
    document = _decode(text, source, _LISTING)
    if isinstance(document, list):
        return document
    listing = _object(document, source, _LISTING)
    if "outputs" in listing and listing.get("version") == _STATE_VERSION:
        raise StateError(f"{source} is a whole Terraform state: name it with `state` instead of `outputs`.")
    if isinstance(listing.get("format_version"), str):
        return _pick_shown(listing, source, output)
    if _is_value(listing):
        return listing
    if listing and not any(isinstance(record, dict) and "value" in record for record in listing.values()):
        raise StateError(f"{source} is JSON, but not {_LISTING}: name such a file, or the state with `state`.")
    return _pick(listing, source, output)


def _pick_shown(shown: Mapping[str, Any], source: str, output: str) -> Any:
    if "planned_values" in shown:
        raise StateError(
            f"{source} is a plan, whose hosts are not there yet: apply it, then write `terraform show -json` without "
            "the plan's name."
        )
    values = shown.get("values", {})
    if not isinstance(values, dict):
        raise StateError(f"{source} is damaged: its values are no object.")
    root = values.get("root_module")
    children = root.get("child_modules") if isinstance(root, dict) else None
    modules = [child.get("address") for child in children or () if isinstance(child, dict)]
    return _pick(values.get("outputs", {}), source, output, modules)


def _is_value(document: Mapping[str, Any]) -> bool:
    """Whether this is a contract, or a map of contracts, and no listing, whose records have a ``value``."""
    if "schema" in document and not isinstance(document["schema"], dict):
        return True
    records = document.values()
    return any(isinstance(record, dict) and "schema" in record for record in records) and not any(
        isinstance(record, dict) and "value" in record for record in records
    )


def _modules(state: Mapping[str, Any]) -> list[Any]:
    resources = state.get("resources")
    return [one.get("module") for one in resources if isinstance(one, dict)] if isinstance(resources, list) else []


def _decode(text: str, source: str, what: str, wanted: Callable[[Path], bool | None] | None = None) -> Any:
    if not text or text.isspace():
        raise StateError(f"{source} is empty, not {what}: run `terraform apply` first.")
    try:
        return decode_part(text, wanted) if wanted else json.loads(text)
    except ValueError as problem:
        raise StateError(f"{source} is not {what}: it is not JSON ({problem}).") from None
    except RecursionError:
        raise StateError(f"{source} is not {what}: it is nested too deeply.") from None


def _object(document: Any, source: str, what: str) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise StateError(f"{source} is not {what}: it is JSON, but no object.")
    return document


def _pick(outputs: Any, source: str, output: str, modules: list[Any] | None = None) -> Any:
    if not isinstance(outputs, dict):
        raise StateError(f"{source} is damaged: its outputs are no object.")
    if output not in outputs:
        names = ", ".join(sorted(str(name) for name in outputs)[:10]) or "none"
        problem = StateError if outputs or modules else NotAppliedError
        raise problem(f"{source} has no output {output!r} (it has: {names}): {_way_out(output, modules or [])}.")
    record = outputs[output]
    if not isinstance(record, dict) or "value" not in record:
        raise StateError(f"{source} is damaged: its output {output!r} has no value.")
    return record["value"]


def _way_out(output: str, modules: list[Any]) -> str:
    """Outputs of child modules are in no state: if the root has modules, passing theirs on is what was forgotten."""
    named = sorted({_first_call(module) for module in modules if isinstance(module, str)})
    if not named:
        return "run `terraform apply` with a module that gives it, or set `output`"
    return (
        f"a module's output is seen only if the root module passes it on, as in `output {json.dumps(output)} "
        f"{{ value = {named[0]}.fleet }}`, so add that and apply, or set `output`"
    )


def _first_call(address: str) -> str:
    """``module.web`` of ``module.web["eu"].module.net``: what stands in the root module."""
    return "module." + address.split(".")[1].split("[")[0] if address.startswith("module.") else address
