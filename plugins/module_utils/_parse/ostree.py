# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what ostree prints (status as text of 2022.7 and as JSON of newer ones, log)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._errors import ParseError
from .._model.host import Deployment

_HEAD = re.compile(r"([* ]) (\S+) ([0-9a-f]{64})\.([0-9]+)((?: \([a-z -]+\))*)")
_DETAIL = re.compile(r"    ([A-Za-z][A-Za-z ]*): ?(.*)")


def parse_status(host: str, text: str, locked: bool = False) -> tuple[Deployment, ...]:
    """The deployments in boot order. ``locked`` is whether the lock file of staging stands on the host."""
    found = _from_json(host, text) if text.lstrip().startswith("{") else _from_text(host, text)
    if locked:
        found = tuple(replace(entry, locked=True) if entry.staged else entry for entry in found)
    return found


def _from_text(host: str, text: str) -> tuple[Deployment, ...]:
    found: list[Deployment] = []
    for line in text.splitlines():
        head = _HEAD.fullmatch(line.rstrip())
        if head:
            booted, stateroot, checksum, serial, marks = head.groups()
            found.append(
                Deployment(
                    checksum=checksum,
                    stateroot=stateroot,
                    serial=int(serial),
                    booted=booted == "*",
                    # newer ones say the second in place of the first
                    staged="(staged)" in marks or "(finalization locked)" in marks,
                    locked="(finalization locked)" in marks,
                )
            )
            continue
        detail = _DETAIL.fullmatch(line)
        if detail is None or not found:
            if line.strip() and line.strip() != "No deployments." and not line.startswith("    "):
                raise ParseError(f"{host}: ostree admin status printed a line that cannot be read: {line!r}")
            continue
        found[-1] = _with_detail(found[-1], detail.group(1).lower(), detail.group(2).strip())
    return tuple(found)


def _with_detail(entry: Deployment, key: str, value: str) -> Deployment:
    if key == "version":
        return replace(entry, version=value)
    if key == "origin refspec":
        return replace(entry, refspec=_refspec(value))
    if key == "pinned":
        return replace(entry, pinned=value == "yes")
    return entry


def _from_json(host: str, text: str) -> tuple[Deployment, ...]:
    try:
        entries = json.loads(text)["deployments"]
        return tuple(_from_entry(entry) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParseError(f"{host}: ostree admin status --json printed what cannot be read: {error}") from None


def _from_entry(entry: Mapping[str, Any]) -> Deployment:
    version = entry.get("version")
    refspec = entry.get("refspec")
    return Deployment(
        checksum=str(entry["checksum"]),
        stateroot=str(entry["stateroot"]),
        serial=int(entry["serial"]),
        version=None if version is None else str(version),
        refspec=None if refspec is None else _refspec(str(refspec)),
        booted=entry["booted"] is True,
        staged=entry["staged"] is True,
        locked=entry.get("finalization-locked", False) is True,
        pinned=entry.get("pinned", False) is True,
    )


def _refspec(value: str) -> str | None:
    """A bare checksum as origin follows nothing."""
    return None if re.fullmatch(r"[0-9a-f]{64}", value) else value


def parse_version(text: str) -> str | None:
    """The tool's own version in the section about it."""
    match = re.search(r"^version '?([^'\n]+)'?$", text, re.MULTILINE)
    return match.group(1) if match else None


def parse_word(name: str, text: str) -> str | None:
    """The word behind ``name`` on a line of its own in that section."""
    match = re.search(rf"^{name} ['\"]?([\w.-]+)['\"]?$", text, re.MULTILINE)
    return match.group(1) if match else None


def parse_capabilities(text: str) -> tuple[str, ...]:
    """What the tool can do, a word a line beside its version."""
    return tuple(sorted(line for line in text.split("\n") if re.fullmatch(r"[a-z-]+", line)))


@dataclass(frozen=True)
class Commit:
    """One commit of a ref's history. ``version`` is None where the commit carries none."""

    checksum: str
    version: str | None = None


def parse_log(host: str, text: str) -> tuple[Commit, ...]:
    """The history out of ``ostree log``, newest first."""
    found: list[Commit] = []
    for line in text.splitlines():
        head = re.fullmatch(r"commit ([0-9a-f]{64})", line.rstrip())
        if head:
            found.append(Commit(head.group(1)))
        elif line.startswith("Version: ") and found and found[-1].version is None:
            found[-1] = replace(found[-1], version=line[len("Version: ") :].strip())
    if not found:
        raise ParseError(f"{host}: ostree log printed no commit")
    return tuple(found)
