# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is written down while a plan is applied, and what that adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OPENED, CLOSED = "opened", "closed"
WAVE_BEGUN, WAVE_FINISHED = "wave_begun", "wave_finished"
HOST_PREFETCHED, HOST_NOT_PREFETCHED = "host_prefetched", "host_not_prefetched"
HOST_INTENDED, HOST_STAGED, HOST_REBOOTING = "host_intended", "host_staged", "host_rebooting"
HOST_VERIFIED, HOST_FAILED = "host_verified", "host_failed"
HOST_GOING_BACK, HOST_WENT_BACK = "host_going_back", "host_went_back"
HOST_DRAINING, HOST_DRAINED, HOST_UNDRAINED = "host_draining", "host_drained", "host_undrained"
HALTED, INTERRUPTED, WAITING = "halted", "interrupted", "waiting"
ROLLBACK_BEGUN = "rollback_begun"

HOST_KINDS = (
    HOST_PREFETCHED,
    HOST_NOT_PREFETCHED,
    HOST_INTENDED,
    HOST_STAGED,
    HOST_REBOOTING,
    HOST_VERIFIED,
    HOST_FAILED,
    HOST_GOING_BACK,
    HOST_WENT_BACK,
)
# what is told of a host beside its turn: it leaves its stage as it is
ASIDE_KINDS = (HOST_DRAINING, HOST_DRAINED, HOST_UNDRAINED)
JOURNAL_SCHEMA = "atomic.fleet/journal/v1"
KINDS = (
    OPENED,
    WAVE_BEGUN,
    *HOST_KINDS,
    *ASIDE_KINDS,
    WAVE_FINISHED,
    HALTED,
    INTERRUPTED,
    CLOSED,
    WAITING,
    ROLLBACK_BEGUN,
)

NEW, RUNNING, DONE, ROLLED_BACK, ABORTED = "new", "running", "done", "rolled_back", "aborted"
OUTCOMES = (DONE, HALTED, ROLLED_BACK, ABORTED, INTERRUPTED, WAITING)


@dataclass(frozen=True)
class Event:
    """One thing that was intended or seen. ``at`` is ISO 8601 in UTC, as the caller's clock has it.

    ``run`` tells the runs of one plan apart; ``wave`` is the index in the plan's waves. ``data`` by kind:
    opened: plan, by, anew (forget what came before); host_prefetched: how; host_not_prefetched: reason, lost;
    host_rebooting: boot_id (before the reboot); host_verified: boot_id, label; host_draining, host_drained and
    host_undrained: drain (its place in the policy of the wave), what (its kind); host_failed: reason, lost;
    host_going_back, rollback_begun and halted: reason; waiting: reason, next_start; closed: outcome, reason.
    """

    kind: str
    at: str
    run: str
    host: str | None = None
    wave: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HostProgress:
    """How far one host is. ``stage`` is the last host event's kind without its ``host_``."""

    stage: str
    wave: int | None = None
    reason: str = ""
    boot_id: str | None = None
    lost: bool = False


@dataclass(frozen=True)
class Drained:
    """A drain that began: its place in the drains of the policy of ``wave``, and its kind."""

    drain: int
    wave: int | None
    what: str


@dataclass(frozen=True)
class Progress:
    """What a journal adds up to, since it was last opened anew.

    ``failed`` are the hosts that spent the failure budget; a host stays in it though it recovers later.
    ``touched`` are those something was done to, or may have been: only they can have to go back.
    ``open``: the last run was not closed, by now at least: it may be under way, or was killed.
    ``undoing``: everything that the plan changed is to go back, and that is not over.
    ``state`` is new, running, or one of OUTCOMES; ``running`` without a holder of the lock was killed.
    ``next_start`` is when what is waiting may go on, ISO 8601 in UTC; empty where that is not a matter of time.
    ``drained`` are, by host, the drains that began and are not undone, in the order in which they began: opening
    anew forgets none of them.
    """

    state: str = NEW
    plan: str | None = None
    run: str | None = None
    runs: tuple[str, ...] = ()
    hosts: Mapping[str, HostProgress] = field(default_factory=dict)
    waves_begun: tuple[int, ...] = ()
    waves_finished: tuple[int, ...] = ()
    failed: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    reason: str = ""
    next_start: str = ""
    drained: Mapping[str, tuple[Drained, ...]] = field(default_factory=dict)
    undoing: bool = False
    open: bool = False

    def stage(self, name: str) -> str | None:
        known = self.hosts.get(name)
        return known.stage if known else None
