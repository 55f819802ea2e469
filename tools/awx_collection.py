"""Prints a folder with the collection awx.awx, and fetches it first where it is not there: out of the wheel `ansible`,
for that comes from PyPI, as everything that the tests need does."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.stages import CACHE, tool

# the release of Ansible that has awx.awx 24.6.1, which is of AWX 24.6.1
ANSIBLE = "12.3.0"


def collections() -> Path:
    """The folder to name in ANSIBLE_COLLECTIONS_PATH. Raises CalledProcessError where PyPI does not answer."""
    there = CACHE / "awx" / ANSIBLE
    if not there.is_dir():
        there.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=there.parent) as folder:
            words = ("download", "--quiet", "--disable-pip-version-check", "--no-deps", f"ansible=={ANSIBLE}")
            subprocess.run([tool("pip"), *words, "--dest", folder], check=True, stdout=subprocess.DEVNULL)
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                wanted = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
                archive.extractall(Path(folder) / "made", wanted)
            (Path(folder) / "made").rename(there)
    return there


if __name__ == "__main__":
    sys.exit(print(collections()))
