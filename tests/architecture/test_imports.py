"""Who may import whom (the table below is the rule), and what the core may touch at all."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tools.dev_tree import ROOT

PACKAGE = "ansible_collections.atomic.fleet."

# layer -> the layers it may import beside itself; the first prefix that fits names a file's layer
CORE = ("plugins/module_utils",)
EDGE = ("plugins/plugin_utils", *CORE)
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "plugins/module_utils/_errors": (),
    "plugins/module_utils/_model": (),
    "plugins/module_utils/_parse": ("plugins/module_utils/_errors", "plugins/module_utils/_model"),
    # a script and the parser of what it prints share their marks
    "plugins/module_utils/_command": (
        "plugins/module_utils/_errors",
        "plugins/module_utils/_model",
        "plugins/module_utils/_parse",
    ),
    "plugins/module_utils/_host": (
        "plugins/module_utils/_errors",
        "plugins/module_utils/_model",
        "plugins/module_utils/_parse",
        "plugins/module_utils/_command",
    ),
    "plugins/module_utils/_fleet": (
        "plugins/module_utils/_errors",
        "plugins/module_utils/_model",
        "plugins/module_utils/_parse",
        "plugins/module_utils/_command",
        "plugins/module_utils/_host",
    ),
    "plugins/module_utils": (),
    "plugins/plugin_utils": CORE,
    "plugins/modules": CORE,
    "plugins/action": EDGE,
    "plugins/callback": EDGE,
    "plugins/connection": EDGE,
    "plugins/filter": EDGE,
    "plugins/inventory": EDGE,
    "plugins/lookup": EDGE,
    "plugins/test": EDGE,
    "plugins/doc_fragments": (),
}
# what only computes; files, processes, sockets, clocks, chance and the environment are passed in
TYPES_ONLY = {"__future__", "abc", "collections", "dataclasses", "enum", "functools", "types", "typing"}
PURE = TYPES_ONLY | {
    "base64",
    "binascii",
    "bisect",
    "contextlib",
    "copy",
    "csv",
    "datetime",
    "decimal",
    "difflib",
    "fnmatch",
    "fractions",
    "graphlib",
    "hashlib",
    "hmac",
    "heapq",
    "html",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "posixpath",
    "re",
    "shlex",
    "statistics",
    "string",
    "struct",
    "textwrap",
    "unicodedata",
    "urllib.parse",
    # reads what the machine knows of time zones, never what time it is
    "zoneinfo",
}
TOUCHES_THE_WORLD = {"open", "input", "print", "exec", "eval", "__import__", "breakpoint"}
CLOCKS = {"now", "utcnow", "today"}


def layer_of(path: str) -> str | None:
    """The layer a file of the repository belongs to; None for what is no plugin."""
    return next((layer for layer in MAY_IMPORT if f"{path.removesuffix('.py')}/".startswith(f"{layer}/")), None)


def imported(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything a file imports: dotted, or a path where it is of this repository."""
    folder = PurePosixPath(path).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            whole = node.module in ("urllib", PACKAGE.rstrip("."), PACKAGE + "plugins")
            names = [f"{node.module}.{alias.name}" if whole else str(node.module) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1]
            tails = [node.module.split(".")] if node.module else [[alias.name] for alias in node.names]
            names = ["/".join((*base, *tail)) for tail in tails]
        else:
            continue
        for name in names:
            ours = name.startswith(PACKAGE)
            yield node.lineno, name.removeprefix(PACKAGE).replace(".", "/") if ours else name


def forbidden_imports(path: str, tree: ast.AST) -> Iterator[str]:
    """What a file imports against the table."""
    layer = layer_of(path)
    if layer is None:
        return
    core = layer.startswith("plugins/module_utils")
    pure = TYPES_ONLY if layer == "plugins/module_utils/_model" else PURE
    for line, name in imported(path, tree):
        other = layer_of(name)
        if other is None:
            foreign = name not in pure and name.split(".")[0] not in pure
            repository = name.split("/")[0].split(".")[0] in ("tests", "tools", "terraform", "inventories")
            if repository or (core and foreign):
                yield f"{path}:{line}: {layer} may not import {name}"
        elif other != layer and not any(f"{other}/".startswith(f"{allowed}/") for allowed in MAY_IMPORT[layer]):
            yield f"{path}:{line}: {layer} may not import {other}"


def forbidden_calls(path: str, tree: ast.AST) -> Iterator[str]:
    """Where the core reaches for the world without an import."""
    if not path.startswith("plugins/module_utils/"):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in TOUCHES_THE_WORLD:
            yield f"{path}:{node.lineno}: the core may not call {called.id}()"
        if isinstance(called, ast.Attribute) and called.attr in CLOCKS:
            yield f"{path}:{node.lineno}: the core has no clock: pass the time in"


