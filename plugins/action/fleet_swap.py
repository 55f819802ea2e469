# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out where a swap stands and what has to be brought to the target, and moves traffic step by step."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.choice import choose, few
from ..module_utils._fleet.shares import percent, written
from ..module_utils._fleet.swap import check_known, direction, in_place, sizes, way_back
from ..module_utils._fleet.swap_rules import DEFAULTS, parse_rules
from ..module_utils._fleet.swap_text import render_course, render_end, render_stop
from ..module_utils._model.fleet import NONE, Snapshot
from ..module_utils._model.journal import WAITING
from ..module_utils._model.policy import Policy
from ..module_utils._model.swap import BACK, REST, Course, PoolView
from ..plugin_utils._balancers import Behind
from ..plugin_utils._cells import lock_of
from ..plugin_utils._clouds.model import Limits
from ..plugin_utils._fleet_task import SHARED_SPEC
from ..plugin_utils._lock import Lease, Lock, acquire, holder, release
from ..plugin_utils._observe import DOMAINS, observe_fleet
from ..plugin_utils._policy import load_policy
from ..plugin_utils._shared import check_shared
from ..plugin_utils._swap import Swap
from ..plugin_utils._swap_journal import SwapJournal
from ..plugin_utils._traffic_task import TRAFFIC_SPEC, TrafficAction
from ..plugin_utils._wanted import TARGET_SPEC, check_wishes, wanted_targets

_RUN = "swap-"


