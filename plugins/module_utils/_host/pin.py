# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: keeping deployments from being cleaned up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .._command import ostree
from .._command.quote import check_checksum, check_line, shown
from .._errors import ArgumentError, HostError
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan, Step


@dataclass(frozen=True)
class Choice:
    """Which deployments are meant: exactly one of ``target`` (booted, previous), ``version``, ``checksum``
    and ``index`` (the place in boot order, from 0)."""

    target: str | None = None
    version: str | None = None
    checksum: str | None = None
    index: int | None = None

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.target, self.version, self.checksum, self.index)) != 1:
            raise ArgumentError("exactly one of target, version, checksum and index says what to pin")
        if self.version is not None:
            check_line(self.version, "version")
        if self.checksum is not None:
            check_checksum(self.checksum)


def chosen(state: HostState, choice: Choice) -> tuple[tuple[int, Deployment], ...]:
    """The deployments that are meant, with their places. HostError where there are none."""
    every = tuple(enumerate(state.deployments))
    if choice.target == "booted":
        found = tuple(item for item in every if item[1].booted)
    elif choice.target == "previous":
        found = tuple(item for item in every if item[1] is state.previous)
    elif choice.index is not None:
        found = tuple(item for item in every if item[0] == choice.index)
    else:
        found = tuple(
            item
            for item in every
            if choice.version in (None, item[1].version) and choice.checksum in (None, item[1].checksum)
        )
    if not found:
        what = next(
            str(value) for value in (choice.target, choice.version, choice.checksum, choice.index) if value is not None
        )
        there = ", ".join(entry.label for entry in state.deployments)
        raise HostError(state.host, f"has no deployment {shown(what)}; there are {there}")
    return found


def plan_pin(state: HostState, choice: Choice, pinned: bool) -> HostPlan:
    """The steps that pin or unpin all that is meant."""
    steps = []
    for index, entry in chosen(state, choice):
        if entry.pinned == pinned:
            continue
        if entry.staged:
            raise HostError(state.host, f"{entry.label} is only staged: it can be pinned once it is booted")
        word = "pin" if pinned else "unpin"
        steps.append(Step(word, f"{word} {entry.label}", ostree.pin(index, pinned)))
    if steps and not state.can("root"):
        raise HostError(state.host, "deployments can only be pinned by root: set become, or connect as root")
    reason = "it is to be so" if steps else "{} already".format("pinned" if pinned else "unpinned")
    return HostPlan(tuple(steps), reason)


def predicted_pin(state: HostState, choice: Choice, pinned: bool) -> HostState:
    """The host as the steps would leave it, for check mode and diff."""
    meant = [entry for _index, entry in chosen(state, choice)]
    entries = tuple(replace(entry, pinned=pinned) if entry in meant else entry for entry in state.deployments)
    return replace(state, deployments=entries)
