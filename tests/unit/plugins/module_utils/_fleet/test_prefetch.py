"""What is done in advance, on which hosts, and what of it is left after a run that was killed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import parse_plan, render_plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.prefetch import ahead, how_prefetched, summary
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.resume import Turn
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.text import render_plan_text
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, PlannedHost, Target, Wave
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.layer import Layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy

COMMIT = Target("b" * 64, "2.0", "lab:stable")
IMAGE = Target("sha256:" + "c" * 64, "2.0", None, "bootc", "ostree-unverified-registry:quay.io/os/image:stable")
LAYERS = Target("d" * 64, "gdb", None, "sysext", layers=(Layer("gdb", "sha256:" + "1" * 64, "https://x/gdb.raw"),))


def host(name: str, target: Target | None, action: str = "update") -> PlannedHost:
    return PlannedHost(name, action, "", target, "a" * 64, "1.0", wave=0 if action == "update" else None)


@pytest.mark.parametrize(
    "policy, target, action, how",
    [
        ("none", COMMIT, "update", None),
        ("pull", COMMIT, "update", "pull"),
        ("locked", COMMIT, "update", "locked"),
        ("pull", IMAGE, "update", None),
        ("locked", IMAGE, "update", "locked"),
        ("locked", LAYERS, "update", None),
        ("locked", COMMIT, "none", None),
        ("locked", None, "skip", None),
    ],
)
def test_how_a_host_gets_its_target(policy: str, target: Target | None, action: str, how: str | None) -> None:
    assert how_prefetched(host("h", target, action), Policy(prefetch=policy)) == how


def plan(policy: str, *targets: Target) -> FleetPlan:
    hosts = tuple(host(f"h{index}", target) for index, target in enumerate(targets, 1))
    used = tuple(dict.fromkeys(targets))
    return FleetPlan("f", used, Policy(prefetch=policy), hosts, (Wave("wave 1", tuple(one.name for one in hosts)),))


@pytest.mark.parametrize(
    "made, told",
    [
        (plan("none", COMMIT), None),
        (plan("locked", LAYERS), None),
        (plan("locked", COMMIT, IMAGE), "2 staged first, locked"),
        (plan("pull", COMMIT, IMAGE, COMMIT), "2 fetched first, 1 in their wave"),
    ],
)
def test_plan_tells_it(made: FleetPlan, told: str | None) -> None:
    assert summary(made) == told
    text = render_plan_text(made)
    assert ("Before the first wave:" in text) == (told is not None)
    assert parse_plan(render_plan(made), "plan.json") == made
    if told:
        assert f"\nBefore the first wave: {told}\n" in text
        assert "way back unknown, " in text
        assert '"prefetch": "' in render_plan(made).partition('"hosts": [')[2]


# (policy, the journal's stage, what is left of its turn) -> how it is prefetched, or lost
@pytest.mark.parametrize(
    "policy, stage, do, found",
    [
        ("locked", None, "stage", "locked"),
        ("locked", None, "reboot", "locked"),  # somebody else staged it, unlocked
        ("locked", "prefetched", "reboot", None),
        ("locked", "prefetched", "stage", "locked"),  # a reboot lost it
        ("locked", "not_prefetched", "stage", "locked"),
        ("locked", None, "verify", None),
        ("locked", "intended", "stage", None),  # its wave has begun
        ("locked", "verified", "finished", None),
        ("locked", "failed", "leave", None),
        ("locked", None, "lost", "lost"),
        ("locked", "rebooting", "lost", None),
        ("pull", None, "stage", "pull"),
        ("pull", "prefetched", "stage", None),
        ("none", None, "stage", None),
    ],
)
def test_what_is_left_to_do(policy: str, stage: str | None, do: str, found: str | None) -> None:
    progress = Progress(hosts={"h1": HostProgress(stage, 0)} if stage else {})
    left = ahead(plan(policy, COMMIT), progress, {"h1": Turn("h1", do, "no route")}, ["h1"])
    assert left.todo == ({"h1": found} if found not in (None, "lost") else {})
    assert left.lost == ({"h1": "no route"} if found == "lost" else {})


def test_only_hosts_that_the_run_may_touch() -> None:
    made = plan("locked", COMMIT, COMMIT)
    turns = {name: Turn(name, "stage") for name in ("h1", "h2")}
    assert list(ahead(made, Progress(), turns, ["h2"]).todo) == ["h2"]
    assert ahead(replace(made, policy=Policy()), Progress(), turns, ["h1", "h2"]).todo == {}
