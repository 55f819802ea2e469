# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives pools their shares of a balancer's traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.shares import attainable, completed, percent, written
from ..module_utils._model.traffic import Standing
from ..plugin_utils._balancers import Behind
from ..plugin_utils._clouds.model import Limits, TrafficError
from ..plugin_utils._traffic_task import TRAFFIC_SPEC, TrafficAction, shown


class ActionModule(TrafficAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        **TRAFFIC_SPEC,
        "shares": {"type": "dict", "required": True},
        "expect": {"type": "dict"},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        one = self._one(self.behind(arguments, variables))
        wanted = completed(_numbers(arguments["shares"]), one.pools, one.name)
        with self.watch():
            adapter = one.open(Limits(timeout=arguments["timeout"]))
            seen = adapter.observe()
            if arguments["expect"] is not None:
                _check(one, seen, completed(_numbers(arguments["expect"]), one.pools, one.name))
            before, version = percent(seen.weights), seen.version
            after = attainable(wanted, adapter.grain, seen)
            if not self._task.check_mode:
                # also where the shares stand already: a balancer may not know of every pool yet
                seen = adapter.shift(wanted, seen)
                after = percent(seen.weights)
        changed = before != after or version != seen.version
        result = {**shown(one, adapter.grain, seen), "shares": after, "changed": changed, "before": before}
        if self._task.diff:
            headers = {"before_header": f"shares of {one.name}", "after_header": f"shares of {one.name}"}
            result["diff"] = {"before": _lines(before), "after": _lines(after), **headers}
        return result

    @staticmethod
    def _one(found: tuple[Behind, ...]) -> Behind:
        if len(found) > 1:
            raise ArgumentError(
                f"There are {len(found)} balancers, {', '.join(one.name for one in found)}: name one as `balancer`."
            )
        return found[0]


def _check(one: Behind, seen: Standing, expected: Mapping[str, int]) -> None:
    if percent(seen.weights) != dict(expected):
        raise TrafficError(
            f"{one.name}: its shares are {written(percent(seen.weights))}, and {written(expected)} was expected; "
            "nothing was changed: see who moved its traffic."
        )


def _numbers(shares: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers that came as texts, from a command line or a template, are numbers."""
    return {
        str(pool): int(share) if isinstance(share, str) and share.isascii() and share.isdigit() else share
        for pool, share in shares.items()
    }


def _lines(shares: Mapping[str, int]) -> str:
    return "".join(f"{pool}: {share}\n" for pool, share in sorted(shares.items()))
