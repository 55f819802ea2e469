"""Prints pinned requirements out of pyproject.toml, one a line: requirements.py [GROUP…] (the product's own always)."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def requirements(pyproject: str, groups: list[str]) -> list[str]:
    """What `groups` of optional dependencies and the product itself need; KeyError for an unknown group."""
    project = tomllib.loads(pyproject)["project"]
    optional = project["optional-dependencies"]
    return sorted({*project["dependencies"], *(line for group in groups for line in optional[group])})


if __name__ == "__main__":
    print("\n".join(requirements((ROOT / "pyproject.toml").read_text(encoding="utf-8"), sys.argv[1:])))
