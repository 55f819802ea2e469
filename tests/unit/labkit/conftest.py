"""Lets these tests import the lab's own program, which belongs to no package."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "terraform" / "modules" / "lab" / "files"))
