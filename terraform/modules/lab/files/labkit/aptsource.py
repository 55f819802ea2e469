"""Where the machine itself gets Debian packages from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SUITE = "bookworm"
DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Source:
    """A mirror that has the suite."""

    mirror: str
    suite: str = SUITE


def find(folder: Path = Path("/etc/apt")) -> Source:
    """The mirror in the machine's own apt sources, or Debian's."""
    texts = [path.read_text(errors="replace") for path in sorted(folder.glob("sources.list.d/*.sources"))]
    for stanza in (stanza for text in texts for stanza in re.split(r"\n\s*\n", text)):
        fields = dict(re.findall(r"^(\w[\w-]*):[ \t]*(.*)$", stanza, re.MULTILINE))
        if "main" in fields.get("Components", "").split() and SUITE in fields.get("Suites", "").split():
            return Source(fields["URIs"].split()[0])
    lists = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]
    for line in (line for path in lists if path.exists() for line in path.read_text(errors="replace").splitlines()):
        found = re.match(rf"deb\s+(?:\[.*?\]\s+)?(\S+)\s+{SUITE}\s+.*\bmain\b", line)
        if found:
            return Source(found.group(1))
    return Source(DEFAULT_MIRROR)
