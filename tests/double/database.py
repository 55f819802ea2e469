"""`rpm-ostree db`: package lists of commits, and what differs between two."""

from __future__ import annotations

import json
import re
from typing import Any

from . import commits, packages, sysroot
from .errors import ToolError, UsageError
from .layering import ARCH

Values = dict[str, Any]


def revision(word: str) -> str:
    """The checksum that a ref, a checksum or its beginning names."""
    if re.fullmatch(r"[0-9a-f]{64}", word):
        return commits.load(word).checksum
    found = commits.resolve(word)
    if found is None:
        raise ToolError(f"Refspec '{word}' not found")
    return found


def do_diff(values: Values, words: list[str], argv: list[str]) -> int:
    kind = values["format"] or "block"
    if kind not in ("block", "diff", "json"):
        raise ToolError("Format argument is invalid, pick one of: diff, block, json")
    if kind == "json" and values["changelogs"]:
        raise ToolError("json format and --changelogs not supported together")
    entries = sysroot.deployments()
    booted = next(entry.checksum for entry in entries if entry.booted)
    if not words:
        kind = "block"
        pending = entries[0].checksum if not entries[0].booted else booted
        old, new = booted, pending
    elif len(words) == 1:
        old, new = booted, revision(words[0])
    else:
        old, new = revision(words[0]), revision(words[1])
    changes = packages.differences(commits.packages(old), commits.packages(new))
    if kind == "json":
        document = {
            "ostree-commit-from": old, "ostree-commit-to": new, "pkgdiff": packages.as_json(changes), "advisories": [],
        }  # fmt: skip
        print(json.dumps(document))
        return 0
    print(f"ostree diff commit from: {words[0] if len(words) > 1 else 'booted deployment'} ({old})")
    print(f"ostree diff commit to:   {words[-1] if words else 'pending deployment'} ({new})")
    if kind == "diff":
        for name, _kind, before, after in changes:
            print(
                "\n".join(f"{mark}{name}-{evr}.{ARCH}" for mark, evr in zip("!=", (before, after), strict=True) if evr)
            )
    else:
        print("\n".join(packages.as_lines(changes)))
    return 0


def do_list(values: Values, words: list[str], argv: list[str]) -> int:
    if values["repo"]:
        raise UsageError("the double lists the host's own repository only")
    checksum = revision(words[0])
    print(f"ostree commit: {words[0]} ({checksum})")
    for name, evr in sorted(commits.packages(checksum).items()):
        if not words[1:] or any(name.startswith(word) for word in words[1:]):
            print(f" {name}-{evr}.{ARCH}")
    return 0
