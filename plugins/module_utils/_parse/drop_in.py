# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a file below /etc, as it is on a host and as the image ships it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """An ordinary file. ``mode`` is four octal digits."""

    content: bytes
    mode: str = "0644"
    owner: str = "0:0"

    @property
    def checksum(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True)
class Found:
    """What stands at a path: ``kind`` is file, link, other or none; ``folder`` is where its folder truly is."""

    kind: str
    folder: str
    file: File | None = None
    shipped: File | None = None


def parse_found(text: str) -> Found:
    """What _command.drop_in.look printed."""
    words: dict[str, str] = {}
    lines: dict[str, list[str]] = {"is": [], "ships": []}
    for line in text.splitlines():
        word, _blank, rest = line.partition(" ")
        if word.endswith("-line"):
            lines[word[: -len("-line")]].append(rest)
        else:
            words[word] = rest

    def file(name: str) -> File | None:
        if name not in words:
            return None
        mode, user, group = words[name].split()
        return File(base64.b64decode("".join(lines[name])), mode.zfill(4), f"{user}:{group}")

    return Found(words.get("kind", "none"), words.get("folder", ""), file("is"), file("ships"))
