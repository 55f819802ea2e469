"""The rpm command, as far as one asks with it: a deployment's package list (the booted one's, or where --dbpath leads),
and package files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import store
from .errors import ToolError
from .layering import Catalogue, Package, parse_package, split_evr
from .options import Option, parse

TABLE = (
    Option("query", "q"), Option("all", "a"), Option("queryformat", kind="value"), Option("qf", kind="value"),
    Option("whatprovides", kind="flag"), Option("package", "p"), Option("nosignature"), Option("nodigest"),
    Option("dbpath", kind="value"),
)  # fmt: skip
PLAIN = "%{NVRA}\n"
PACKAGES = "/usr/share/lab/packages"


def run(argv: list[str]) -> int:
    values, words = parse(TABLE, [re.sub(r"^--qf\b", "--queryformat", word) for word in argv])
    if not values["query"]:
        raise ToolError("the double knows rpm -q and rpm -qa only")
    template = values["queryformat"] or PLAIN
    if values["package"]:
        return files(words, template)
    listing = packages(values["dbpath"])
    if values["all"]:
        for name, evr in listing.items():
            print(formatted(template, Package(name, evr)), end="")
        return 0
    if not words:
        raise ToolError("no arguments given for query")
    catalogue, code = store.catalogue(), 0
    for word in words:
        found = providing(catalogue, word, listing) if values["whatprovides"] else named(word, listing)
        if found is None:
            print(f"no package provides {word}" if values["whatprovides"] else f"package {word} is not installed")
            code = min(code + 1, 127)
        else:
            print(formatted(template, found), end="")
    return code


def packages(path: str | None) -> dict[str, str]:
    """Name and version of all that the system has whose database lies there; without a path, of what runs."""
    if path is not None:
        found = re.fullmatch(r"(/ostree/deploy/[^/]+/deploy/[0-9a-f]{64}\.\d+)/usr/(share|lib/sysimage)/rpm", path)
        if found is None or not Path(path).is_dir():
            raise ToolError(f"cannot open Packages database in {path}")
    root = "" if path is None else found[1]
    lines = Path(root + PACKAGES).read_text(encoding="utf-8").splitlines()
    return dict(line.split(None, 1) for line in lines if " " in line)  # type: ignore[misc]


def files(words: list[str], template: str) -> int:
    """What package files say of themselves."""
    code = 0
    for word in words:
        try:
            package = parse_package(json.loads(Path(word).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            print(f"error: open of {word} failed: No such file or directory")
            code = min(code + 1, 127)
        else:
            print(formatted(template, package), end="")
    return code


def providing(catalogue: Catalogue, word: str, listing: dict[str, str]) -> Package | None:
    """The package of the list that provides something, with all that it provides."""
    for name, evr in listing.items():
        found = next((p for p in catalogue.packages if (p.name, p.evr) == (name, evr)), Package(name, evr))
        more = (capability for capability, own in catalogue.base_provides.items() if own == name)
        found = replace(found, provides=tuple(dict.fromkeys((name, *found.provides, *more))))
        if word in found.provides or word in found.files:
            return found
    return None


def named(word: str, listing: dict[str, str]) -> Package | None:
    """By its name, with or without version and architecture, and by nothing else."""
    return next((p for name, evr in listing.items() if (p := Package(name, evr)).answers(word)), None)


def formatted(template: str, package: Package) -> str:
    epoch, version, release = split_evr(package.evr)
    nvr = "-".join(word for word in (package.name, version, release) if word)  # Debian's native packages have none
    values: dict[str, Any] = {
        "NAME": package.name, "VERSION": version, "RELEASE": release, "ARCH": package.arch, "EVR": package.evr,
        "EPOCH": epoch if ":" in package.evr else "(none)", "EPOCHNUM": epoch, "NEVRA": package.nevra,
        "NVR": nvr, "NVRA": f"{nvr}.{package.arch}",
    }  # fmt: skip

    def put(found: re.Match[str]) -> str:
        key = found.group(1).upper()
        if key not in values:
            raise ToolError(f'incorrect format: unknown tag: "{found.group(1)}"')
        return str(values[key])

    def each(found: re.Match[str]) -> str:
        """What stands in brackets, once for each thing that is provided."""
        return "".join(found.group(1).replace("%{PROVIDENAME}", word) for word in (package.provides or (package.name,)))

    text = re.sub(r"%\{(\w+)\}", put, re.sub(r"\[([^\]]*)\]", each, template))
    return text.replace("\\n", "\n").replace("\\t", "\t")
