"""Pins and remotes: decisions as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.pin import Choice, plan_pin, predicted_pin
from ansible_collections.atomic.fleet.plugins.module_utils._host.remote import (
    Keys,
    WishedRemote,
    ask_keys,
    plan_remote,
    wished_state,
)
from ansible_collections.atomic.fleet.plugins.module_utils._host.render import render_remotes, render_state
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import HostState, Remote
from tests.unit.plugins.module_utils._host.test_deployment import RUNS_A, STAGED_B, B, entry, host
from tests.unit.plugins.talking import answered, hold, observed

PINNED_B = entry("b", "pinned")


@pytest.mark.parametrize(
    "state, choice, pinned, expected",
    [
        (host(RUNS_A, B), Choice(target="booted"), True, ["0"]),
        (host(STAGED_B, RUNS_A), Choice(target="booted"), True, ["1"]),
        (host(RUNS_A, B), Choice(target="previous"), True, ["1"]),
        (host(RUNS_A, PINNED_B), Choice(target="previous"), True, []),
        (host(RUNS_A, PINNED_B), Choice(version="b"), False, ["1"]),
        (host(RUNS_A, B, B), Choice(checksum="b" * 64), True, ["1", "2"]),
        (host(RUNS_A, B, PINNED_B), Choice(checksum="b" * 64), True, ["1"]),
        (host(RUNS_A, B), Choice(index=1), True, ["1"]),
        (host(RUNS_A, B), Choice(index=1), False, []),
    ],
)
def test_pins(state: HostState, choice: Choice, pinned: bool, expected: list[str]) -> None:
    plan = plan_pin(state, choice, pinned)
    assert [step.argv[-1] for step in plan.steps] == expected
    assert all(("--unpin" in step.argv) != pinned for step in plan.steps)
    assert plan_pin(predicted_pin(state, choice, pinned), choice, pinned).steps == ()


@pytest.mark.parametrize(
    "state, choice, words",
    [
        (host(STAGED_B, RUNS_A), Choice(version="b"), "only staged"),
        (host(RUNS_A), Choice(version="x"), "has no deployment 'x'; there are a"),
        (host(RUNS_A), Choice(target="previous"), "has no deployment 'previous'"),
        (host(RUNS_A), Choice(index=-1), "has no deployment '-1'"),
        (host(RUNS_A, can=()), Choice(target="booted"), "only be pinned by root"),
    ],
)
def test_pins_that_cannot_be(state: HostState, choice: Choice, words: str) -> None:
    with pytest.raises(HostError, match=words):
        plan_pin(state, choice, True)


def test_a_choice_is_exactly_one() -> None:
    for arguments in ({}, {"index": 0, "version": "x"}):
        with pytest.raises(ArgumentError, match="exactly one"):
            Choice(**arguments)


LAB = Remote("lab", "http://x/repo", True, {"branches": "a;"})
WITH_LAB = replace(host(RUNS_A), remotes=(LAB,))


@pytest.mark.parametrize(
    "wished, keys, verbs",
    [
        (WishedRemote("lab", url="http://x/repo"), Keys(), []),
        (WishedRemote("lab", url="http://y/repo"), Keys(), ["add"]),
        (WishedRemote("lab", url="http://x/repo", gpg_verify=False), Keys(), ["add"]),
        (WishedRemote("lab", url="http://x/repo", options={"branches": "a;"}), Keys(), []),
        (WishedRemote("lab", url="http://x/repo", options={"branches": "b"}), Keys(), ["add"]),
        (WishedRemote("lab", url="http://x/repo", key="QQ=="), Keys(("K1", "K2"), ("K1",)), []),
        (
            WishedRemote("lab", url="http://x/repo", key="QQ=="),
            Keys(("K1",), ("K2",)),
            ["write_key", "add", "drop_key"],
        ),
        (WishedRemote("new", url="http://x/repo"), Keys(), ["add"]),
        (WishedRemote("lab", present=False), Keys(), ["delete"]),
        (WishedRemote("new", present=False), Keys(), []),
    ],
)
def test_remotes(wished: WishedRemote, keys: Keys, verbs: list[str]) -> None:
    plan = plan_remote(WITH_LAB, wished, keys)
    assert [step.verb for step in plan.steps] == verbs
    if wished.present and verbs:
        there = next((remote for remote in WITH_LAB.remotes if remote.name == wished.name), None)
        after = replace(WITH_LAB, remotes=(wished_state(there, wished),))
        assert plan_remote(after, wished, Keys(keys.given, keys.given)).steps == ()


def test_settings_that_are_not_named_stay() -> None:
    (step,) = plan_remote(WITH_LAB, WishedRemote("lab", url="http://y/"), Keys()).steps
    assert step.argv == (
        "ostree",
        "remote",
        "add",
        "--force",
        "--set=branches=a;",
        "--set=gpg-verify=true",
        "lab",
        "http://y/",
    )


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"name": "a b", "url": "http://x"}, "a remote's name"),
        ({"name": "lab"}, "url says where"),
        ({"name": "lab", "url": "--help"}, "no scheme"),
        ({"name": "lab", "url": "http://x\n[core]"}, "one line"),
        ({"name": "lab", "url": "http://x", "options": {"a b": "c"}}, "a key is"),
        ({"name": "lab", "url": "http://x", "options": {"a": "c\nd"}}, "one line"),
        ({"name": "lab", "url": "http://x", "options": {"url": "c"}}, "an argument of its own"),
    ],
)
def test_remotes_that_cannot_be(arguments: dict, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        WishedRemote(**arguments)


def test_keys_are_compared_on_the_host() -> None:
    wished = WishedRemote("lab", url="http://x", key="QQ==")
    listing = "Key: 5FE2A81A28C80E028D89CA8BE35555D1DECA6F72\n  Created: Sun\n"
    held = hold(ask_keys("h1", wished), [answered(("trusted", 1, "error: no remote"), ("given", 0, listing))])
    assert held.value.missing == ("5FE2A81A28C80E028D89CA8BE35555D1DECA6F72",)
    held = hold(ask_keys("h1", wished), [answered(("trusted", 0, ""), ("given", 1, "error: GPGME: No data"))])
    assert "the key file of remote lab cannot be used: error: GPGME: No data" in held.error.message
    assert hold(ask_keys("h1", WishedRemote("lab", url="http://x")), []).value == Keys()


def test_no_password_is_shown() -> None:
    state = replace(host(RUNS_A), remotes=(Remote("lab", "https://me:secret@x/repo"),))
    assert "secret" not in str(render_remotes(state))
    assert "https://me:********@x/repo" in str(render_state(state))


def test_all_of_a_host_is_rendered() -> None:
    shown = render_state(observed("ostree-2022.7-staged.txt"))
    assert shown["next_boot"]["version"] == "2.0"
    assert shown["reboot_required"] is True
    assert shown["health"] == {"system": "running", "failed_units": [], "greenboot": "green"}
