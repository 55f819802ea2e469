"""Who would check a signature, and what becomes of hosts that would not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.signatures import unsigned
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import HostState, Remote
from ansible_collections.atomic.fleet.plugins.module_utils._model.layer import Layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy
from tests.unit.plugins.module_utils._fleet.planner_cases import OLD, TARGET

LAX = Remote("lab", "http://lab/", gpg_verify=False)
DIGEST = "sha256:" + "c" * 64


def state(*remotes: Remote) -> HostState:
    return HostState("a", "ostree", "boot", (OLD,), remotes=remotes)


def image(text: str) -> Target:
    return Target(DIGEST, "2.0", None, "bootc", text)


@pytest.mark.parametrize(
    "seen, target, told",
    [
        (state(Remote("lab", "http://lab/")), TARGET, None),
        (state(LAX), TARGET, "its remote lab checks none"),
        (state(replace(LAX, options={"sign-verify": "true"})), TARGET, None),
        (state(replace(LAX, options={"sign-verify": "ed25519"})), TARGET, None),
        (state(replace(LAX, options={"sign-verify": "false"})), TARGET, "its remote lab checks none"),
        (state(), TARGET, "its remote lab was not seen, so nothing is known"),
        (state(), Target("b" * 64, "2.0"), "the target is of no remote"),
        (state(), image("ostree-image-signed:docker://quay.io/os:stable"), None),
        (state(), image("quay.io/os:stable"), "it would follow quay.io/os:stable without its policy for containers"),
        (state(), image("ostree-unverified-registry:quay.io/os:stable"), "it would follow quay.io/os:stable without"),
        (state(LAX), image("ostree-remote-image:lab:docker://quay.io/os:stable"), "its remote lab checks none"),
        (state(LAX), Target("d" * 64, layers=(Layer("tools", "e" * 64),)), None),
    ],
)
def test_who_would_check_a_signature(seen: HostState, target: Target, told: str | None) -> None:
    found = unsigned(seen, target)
    assert found is None if told is None else (found or "").startswith(told)


def test_hosts_that_would_check_none_are_skipped_where_signatures_are_required() -> None:
    hosts = (
        SnapshotHost("a", state(Remote("lab", "http://lab/"))),
        SnapshotHost("b", state(LAX)),
        SnapshotHost("c", None, "no route to host"),
    )
    policy = Policy(max_unavailable=Amount(3), signatures="required")
    made = plan(Snapshot(hosts), TARGET, policy)
    assert [wave.hosts for wave in made.waves] == [("a",)]
    assert made.by_name["b"].action == "skip"
    assert made.by_name["b"].reason.startswith("signatures are required: its remote lab checks none")
    assert made.by_name["c"].reason == "unreachable: no route to host"
    assert plan(Snapshot(hosts), TARGET, replace(policy, signatures="any")).by_name["b"].action == "update"
