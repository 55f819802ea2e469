"""Documents of ``rpm-ostree db diff --format=json``, in the shape its source gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def package(name: str, kind: int, old: str | None, new: str | None, arch: str = "x86_64") -> list[Any]:
    sides = {}
    if old is not None:
        sides["PreviousPackage"] = [name, old, arch]
    if new is not None:
        sides["NewPackage"] = [name, new, arch]
    return [name, kind, sides]


def advisory(
    name: str, kind: int, severity: int, packages: Sequence[str], references: Sequence[Sequence[str]] = ()
) -> list[Any]:
    return [name, kind, severity, list(packages), {"cve_references": [list(one) for one in references]}]


def db_diff(packages: Sequence[Any], advisories: Sequence[Any] = ()) -> str:
    """Laid out as json-glib does."""
    document = {
        "ostree-commit-from": "a" * 64,
        "ostree-commit-to": "b" * 64,
        "pkgdiff": list(packages),
        "advisories": list(advisories),
    }
    return json.dumps(document, indent=2, separators=(",", " : "))
