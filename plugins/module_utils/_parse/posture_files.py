# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what differs from the image below /usr and /etc, and how /usr is mounted."""

from __future__ import annotations

from collections.abc import Sequence

from .._errors import ParseError
from .._model.host_posture import ADDED, DELETED, KEPT_FILES, MODIFIED, Change, Drift, Usr

_KINDS = {"M": MODIFIED, "D": DELETED, "A": ADDED}
_TYPES = "bcdflps"
_UNLOCKED = ("development", "hotfix", "transient")


def parse_usr(text: str) -> Usr:
    """Lines ``mount PATH TYPE OPTIONS SOURCE`` in the order of the kernel's table, and ``unlocked KIND``. ParseError
    where nothing is mounted at all."""
    mounts: dict[str, tuple[str, tuple[str, ...], str]] = {}
    unlocked = None
    for line in text.splitlines():
        words = line.split(" ")
        if words[0] == "mount" and len(words) == 5:
            # what was mounted last is what is there
            mounts[words[1]] = (words[2], tuple(words[3].split(",")), words[4])
        elif words[0] == "unlocked" and len(words) == 2 and words[1] in _UNLOCKED:
            unlocked = words[1]
    there = mounts.get("/usr") or mounts.get("/")
    if there is None:
        raise ParseError("nothing is said of what is mounted on /usr")
    fstype, options, _source = there
    root = mounts.get("/", ("", (), ""))
    image = root[2] == "composefs"
    return Usr(fstype, options, unlocked, image, image and "verity=require" in root[1])


def parse_walk(text: str) -> tuple[Change, ...]:
    """Lines of a type and a path: what was written or replaced since it was deployed. A folder is named only where
    nothing in it is, for there something was taken away."""
    found = [
        (line[0], line[2:].rstrip("/"))
        for line in text.splitlines()
        if len(line) > 3 and line[0] in _TYPES and line[1:3] == " /"
    ]
    inside = {path.rpartition("/")[0] for _type, path in found}
    # a character device is how an overlay takes a file away
    return tuple(
        [
            Change(DELETED if kind == "c" else MODIFIED, path)
            for kind, path in sorted(found, key=lambda one: one[1])
            if kind != "d" or path not in inside
        ]
    )


def parse_changes(text: str, root: str) -> tuple[Change, ...]:
    """Lines of ``M``, ``D`` or ``A`` and a path, as ostree prints differences; paths get ``root`` where they are
    relative to it."""
    found = []
    for line in text.splitlines():
        kind, path = line[:1], line[5:]
        if kind in _KINDS and line[1:5] == "    " and path:
            found.append(Change(_KINDS[kind], f"{root}/{path.lstrip('/')}"))
    return tuple(sorted(found, key=lambda one: one.path))


def kept(changes: Sequence[Change], full: bool = False, most: int = KEPT_FILES) -> Drift:
    return Drift(tuple(changes[:most]), len(changes) > most, full)