def runtime_unions(path: str, tree: ast.AST) -> Iterator[str]:
    """Types joined with `|` where Python evaluates it: what may run on a host still meets Python 3.9."""
    if not path.startswith(("plugins/module_utils/", "plugins/modules/")):
        return
    annotations = {id(part) for annotation in annotations_of(tree) for part in ast.walk(annotation)}
    unions = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr))
    for union in unions:
        if id(union) not in annotations and (is_type(union.left) or is_type(union.right)):
            yield f"{path}:{union.lineno}: Python 3.9 knows `X | Y` in annotations only: say Optional or Union"


def annotations_of(tree: ast.AST) -> Iterator[ast.AST]:
    """Every annotation; `from __future__ import annotations` keeps Python from evaluating them."""
    for node in ast.walk(tree):
        for held in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(held, ast.AST):
                yield held


def is_type(node: ast.AST) -> bool:
    """Whether an operand can only be a type, as far as one can tell by looking."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Constant):
        return node.value is None
    return isinstance(node, ast.Name) and node.id in {"str", "int", "float", "bool", "bytes", "list", "dict", "tuple"}


def violations(path: str, source: str) -> list[str]:
    """Everything this file of tests has against one file."""
    tree = ast.parse(source, path)
    return [*forbidden_imports(path, tree), *forbidden_calls(path, tree), *runtime_unions(path, tree)]


def test_the_repository_keeps_the_rules() -> None:
    paths = sorted((ROOT / "plugins").rglob("*.py"))
    found = [
        violation
        for path in paths
        for violation in violations(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)
    seen = {layer_of(path.relative_to(ROOT).as_posix()) for path in paths}
    assert {"plugins/module_utils/_model", "plugins/module_utils/_fleet", "plugins/plugin_utils"} <= seen


def test_every_plugin_has_a_layer() -> None:
    lost = [path for path in (ROOT / "plugins").rglob("*.py") if layer_of(path.relative_to(ROOT).as_posix()) is None]
    assert not lost


def test_the_pure_modules_are_of_the_standard_library() -> None:
    assert {name.split(".")[0] for name in PURE} <= sys.stdlib_module_names


MODEL, PARSE = "plugins/module_utils/_model/x.py", "plugins/module_utils/_parse/x.py"
HOST, FLEET = "plugins/module_utils/_host/x.py", "plugins/module_utils/_fleet/x.py"
EDGE_FILE, ACTION, MODULE = "plugins/plugin_utils/_x.py", "plugins/action/x.py", "plugins/modules/x.py"


@pytest.mark.parametrize(
    "path,source",
    [
        (MODEL, "import json"),
        (MODEL, "from .._errors import FleetError"),
        (MODEL, "from .._parse import json"),
        (PARSE, "from .._host import upgrade"),
        (PARSE, "from .. import _fleet"),
        (HOST, "from .._fleet.planner import plan"),
        (HOST, "from ansible_collections.atomic.fleet.plugins.module_utils._fleet import planner"),
        (HOST, "from ansible_collections.atomic.fleet.plugins.plugin_utils import _store"),
        (FLEET, "def f():\n    import subprocess"),
        (FLEET, "from ansible.errors import AnsibleError"),
        (FLEET, "from urllib import request"),
        (FLEET, "import os"),
        (FLEET, "import time as t"),
        (FLEET, "import yaml"),
        (FLEET, "from ...plugin_utils._store import Store"),
        (FLEET, "def f():\n    return open('x').read()"),
        (FLEET, "import datetime\nnow = datetime.datetime.now()"),
        (FLEET, "import importlib"),
        (FLEET, "Number = int | None"),
        (FLEET, "def f(x):\n    return isinstance(x, str | bytes)"),
        (EDGE_FILE, "from ..action.boot import ActionModule"),
        (EDGE_FILE, "from tests.lab import names"),
        (EDGE_FILE, "from ..modules import boot"),
        (ACTION, "from ..inventory.terraform import InventoryModule"),
        (ACTION, "import tools.stages"),
        (MODULE, "from ..plugin_utils._store import Store"),
    ],
)
def test_a_breach_is_seen(path: str, source: str) -> None:
    assert len(violations(path, source)) == 1


@pytest.mark.parametrize(
    "path,source",
    [
        (MODEL, "from dataclasses import dataclass\nfrom typing import Optional\nfrom .host import HostState"),
        (PARSE, "import json\nfrom .._model.host import HostState\nfrom urllib.parse import urlsplit"),
        (FLEET, "from .._host.upgrade import plan\nfrom . import waves"),
        (FLEET, "def f(x: int | None) -> str | None:\n    return x or 1 | 2"),
        (EDGE_FILE, "import os, subprocess, time\nimport asyncssh\nfrom ..module_utils._fleet import waves"),
        (ACTION, "from ..plugin_utils._action import Verb\nfrom ansible.errors import AnsibleError"),
        (MODULE, "from ansible.module_utils.basic import AnsibleModule\nfrom ..module_utils._host import upgrade"),
        ("tools/x.py", "import subprocess\nimport tests.conftest"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert violations(path, source) == []
