"""Runs the linters on a copy of the checkout: Ansible content, changelog, licences, documentation, shell scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.dev_tree import ROOT
from tools.stages import CACHE, tool
from tools.worktree import copy, sources

LINTERS = (
    (tool("ansible-lint"), "--offline", "--strict", "--nocolor"),
    (tool("antsibull-changelog"), "lint"),
    (tool("reuse"), "lint", "--lines"),
    (tool("antsibull-docs"), "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", "."),
)


def shell_scripts(root: Path) -> list[str]:
    """The scripts of a checkout that say so in their first line, whatever their name."""
    files = (name for name in sources(root) if (root / name).is_file())
    heads = ((name, (root / name).read_bytes()[:40].split(b"\n")[0]) for name in files)
    return [name for name, head in heads if head in (b"#!/bin/sh", b"#!/usr/bin/env bash")]


def main() -> int:
    """1 where one of the linters found something."""
    with TemporaryDirectory(prefix="lint-", dir=CACHE) as folder:
        tree = copy(ROOT, Path(folder))
        # ansible-lint keeps collections and caches in the home: the user's own are none of its business
        env = {**os.environ, "HOME": folder, "ANSIBLE_COLLECTIONS_PATH": folder}
        env.pop("XDG_CACHE_HOME", None)
        linters = [*LINTERS]
        if shutil.which("shellcheck"):
            linters.append(("shellcheck", *shell_scripts(tree)))
        else:
            print("lint: skipped shellcheck, which is not installed: `make setup` as root does that.")
        codes = [subprocess.run(argv, cwd=tree, env=env, check=False).returncode for argv in linters]
        return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
