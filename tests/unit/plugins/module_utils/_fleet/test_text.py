"""Plans and status as people read them in a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.policy_groups import inherited
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.text import (
    policy_words,
    render_plan_text,
    render_status,
    roughly,
    span,
    summary,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Health, HostState, Space
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace, Spread
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Group, Policy
from ansible_collections.atomic.fleet.plugins.module_utils._model.window import Window

OLD = Deployment("a" * 64, "lab", version="1.0", booted=True)
NEW = Deployment("b" * 64, "lab", version="2.0")
TARGET = Target("b" * 64, "2.0")


def host(name: str, *deployments: Deployment, health: Health = Health("running")) -> SnapshotHost:  # noqa: B008
    return SnapshotHost(name, HostState(name, "ostree", "boot", deployments, health), None, {"zone": name[0]})


FLEET = Snapshot(
    (
        host("a1", OLD),
        host("a2", NEW, OLD),
        host("b1", Deployment("b" * 64, "lab", version="2.0", booted=True), OLD),
        host("b2", OLD, health=Health("degraded", ("web.service",))),
        SnapshotHost("c1", None, "no \x1b[31mroute\n", {"zone": "c"}),
    ),
    "demo",
    "2026-11-22T10:00:00Z",
)

PLAN_TEXT = """\
Fleet demo: 5 hosts

Changes:
  1.0 -> 2.0  3 hosts

Waves:
  canary  1 host   a1
  wave 1  2 hosts  a2, b2

Hosts to update:
  ~ a1  1.0 -> 2.0  zone a  way back on disk, room unknown
  ~ a2  1.0 -> 2.0  zone a  way back on disk
  ~ b2  1.0 -> 2.0  zone b  way back on disk, room unknown  failed units: web.service

Hosts to skip:
  - c1: unreachable: no ?[31mroute?

Hosts left as they are:
    b1: runs 2.0 already

Warning: These hosts do not serve already now and are changed last: b2.

Plan: 3 to update, 1 to skip, 1 unchanged.
"""

STATUS_TEXT = """\
Fleet demo: 5 hosts, seen 2026-11-22T10:00:00Z

VERSION      HOSTS
1.0          3      ##############
2.0          1      ####
unreachable  1      ####

HOST  RUNS         BOOTS NEXT  WAY BACK  HEALTH                     ZONE
a1    1.0          the same    none      well                       a
a2    1.0          2.0         none      well                       a
b1    2.0          the same    1.0       well                       b
b2    1.0          the same    none      failed units: web.service  b
c1    unreachable                        no ?[31mroute?             c
"""


def test_plan_as_text() -> None:
    made = plan(FLEET, TARGET, Policy(waves=(Amount(9),), max_unavailable=Amount(3)))
    assert render_plan_text(made) == f"{PLAN_TEXT}{plan_id(made)}\n"
    assert summary(made) == "Plan: 3 to update, 1 to skip, 1 unchanged."


def test_groups_pins_and_room_are_told() -> None:
    full = (Space("/boot", 2**30, 2**20), Space("/sysroot", 2**36, 2**35))
    hosts = [host(name, replace(OLD, pinned=name == "a1")) for name in ("a1", "b1", "c1")]
    for index, space in enumerate((full[1:], full)):
        one = hosts[index]
        hosts[index] = replace(one, state=replace(one.state, space=space)) if one.state else one
    fleet = Policy(max_unavailable=Amount(3), canary=Amount(0), waves=(Amount(3),))
    group = Group({"zone": "b"}, replace(inherited(fleet), bake_time=60.0))
    made = plan(Snapshot(tuple(hosts), "demo"), TARGET, replace(fleet, groups=(group,), signatures="any"))
    text = render_plan_text(made)
    assert "  wave 1  2 hosts  a1, c1\n  wave 2  1 host   b1      group zone b\n" in text
    assert "~ a1  1.0 -> 2.0  zone a  way back on disk, pinned, has room\n" in text
    assert "~ b1  1.0 -> 2.0  zone b  way back on disk, little room in /boot\n" in text
    assert "~ c1  1.0 -> 2.0  zone c  way back on disk, room unknown\n" in text
    assert ("zone b", "bake time 60.0") in policy_words(made.policy)


def test_long_plans_are_told_in_short_unless_asked_for() -> None:
    made = plan(Snapshot(tuple(host(f"h{index:03}", OLD) for index in range(100)), "big"), TARGET, Policy())
    short, every = render_plan_text(made), render_plan_text(made, every=True)
    assert "    and 80 more\n" in short
    assert "h099" not in short
    assert all(f"~ h{index:03}" in every for index in range(100))


def test_status_as_text() -> None:
    assert render_status(FLEET) == STATUS_TEXT
    assert render_status(Snapshot((), "empty")) == "Fleet empty: 0 hosts\n\nVERSION  HOSTS\n"


def test_status_goes_by_the_gates_of_a_hosts_own_group() -> None:
    web = Policy(gates=(Gate("units", {"names": ("web.service",)}),))
    text = render_status(FLEET, Policy(groups=(Group({"zone": "a"}, web),)))
    health = {line[:2]: line for line in text.splitlines()}
    assert "units: it was not asked" in health["a1"]
    assert "well" in health["b1"]


@pytest.mark.parametrize(
    "seconds, text",
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (125, "2 min 5 s"), (3600, "1 h"), (7500, "2 h 5 min")],
)
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    "backend, deployment, told",
    [
        ("rpm-ostree", OLD, "rpm-ostree"),
        ("rpm-ostree", replace(OLD, requested_packages=("gdb", "vim")), "rpm-ostree, 2 layered"),
        ("bootc", replace(OLD, incompatible=True), "bootc, incompatible"),
    ],
)
def test_who_drives_a_host_is_told_where_it_is_not_ostree(backend: str, deployment: Deployment, told: str) -> None:
    other = SnapshotHost("d1", HostState("d1", backend, "boot", (deployment,)), None, {"zone": "d"})
    text = render_status(replace(FLEET, hosts=(*FLEET.hosts, other)))
    assert "DRIVEN BY" in text
    assert next(line for line in text.splitlines() if line.startswith("d1")).endswith(told)
    assert "DRIVEN BY" not in render_status(FLEET)


@pytest.mark.parametrize(
    "seconds, words",
    [(1, "5 s"), (43, "45 s"), (100, "1 min 30 s"), (700, "12 min"), (5000, "1 h 23 min"), (9000, "2 h 30 min")],
)
def test_estimates_are_not_told_to_the_second(seconds: float, words: str) -> None:
    assert roughly(seconds) == words


def test_plan_says_how_long_it_takes_and_when() -> None:
    night = Policy(waves=(Amount(2),), max_unavailable=Amount(4), windows=(Window(60, 300, ("sun",)),))
    made = replace(plan(FLEET, TARGET, night), pace=Pace(Spread(10, 20, 30), Spread(100, 200, 300), 24))
    text = render_plan_text(made)
    assert (
        """
  canary  1 host   about 2 min  a1
  wave 1  2 hosts  about 4 min  a2, b2
  In all about 6 min (as 24 hosts took before).
  Windows: sun 01:00-05:00 (UTC).
"""
        in text
    )
    assert "(a guess, for none was changed yet)." in render_plan_text(replace(made, pace=Pace()))
