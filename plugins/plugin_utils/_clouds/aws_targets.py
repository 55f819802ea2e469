# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: hosts as targets of AWS's target groups: who they are, out of their group, and back in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.traffic import Member, PoolHost
from ...module_utils._parse.elbv2 import Target, group_name, parse_targets
from .aws_api import Api, Until
from .model import TrafficError

# where a target listens, and its zone where that was chosen
Place = tuple[int | None, str | None]


class Looks:
    """Groups as they were when somebody last looked: many threads wait at once, and one question does for them all."""

    def __init__(self, who: str, api: Api, groups: Iterable[str]) -> None:
        self._who = who
        self._api = api
        self._locks = {group: threading.Lock() for group in groups}
        # another object after every write of ours
        self._marks = {group: object() for group in self._locks}
        self._found: dict[str, tuple[object, float, tuple[Target, ...]]] = {}

    def targets(self, group: str, end: Until, age: float = 0.0) -> tuple[Target, ...]:
        """All of a group's. ``age``: how old this may be in seconds, if nothing was written since."""
        lock = self._locks[group]
        if not lock.acquire(timeout=max(end.left, self._api.timeout)):
            raise TrafficError(
                f"{self._who}: AWS did not say in time who the targets of {group_name(group)} are: start again later."
            )
        try:
            mark, looked, found = self._found.get(group, (None, 0.0, ()))
            if mark is not self._marks[group] or time.monotonic() - looked >= age:
                mark = self._marks[group]
                found = parse_targets(self._api.ask("DescribeTargetHealth", end, TargetGroupArn=group))
                self._found[group] = (mark, time.monotonic(), found)
            return found
        finally:
            lock.release()

    def forget(self, group: str) -> None:
        """What was seen of it is not so any more."""
        self._marks[group] = object()


@dataclass(frozen=True)
class Hosts:
    """The inventory, by what targets are known by: ids of instances, or addresses."""

    by_name: Mapping[str, PoolHost]
    by_target: Mapping[str, PoolHost]

    @classmethod
    def of(cls, hosts: Sequence[PoolHost]) -> Hosts:
        return cls(
            {host.name: host for host in hosts},
            {known: host for host in hosts for known in (host.id, host.address) if known},
        )

    def named(self, name: str) -> PoolHost | None:
        return self.by_name.get(name)

    def members(self, who: str, pool: str, group: str, targets: Sequence[Target]) -> tuple[Member, ...]:
        """Each host once, however many ports it listens at. One that no inventory knows goes by its target's id."""
        by_host: dict[str, list[Target]] = {}
        for target in targets:
            host = self.by_target.get(target.id)
            if host and host.pool != pool:
                raise TrafficError(
                    f"{who}: {host.name} is of pool {host.pool}, and stands behind {group_name(group)}, the target "
                    f"group of {pool}: shares would not be what they say; deregister it there."
                )
            by_host.setdefault(host.name if host else target.id, []).append(target)
        return tuple(_member(name, pool, found) for name, found in by_host.items())


def _member(host: str, pool: str, targets: Sequence[Target]) -> Member:
    """As the worst of its targets."""
    worst = min(targets, key=lambda target: (False, None, True).index(target.well))
    return Member(host, pool, not any(target.draining for target in targets), worst.well, worst.said)


def places(targets: Sequence[Target]) -> frozenset[Place]:
    return frozenset((target.port, target.zone) for target in targets)


def common_places(targets: Sequence[Target]) -> frozenset[Place]:
    """Where all targets of a group listen, if they do so alike."""
    by_id: dict[str, list[Target]] = {}
    for target in targets:
        by_id.setdefault(target.id, []).append(target)
    found = {places(of_one) for of_one in by_id.values()}
    return found.pop() if len(found) == 1 else frozenset()


def to_register(target: str, wanted: Iterable[Place]) -> list[dict[str, Any]]:
    return [
        {"Id": target, **({"Port": port} if port else {}), **({"AvailabilityZone": zone} if zone else {})}
        for port, zone in sorted(wanted, key=str)
    ]


def to_deregister(targets: Iterable[Target]) -> list[dict[str, Any]]:
    return [{"Id": target.id, **({"Port": target.port} if target.port else {})} for target in targets]
