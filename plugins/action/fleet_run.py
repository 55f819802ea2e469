# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a run of a plan (plan checked, lock taken, waves ordered) and closes it (report, lock given back)."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible.inventory.manager import split_host_pattern

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._fleet.drains import settled_at_opening
from ..module_utils._fleet.estimate import render_pace
from ..module_utils._fleet.prefetch import summary as prefetch_summary
from ..module_utils._fleet.resume import FINISHED, LEAVE, Turn, check_debt, check_fresh, check_opening, remaining
from ..module_utils._fleet.rollout import Leg, ending, legs, order
from ..module_utils._fleet.turns_text import render_begin, render_turns
from ..module_utils._fleet.waiting import ABORT, PAUSE, Wishes, aborted, check_stop
from ..module_utils._fleet.way_back import rolls_back_all
from ..module_utils._model.fleet import FleetPlan, Snapshot
from ..module_utils._model.journal import CLOSED, OPENED, Progress
from ..plugin_utils._calls import Calls
from ..plugin_utils._cells import check_cell, lock_of
from ..plugin_utils._drains import Drains, undrain_earlier
from ..plugin_utils._files import write_file
from ..plugin_utils._fleet_task import FleetAction
from ..plugin_utils._holds import release_holds
from ..plugin_utils._lock import acquire, release, watch
from ..plugin_utils._observe import DOMAINS, observe_fleet
from ..plugin_utils._packages import ask_packages
from ..plugin_utils._report import render_report
from ..plugin_utils._run import Run, RunName, load_run, new_run, opened, parse_run
from ..plugin_utils._shared import check_shared
from ..plugin_utils._short_lock import check_neighbours
from ..plugin_utils._store import Store
from ..plugin_utils._waiting import pace_of


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "state": {"type": "str", "choices": ["open", "closed"], "required": True},
        "plan": {"type": "str"},
        "fleet": {"type": "str"},
        "run": {"type": "dict"},
        "anew": {"type": "bool", "default": False},
        "allow_limited_canary": {"type": "bool", "default": False},
        "stop_after": {"type": "str"},
        "wait": {"type": "bool", "default": False},
        "pause": {"type": "bool", "default": False},
        "lock": {"type": "str", "no_log": True},
        "cell": {"type": "str"},
        "allow_local_store": {"type": "bool", "default": False},
        "report": {"type": "path"},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        if arguments["state"] == "open":
            return self._open(arguments, variables)
        if arguments["run"] is None:
            raise ArgumentError("fleet_run: state closed needs run, which is what state open returned.")
        return self._close(arguments, variables)

    # -- open ---------------------------------------------------------------------------------------

    def _open(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        hosts = self.hosts(variables)
        fleet = self.fleet_name(arguments["fleet"], hosts, variables)
        store = self.store(arguments, fleet)
        check_shared(store, arguments["lock"], arguments["allow_local_store"], os.environ)
        name, plan = store.load_plan(arguments["plan"])
        _check_known(plan, variables["hostvars"])
        cell = arguments["cell"] or None
        there = check_cell(store, name, cell)
        # a cell waits for the canary of another
        walk = legs(plan, hosts, arguments["allow_limited_canary"] or cell is not None)
        _check_names(order(walk))
        wishes = Wishes(check_stop(plan, arguments["stop_after"]), arguments["wait"], arguments["pause"])
        _check_abort(store)
        if self._task.check_mode:
            progress = there.with_failures(store.journal(name, make=False, cell=cell).progress)
            with self.watch() as watched:
                _snapshot, turns, anew = self._look(arguments, variables, plan, progress, walk, watched)
            known = Progress() if anew else progress
            self.say(render_turns(plan, turns, order(walk), known.undoing))
            if not known.undoing:
                asked, pace = store.request(PAUSE), pace_of(store, bool(plan.layers))
                self.say(render_begin(plan, walk, turns, known, wishes, asked, datetime.now(UTC), pace))
            # no waves: the next play has nothing to do
            return _facts(RunName(fleet, arguments["store"], name, ""), (), _changes(turns, walk), ())
        # the plan goes into the store, wherever its file is: a later task, or a rollback, reads it there
        store.save_plan(plan)
        run = RunName(fleet, arguments["store"], name, new_run(), cell)
        lock = lock_of(store, cell, arguments["lock"])
        lease = acquire(lock, run.run, os.getppid(), name)
        try:
            check_neighbours(lock, name)
            with self.watch(lease.fileno()) as watched:
                undoing = self._begin(arguments, variables, run, plan, walk, store, watched, wishes)
        except BaseException:
            release(store.root, run.run, store.remote)
            raise
        finally:
            lease.close()
        # what is to go back goes back when the waves are through: of them, nothing is left to do
        return _facts(run, () if undoing else walk, bool(walk), ("rollback",) if undoing else _phases(plan))

    def _begin(
        self,
        arguments: Mapping[str, Any],
        variables: Mapping[str, Any],
        run: RunName,
        plan: FleetPlan,
        walk: Sequence[Leg],
        store: Store,
        watched: Any,
        wishes: Wishes,
    ) -> bool:
        """Whether an earlier run began to take everything back, and this one goes on with that."""
        journal = store.journal(run.plan, cell=run.cell)
        there = check_cell(store, run.plan, run.cell)
        if journal.torn is not None:
            self.display.warning(
                f"{journal.address}: the last line was torn off when the last run ended; it is left out."
            )
        progress = there.with_failures(journal.progress)
        snapshot, turns, anew = self._look(arguments, variables, plan, progress, walk, watched)
        undoing = progress.undoing and not anew
        self.say(render_turns(plan, turns, order(walk), undoing))
        journal.write(
            OPENED,
            run.run,
            plan=run.plan,
            by=_who(),
            anew=anew,
            hosts=order(walk),
            before=str(store.save_snapshot(snapshot)),
            pace=render_pace(pace_of(store, bool(plan.layers))),
            without_canary=arguments["allow_limited_canary"],
            **wishes.render(),
        )
        # what an earlier run took out of service, and left there
        calls = Calls(self, arguments, variables, watched)
        undrain_earlier(self, calls, store, run, watched)
        drains = Drains(self, calls, Run(run, store, plan, journal, tuple(walk)), watched)
        drains.undrain(settled_at_opening(journal.progress, order(walk)))
        return undoing

    def _look(
        self,
        arguments: Mapping[str, Any],
        variables: Mapping[str, Any],
        plan: FleetPlan,
        progress: Progress,
        walk: Sequence[Leg],
        watched: Any,
    ) -> tuple[Snapshot, Mapping[str, Turn], bool]:
        """What the fleet looks like, what is left for every host, and whether the plan is started over."""
        check_opening(plan, progress, arguments["anew"])
        names = [host.name for host in plan.hosts]
        snapshot = observe_fleet(self, arguments, variables, names, watched, plan.fleet, DOMAINS, plan.policy_for)
        anew = check_opening(plan, progress, arguments["anew"], snapshot)
        if not anew and progress.undoing:
            return snapshot, remaining(plan, progress, snapshot), anew
        if not anew:
            check_debt(plan, progress, [leg.index for leg in walk])
        turns = remaining(plan, Progress() if anew else progress, snapshot)
        check_fresh(plan, turns, order(walk))
        return snapshot, turns, anew

    # -- close --------------------------------------------------------------------------------------

    def _close(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        if not parse_run(arguments["run"]).run:
            return {"changed": False, "outcome": "check", "next_start": "", "msg": "Check mode: nothing was done."}
        run = load_run(arguments["run"], self.hosts(variables))
        try:
            return self._end(arguments, variables, run)
        finally:
            with suppress(FleetError):
                release(run.store.root, run.name.run, run.store.remote)

    def _end(self, arguments: Mapping[str, Any], variables: Mapping[str, Any], run: Run) -> dict[str, Any]:
        lease = watch(run.store.root, run.name.run)
        try:
            names = [host.name for host in run.plan.hosts]
            with self.watch(lease.fileno()) as watched:
                Drains(self, Calls(self, arguments, variables, watched), run, watched).undrain()
                plan = run.plan
                after = observe_fleet(self, arguments, variables, names, watched, plan.fleet, DOMAINS, plan.policy_for)
                # by now hosts have both on disk
                progress = run.journal.progress
                end = ending(run.plan, progress, order(run.walk))
                if end.complete:
                    after = release_holds(self, arguments, variables, run, after, watched)
                known = ask_packages(self, arguments, variables, run.plan.packages, after, watched)
        finally:
            lease.close()
        run.write(CLOSED, outcome=end.outcome, reason=end.sentence)
        before = opened(run.journal, run.name.run).get("before")
        first = run.store.load_snapshot(before) if before else None
        told = render_report(replace(run.plan, packages=known), run.journal.events, first, after)
        html, markdown = run.store.save_report(run.name.chain, *told)
        if arguments["report"]:
            self._copy_report(Path(arguments["report"]).expanduser().absolute(), *told)
        run.store.save_snapshot(after)
        message = f"{end.sentence} Report: {html}"
        if end.good:
            self.say(message)
        return {
            "changed": False,
            "failed": not end.good,
            "msg": message,
            "outcome": end.outcome,
            "ansible_facts": {"atomic_fleet_rollout": end.outcome},
            "next_start": progress.next_start,
            "report": str(html),
            "report_markdown": str(markdown),
        }

    def _copy_report(self, path: Path, html: str, markdown: str) -> None:
        """What became of the fleet is in the store: a copy that cannot be written changes nothing of it."""
        try:
            write_file(path, html)
            write_file(path.with_suffix(".md"), markdown)
        except FleetError as error:
            self.display.warning(error.message)


def _check_known(plan: FleetPlan, every: Mapping[str, Any]) -> None:
    """The plan's hosts must be in this inventory, limited or not: limits are counted over all of them."""
    strangers = [host.name for host in plan.hosts if host.name not in every]
    if strangers:
        raise ArgumentError(
            f"The plan for {plan.fleet} has {len(strangers)} hosts that this inventory lacks "
            f"({strangers[0]}, …); use the inventory it was made with, or make a new plan."
        )


def _check_abort(store: Store) -> None:
    asked = store.request(ABORT)
    if asked is not None:
        raise ArgumentError(
            f"The fleet {store.fleet} is not to be changed: {aborted(asked)} Lift it with atomic.fleet.pause "
            "-e resume=true, or remove the file abort from its store."
        )


def _check_names(names: Sequence[str]) -> None:
    """The next play takes its hosts by their names, which Ansible reads as patterns."""
    for name in names:
        if split_host_pattern([name]) != [name] or name[:1] in "!&~@" or set(name) & set("*?["):
            raise ArgumentError(
                f"The name of the host {name!r} means something else to Ansible where a play names its hosts; "
                "rename it in the inventory, without blanks, commas, colons, brackets and wildcards."
            )


def _changes(turns: Mapping[str, Turn], walk: Sequence[Leg]) -> bool:
    return any(turns[name].do not in (FINISHED, LEAVE) for name in order(walk))


def _phases(plan: FleetPlan) -> list[str]:
    """What the run has beside its waves."""
    found = {"prefetch": prefetch_summary(plan) is not None, "rollback": rolls_back_all(plan)}
    return [phase for phase, there in found.items() if there]


def _facts(run: RunName, walk: Sequence[Leg], changes: bool, phases: Sequence[str]) -> dict[str, Any]:
    """Set on localhost by the playbook: the next play takes its hosts, in order, and its batches from here."""
    return {
        "changed": False,
        "changes": changes,
        "ansible_facts": {
            "atomic_fleet_run": run.render(),
            "atomic_fleet_order": order(walk),
            "atomic_fleet_serial": [len(leg.hosts) for leg in walk],
            "atomic_fleet_phases": list(phases),
        },
    }


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"
