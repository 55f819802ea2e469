"""Asking about packages: all pairs at once, another host where one is silent, and never an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    PlannedPackages,
    Snapshot,
    SnapshotHost,
    Target,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import NOT_STAGED, PackageChange
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
from ansible_collections.atomic.fleet.plugins.plugin_utils._packages import NOBODY, learn
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.model import Outcome
from tests.unit.plugins.package_cases import db_diff, package
from tests.unit.plugins.talking import LOST, answered, hold

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
UPDATE, BACK = PlannedPackages(A, "1.0", Target(B, "2.0")), PlannedPackages(C, "3.0", Target(A, "1.0"))
TOLD = answered(("rpm-ostree", 0, db_diff([package("podman", 2, "5.3", "5.4")])))
PODMAN = (PackageChange("podman", "upgraded", "x86_64", "5.3", "5.4"),)
STRANGE = answered(("rpm-ostree", 0, "{"))


def fleet(**checksums: str) -> Snapshot:
    """Hosts by name, with what they have on disk, the booted one first."""
    return Snapshot(tuple([SnapshotHost(name, state(name, found)) for name, found in checksums.items()]))


def state(name: str, checksums: str) -> HostState:
    deployments = [Deployment(one * 64, "os", booted=not index) for index, one in enumerate(checksums)]
    return HostState(name, "ostree", "boot", tuple(deployments))


class Hosts:
    """Answers from a table, and notes the hosts of each round."""

    def __init__(self, **replies: list[Reply]) -> None:
        self.replies = replies
        self.rounds: list[list[str]] = []

    def __call__(self, talks: Mapping[str, Any]) -> Mapping[str, Outcome[Any]]:
        self.rounds.append(sorted(talks))
        found = {}
        for name, talk in talks.items():
            held = hold(talk, self.replies[name])
            assert held.error is None or isinstance(held.error, FleetError), held.error
            found[name] = Outcome(held.value, held.error)
        return found


def test_all_pairs_are_asked_at_once_and_of_one_host_where_one_has_them() -> None:
    hosts = Hosts(h1=[TOLD, TOLD])
    found = learn([UPDATE, BACK], fleet(h1="abc", h2="abc"), hosts)
    assert [pair.diff.changes for pair in found] == [PODMAN, PODMAN]
    assert hosts.rounds == [["h1"]]
    hosts = Hosts(h1=[TOLD], h2=[TOLD])
    assert all(pair.diff.changes == PODMAN for pair in learn([UPDATE, BACK], fleet(h1="ab", h2="ca"), hosts))
    assert hosts.rounds == [["h1", "h2"]]


def test_another_host_is_asked_where_one_cannot_be_reached() -> None:
    hosts = Hosts(h1=[LOST], h2=[LOST], h3=[TOLD], h4=[TOLD])
    assert learn([UPDATE], fleet(h1="ab", h2="ab", h3="ab", h4="ab"), hosts)[0].diff.changes == PODMAN
    assert hosts.rounds == [["h1"], ["h2"], ["h3"]]


def test_nobody_answers() -> None:
    hosts = Hosts(h1=[LOST], h2=[LOST])
    assert learn([UPDATE], fleet(h1="ab", h2="ab"), hosts)[0].diff == NOBODY


def test_nobody_has_both() -> None:
    hosts = Hosts()
    assert learn([UPDATE], fleet(h1="a", h2="bc"), hosts)[0].diff == NOT_STAGED
    assert hosts.rounds == []


def test_nonsense_is_a_reason_and_costs_no_other_pair() -> None:
    found = learn([UPDATE, BACK], fleet(h1="abc"), Hosts(h1=[STRANGE, TOLD]))
    assert (found[0].diff.source, (found[0].diff.reason or "")[:19]) == ("unknown", "h1: rpm-ostree db d")
    assert found[1].diff.changes == PODMAN


def test_what_is_known_is_kept() -> None:
    known = learn([UPDATE], fleet(h1="ab"), Hosts(h1=[TOLD]))
    hosts = Hosts()
    assert learn(known, fleet(h1="ab"), hosts) == known
    assert hosts.rounds == []
