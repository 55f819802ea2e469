# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the system extensions (systemd-sysext) of a host."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .._command import extension as commands
from .._command.observe import observe_script
from .._command.quote import check_line, shown
from .._errors import ArgumentError, HostError
from .._model.host import Extension, HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Ask, Talk
from .._parse.extension import CAPABILITY, parse_found
from .._parse.observation import parse_observation
from .._parse.sections import parse_sections
from .observe import OBSERVE_TIMEOUT, answer

FETCH_TIMEOUT = 1800.0
PRESENT, ABSENT, REFRESHED = "present", "absent", "refreshed"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}")
_URL = re.compile(r"https?://[^\s\"'\\<>]+")
_TREE = re.compile(r"\.(tar|tgz|tar\.(gz|xz|zst|bz2))$")
_UNIT = re.compile(r"[A-Za-z0-9:_.@\\-]+\.(service|socket|timer|path|target|mount)")


@dataclass(frozen=True)
class WishedExtension:
    """An extension as it shall be. ``url`` or ``file`` (a path on the host) is where it can be had; without either
    only one that the host has, or kept, can be put in place. ``units`` are those it brings: restarted after it was
    merged, stopped before it goes. ``keep``: one that goes is kept, as one is that another takes the place of."""

    name: str
    state: str = PRESENT
    checksum: str | None = None
    url: str | None = None
    file: str | None = None
    units: tuple[str, ...] = ()
    keep: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or kind_of(self.name) is not None:
            raise ArgumentError(
                f"name {shown(self.name)} cannot be used: an extension's name is letters, digits, '.', '_' and '-', "
                "without .raw"
            )
        if self.checksum is not None and not _CHECKSUM.fullmatch(self.checksum):
            raise ArgumentError(f"checksum {shown(self.checksum)} cannot be used: it must be sha256: and 64 digits")
        if self.state == PRESENT and self.checksum is None:
            raise ArgumentError("checksum says what the extension is: with state present it cannot be left out")
        if self.url is not None:
            if not _URL.fullmatch(check_line(self.url, "url")):
                raise ArgumentError("url cannot be used: it must be an http:// or https:// address without blanks")
            check_kind(path_of(self.url), "url")
        for unit in self.units:
            if not _UNIT.fullmatch(unit):
                raise ArgumentError(f"units: {shown(unit)} is no name of a unit, such as web.service")


@dataclass(frozen=True)
class Found:
    """What a look at one extension finds: the checksum of what is there, as it is now, and of the one that was
    there before it and is kept; whether a change was cut off; whether extensions are merged at every boot."""

    checksum: str | None = None
    kept: str | None = None
    unfinished: bool = False
    at_boot: bool = False


def path_of(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


def kind_of(path: str) -> str | None:
    """raw (an image) or tar (a tree), by the name of the file; None for neither."""
    return "raw" if path.endswith(".raw") else "tar" if _TREE.search(path) else None


def check_kind(path: str, what: str) -> str:
    kind = kind_of(path)
    if kind is None:
        raise ArgumentError(
            f"{what} {shown(path.rpartition('/')[2])} is neither an image (.raw) nor a tree (.tar, .tar.gz)"
        )
    return kind


def look(host: str, name: str) -> Talk[tuple[HostState, Found]]:
    """The host, and one extension on it, in one round trip. Its content is read: an ordinary look does not do that."""
    script = observe_script([("extension", commands.look(name))])
    reply = yield Ask(script, timeout=OBSERVE_TIMEOUT * 2, note=f"observe extension {name}")
    sections = parse_sections(host, answer(host, reply))
    found = parse_found(host, sections["extension"].text)
    return parse_observation(host, sections), Found(
        found.get("checksum"), found.get("kept"), "unfinished" in found, found.get("service") == "enabled"
    )


def plan_extension(state: HostState, wished: WishedExtension, found: Found) -> HostPlan:
    """The steps that make the extension so."""
    if not state.can(CAPABILITY):
        raise HostError(state.host, "has no systemd-sysext: system extensions need systemd 248 or newer")
    there = state.extension(wished.name)
    steps, reason = _steps(state.host, wished, there, found)
    if wished.state != ABSENT and not found.at_boot:
        steps += (Step("enable", "merge extensions at every boot", commands.enable()),)
    if steps and not state.can("root"):
        raise HostError(state.host, "extensions can only be changed by root: set become, or connect as root")
    return HostPlan(steps, reason)


def _steps(host: str, wished: WishedExtension, there: Extension | None, found: Found) -> tuple[tuple[Step, ...], str]:
    name, units = wished.name, wished.units
    path = there.path if there else None
    if wished.state == ABSENT:
        if there is None and not found.unfinished:
            return (), f"there is no extension {name}"
        folder = path.rpartition("/")[0] if path else commands.PLACE
        return (Step("drop", f"take {name} away", commands.drop(name, folder, units, wished.keep)),), f"{name} is there"
    if path is not None and (wished.state == REFRESHED or found.checksum == wished.checksum) and there is not None:
        if there.merged and not found.unfinished:
            return (), f"{name} is merged already"
        return (Step("merge", f"merge {name}", commands.merge(name, units)),), f"{name} is there and not merged"
    if wished.state == REFRESHED or wished.checksum is None:
        raise HostError(host, f"there is no extension {name} that could be merged")
    if path is not None and path.rpartition("/")[0] != commands.PLACE:
        raise HostError(host, f"{path} stands before anything in {commands.PLACE}: remove it first (state: absent)")
    reason = f"{name} is another one" if path else f"{name} is missing"
    if found.kept == wished.checksum:
        put = Step("put", f"put back {name} as it was kept, and merge it", commands.put(name, "old", units))
        return (put,), reason
    kind, how, source = _source(host, wished)
    fetch = Step("fetch", f"bring {name} to the host", commands.fetch(name, wished.checksum, kind, how, source))
    return (fetch, Step("put", f"put {name} in place and merge it", commands.put(name, "new", units))), reason


def _source(host: str, wished: WishedExtension) -> tuple[str, str, str]:
    if wished.file is not None:
        return check_kind(wished.file, "src"), "file", wished.file
    if wished.url is not None:
        return check_kind(path_of(wished.url), "url"), "url", wished.url
    raise HostError(
        host, f"has no extension {wished.name} of this checksum, and none is kept: say where it is with url or src"
    )


def predicted(there: Extension | None, wished: WishedExtension) -> Extension | None:
    """The extension as it will be."""
    if wished.state == ABSENT:
        return None
    if wished.state == REFRESHED and there is not None:
        return replace(there, merged=True)
    tree = kind_of(wished.file or path_of(wished.url or "")) == "tar"
    path = f"{commands.PLACE}/{wished.name}" + ("" if tree else ".raw")
    return Extension(wished.name, path, wished.checksum, merged=True)
