"""A program, run to its end."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any


def run(*argv: str | Path, **more: Any) -> str:
    """What a program prints, errors too; CalledProcessError with it where the program fails."""
    done = subprocess.run(argv, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    return str(done.stdout)
