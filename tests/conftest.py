"""Makes a plain checkout importable as the collection, and sets what all tests share."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]


def expose_checkout() -> None:
    """Lets `import ansible_collections.atomic.fleet…` find this checkout, unless something else already sees to it."""
    galaxy = (ROOT / "galaxy.yml").read_text(encoding="utf-8")
    parts = ["ansible_collections", *re.findall(r"^(?:namespace|name): (\w+)$", galaxy, re.M)]
    seen_to = any(type(finder).__name__ == "_AnsibleCollectionFinder" for finder in sys.meta_path)
    if seen_to or list(ROOT.parts[-3:]) == parts:
        return
    for depth, path in enumerate(([], [], [str(ROOT)]), start=1):
        dotted = ".".join(parts[:depth])
        package = sys.modules.setdefault(dotted, types.ModuleType(dotted))
        package.__path__ = path


expose_checkout()
# the machines are shared and slow at times: a deadline would fail tests for their neighbours
settings.register_profile("fleet", deadline=None, database=None, print_blob=True)
settings.load_profile("fleet")
