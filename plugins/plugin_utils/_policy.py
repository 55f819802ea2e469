# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a policy file in YAML -> Policy, with the lines its keys stand in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..module_utils._fleet.policy import parse_policy
from ..module_utils._fleet.service_words import anchored
from ..module_utils._model.policy import Policy
from ._yaml_file import parse_yaml, read_text


def load_policy(path: str | Path) -> Policy:
    """Read a policy file; an empty one is the policy of all defaults. Raises ArgumentError."""
    text = read_text(path, "policy")
    return _anchored(read_policy(text, str(path)), Path(path).expanduser().absolute().parent)


def _anchored(policy: Policy, folder: Path) -> Policy:
    """Paths of tasks files are relative to the policy's file; a plan has them whole."""

    def place(path: str) -> str:
        return str(folder / Path(path).expanduser())

    groups = tuple([replace(group, policy=_anchored(group.policy, folder)) for group in policy.groups])
    return replace(policy, gates=anchored(policy.gates, place), drains=anchored(policy.drains, place), groups=groups)


def read_policy(text: str, source: str) -> Policy:
    """The same for the text of a file; ``source`` is its name in sentences."""
    data, lines = parse_yaml(text, source)
    return parse_policy(data, source, lines)
