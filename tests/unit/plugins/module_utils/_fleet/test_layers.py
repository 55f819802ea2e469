"""Plans that layer extensions: the same engine, about something else than what is booted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.layers import parse_wishes, target_of, way_back
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.packages import pairs
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import parse_plan, render_plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.resume import changed_hosts, turn
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.rollout import gate
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.story import tell
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.text import render_plan_text
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Extension, Health, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import HostProgress, Progress
from ansible_collections.atomic.fleet.plugins.module_utils._model.layer import Layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy
from tests.unit.plugins.module_utils._fleet.test_documents import PLAN

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")
POLICY = Policy(max_unavailable=Amount(100, True))
WISH = {"name": "tools", "url": "https://x/tools.raw", "checksum": TWO, "units": ["tools.service"]}


def state(*extensions: tuple[str, str | None, bool], failed: tuple[str, ...] = (), can: str = "sysext") -> HostState:
    found = tuple(
        Extension(name, f"/var/lib/extensions/{name}", checksum, merged) for name, checksum, merged in extensions
    )
    booted = (Deployment("a" * 64, "os", version="1.0", booted=True),)
    return HostState("h", "ostree", "b", booted, Health("running", failed), capabilities=(can,), extensions=found)


OLD, NEW, BARE = state(("tools", ONE, True)), state(("tools", TWO, True)), state()


@pytest.mark.parametrize(
    "seen, action, reason",
    [
        (OLD, "update", "tools 111111111111 to tools 222222222222"),
        (BARE, "update", "no tools to tools 222222222222"),
        (state(("tools", TWO, False)), "update", "tools not merged to tools 222222222222"),
        (state(("tools", None, True)), "update", "tools unknown to tools 222222222222"),
        (state(("other", ONE, True), ("tools", TWO, True)), "none", "has tools 222222222222 already"),
        (state(can="root"), "skip", "has no systemd-sysext"),
    ],
)
def test_the_plan(seen: HostState, action: str, reason: str) -> None:
    made = plan(Snapshot((SnapshotHost("h", seen),)), parse_wishes([WISH]), POLICY)
    (host,) = made.hosts
    assert (host.action, host.reason) == (action, reason)
    text = render_plan(made)
    assert parse_plan(text, "plan") == made
    assert pairs(made) == ()
    PLAN.validate(json.loads(text))
    assert ("tools" in render_plan_text(made)) == (action != "skip")


def test_taking_away_is_a_wish_too() -> None:
    made = plan(Snapshot((SnapshotHost("h", OLD),)), parse_wishes([{"name": "tools", "state": "absent"}]), POLICY)
    assert made.hosts[0].reason == "tools 111111111111 to no tools"
    assert made.layers == (Layer("tools"),)


def planned(seen: HostState, *wishes: dict):
    return plan(Snapshot((SnapshotHost("h", seen),)), parse_wishes(list(wishes) or [WISH]), POLICY)


@pytest.mark.parametrize(
    "seen, stage, do",
    [
        (OLD, None, "stage"),
        (OLD, "intended", "stage"),
        (OLD, "failed", "leave"),
        (OLD, "went_back", "leave"),
        (OLD, "verified", "changed"),
        (NEW, None, "verify"),
        (NEW, "staged", "verify"),
        (NEW, "verified", "finished"),
        (NEW, "going_back", "go_back"),
        (state(("tools", TWO, False)), "intended", "stage"),
        (state(("tools", THREE, True)), None, "changed"),
        (BARE, None, "changed"),
    ],
)
def test_what_is_left(seen: HostState, stage: str | None, do: str) -> None:
    known = HostProgress(stage) if stage else None
    assert turn(planned(OLD).hosts[0], known, SnapshotHost("h", seen)).do == do


def test_a_host_that_has_some_of_it_is_gone_on_with() -> None:
    (host,) = planned(OLD, WISH, {**WISH, "name": "more", "checksum": THREE}).hosts
    half = state(("more", THREE, True), ("tools", ONE, True))
    assert turn(host, HostProgress("intended"), SnapshotHost("h", half)).do == "stage"
    # then the journal's word on what was there before is wrong about what was layered already
    said = [{"name": "more", "checksum": THREE}, {"name": "tools", "checksum": ONE}]
    assert way_back(host, said) == (Layer("more", units=("tools.service",)), Layer("tools", ONE))


@pytest.mark.parametrize(
    "said, expected",
    [
        ([], Layer("tools", "unknown", None, ("tools.service",))),
        (
            [{"name": "tools", "checksum": THREE, "units": ["tools.service"]}],
            Layer("tools", THREE, None, ("tools.service",)),
        ),
        ([{"name": "tools"}], Layer("tools")),
    ],
)
def test_the_way_back_is_the_journals(said: list, expected: Layer) -> None:
    (host,) = planned(state(("tools", None, True))).hosts
    assert way_back(host, said) == (expected,)
    undone = plan(Snapshot((SnapshotHost("h", NEW),)), {"h": target_of((expected,))}, POLICY)
    assert undone.changes


@pytest.mark.parametrize(
    "seen, told",
    [
        (NEW, None),
        (OLD, "it runs tools 111111111111 instead of tools 222222222222"),
        (state(("tools", TWO, True), failed=("tools.service",)), "failed units: tools.service"),
    ],
)
def test_gates(seen: HostState, told: str | None) -> None:
    assert gate(parse_wishes([WISH]), seen, POLICY.gates) == told


def test_only_staged_is_changed_where_staging_is_all() -> None:
    made = planned(OLD)
    assert changed_hosts(made, Progress(hosts={"h": HostProgress("staged")}), {}) == made.hosts
    assert changed_hosts(replace(made, targets=()), Progress(hosts={"h": HostProgress("staged")}), {}) == ()


def test_the_report_tells_of_extensions() -> None:
    before, after = (Snapshot((SnapshotHost("h", one),)) for one in (OLD, NEW))
    story = tell(planned(OLD), (), before, after)
    assert [(host.before, host.after) for host in story.hosts] == [("tools 111111111111", "tools 222222222222")]


@pytest.mark.parametrize(
    "wishes, words",
    [
        ([], "extensions names none"),
        ([{"name": "tools"}], "checksum says what the extension is"),
        ([{"name": "tools", "checksum": ONE}], "tools has no url"),
        ([{**WISH, "url": "http://a:hush@x/x.raw"}], "holds a password"),
        ([WISH, WISH], "stands there twice"),
    ],
)
def test_wishes_that_cannot_be(wishes: list, words: str) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        parse_wishes(wishes)
    assert "hush" not in caught.value.message
