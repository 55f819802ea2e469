"""Copies what git would know of this checkout to FOLDER/ansible_collections/NAMESPACE/NAME."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tools.dev_tree import read_name


def sources(root: Path) -> list[str]:
    """The files of a checkout that are tracked, or would be by `git add`, and are there; names as git writes them."""
    git = ["git", "-c", f"safe.directory={root}", "-C", str(root)]  # root may look at somebody else's clone
    listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    names = subprocess.run([*git, *listed], check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and ((root / name).is_symlink() or (root / name).is_file())]


def copy(root: Path, folder: Path) -> Path:
    """Makes the copy under the empty `folder`, a git repository of its own, and returns it.

    ansible-test refuses a checkout in any other place, and in a folder that some other repository ignores it skips
    every file and reports success.
    """
    namespace, name = read_name((root / "galaxy.yml").read_text(encoding="utf-8"))
    tree = folder / "ansible_collections" / namespace / name
    for source in sources(root):
        (tree / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / source, tree / source, follow_symlinks=False)
    for git in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", "-C", str(tree), *git], check=True)
    return tree
