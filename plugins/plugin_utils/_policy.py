# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a policy file in YAML -> Policy, with the lines its keys stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.policy import parse_policy
from ..module_utils._fleet.service_words import anchored
from ..module_utils._model.policy import Policy


def load_policy(path: str | Path) -> Policy:
    """Read a policy file; an empty one is the policy of all defaults. Raises ArgumentError."""
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise ArgumentError(f"{path}: cannot read this policy ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ArgumentError(f"{path}: this is not a policy (it is not text).") from None
    return _anchored(read_policy(text, str(path)), Path(path).expanduser().absolute().parent)


def _anchored(policy: Policy, folder: Path) -> Policy:
    """Paths of tasks files are relative to the policy's file; a plan has them whole."""

    def place(path: str) -> str:
        return str(folder / Path(path).expanduser())

    groups = tuple([replace(group, policy=_anchored(group.policy, folder)) for group in policy.groups])
    return replace(policy, gates=anchored(policy.gates, place), drains=anchored(policy.drains, place), groups=groups)


def read_policy(text: str, source: str) -> Policy:
    """The same for the text of a file; ``source`` is its name in sentences."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        lines = dict(_lines(node, "", source)) if node else {}
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ArgumentError(f"{source}{line}: this is not YAML ({error.problem or error.context}).") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise ArgumentError(f"{source}: this is not YAML ({what}).") from None
    return parse_policy(data, source, lines)


def _lines(node: Any, prefix: str, source: str) -> Iterator[tuple[str, int]]:
    """Every key as a dotted path with its line, as parse_policy names them. YAML lets a key stand twice; we do not."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = f"{prefix}{getattr(key, 'value', '')}", key.start_mark.line + 1
            if name in seen:
                raise ArgumentError(f"{source} line {line}: {name} stands here again, first in line {seen[name]}.")
            seen[name] = line
            yield name, line
            yield from _lines(value, f"{name}.", source)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield f"{prefix[:-1]}[{index}]", item.start_mark.line + 1
            yield from _lines(item, f"{prefix[:-1]}[{index}].", source)
