"""Plans as comments of merge requests: what they say, what they escape, and that they never are too long."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.markdown import cell, markdown, table
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_markdown import (
    LIMIT,
    Part,
    fold,
    marker,
    render_plan_markdown,
)
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedPackages,
    Snapshot,
    SnapshotHost,
    Target,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Health, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace, Spread
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import (
    RPM_OSTREE,
    UPGRADED,
    PackageChange,
    PackageDiff,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy

OLD = Deployment("a" * 64, "lab", version="1.0", booted=True)
NEW = Deployment("b" * 64, "lab", version="2.0")
TARGET = Target("b" * 64, "2.0")
POLICY = Policy(waves=(Amount(9),), max_unavailable=Amount(3))


def host(name: str, *deployments: Deployment, health: Health = Health("running")) -> SnapshotHost:  # noqa: B008
    return SnapshotHost(name, HostState(name, "ostree", "boot", deployments, health), None, {"zone": name[0]})


FLEET = Snapshot(
    (
        host("a1", OLD),
        host("a2", NEW, OLD),
        host("b1", Deployment("b" * 64, "lab", version="2.0", booted=True), OLD),
        host("b2", OLD, health=Health("degraded", ("web.service",))),
        SnapshotHost("c1", None, "no \x1b[31mroute | @team #7 <script>\n", {"zone": "c"}),
    ),
    "demo",
)

WHOLE = """\
### Plan for demo: 3 to update, 1 to skip, 1 unchanged.
<!-- atomic.fleet plan demo -->

- **Warning:** These hosts do not serve already now and are changed last: b2.

| From | To | Hosts |
|---|---|---|
| 1.0 | 2.0 | 3 hosts |

| Wave | Hosts | About | Which |
|---|---|---|---|
| canary | 1 host | 2 min | a1 |
| wave 1 | 2 hosts | 4 min | a2, b2 |

In all about 6 min \\(as 24 hosts took before\\).


<details><summary>Hosts to update: 3</summary>

| Host | Wave | Change | Where | Way back and room |
|---|---|---|---|---|
| a1 | canary | 1.0 -\\> 2.0 | zone a | way back on disk, room unknown |
| a2 | wave 1 | 1.0 -\\> 2.0 | zone a | way back on disk |
| b2 | wave 1 | 1.0 -\\> 2.0 | zone b | way back on disk, room unknown; not serving: failed units: web.service |

</details>

<details><summary>Hosts to skip: 1</summary>

| Host | Runs | Why |
|---|---|---|
| c1 | nothing | unreachable: no ?\\[31mroute \\| @&#8203;team \\#&#8203;7 \\<script\\>? |

</details>

<details><summary>Hosts left as they are: 1</summary>

| Host | Runs | Why |
|---|---|---|
| b1 | 2.0 | runs 2.0 already |

</details>

<details><summary>Policy</summary>
"""


def made() -> FleetPlan:
    return replace(plan(FLEET, TARGET, POLICY), pace=Pace(Spread(10, 20, 30), Spread(100, 200, 300), 24))


def test_a_plan_as_a_comment() -> None:
    text = render_plan_markdown(made())
    assert text[: len(WHOLE)] == WHOLE
    assert text.endswith(
        f"\n</details>\n\n`{plan_id(made())}`: approve by this name; it is the hash of everything that would be done.\n"
    )


def test_the_same_plan_gives_the_same_comment() -> None:
    assert render_plan_markdown(made()) == render_plan_markdown(made())


def test_nothing_to_change_is_the_first_that_is_said() -> None:
    fleet = replace(FLEET, hosts=(FLEET.hosts[2],))
    text = render_plan_markdown(plan(fleet, TARGET, POLICY))
    assert text.startswith("### Plan for demo: nothing to change. 0 to update, 0 to skip, 1 unchanged.\n")
    assert "| Wave |" not in text


def test_packages_are_told() -> None:
    diff = PackageDiff(RPM_OSTREE, (PackageChange("vim_x", UPGRADED, "x86_64", "1", "2"),), upgraded=1)
    text = render_plan_markdown(replace(made(), packages=(PlannedPackages("a" * 64, "1.0", TARGET, diff),)))
    assert "<summary>Packages</summary>\n\n- 1.0 -\\> 2.0: 1 upgraded\n  - \\~ vim\\_x 1 -\\> 2\n" in text


@pytest.mark.parametrize("size", [50, 500, 5000])
@pytest.mark.parametrize("limit", [LIMIT, 20_000])
def test_it_never_is_longer_than_what_is_taken_and_says_what_it_left_out(size: int, limit: int) -> None:
    names = [f"edge-of-the-network-{index:05}.example.com" for index in range(size)]
    long = replace(plan(Snapshot(tuple(host(name, OLD) for name in names), "big"), TARGET, Policy()), pace=Pace())
    text = render_plan_markdown(long, limit)
    assert len(text) <= limit
    shown = len(re.findall(r"^\| edge-of-the-network-", text, re.M))
    told = re.search(r"^(\d+) more hosts left out here for length; the plan file has all\.$", text, re.M)
    assert shown + int(told[1] if told else 0) == size
    assert (told is None) is (shown == size)
    assert text.count("<details>") == text.count("</details>")
    assert plan_id(long) in text


def test_long_words_of_hosts_and_policies_do_not_push_the_rest_out() -> None:
    warned = replace(made(), warnings=tuple(f"{index} {'&' * 9000}" for index in range(99)))
    text = render_plan_markdown(warned)
    assert len(text) <= LIMIT
    assert "- and 89 more warnings\n" in text
    assert "Hosts to update: 3" in text


@pytest.mark.parametrize(
    "room, lines, cut",
    [(1000, 9, None), (320, 6, "3 more things left out here for length; the plan file has all."), (150, 0, None)],
)
def test_a_part_is_cut_to_the_room_there_is(room: int, lines: int, cut: str | None) -> None:
    folded = fold(Part("Title", ("a", "b"), tuple(["x" * 20] * 9), "things"), room)
    assert folded.count("x" * 20) == lines
    assert sum(len(line) + 1 for line in folded) <= room
    assert [line for line in folded if "left out" in line] == ([cut] if cut else [])


@pytest.mark.parametrize(
    "text, written",
    [
        ("a|b", "a\\|b"),
        ("<!-- x -->", "\\<\\!-- x --\\>"),
        ("see @ops", "see @&#8203;ops"),
        ("#12", "\\#&#8203;12"),
        ("a @ b # c", "a @ b \\# c"),
        ("`x`\n", "\\`x\\`?"),
    ],
)
def test_what_is_escaped(text: str, written: str) -> None:
    assert markdown(text) == written


def test_tables() -> None:
    assert table(("A", "B"), [("1", "x|y")]) == ["| A | B |", "|---|---|", "| 1 | x\\|y |"]
    assert table(("A", "B"), []) == []
    assert cell("x" * 400) == "x" * 299 + "…"


def test_the_marker_ends_where_it_ends() -> None:
    assert marker("demo.eu-1") == "<!-- atomic.fleet plan demo.eu-1 -->"
