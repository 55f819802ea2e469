# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a file of Terraform's variables in JSON, with host keys in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import ParseError

HOST_KEYS = "host_keys"


def parse_variables(text: str, source: str) -> Mapping[str, Any]:
    """All variables in it. Raises ParseError where it is no JSON object, or its host_keys are not lists by name."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ParseError(f"{source}: this holds no variables of Terraform's in JSON; name another file, or correct it.")
    keys = found.get(HOST_KEYS, {})
    if not isinstance(keys, dict) or not all(isinstance(one, list) for one in keys.values()):
        raise ParseError(f"{source}: its {HOST_KEYS} are no lists of keys by host name; correct it.")
    return found


def merged(variables: Mapping[str, Any], keys: Mapping[str, Sequence[str]]) -> str:
    """The file with these hosts' keys in place of what it had for them, whatever else is in it."""
    hosts = {**variables.get(HOST_KEYS, {}), **{name: list(found) for name, found in keys.items()}}
    return json.dumps({**variables, HOST_KEYS: dict(sorted(hosts.items()))}, indent=2, ensure_ascii=False) + "\n"
