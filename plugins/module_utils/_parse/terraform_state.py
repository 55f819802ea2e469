# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: text of a Terraform or OpenTofu state, or of ``output -json`` -> the value of one output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._errors import ParseError

_STATE_VERSION = 4


class StateError(ParseError):
    """The text is no state, or no list of outputs, that the output could be read from: one sentence."""


def parse_state_output(text: str, source: str, output: str) -> Any:
    """The value of ``output`` out of a state file (format 4, Terraform and OpenTofu alike).

    ``source`` names the file in errors. Raises StateError.
    """
    state = _decode(text, source, "a Terraform state")
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
            raise StateError(
                f"{source} is a state of format {version}, and format {_STATE_VERSION} is read: run `terraform apply` "
                "with Terraform 0.12 or newer to bring it up to date."
            )
        raise StateError(
            f"{source} is JSON but no Terraform state: use `outputs` for what `terraform output -json` printed."
        )
    return _pick(state.get("outputs", {}), source, output)


def parse_output_listing(text: str, source: str, output: str) -> Any:
    """The value of ``output`` out of what ``terraform output -json`` printed (all outputs, without a name).

    ``source`` names the file or folder in errors. Raises StateError.
    """
    listing = _decode(text, source, "the text of `terraform output -json`")
    if "outputs" in listing and listing.get("version") == _STATE_VERSION:
        raise StateError(f"{source} is a whole Terraform state: name it with `state` instead of `outputs`.")
    if listing.get("schema") is not None and "hosts" in listing:
        raise StateError(
            f"{source} holds the value of one output only: write it with `terraform output -json`, without a name."
        )
    return _pick(listing, source, output)


def _decode(text: str, source: str, what: str) -> Mapping[str, Any]:
    if not text.strip():
        raise StateError(f"{source} is empty, not {what}: run `terraform apply` first.")
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise StateError(f"{source} is not {what}: it is not JSON ({problem}).") from None
    except RecursionError:
        raise StateError(f"{source} is not {what}: it is nested too deeply.") from None
    if not isinstance(document, dict):
        raise StateError(f"{source} is not {what}: it is JSON, but no object.")
    return document


def _pick(outputs: Any, source: str, output: str) -> Any:
    if not isinstance(outputs, dict):
        raise StateError(f"{source} is damaged: its outputs are no object.")
    if output not in outputs:
        names = ", ".join(sorted(str(name) for name in outputs)[:10]) or "none"
        raise StateError(
            f"{source} has no output {output!r} (it has: {names}): run `terraform apply` with a module that gives "
            "it, or set `output`."
        )
    record = outputs[output]
    if not isinstance(record, dict) or "value" not in record:
        raise StateError(f"{source} is damaged: its output {output!r} has no value.")
    return record["value"]
