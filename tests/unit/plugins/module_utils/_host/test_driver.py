"""Holding what updates a host by itself: decisions as tables, and the scripts on folders of this machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.text import render_status
from ansible_collections.atomic.fleet.plugins.module_utils._host.driver import (
    Holder,
    hold,
    plan_hold,
    plan_release,
    predicted_hold,
    release,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Hold, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._parse.hold import parse_hold
from ansible_collections.atomic.fleet.plugins.module_utils._parse.observation import parse_observation
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section, parse_sections
from tests.unit.plugins import talking
from tests.unit.plugins.module_utils._host.test_deployment import RUNS_A, B, host
from tests.unit.plugins.talking import answered, fixture

FREE = host(RUNS_A, B)
ME = Holder("me", "plan-1")
UNITS = (
    "zincati.service",
    "rpm-ostreed-automatic.timer",
    "bootc-fetch-apply-updates.timer",
    "rpm-ostreed-automatic.service",
    "bootc-fetch-apply-updates.service",
)
HELD = predicted_hold(FREE, ME)
ETC = "/etc"


def lacking(state: HostState, *missing: str) -> HostState:
    assert state.hold is not None
    return replace(state, hold=replace(state.hold, missing=missing))


@pytest.mark.parametrize(
    "state, holder, changed",
    [
        (FREE, ME, True),
        (HELD, ME, False),
        (HELD, Holder("me", "plan-2"), True),
        (HELD, Holder("me"), True),
        (HELD, Holder("you", "plan-1", force=True), True),
        (lacking(HELD, ETC), ME, True),
        (replace(HELD, update_driver="zincati.service"), ME, True),
        (replace(HELD, update_driver="other.service"), ME, True),
        (replace(HELD, update_driver="Something"), ME, False),
        (replace(FREE, update_driver="other.timer"), ME, True),
    ],
)
def test_holding(state: HostState, holder: Holder, changed: bool) -> None:
    plan = plan_hold(state, holder)
    assert [step.verb for step in plan.steps] == (["record", "write", "stop"] if changed else [])
    assert plan_hold(predicted_hold(state, holder), holder).steps == ()


@pytest.mark.parametrize(
    "state, holder, changed",
    [
        (FREE, ME, False),
        (HELD, ME, True),
        (HELD, Holder("me"), True),
        (HELD, Holder("you", force=True), True),
        (lacking(HELD, ETC), ME, True),
    ],
)
def test_releasing(state: HostState, holder: Holder, changed: bool) -> None:
    plan = plan_release(state, holder)
    assert [step.verb for step in plan.steps] == (["unwrite", "start", "forget"] if changed else [])


@pytest.mark.parametrize("holder", [Holder("you"), Holder("you", "plan-1")])
@pytest.mark.parametrize("decide", [plan_hold, plan_release])
def test_somebody_else_s_is_left_alone(decide, holder: Holder) -> None:
    with pytest.raises(HostError, match=r"^h1: its updates are held by me for plan-1; wait for its end, or say force$"):
        decide(HELD, holder)


def test_an_older_plan_does_not_release_the_hold_of_a_newer() -> None:
    with pytest.raises(HostError, match="held by me for plan-1"):
        plan_release(HELD, Holder("me", "plan-0"))


def test_what_is_held() -> None:
    """The services of timers too, but only timers are started again; a driver nobody knew is added, and kept."""
    record, write, stop = plan_hold(FREE, ME).steps
    assert record.argv[-3:] == ("me", "plan-1", " ".join(UNITS))
    assert write.argv[-5:] == stop.argv[-5:] == UNITS
    more = plan_hold(replace(HELD, update_driver="other.timer"), ME).steps[1].argv[-7:]
    assert more == (*UNITS, "other.timer", "other.service")
    start = plan_release(HELD, ME).steps[1]
    assert start.argv[4:] == ("zincati.service", "rpm-ostreed-automatic.timer", "bootc-fetch-apply-updates.timer")


def test_only_root_does_it() -> None:
    for state, decide in ((host(RUNS_A, can=()), plan_hold), (replace(HELD, capabilities=()), plan_release)):
        with pytest.raises(HostError, match="by root: set become"):
            decide(state, ME)


@pytest.mark.parametrize("words", [{"owner": ""}, {"owner": "a\nb"}, {"owner": "a", "plan": " "}])
def test_holders_that_cannot_be(words: dict[str, str]) -> None:
    with pytest.raises(ArgumentError, match="one line"):
        Holder(**words)


RECORD = f"owner=night shift\nplan=plan-1\nsince=2026-11-23T23:34:25Z\nunits={' '.join(UNITS)}"


def seen(*sections: tuple[str, str]) -> HostState:
    found = dict(parse_sections("h1", fixture("ostree-2022.7-booted.txt")))
    found.update((name, Section(text)) for name, text in sections)
    return parse_observation("h1", found)


def test_a_hold_is_observed() -> None:
    assert seen().hold is None
    found = seen(("hold", RECORD)).hold
    assert found == Hold("night shift", "plan-1", "2026-11-23T23:34:25Z", UNITS)
    assert parse_hold("h1", "owner=x\nplan=\nunits=", ()) == Hold("x")
    with pytest.raises(ParseError, match=r"^h1: the record of who holds its updates names no owner"):
        parse_hold("h1", "\x00", ())


def test_what_boots_and_does_not_heed_the_hold_is_missing() -> None:
    """What is staged is given the running /etc yet, and a folder that is no deployment does not boot."""
    there = (RUNS_A, replace(B, staged=True), replace(B, serial=1))
    paths = [f"/ostree/deploy/lab/deploy/{name}/etc" for name in ("b" * 64 + ".0", "b" * 64 + ".1", "c" * 64 + ".0")]
    text = "\n".join([RECORD, "missing=/etc", *[f"missing={path}" for path in paths]])
    assert parse_hold("h1", text, there).missing == ("/etc", paths[1])


REGISTERED = """{"deployments": [{"checksum": "%s", "osname": "lab", "booted": true}],
 "update-driver": {"driver-name": "Zincati", "driver-sd-unit": "zincati.service"}}""" % ("a" * 64)


@pytest.mark.parametrize(
    "sections, driver",
    [
        ([], "zincati.service"),
        ([("hold", RECORD)], None),
        ([("hold", RECORD), ("updaters", "active\ninactive\ninactive")], "zincati.service"),
        ([("hold", "owner=x\nunits=other.service")], "zincati.service"),
    ],
)
def test_a_driver_that_is_held_is_none_though_rpm_ostree_still_names_it(
    sections: list[tuple[str, str]], driver: str | None
) -> None:
    assert seen(("rpm-ostree", REGISTERED), *sections).update_driver == driver


DONE = (("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""))
BODY = fixture("ostree-2022.7-booted.txt")


@pytest.mark.parametrize(
    "more, words",
    [
        ((), "its updates were to be held, but nothing says so"),
        ((("hold", 0, f"{RECORD}\nmissing={ETC}"),), f"but {ETC} does not say so"),
    ],
)
def test_a_hold_that_did_not_come_about_is_told(more: tuple[tuple[str, int, str], ...], words: str) -> None:
    held = talking.hold(hold("h1", seen(), "night shift"), [answered(*DONE, *more, body=BODY)])
    assert isinstance(held.error, HostError)
    assert words in held.error.message


def test_held_and_released() -> None:
    held = talking.hold(hold("h1", seen(), "night shift"), [answered(*DONE, ("hold", 0, RECORD), body=BODY)])
    _plan, state = held.value
    assert state.hold.owner == "night shift"
    plan, after = talking.hold(release("h1", state, "night shift"), [answered(*DONE, body=BODY)]).value
    assert (len(plan.steps), after.hold) == (3, None)


def test_an_update_that_is_under_way_is_not_waited_for() -> None:
    busy = replace(seen(), transaction="upgrade")
    held = talking.hold(hold("h1", busy, "night shift"), [answered(*DONE, ("hold", 0, RECORD), body=BODY)])
    assert (held.error, held.paused) == (None, 0)


def test_status_shows_who_updates_the_hosts() -> None:
    states = {"h1": HELD, "h2": FREE, "h3": replace(FREE, update_driver="zincati.service"), "h4": None}
    text = render_status(Snapshot(tuple(SnapshotHost(name, state) for name, state in states.items()), "demo", ""))
    rows = {line.split()[0]: line for line in text.splitlines() if line}
    assert rows["HOST"].endswith("UPDATES ITSELF")
    assert rows["h1"].endswith("held by me for plan-1")
    assert rows["h3"].endswith("zincati.service")
    assert "UPDATES" not in render_status(Snapshot((SnapshotHost("h2", FREE),), "demo", ""))
