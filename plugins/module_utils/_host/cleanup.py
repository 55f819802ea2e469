# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: taking away what is on a host's disk and shall not boot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .._command import cleanup as commands
from .._command.ostree import undeploy
from .._errors import ParseError
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Talk
from .backend import Steps, carries_rpm_ostree, root_only
from .seen import carry_out_seen, look

# What can be taken away, in rpm-ostree's words.
KINDS = ("pending", "rollback", "base", "repomd")


@dataclass(frozen=True)
class Disk:
    """A host, the folders of deployments on its disk that are none any more, and the repositories whose metadata
    rpm-ostree keeps."""

    state: HostState
    leftovers: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()


def parse_disk(state: HostState, text: str) -> Disk:
    found: dict[str, list[str]] = {"folder": [], "repomd": []}
    for line in text.splitlines():
        kind, _blank, name = line.partition(" ")
        if kind not in found:
            raise ParseError(f"{state.host}: a line about what is on its disk cannot be read: {line[:80]!r}")
        found[kind].append(name)
    known = {f"{entry.checksum}.{entry.serial}" for entry in state.deployments}
    return Disk(state, tuple([name for name in found["folder"] if name not in known]), tuple(found["repomd"]))


def meant(state: HostState, kinds: Iterable[str]) -> tuple[tuple[int, Deployment], ...]:
    """The deployments that are to go, with their places: of the running system's stateroot, before what runs
    (pending) or after it (rollback). What is pinned stays."""
    booted = state.booted
    if booted is None:
        return ()
    place = state.deployments.index(booted)
    return tuple(
        [
            (index, entry)
            for index, entry in enumerate(state.deployments)
            if index != place
            and not entry.pinned
            and entry.stateroot == booted.stateroot
            and ("pending" if index < place else "rollback") in kinds
        ]
    )


def plan_cleanup(disk: Disk, kinds: tuple[str, ...]) -> HostPlan:
    """The steps that take it away."""
    state, going = disk.state, meant(disk.state, kinds)
    leftovers = disk.leftovers if "base" in kinds else ()
    by_rpm_ostree = carries_rpm_ostree(state)
    metadata = disk.metadata if "repomd" in kinds and by_rpm_ostree else ()
    if not going and not leftovers and not metadata:
        return HostPlan((), "there is nothing of it")
    root_only(state)
    if by_rpm_ostree:
        place = next(index for index, entry in enumerate(state.deployments) if entry.booted)
        there = {"pending" if index < place else "rollback" for index, _entry in going}
        there |= {word for word, found in (("base", leftovers), ("repomd", metadata)) if found}
        words = [kind for kind in KINDS if kind in there]
        steps: Steps = (Step("cleanup", f"take away {_words(going, leftovers, metadata)}", commands.rpm_ostree(words)),)
    else:
        steps = tuple([Step("undeploy", f"take {one.label} away", undeploy(at)) for at, one in reversed(going)])
        if leftovers:
            steps += (Step("cleanup", f"take away {_words((), leftovers, ())}", commands.ostree()),)
    return HostPlan(steps, f"there is {_words(going, leftovers, metadata)}")


def _words(going: tuple[tuple[int, Deployment], ...], leftovers: tuple[str, ...], metadata: tuple[str, ...]) -> str:
    parts = [entry.label for _index, entry in going]
    parts += [f"what is left of {name[:12]}" for name in leftovers]
    parts += ["cached metadata of packages"] if metadata else []
    return ", ".join(parts)


def predicted_cleanup(disk: Disk, kinds: tuple[str, ...]) -> Disk:
    """The host as the steps would leave it, for check mode and diff."""
    gone = {index for index, _entry in meant(disk.state, kinds)}
    rest = tuple([entry for index, entry in enumerate(disk.state.deployments) if index not in gone])
    metadata = () if "repomd" in kinds and carries_rpm_ostree(disk.state) else disk.metadata
    leftovers = () if "base" in kinds else disk.leftovers
    return Disk(replace(disk.state, deployments=rest), leftovers, metadata)


def look_at_disk(host: str) -> Talk[Disk]:
    return look(host, "disk", commands.read(), parse_disk)


def clean_up(disk: Disk, kinds: tuple[str, ...], timeout: float = 600.0) -> Talk[tuple[HostPlan, Disk]]:
    """Takes it away; returns what was done, and the host afterwards."""
    host = disk.state.host
    return carry_out_seen(disk, lambda: look_at_disk(host), lambda seen: plan_cleanup(seen, kinds), "cleanup", timeout)
