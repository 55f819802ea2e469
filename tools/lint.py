"""Runs the linters of Ansible content on a copy of the checkout: ansible-lint, the changelog, the documentation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.dev_tree import ROOT
from tools.stages import CACHE, tool
from tools.worktree import copy

LINTERS = (
    (tool("ansible-lint"), "--offline", "--strict", "--nocolor"),
    (tool("antsibull-changelog"), "lint"),
    (tool("antsibull-docs"), "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", "."),
)


def main() -> int:
    """1 where one of the linters found something."""
    with TemporaryDirectory(prefix="lint-", dir=CACHE) as folder:
        tree = copy(ROOT, Path(folder))
        # ansible-lint keeps collections and caches in the home: the user's own are none of its business
        env = {**os.environ, "HOME": folder, "ANSIBLE_COLLECTIONS_PATH": folder}
        env.pop("XDG_CACHE_HOME", None)
        codes = [subprocess.run(argv, cwd=tree, env=env, check=False).returncode for argv in LINTERS]
        return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
