"""Makes the reference of every module, plugin and role as a site of HTML pages: tools.docs [FOLDER].

Warnings are errors."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.dev_tree import ROOT
from tools.stages import BIN, CACHE, tool
from tools.worktree import copy

CONFIGURATION = ROOT / "tools" / "docsite"


def build(site: Path) -> int:
    """Writes the site, in place of what was there; the exit code of the program that failed."""
    with TemporaryDirectory(prefix="docs-", dir=CACHE) as folder:
        tree = copy(ROOT, Path(folder))
        pages = Path(folder) / "pages"
        pages.mkdir()
        # it runs ansible-doc, which it looks for on the path
        environment = {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": folder,
            "HOME": folder,
        }
        words = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(pages), "atomic.fleet")
        made = subprocess.run((tool("antsibull-docs"), "collection", *words), cwd=tree, env=environment, check=False)
        if made.returncode:
            return made.returncode
        shutil.rmtree(site, ignore_errors=True)
        strict = ("--quiet", "--fail-on-warning", "--keep-going")
        places = ("--conf-dir", str(CONFIGURATION), "--doctree-dir", f"{folder}/trees", str(pages), str(site))
        sphinx = (sys.executable, "-B", "-m", "sphinx", "--builder", "html", *strict, *places)
        return subprocess.run(sphinx, cwd=tree, env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """Says where the site is."""
    site = Path(arguments[0]) if arguments else CACHE / "docs"
    code = build(site.absolute())
    if code == 0:
        print(f"docs: {site / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
