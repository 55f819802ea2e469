"""A Terraform module's words: its files, variables, outputs and the sentences of its refusals, read by python-hcl2."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2
from hcl2.utils import SerializationOptions

from tools.dev_tree import ROOT
from tools.worktree import sources

MODULES = ROOT / "terraform" / "modules"
PLAIN = SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)
NONE = "none"


@dataclass(frozen=True)
class Variable:
    """A variable as it is written: `type` and `default` are expressions with one blank where there was white space.

    `default` is NONE where there is none; `sentences` are the error messages of its validations by condition.
    """

    name: str
    description: str
    type: str
    default: str
    nullable: bool
    sensitive: bool
    sentences: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Module:
    """What a module says of itself."""

    name: str
    files: frozenset[str]
    variables: dict[str, Variable]
    outputs: dict[str, str]

    def sentences(self, variable: str) -> set[str]:
        return {sentence for _condition, sentence in self.variables[variable].sentences}


def text(value: Any) -> str:
    """An expression as text, `${…}` and white space taken off."""
    plain = " ".join(str(value).split())
    return plain[2:-1] if plain.startswith("${") and plain.endswith("}") else plain


def variable(name: str, block: dict[str, Any]) -> Variable:
    return Variable(
        name=name,
        description=block.get("description", ""),
        type=text(block.get("type", NONE)),
        default=text(block.get("default", NONE)),
        nullable=block.get("nullable", True),
        sensitive=block.get("sensitive", False),
        sentences=tuple((text(one["condition"]), one["error_message"]) for one in block.get("validation", [])),
    )


def blocks(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """All blocks of one kind in the files of a folder that are named after it, by label."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.glob(f"{kind}s*.tf")):
        with file.open(encoding="utf-8") as stream:
            for block in hcl2.load(stream, serialization_options=PLAIN).get(kind, []):
                found.update(block)
    return found


@functools.cache
def read(name: str) -> Module:
    """The module of this name; reading HCL takes a second or so."""
    folder, prefix = MODULES / name, f"terraform/modules/{name}/"
    return Module(
        name,
        frozenset(name.removeprefix(prefix) for name in sources(ROOT) if name.startswith(prefix)),
        {label: variable(label, block) for label, block in blocks(folder, "variable").items()},
        {label: block.get("description", "") for label, block in blocks(folder, "output").items()},
    )
