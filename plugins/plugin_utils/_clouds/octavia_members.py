# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the members of a pool of Octavia: which host each is, what was decided for it, and how it is
written back.

A member that is out for a while has the weight 0, which lets connections under way go on, and a tag that says the
weight it is to return to: written with the 0 in one request, so that whoever comes later finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from ...module_utils._errors import FleetError
from ...module_utils._model.traffic import Member, PoolHost, Standing

MOST_WEIGHT = 256
OUT = "atomic-fleet-weight="
# What a batch has to repeat: Octavia takes what a member in it leaves out for its default.
_CARRIED = (
    "name", "admin_state_up", "address", "protocol_port", "weight", "backup", "subnet_id", "monitor_address",
    "monitor_port", "tags",
)  # fmt: skip
_OUT_TAG = re.compile(rf"{OUT}(0|[1-9][0-9]{{0,2}})\Z")
# its words for a member -> whether it is well. DRAINING: its weight is 0, and its check passes.
_WELL = {"ONLINE": True, "DRAINING": True, "ERROR": False}


class UnreadableError(FleetError):
    """What stands behind the balancer cannot be told for certain; half a sentence, which begins with the member."""


@dataclass(frozen=True)
class Backend:
    """A member as Octavia describes it in ``document``. ``noted`` is the weight to return to, None where none is."""

    document: Mapping[str, Any] = field(repr=False)
    address: str
    port: int
    weight: int
    name: str
    backup: bool
    enabled: bool
    status: str
    tags: tuple[str, ...]
    out: bool
    noted: int | None

    @property
    def key(self) -> tuple[str, int]:
        """What a batch knows it by."""
        return self.address, self.port

    @property
    def called(self) -> str:
        where = f"[{self.address}]" if ":" in self.address else self.address
        return f"the member {self.name} at {where}:{self.port}" if self.name else f"the member at {where}:{self.port}"

    @property
    def taking(self) -> bool:
        """Whether somebody new may be sent there, as far as that was decided. A backup only stands by."""
        return self.weight > 0 and self.enabled and not self.backup

    def as_it_is(self) -> dict[str, Any]:
        """It in a batch that changes nothing of it."""
        return {key: self.document.get(key) for key in _CARRIED}

    def row(self, weight: int, noted: int | None = None) -> dict[str, Any]:
        """It in a batch, with this weight and perhaps one to return to."""
        tags = [tag for tag in self.tags if not tag.startswith(OUT)]
        return {**self.as_it_is(), "weight": weight, "tags": tags if noted is None else [*tags, f"{OUT}{noted}"]}


def backend(document: Mapping[str, Any]) -> Backend:
    """A member of Octavia's API. Raises UnreadableError."""
    address, port, weight = document.get("address"), document.get("protocol_port"), document.get("weight")
    tags = document.get("tags") or []
    if (
        not isinstance(address, str)
        or not _whole(port, 1, 65535)
        or not _whole(weight, 0, MOST_WEIGHT)
        or not isinstance(tags, list)
        or not all(isinstance(tag, str) for tag in tags)
    ):
        raise UnreadableError(
            f"the member {document.get('id')!s:.40} has no address, port, weight or tags as it should"
        )
    out = [tag for tag in tags if tag.startswith(OUT)]
    noted = [int(found[1]) for tag in out if (found := _OUT_TAG.match(tag)) and int(found[1]) <= MOST_WEIGHT]
    return Backend(
        document=document,
        address=address,
        port=int(port or 0),
        weight=int(weight or 0),
        name=str(document.get("name") or ""),
        backup=document.get("backup") is True,
        enabled=document.get("admin_state_up") is not False,
        status=str(document.get("operating_status") or "")[:40],
        tags=tuple(tags),
        out=bool(out) and weight == 0,
        noted=noted[0] if len(noted) == len(out) == 1 else None,
    )


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


@dataclass(frozen=True)
class Seat:
    """A member that is a host of the inventory. ``decided`` is the weight that its pool's share gives it, though it may
    be out at the moment."""

    host: PoolHost
    member: Backend
    decided: int

    @property
    def serving(self) -> bool:
        one = self.member
        return one.enabled and not one.out and (one.weight > 0 or self.decided == 0)


