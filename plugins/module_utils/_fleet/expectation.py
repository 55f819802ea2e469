# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an audit expects: the words of a task, and what a plan says of each host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._model.fleet import SKIP, FleetPlan
from .._model.host_posture import Expected
from .reader import Reader


def expected_by(words: Mapping[str, Any], now: float, source: str) -> Expected:
    """What is expected of every host, by the options of a task (_host.arguments.POSTURE); ``source`` is the task's
    name, for the sentence when one is wrong. ArgumentError."""
    # given without a word in it, Ansible's validator leaves its defaults out
    expect = words.get("expect") or {}
    least = Expected(now)
    return Expected(
        now,
        skip=frozenset(words["skip_checks"]),
        etc_allowed=tuple(words["etc_allowed"]),
        layered=tuple(expect.get("layered_packages", ())),
        overridden=tuple(expect.get("overridden_packages", ())),
        selinux=expect.get("selinux", least.selinux),
        lockdown=expect.get("lockdown", least.lockdown),
        secure_boot=expect.get("secure_boot", least.secure_boot),
        fips=expect.get("fips", least.fips),
        release_max_age=Reader(source, {}).timeout("release_max_age", words["release_max_age"]),
    )


def expected_of(base: Expected, plan: FleetPlan | None, host: str) -> Expected:
    """What is expected of one host: the words given for all, and what the plan has it boot."""
    if plan is None:
        return base
    if plan.layers:
        return replace(base, unplanned="the plan is about extensions, not about what is booted")
    planned = plan.by_name.get(host)
    if planned is None:
        return replace(base, unplanned="the plan does not know it")
    if planned.target is None or planned.action == SKIP:
        return replace(base, unplanned=f"the plan skips it: {planned.reason}")
    return replace(base, booted=planned.target.checksum, label=planned.target.label)
