# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a host out of its target group on AWS, and back in. From many threads at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...module_utils._model.traffic import PoolHost
from ...module_utils._parse.elbv2 import Target, group_name
from .._services.model import Patience
from .aws_api import Api, Until, until
from .aws_targets import Looks, Place, common_places, places, to_deregister, to_register
from .model import TrafficError

_OFTEN, _SELDOM = 0.2, 5.0


class Seats:
    """No read-modify-write is in it: AWS adds and removes single targets, so nothing needs a lock."""

    def __init__(self, who: str, api: Api, looks: Looks) -> None:
        self._who = who
        self._api = api
        self._looks = looks
        # where they listened whom we took out
        self._left: dict[str, frozenset[Place]] = {}

    def leave(self, host: PoolHost, group: str, patience: Patience) -> None:
        end, pause = _waiting(patience)
        found = self._of(host, group, end)
        if not found:
            return
        staying = [target for target in found if not target.draining]
        if staying:
            self._left[host.name] = places(staying)
            self._deregister(host, group, staying, end)
        patience.note("connections are ending")
        if not self._wait(host, group, end, pause, lambda found: not found):
            patience.note("its target group still drains it, and the time is over")

    def return_(self, host: PoolHost, group: str, patience: Patience) -> None:
        end, pause = _waiting(patience)
        found = self._of(host, group, end)
        if not found or any(target.draining for target in found):
            self._register(host, group, found, end)
        patience.note("its target group checks it")
        last: list[Target] = []

        def well(targets: list[Target]) -> bool:
            last[:] = targets
            return bool(targets) and all(target.well or not target.checked for target in targets)

        if not self._wait(host, group, end, pause, well):
            said = next((target.said for target in last if not target.well), "it is not there yet")
            raise TrafficError(
                f"{self._who}: {host.name} is in use again, and {group_name(group)} did not find it healthy for "
                f"{patience.timeout:.0f} s ({said}): see to what runs there."
            )

    def _wait(self, host: PoolHost, group: str, end: Until, pause: float, done: Callable[[list[Target]], bool]) -> bool:
        while not done(self._of(host, group, end, age=pause)):
            if not end.pause(pause):
                return False
        return True

    def _of(self, host: PoolHost, group: str, end: Until, age: float = 0.0) -> list[Target]:
        """The host's targets, one for each port."""
        return [target for target in self._looks.targets(group, end, age) if target.id in (host.id, host.address)]

    def _deregister(self, host: PoolHost, group: str, staying: list[Target], end: Until) -> None:
        try:
            self._api.ask("DeregisterTargets", end, TargetGroupArn=group, Targets=to_deregister(staying))
        except TrafficError:
            # said again after a lost answer, it is refused
            if any(not target.draining for target in self._of(host, group, end)):
                raise
        self._looks.forget(group)

    def _register(self, host: PoolHost, group: str, found: list[Target], end: Until) -> None:
        settings = self._api.ask("DescribeTargetGroups", end, TargetGroupArns=[group])["TargetGroups"][0]
        wanted = self._left.get(host.name) or places(found) or common_places(self._looks.targets(group, end))
        target = self._target(host, group, str(settings.get("TargetType") or "instance"))
        self._api.ask(
            "RegisterTargets",
            end,
            TargetGroupArn=group,
            Targets=to_register(target, wanted or {(settings.get("Port"), None)}),
        )
        self._looks.forget(group)

    def _target(self, host: PoolHost, group: str, kind: str) -> Any:
        known = {"instance": host.id, "ip": host.address}.get(kind)
        if not known:
            raise TrafficError(
                f"{self._who}: {group_name(group)} has targets of type {kind}, and {host.name} has nothing to be "
                "registered by there: give hosts target groups of type instance or ip."
            )
        return known


def _waiting(patience: Patience) -> tuple[Until, float]:
    """Until when, so that there is time left to say how it ended, and how long from look to look."""
    end = until(patience.clock, patience.timeout - min(1.0, patience.timeout / 10))
    return end, min(max(patience.timeout / 20, _OFTEN), _SELDOM)