@dataclass(frozen=True)
class Placed:
    """``strangers`` take traffic, and are no hosts of the inventory. A backup has no seat: no share reaches it."""

    pools: Mapping[str, tuple[Seat, ...]]
    everybody: tuple[Backend, ...]
    strangers: tuple[Backend, ...]

    @property
    def seats(self) -> list[Seat]:
        return [seat for seats in self.pools.values() for seat in seats]

    def sizes(self) -> dict[str, int]:
        return {pool: len(seats) for pool, seats in self.pools.items()}

    def of(self, host: str) -> list[Seat]:
        return [seat for seat in self.seats if seat.host.name == host]

    def can_serve(self, pool: str) -> bool:
        """Whether anybody would be sent to the pool if it were given a share."""
        return any(seat.member.enabled and not seat.member.out for seat in self.pools[pool])

    def standing(self) -> Standing:
        weights = {pool: sum(seat.decided for seat in seats) for pool, seats in self.pools.items()}
        moved = [f"{seat.member.address}:{seat.member.port}={seat.decided}" for seat in self.seats if seat.decided]
        members = [
            Member(seat.host.name, pool, seat.serving, well(seat.member), said(seat.member))
            for pool, seats in self.pools.items()
            for seat in seats
        ]
        return Standing(weights, tuple(members), ",".join(sorted(moved)))


def well(one: Backend) -> bool | None:
    """OFFLINE is a member that was disabled, or that has not been looked at yet."""
    return False if not one.enabled else _WELL.get(one.status)


def said(one: Backend) -> str:
    words = one.status or "no status"
    return words if one.enabled else f"{words}, disabled"


def place(members: Iterable[Backend], hosts: Sequence[PoolHost], tags: Mapping[str, str]) -> Placed:
    """Which host each member is: by its address, or by its name where the inventory reaches hosts by other addresses.
    ``tags`` are those that mark the members of each pool. Raises UnreadableError."""
    every = tuple(members)
    pools: dict[str, list[tuple[PoolHost, Backend]]] = {pool: [] for pool in tags}
    for one, host in _found(every, hosts):
        if host.pool not in tags or one.backup:
            continue
        marked = [pool for pool, tag in tags.items() if tag in one.tags]
        if marked and marked != [host.pool]:
            raise UnreadableError(
                f"{one.called} has the tag of pool {' and '.join(marked)}, and is the host {host.name} of pool "
                f"{host.pool}: correct its tags"
            )
        pools[host.pool].append((host, one))
    seated = {pool: tuple(_seats(found)) for pool, found in pools.items()}
    ours = {seat.member.key for seats in seated.values() for seat in seats}
    return Placed(seated, every, tuple(one for one in every if one.key not in ours and one.taking))


def _found(members: Sequence[Backend], hosts: Sequence[PoolHost]) -> Iterator[tuple[Backend, PoolHost]]:
    by_address = {_address(host.address): host for host in hosts}
    named: dict[str, list[Backend]] = {}
    seen = set()
    for one in members:
        host = by_address.get(_address(one.address))
        if host is None:
            named.setdefault(one.name, []).append(one)
        else:
            seen.add(host.name)
            yield one, host
    for host in hosts:
        # Two of one name are the old and the new machine of a host that is being replaced: no telling which is which.
        if host.name not in seen and len(named.get(host.name, ())) == 1:
            yield named[host.name][0], host


def _seats(found: Sequence[tuple[PoolHost, Backend]]) -> Iterator[Seat]:
    """Where the tag of one that is out is gone, or is older than what became of its pool, its pool's weight counts; so
    it does for a new host, which was never given its part."""
    present = [one.weight for _host, one in found if not one.out]
    top = max(present, default=0)
    for host, one in found:
        if one.out and one.noted is not None and (top or not present):
            yield Seat(host, one, one.noted)
        else:
            yield Seat(host, one, one.weight or top)


def _address(text: str) -> str:
    """One way to write an address, for IPv6 knows many."""
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def shifted(placed: Placed, weights: Mapping[str, int]) -> list[dict[str, Any]]:
    """The batch that gives every member of a pool its weight: all members, and those that are out stay out."""
    rows = {one.key: one.as_it_is() for one in placed.everybody}
    for pool, seats in placed.pools.items():
        for seat in seats:
            one, weight = seat.member, weights[pool]
            rows[one.key] = one.row(0, weight) if one.out else one.row(weight)
    return list(rows.values())


def stands(rows: Iterable[Mapping[str, Any]], members: Iterable[Backend]) -> bool:
    """Whether every member of a batch is as it says."""
    found = {one.key: one for one in members}
    for row in rows:
        one = found.get((row["address"], row["protocol_port"]))
        if one is None or one.weight != row["weight"] or sorted(one.tags) != sorted(row["tags"] or ()):
            return False
    return True
