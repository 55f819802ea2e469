"""Before and after a wave: limits and budget counted over the whole fleet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.judge import (
    Verdict,
    after_wave,
    before_wave,
    is_canary,
    may_go_on,
)
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy_groups import inherited
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, PlannedHost, Target, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Group, Policy

TARGET = Target("b" * 64, "2.0")
HOSTS = tuple(
    PlannedHost(name, "update", "1.0 to 2.0", TARGET, "a" * 64, domains={"zone": name[0]})
    for name in ("a1", "a2", "a3", "b1", "b2", "b3")
)
WAVES = (Wave("canary", ("a1",)), Wave("wave 1", ("a2", "b1")), Wave("wave 2", ("a3", "b2", "b3")))
OK, RED, LOST = Verdict("ok"), Verdict("failed", "greenboot says red"), Verdict("lost", "no answer")


def make(policy: Policy) -> FleetPlan:
    return FleetPlan("demo", (TARGET,), policy, HOSTS, WAVES)


THREE = Policy(max_unavailable=Amount(3))
ZONE = replace(THREE, domains={"zone": Amount(1)})
BUDGET = replace(THREE, failure_budget=Amount(1))
IN_ZONE = replace(THREE, failure_budget=Amount(4), failure_domains={"zone": Amount(40, True)})
OWN = replace(inherited(THREE), failure_budget=Amount(0), max_unavailable=Amount(1))
IN_GROUP = replace(THREE, failure_budget=Amount(4), groups=(Group({"zone": "b"}, OWN),))


@pytest.mark.parametrize(
    "policy, wave, failed, reason",
    [
        (THREE, 1, [], ""),
        (THREE, 1, ["b3"], "wave 1 may not begin: the failure budget is spent (1 failed where 0 may)."),
        (BUDGET, 1, ["b3"], ""),
        (BUDGET, 1, ["a1"], ""),
        (BUDGET, 1, ["b3", "a3"], "wave 1 may not begin: the failure budget is spent (2 failed where 1 may)."),
        (BUDGET, 0, ["a1"], "canary may not begin: the canary a1 failed."),
        (BUDGET, 0, ["b3"], ""),
        (IN_ZONE, 1, ["a3", "b3"], ""),
        (
            IN_ZONE,
            1,
            ["b2", "b3"],
            "wave 1 may not begin: the failure budget is spent (2 failed in zone b where 1 may).",
        ),
        (IN_GROUP, 1, ["a3", "a2"], ""),
        (IN_GROUP, 1, ["b3"], "wave 1 may not begin: the failure budget is spent (1 failed in zone b where 0 may)."),
    ],
)
def test_what_failed_before_counts(policy: Policy, wave: int, failed: list[str], reason: str) -> None:
    decision = may_go_on(make(policy), wave, failed)
    assert (decision.action, decision.reason) == ("halt" if reason else "go_on", reason)


@pytest.mark.parametrize(
    "policy, wave, away, hosts, reason",
    [
        (THREE, 1, [], None, None),
        (THREE, 1, ["b3"], None, None),
        (IN_GROUP, 1, ["a3"], None, None),
        (IN_GROUP, 1, ["b3"], None, "wave 1 may not begin: b1 has no room to be taken away: 1 of at most 1"),
        (THREE, 1, ["a1", "b3"], None, "wave 1 may not begin: b1 has no room to be taken away: 3 of at most 3"),
        (THREE, 1, ["a1", "b3"], ["a2"], None),
        (THREE, 1, ["a1", "b3"], [], None),
        (THREE, 1, ["a1", "a2", "b3"], None, "wave 1 may not begin: b1 has no room"),
        (THREE, 1, ["a1", "a2", "b1"], None, None),
        (THREE, 0, ["stranger"], None, None),
        (ZONE, 1, [], None, None),
        (ZONE, 1, ["a3"], None,
         "wave 1 may not begin: a2 has no room to be taken away: 1 of at most 1 unavailable in zone a."),
        (ZONE, 2, [], None,
         "wave 2 may not begin: b3 has no room to be taken away: 1 of at most 1 unavailable in zone b."),
    ],
)  # fmt: skip
def test_may_a_wave_begin(
    policy: Policy, wave: int, away: list[str], hosts: list[str] | None, reason: str | None
) -> None:
    decision = before_wave(make(policy), wave, away, hosts)
    assert decision.action == ("halt" if reason else "go_on")
    assert decision.reason.startswith(reason or "")


@pytest.mark.parametrize(
    "policy, wave, failed, verdicts, away, action, reason",
    [
        (THREE, 0, (), {"a1": OK}, [], "go_on", ""),
        (THREE, 0, (), {"a1": RED}, [], "rollback_wave",
         "The canary did not come out well: a1 failed (greenboot says red). The failure budget is spent: 1 failed"),
        (BUDGET, 0, (), {"a1": LOST}, ["a1"], "rollback_wave",
         "The canary did not come out well: a1 lost (no answer)."),
        (replace(THREE, on_failure="halt"), 0, (), {}, [], "halt",
         "The canary did not come out well: a1 lost (nothing was heard of it). The failure budget is spent"),
        (BUDGET, 1, (), {"a2": OK, "b1": RED}, [], "go_on", ""),
        (BUDGET, 1, ("a1",), {"a2": OK, "b1": RED}, [], "rollback_wave",
         "The failure budget is spent: 2 failed where 1 may (b1 failed (greenboot says red))."),
        (BUDGET, 1, ("b1",), {"a2": OK, "b1": RED}, [], "go_on", ""),
        (BUDGET, 1, (), {"a2": RED, "b1": LOST}, ["b1"], "rollback_wave",
         "The failure budget is spent: 2 failed where 1 may (a2 failed (greenboot says red), b1 lost (no answer))."),
        (BUDGET, 1, ("a1", "b3"), {"a2": OK, "b1": OK}, [], "go_on", ""),
        (THREE, 1, (), {"a2": OK, "b1": OK}, ["a1", "b2", "b3"], "go_on", ""),
        (THREE, 1, (), {"a2": OK, "b1": OK}, ["a1", "a3", "b2", "b3"], "halt",
         "4 hosts of the fleet are unavailable where 3 may."),
        (ZONE, 1, (), {"a2": OK, "b1": OK}, ["b2", "b3"], "halt", "2 hosts of zone b are unavailable where 1 may."),
    ],
)  # fmt: skip
def test_what_follows_from_a_wave(
    policy: Policy,
    wave: int,
    failed: tuple[str, ...],
    verdicts: dict[str, Verdict],
    away: list[str],
    action: str,
    reason: str,
) -> None:
    decision = after_wave(make(policy), Progress(failed=failed), wave, verdicts, away)
    assert decision.action == action
    assert decision.reason.startswith(reason)
    assert bool(decision.reasons) is bool(reason)


def test_parts_of_a_canary_are_canaries() -> None:
    plan = replace(make(THREE), waves=(Wave("canary.1", ("a1",)), Wave("canary.2", ("a2",)), Wave("wave 1", ("a3",))))
    assert [is_canary(plan, wave) for wave in range(3)] == [True, True, False]
