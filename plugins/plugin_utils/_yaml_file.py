# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a file in YAML, with the lines its keys stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..module_utils._errors import ArgumentError


def read_text(path: str | Path, what: str) -> str:
    """The text of a file; ``what`` is its kind, in sentences. Raises ArgumentError."""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise ArgumentError(f"{path}: cannot read this {what} ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ArgumentError(f"{path}: this is not a {what} (it is not text).") from None


def parse_yaml(text: str, source: str) -> tuple[Any, Mapping[str, int]]:
    """What the YAML says, and the line of every key as a dotted path. YAML lets a key stand twice; we do not."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        lines = dict(_lines(node, "", source)) if node else {}
        return (loader.construct_document(node) if node else None), lines
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ArgumentError(f"{source}{line}: this is not YAML ({error.problem or error.context}).") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise ArgumentError(f"{source}: this is not YAML ({said}).") from None


def _lines(node: Any, prefix: str, source: str) -> Iterator[tuple[str, int]]:
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
