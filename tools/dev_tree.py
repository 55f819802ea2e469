"""Makes ansible_collections/NAMESPACE/NAME: a real directory of links to what belongs to the collection."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTENT = ("README.md", "changelogs", "galaxy.yml", "meta", "playbooks", "plugins", "roles")


def read_name(galaxy: str) -> tuple[str, str]:
    """Namespace and name out of the text of galaxy.yml; ValueError where one is missing."""
    found = {key: re.search(rf"^{key}:\s*(\w+)\s*$", galaxy, re.M) for key in ("namespace", "name")}
    namespace, name = found["namespace"], found["name"]
    if namespace is None or name is None:
        raise ValueError("galaxy.yml names no namespace or no name: write both as plain words")
    return namespace[1], name[1]


def build(root: Path) -> Path:
    """Brings the tree to what `root` holds now and returns it; a second run changes nothing."""
    namespace, name = read_name((root / "galaxy.yml").read_text(encoding="utf-8"))
    tree = root / "ansible_collections" / namespace / name
    if tree.is_symlink():  # one link to the root makes every tool walk in circles
        tree.unlink()
    tree.mkdir(parents=True, exist_ok=True)
    wanted = {entry: Path("../../..") / entry for entry in CONTENT if (root / entry).exists()}
    for present in tree.iterdir():
        if present.name in wanted and present.is_symlink() and present.readlink() == wanted[present.name]:
            del wanted[present.name]
        elif present.is_dir() and not present.is_symlink():
            shutil.rmtree(present)
        else:
            present.unlink()
    for entry, target in wanted.items():
        (tree / entry).symlink_to(target)
    return tree


if __name__ == "__main__":
    build(ROOT)
