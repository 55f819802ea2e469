"""Whom to ask what a version means, and what the answers make."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.targets import groups, nobody, spokesmen, targets
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState

STABLE, EDGE = ("ostree", "lab:stable"), ("ostree", "lab:edge")
NEW = Target("b" * 64, "2.0", "lab:stable")


def runs(name: str, refspec: str | None) -> SnapshotHost:
    return SnapshotHost(
        name, HostState(name, "ostree", "1", (Deployment("a" * 64, "lab", 0, "1", refspec, booted=True),))
    )


FLEET = Snapshot(
    (
        runs("c", "lab:stable"),
        runs("a", "lab:stable"),
        runs("b", "lab:edge"),
        runs("pinned", None),
        SnapshotHost("away", None, "no route"),
        SnapshotHost("router", HostState("router", "", "", ())),
    )
)


def test_hosts_are_grouped_by_what_they_follow() -> None:
    assert groups(FLEET) == {EDGE: ("b",), STABLE: ("c", "a")}


def test_all_that_can_are_to_follow_what_was_named() -> None:
    assert groups(FLEET, "lab:next") == {("ostree", "lab:next"): ("c", "a", "b", "pinned")}


def test_one_answer_serves_a_group() -> None:
    edge = Target("c" * 64, "3", "lab:edge")
    assert targets(groups(FLEET), {STABLE: NEW, EDGE: edge}) == {"a": NEW, "c": NEW, "b": edge}


def test_error_of_a_group_is_nobody_elses_target() -> None:
    with pytest.raises(HostError, match=r"^b: no version$"):
        targets(groups(FLEET), {STABLE: NEW, EDGE: HostError("b", "no version")})


def test_nobody_to_ask() -> None:
    with pytest.raises(ArgumentError, match=r"none of them was observed and follows a ref; see atomic\.fleet\.status"):
        targets({}, {})


def test_a_few_are_asked_in_turn() -> None:
    assert spokesmen(["a", "b", "c", "d"]) == ("a", "b", "c")
    assert spokesmen(["a"]) == ("a",)


def test_error_where_nobody_answered_names_all_that_were_asked() -> None:
    gone = {name: UnreachableError(name, "no route") for name in "ab"}
    assert nobody(STABLE, gone).message == "b: no route (asked for lab:stable: a, b)"
    assert nobody(STABLE, {"a": gone["a"]}) is gone["a"]
