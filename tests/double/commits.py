"""Commits of the host's repository: what they say of themselves, what packages they hold, and new local ones."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import gvariant
from .errors import ToolError
from .origin import split_refspec
from .sysroot import ostree

REPO = Path("/ostree/repo")
PACKAGES = "/usr/share/lab/packages"
COMMIT = "(a{sv}aya(say)sstayay)"


@dataclass(frozen=True)
class Commit:
    """One commit object."""

    checksum: str
    metadata: Mapping[str, Any]
    timestamp: int
    parent: str
    subject: str

    @property
    def version(self) -> str | None:
        return self.metadata.get("version")


@lru_cache
def load(checksum: str) -> Commit:
    path = REPO / "objects" / checksum[:2] / f"{checksum[2:]}.commit"
    try:
        content = gvariant.read(COMMIT, path.read_bytes())
    except FileNotFoundError:
        raise ToolError(f"No such metadata object {checksum}.commit") from None
    swapped = int.from_bytes(content[5].to_bytes(8, "little"), "big")
    return Commit(checksum, content[0], swapped, content[1].hex(), content[3])


def resolve(refspec: str) -> str | None:
    """The commit that a ref of this host points to."""
    remote, ref = split_refspec(refspec)
    path = REPO / "refs" / ("remotes/" + remote if remote else "heads") / ref
    try:
        return path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def has_signatures(checksum: str) -> bool:
    return (REPO / "objects" / checksum[:2] / f"{checksum[2:]}.commitmeta").exists()


def base(checksum: str) -> str:
    """The base under a commit of our own layering, or the commit itself."""
    commit = load(checksum)
    return commit.parent if commit.metadata.get("rpmostree.clientlayer") else checksum


def packages(checksum: str) -> dict[str, str]:
    """Name and version of every package in a commit."""
    lines = ostree("cat", checksum, PACKAGES).splitlines()
    return dict(line.split(None, 1) for line in lines if " " in line)


def write(base_commit: str, files: Mapping[str, tuple[int, str]], metadata: Sequence[str], **options: str) -> str:
    """A new commit on top of a base: these files (mode, content) over its tree; its checksum.

    Content and timestamp alone make the checksum: the same words give the same commit.
    """
    folder = Path(tempfile.mkdtemp(prefix="ostree-double-", dir="/var/tmp"))
    try:
        for name, (mode, content) in files.items():
            path = folder / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            path.chmod(mode)
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        return ostree(
            "commit", f"--repo={REPO}", "--orphan", f"--tree=ref={base_commit}", f"--tree=dir={folder}",
            "--bootable", *(f"--{key}={value}" for key, value in options.items()), *metadata,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder)


def keep(ref: str, checksum: str) -> None:
    """A local ref, so that nothing prunes the commit."""
    ostree("refs", f"--repo={REPO}", "--force", f"--create={ref}", checksum)


def drop(refspec: str) -> None:
    """Forget a ref; it need not be there."""
    if resolve(refspec) is not None:
        ostree("refs", f"--repo={REPO}", "--delete", refspec)


def text_variant(value: Any) -> str:
    """A value in GVariant's text form, for --add-metadata: strings, truths, numbers and lists of these."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not value:
        return "@as []"
    return json.dumps(value)
