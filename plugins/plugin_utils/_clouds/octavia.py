# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a load balancer of OpenStack, Octavia. All hosts are members of one pool, with weights.

Octavia has no lock that could be shown to it: it is looked at again right before each write.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...module_utils._errors import ArgumentError
from ...module_utils._fleet.shares import member_weights, percent, written
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import WEIGHTS, PoolHost, Standing
from .._services.model import Patience
from .model import Adapter, Limits, TrafficError, changed
from .octavia_api import Deadline, LostError, OctaviaPool, load
from .octavia_members import MOST_WEIGHT, Placed, Seat, UnreadableError, backend, place, said, shifted, stands

_ID = re.compile(r"[0-9A-Za-z-]{1,64}\Z")
# Octavia does not count the connections of a member, so those under way are given time.
_DRAIN, _MOST_DRAIN = "10", 3600
_LOOK = 2.0

Rows = list[dict[str, Any]]


def open_adapter(balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> Adapter:
    """Raises ArgumentError: a setting or the SDK is missing."""
    ids = (_setting(balancer, "load_balancer_id"), _setting(balancer, "pool_id"))
    tags = {}
    for share in balancer.shares:
        tags[share.pool] = share.settings.get("member_tag") or ""
        if not tags[share.pool]:
            raise ArgumentError(
                f"{balancer.name}: pool {share.pool} lacks the setting member_tag, the tag of its members: see that "
                "the Terraform module and the collection are of one release."
            )
    drain = balancer.settings.get("drain_seconds") or _DRAIN
    if not re.fullmatch(r"[0-9]{1,4}", drain) or int(drain) > _MOST_DRAIN:
        raise ArgumentError(
            f"{balancer.name}: drain_seconds is {drain!r}; give a whole number from 0 to {_MOST_DRAIN}."
        )
    api = OctaviaPool(balancer.name, load(), balancer.settings.get("region") or "", ids, limits.timeout)
    return OctaviaAdapter(balancer.name, api, tuple(hosts), tags, limits, float(drain))


def _setting(balancer: Balancer, key: str) -> str:
    found = balancer.settings.get(key) or ""
    if not _ID.match(found):
        raise ArgumentError(
            f"{balancer.name}: its setting {key} is {found!r}, and must be the id of what Octavia calls so: see that "
            "the Terraform module and the collection are of one release."
        )
    return found


@dataclass
class _Wish:
    """What one thread wants of a host; whoever has the turn writes for all that wait."""

    host: str
    out: bool
    served: bool = False
    failed: str | None = None


class OctaviaAdapter:
    grain: ClassVar[str] = WEIGHTS

    def __init__(
        self,
        who: str,
        api: OctaviaPool,
        hosts: tuple[PoolHost, ...],
        tags: Mapping[str, str],
        limits: Limits,
        drain: float,
    ) -> None:
        self._who = who
        self._api = api
        self._hosts = hosts
        self._tags = tags
        self._limits = limits
        self._drain = drain
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._wishes: list[_Wish] = []

    def observe(self) -> Standing:
        return self._honest(self._look(self._deadline())).standing()

    def shift(self, shares: Mapping[str, int], seen: Standing) -> Standing:
        def plan(placed: Placed) -> Rows:
            found = self._honest(placed).standing()
            if found.version != seen.version:
                raise changed(self._who, seen, found)
            self._refuse_nobody(placed, shares)
            given = all(seat.member.out or seat.member.weight == seat.decided for seat in placed.seats)
            if given and percent(found.weights) == dict(shares):
                return []
            return shifted(placed, member_weights(shares, placed.sizes(), MOST_WEIGHT))

        with self._turn:
            return self._change(plan, self._deadline()).standing()

    def take_out(self, host: str, patience: Patience) -> None:
        until = Deadline.after(patience.timeout, patience.clock)
        seats = self._wish(_Wish(host, out=True), self._deadline(patience))
        rest = min(self._drain, until.left - 1.0)
        if rest > 0 and any(seat.decided for seat in seats):
            patience.note("connections are ending")
            patience.clock.sleep(rest)

    def put_back(self, host: str, patience: Patience) -> None:
        until = Deadline.after(patience.timeout, patience.clock)
        seats = self._wish(_Wish(host, out=False), self._deadline(patience))
        while ill := [seat for seat in seats if not _settled(seat)]:
            member = ill[0].member
            if not member.enabled:
                raise TrafficError(
                    f"{self._who}: {host} is not in use, for {member.called} was disabled (admin_state_up), which was "
                    "somebody else: enable it."
                )
            if until.left <= 0:
                raise TrafficError(
                    f"{self._who}: {host} is in use again, and Octavia did not find it well within "
                    f"{patience.timeout:.0f} s ({said(member)}): see to what runs there."
                )
            patience.note("Octavia has to find it well")
            patience.clock.sleep(min(_LOOK, until.left))
            seats = self._seats(self._look(self._deadline()), host)

    def _wish(self, wish: _Wish, deadline: Deadline) -> list[Seat]:
        """Each change locks the load balancer for seconds: those who wait for their turn are served by one change."""
        with self._guard:
            self._wishes.append(wish)
        if not self._turn.acquire(timeout=max(deadline.left, 0.0)):
            with self._guard:
                self._wishes = [other for other in self._wishes if other is not wish]
            raise TrafficError(f"{self._who}: {wish.host} did not get its turn within {deadline.seconds:.0f} s.")
        try:
            if not wish.served:
                self._serve(deadline)
        finally:
            self._turn.release()
        if wish.failed is not None:
            raise TrafficError(wish.failed)
        return self._seats(self._look(deadline), wish.host)

    def _serve(self, deadline: Deadline) -> None:
        with self._guard:
            wishes, self._wishes = self._wishes, []
        failed: str | None = f"{self._who}: the work was stopped."
        try:
            self._change(lambda placed: _wished(placed, wishes), deadline)
            failed = None
        except TrafficError as error:
            failed = error.message
        finally:
            for wish in wishes:
                wish.served, wish.failed = True, failed

    def _change(self, plan: Callable[[Placed], Rows], deadline: Deadline) -> Placed:
        """Write what ``plan`` makes of what stands, once nobody else's change is under way; what stands afterwards."""
        while True:
            self._api.settle(deadline)
            found = self._look(deadline)
            rows = plan(found)
            if not rows or stands(rows, found.everybody):
                return found
            lost = ""
            try:
                taken = self._api.write(rows, deadline)
            except LostError as error:
                taken, lost = True, error.message
            if taken:
                break
            if deadline.left <= 0:
                raise TrafficError(
                    f"{self._who}: others changed its load balancer all the time (409) for {deadline.seconds:.0f} s, "
                    "and nothing was written: start again later."
                )
            deadline.clock.sleep(min(0.2, max(deadline.left, 0.0)))
        self._api.settle(deadline, "" if lost else "the change was taken, but ")
        after = self._look(deadline)
        if not stands(rows, after.everybody):
            raise TrafficError(
                f"{lost or f'{self._who}: somebody else changed its members at the same time.'} "
                f"Its shares are {written(percent(after.standing().weights))} now: look at it, and start again."
            )
        return after

    def _look(self, deadline: Deadline) -> Placed:
        try:
            return place([backend(one) for one in self._api.members(deadline)], self._hosts, self._tags)
        except UnreadableError as error:
            raise TrafficError(f"{self._who}: {error.message}.") from None

    def _seats(self, placed: Placed, host: str) -> list[Seat]:
        seats = placed.of(host)
        if not seats:
            raise TrafficError(
                f"{self._who}: {host} is no member of its pool in Octavia, by address or by name: read the inventory "
                "anew, or make it one with Terraform."
            )
        return seats

    def _honest(self, placed: Placed) -> Placed:
        """Shares are those of hosts that are known."""
        if placed.strangers:
            raise TrafficError(
                f"{self._who}: {placed.strangers[0].called} takes traffic, and is no host of the inventory: read the "
                "inventory anew, give the member the weight 0, or take it away."
            )
        return placed

    def _refuse_nobody(self, placed: Placed, shares: Mapping[str, int]) -> None:
        for pool, share in sorted(shares.items()):
            if share and not placed.can_serve(pool):
                why = "all its hosts are out or disabled" if placed.pools[pool] else "no host of it is a member"
                raise TrafficError(
                    f"{self._who}: pool {pool} is to get {share}% and has nobody to serve it, for {why}: nothing was "
                    "written."
                )

    def _deadline(self, patience: Patience | None = None) -> Deadline:
        if patience is None:
            return Deadline.after(self._limits.timeout, self._limits.clock)
        return Deadline.after(max(self._limits.timeout, patience.timeout), patience.clock)


def _wished(placed: Placed, wishes: Sequence[_Wish]) -> Rows:
    rows = {}
    for wish in wishes:
        for seat in placed.of(wish.host):
            one = seat.member
            if wish.out and not one.out:
                rows[one.key] = one.row(0, seat.decided)
            elif not wish.out and (one.out or one.weight != seat.decided):
                rows[one.key] = one.row(seat.decided)
    return list(rows.values())


def _settled(seat: Seat) -> bool:
    """Whether Octavia has looked at it since it is back, and found it well, or looks at nobody."""
    return seat.member.enabled and (
        seat.member.status in ("ONLINE", "NO_MONITOR") or (seat.member.status == "DRAINING" and not seat.decided)
    )
