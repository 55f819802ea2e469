"""What a test orders of the double: which tool it is to be (kept in /var), and faults (in /run, gone with a reboot)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import ToolError

HOME = Path("/var/lib/ostree-double")
RUN = Path("/run/ostree-double")
SETTINGS = HOME / "settings.json"
FAULTS = RUN / "faults.json"
CATALOGUE = HOME / "catalogue.json"
HOLD = RUN / "hold"

DEFAULTS: dict[str, Any] = {
    # features that this version of the tools does not have yet: see matrix.py, status.py and bootc_status.py
    "without": [],
    # apiVersion of `bootc status`
    "bootc_api": "org.containers.bootc/v1",
    # whether `rpm-ostree install` also moves the base to what its remote has: what users of #9229 met
    "install_moves_base": False,
    # who drives updates: {"name": "Zincati", "unit": "zincati.service"}
    "driver": None,
    # how registries are spoken to, by host:port: {"scheme": "https", "ca": "/path"}; http where nothing is said
    "registries": {},
    # the daemon dies in the middle of its next transactions: "start" or "end" (all is fetched, nothing staged)
    "die": None,
    # `status` never ends
    "status_hang": False,
    # what `status` prints in place of its document, cut off or wrong
    "status_prints": None,
    # the daemon cannot be started
    "no_daemon": False,
    # nothing can be written
    "disk_full": False,
}


def load() -> dict[str, Any]:
    """Defaults, what is kept, and this boot's faults, each over the ones before."""
    return {**DEFAULTS, **read(SETTINGS), **read(FAULTS)}


def read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    unknown = sorted(content.keys() - DEFAULTS.keys())
    if unknown:
        raise ToolError(f"{path} has unknown settings: {', '.join(unknown)}")
    return content
