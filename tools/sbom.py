"""Prints the SBOM of the controller's Python packages, CycloneDX as JSON: all that the product and its extras bring.

The venv has the tests' packages as well: what is listed is what is needed without them, at the versions that tests ran
with. With SOURCE_DATE_EPOCH in the environment the same venv gives the same bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.dev_tree import ROOT
from tools.stages import tool

# what only tests need is no part of the product
NOT_SHIPPED = "test"


def wanted(pyproject: str) -> list[str]:
    """What the product and all its extras require, as pyproject.toml says it."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    return sorted(
        {*project["dependencies"], *(line for name in extras if name != NOT_SHIPPED for line in extras[name])}
    )


def closure(lines: Iterable[str], required_by: Callable[[str], Iterable[str]]) -> set[str]:
    """The names of all packages that these requirements bring on this Python, as `required_by` has them by name."""
    found: set[tuple[str, str]] = set()
    left = [Requirement(line) for line in lines]
    while left:
        one = left.pop()
        name = canonicalize_name(one.name)
        for extra in ("", *one.extras):
            if (name, extra) in found:
                continue
            found.add((name, extra))
            for line in required_by(name):
                brought = Requirement(line)
                if brought.marker is None or brought.marker.evaluate({"extra": extra}):
                    left.append(brought)
    return {name for name, _extra in found}


def narrowed(document: Mapping[str, Any], names: set[str], direct: set[str]) -> dict[str, Any]:
    """The SBOM of an environment with these packages alone; the product depends on the direct ones."""
    kept = [one for one in document["components"] if canonicalize_name(one["name"]) in names]
    refs = {one["bom-ref"]: canonicalize_name(one["name"]) for one in kept}
    root = document["metadata"]["component"]["bom-ref"]
    links = []
    for one in document["dependencies"]:
        if one["ref"] == root:
            links.append({"ref": root, "dependsOn": sorted(ref for ref, name in refs.items() if name in direct)})
        elif one["ref"] in refs:
            below = [ref for ref in one.get("dependsOn", ()) if ref in refs]
            links.append({"ref": one["ref"], **({"dependsOn": below} if below else {})})
    return {**document, "components": kept, "dependencies": links}


def installed(name: str) -> list[str]:
    """What an installed package requires; PackageNotFoundError says that the venv is not whole."""
    return requires(name) or []


def render() -> str:
    """The SBOM as text. Raises ValueError where it is none, and PackageNotFoundError where the venv is not whole."""
    make = [
        tool("cyclonedx-py"),
        "environment",
        "--output-reproducible",
        "--mc-type",
        "library",
        "--of",
        "JSON",
        "--no-validate",
    ]
    make += ["--pyproject", str(ROOT / "pyproject.toml"), sys.executable]
    document = json.loads(subprocess.run(make, check=True, capture_output=True, text=True).stdout)
    lines = wanted((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    direct: set[str] = {canonicalize_name(Requirement(line).name) for line in lines}
    text = json.dumps(narrowed(document, closure(lines, installed), direct), indent=2) + "\n"
    wrong = JsonStrictValidator(SchemaVersion.from_version(document["specVersion"])).validate_str(text)
    if wrong is not None:
        raise ValueError(f"the SBOM is not what CycloneDX says: {wrong}")
    return text


def main() -> int:
    """1 where there can be no SBOM."""
    try:
        print(render(), end="")
    except (ValueError, PackageNotFoundError, subprocess.CalledProcessError) as error:
        print(f"sbom: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