class ActionModule(TrafficAction):
    SHARED: ClassVar[dict[str, dict[str, Any]]] = SHARED_SPEC
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "step": {"type": "str", "choices": ["begin", "shift"], "required": True},
        "fleet": {"type": "str"},
        "policy": {"type": "path"},
        "to": {"type": "str"},
        "pool": {"type": "str"},
        "in_place": {"type": "bool", "default": False},
        "swap": {"type": "dict"},
        "take_over": {"type": "bool", "default": False},
        "rollout": {"type": "str", "default": ""},
        "stop_before": {"type": "str", "choices": ["shift"]},
        "lock": {"type": "str", "no_log": True},
        "allow_local_store": {"type": "bool", "default": False},
        "steps": {"type": "list", "elements": "raw"},
        "gates": {"type": "list", "elements": "raw"},
        **{name: {"type": "raw"} for name in DEFAULTS if name not in ("steps", "gates")},
        **TRAFFIC_SPEC,
        **TARGET_SPEC,
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        behind = self.behind(arguments, variables)
        self._whole(behind, variables)
        if arguments["step"] == "begin":
            return self._begin(arguments, variables, behind)
        return self._move(arguments, variables, behind)

    def _whole(self, behind: Sequence[Behind], variables: Mapping[str, Any]) -> None:
        """Traffic is shared out to whole pools."""
        here = set(self.hosts(variables))
        lacking = sorted({host.name for one in behind for host in one.hosts} - here)
        if lacking:
            raise ArgumentError(
                f"{few(lacking)} are behind the balancers and not among the hosts of this run: a swap is about whole "
                "pools, so leave out --limit, or let fleet_hosts name all of them."
            )

    # -- begin --------------------------------------------------------------------------------------

    def _begin(
        self, arguments: Mapping[str, Any], variables: Mapping[str, Any], behind: Sequence[Behind]
    ) -> dict[str, Any]:
        check_wishes(arguments)
        given = [name for name in ("to", "pool", "in_place") if arguments[name]]
        if len(given) > 1:
            raise ArgumentError(f"{' and '.join(given)} were given, and they say different things; leave one out.")
        views = self._views(arguments, behind)
        if arguments["to"]:
            course = way_back(views, arguments["to"])
        elif arguments["in_place"]:
            course = in_place(views, _policy(arguments))
        else:
            views = self._with_targets(arguments, variables, views)
            course = direction(views, arguments["pool"])
        check_known({one.name: one.pools for one in behind}, course)
        self.say(render_course(course, views))
        return {
            "changed": False,
            "course": course.kind,
            "to": course.to,
            "ansible_facts": {
                "atomic_fleet_swap": {"kind": course.kind, "to": course.to},
                "atomic_fleet_swap_hosts": list(course.upgrade) or "!all",
                # one of an earlier run may be in a cache of facts
                "atomic_fleet_rollout": "",
            },
        }

    def _views(self, arguments: Mapping[str, Any], behind: Sequence[Behind]) -> list[PoolView]:
        shares: dict[str, int] = {}
        hosts: dict[str, list[str]] = {}
        limits = Limits(timeout=arguments["timeout"])
        with self.watch():
            for one in behind:
                for pool, share in percent(one.open(limits).observe().weights).items():
                    shares[pool] = min(share, shares.get(pool, share))
                    known = hosts.setdefault(pool, [])
                    known += [name for name in one.names(pool) if name not in known]
        return [PoolView(pool, share, tuple(hosts[pool])) for pool, share in sorted(shares.items())]

    def _with_targets(
        self, arguments: Mapping[str, Any], variables: Mapping[str, Any], views: Sequence[PoolView]
    ) -> list[PoolView]:
        """Whether each pool runs what is wanted: hosts are looked at once, and nothing is planned yet."""
        names = sorted({name for view in views for name in view.hosts})
        fleet = self.fleet_name(arguments["fleet"], names, variables)
        policy = Policy()
        with self.watch() as watch:
            snapshot = observe_fleet(self, arguments, variables, names, watch, fleet, DOMAINS, lambda host: policy)
        there = self._at_target(arguments, variables, snapshot)
        return [
            PoolView(view.name, view.share, view.hosts, bool(view.hosts) and there >= set(view.hosts)) for view in views
        ]

    def _at_target(self, arguments: Mapping[str, Any], variables: Mapping[str, Any], snapshot: Snapshot) -> set[str]:
        targets, reasons = wanted_targets(self, arguments, variables, snapshot)
        return {
            host.name
            for host in snapshot.hosts
            if choose(host, targets.get(host.name), reasons.get(host.name)).action == NONE
        }

    # -- shift --------------------------------------------------------------------------------------

    def _move(
        self, arguments: Mapping[str, Any], variables: Mapping[str, Any], behind: Sequence[Behind]
    ) -> dict[str, Any]:
        course = _course(arguments["swap"])
        fleet = self.fleet_name(arguments["fleet"], self.hosts(variables), variables)
        views = self._views(arguments, behind)
        rules = parse_rules(arguments, _policy(arguments), *sizes(views, course.to))
        shares = {view.name: view.share for view in views}
        if course.kind != REST and (arguments["stop_before"] or arguments["rollout"] == WAITING):
            self.say(render_stop(course, arguments["rollout"] == WAITING))
            return {"changed": False, "outcome": WAITING, "to": course.to, "shares": shares}
        if course.kind == REST or self._task.check_mode:
            self.say(render_end(course, shares, rules.steps, would=self._task.check_mode))
            return {"changed": course.kind != REST, "outcome": course.kind, "to": course.to, "shares": shares}
        store = self.store(arguments, fleet)
        check_shared(store, arguments["lock"], arguments["allow_local_store"], os.environ)
        run = f"{_RUN}{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
        lease = self._lease(lock_of(store, None, arguments["lock"]), run, course)
        journal = SwapJournal(store, run, self.say)
        try:
            with self.watch(lease.fileno() if lease else None) as watch, watch.signals():
                swap = Swap(behind, course.to, rules, arguments["timeout"], journal, watch)
                ended = swap.run(course.kind, arguments["take_over"])
        finally:
            report = journal.report(fleet)
            if lease is not None:
                lease.close()
                release(store.root, run, store.remote)
        if ended.back:
            return {
                "changed": True,
                "failed": True,
                "outcome": "back",
                "to": course.to,
                "shares": ended.shares,
                "journal": str(journal.address),
                "report": str(report),
                "msg": f"All traffic was taken back from {course.to}: {ended.back.rstrip('.')}. It stands at "
                f"{_told(ended.shares)}; see to the pool, and start again. Report: {report}",
            }
        self.say(f"{render_end(course, shares, rules.steps)}\n  Report: {report}")
        return {
            "changed": ended.changed,
            "outcome": "done",
            "to": course.to,
            "shares": ended.shares,
            "journal": str(journal.address),
            "report": str(report),
        }

    def _lease(self, lock: Lock, run: str, course: Course) -> Lease | None:
        """The fleet's lock. The way back does not wait for another swap to end: that one sees it, and stops."""
        try:
            return acquire(lock, run, os.getppid(), run)
        except ArgumentError:
            other = holder(lock)
            if course.kind != BACK or other is None or not other.plan.startswith(_RUN):
                raise
            self.say(f"The lock is held by {other}, whose swap stops when it sees that traffic was moved.")
            return None


def _policy(arguments: Mapping[str, Any]) -> Policy:
    return load_policy(arguments["policy"]) if arguments["policy"] else Policy()


def _course(value: Any) -> Course:
    try:
        course = Course(why="", **value)
    except TypeError:
        raise ArgumentError(
            "fleet_swap: swap is not what step begin returned; run atomic.fleet.swap as it is."
        ) from None
    return course


def _told(shares: Mapping[str, Mapping[str, int]]) -> str:
    return "; ".join(f"{name}: {written(one)}" for name, one in shares.items())
