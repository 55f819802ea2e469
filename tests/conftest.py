"""Makes a plain checkout importable as the collection, and sets what all tests share."""

from __future__ import annotations

import re
import signal
import sys
import threading
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


def end_orderly(number: int, frame: types.FrameType | None) -> None:
    """Ends a run on SIGTERM as Ctrl-C would: fixtures take down what they made. Once, or it would cut them short."""
    signal.signal(number, lambda *again: None)  # not SIG_IGN: programs started from now on would inherit that
    raise KeyboardInterrupt


expose_checkout()
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGTERM, end_orderly)
# the machines are shared and slow at times: a deadline would fail tests for their neighbours
settings.register_profile("fleet", deadline=None, database=None, print_blob=True)
settings.load_profile("fleet")
