"""The rpm command, as far as one asks a package list with it: the booted deployment's."""

from __future__ import annotations

import re
from typing import Any

from . import commits, store, sysroot
from .errors import ToolError
from .layering import Package, split_evr
from .options import Option, parse

TABLE = (
    Option("query", "q"), Option("all", "a"), Option("queryformat", kind="value"), Option("qf", kind="value"),
    Option("whatprovides", kind="flag"),
)  # fmt: skip
PLAIN = "%{NVRA}\n"


def run(argv: list[str]) -> int:
    values, words = parse(TABLE, [re.sub(r"^--qf\b", "--queryformat", word) for word in argv])
    if not values["query"]:
        raise ToolError("the double knows rpm -q and rpm -qa only")
    template = values["queryformat"] or PLAIN
    listing = commits.packages(sysroot.booted().checksum)
    if values["all"]:
        for name, evr in listing.items():
            print(formatted(template, Package(name, evr)), end="")
        return 0
    if not words:
        raise ToolError("no arguments given for query")
    catalogue, code = store.catalogue(), 0
    for word in words:
        found = catalogue.in_base(word, listing) if values["whatprovides"] else named(word, listing)
        if found is None and values["whatprovides"]:
            found = next((p for p in catalogue.packages if p.name in listing and p.answers(word)), None)
        if found is None:
            print(f"no package provides {word}" if values["whatprovides"] else f"package {word} is not installed")
            code = min(code + 1, 127)
        else:
            print(formatted(template, found), end="")
    return code


def named(word: str, listing: dict[str, str]) -> Package | None:
    return Package(word, listing[word]) if word in listing else None


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

    text = re.sub(r"%\{(\w+)\}", put, template)
    return text.replace("\\n", "\n").replace("\\t", "\t")
