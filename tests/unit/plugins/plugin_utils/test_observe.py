"""Waiting for hosts that were just made."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import HostState
from ansible_collections.atomic.fleet.plugins.plugin_utils._observe import observe_until_seen
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch


class Fleet:
    """Hosts that answer from the n-th look on; every look moves the clock by ten seconds."""

    def __init__(self, error: str = "Connection refused", **answers_at: int) -> None:
        self.error = error
        self.answers_at = answers_at
        self.looks: list[list[str]] = []
        self.said: list[str] = []

    def clock(self) -> float:
        return 10.0 * len(self.looks)

    def look(self, hosts: Sequence[str]) -> Snapshot:
        self.looks.append(list(hosts))
        return Snapshot(tuple(self._host(name) for name in hosts), "demo", "t")

    def _host(self, name: str) -> SnapshotHost:
        if len(self.looks) >= self.answers_at[name]:
            return SnapshotHost(name, HostState(name, "", "", ()))
        return SnapshotHost(name, None, self.error)

    def wait(self, seconds: float) -> Snapshot:
        with Watch() as watch:
            hosts = list(self.answers_at)
            return observe_until_seen(self.look, hosts, watch, seconds, self.said.append, self.clock, pause=0)


def test_only_those_that_did_not_answer_are_asked_again() -> None:
    fleet = Fleet(a=1, b=3, c=2)
    snapshot = fleet.wait(60)
    assert [(host.name, host.state is not None) for host in snapshot.hosts] == [("a", True), ("b", True), ("c", True)]
    assert fleet.looks == [["a", "b", "c"], ["b", "c"], ["b"]]
    assert fleet.said == [
        "  waiting for 2 of 3 hosts: b, c (Connection refused); 60 s left",
        "  waiting for 1 of 3 hosts: b (Connection refused); 50 s left",
    ]


def test_in_vain() -> None:
    with pytest.raises(FleetError, match=r"^2 of 3 hosts did not answer within 20 s: b, c \(the first: Connection ref"):
        Fleet(a=1, b=9, c=9).wait(20)


def test_hosts_whose_key_nobody_knows_are_not_waited_for() -> None:
    fleet = Fleet("no host key is known for 10.0.0.1 in known_hosts", a=1, b=9)
    with pytest.raises(FleetError, match=r"^No host key is known of b, so .* learn them with `-e trust=console`"):
        fleet.wait(600)
    assert len(fleet.looks) == 1


def test_one_look_by_itself() -> None:
    fleet = Fleet(a=1, b=9)
    assert [host.state is not None for host in fleet.wait(0).hosts] == [True, False]
    assert (len(fleet.looks), fleet.said) == (1, [])
