"""What is taken away, by which tool: decisions as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._host.cleanup import (
    KINDS,
    Disk,
    clean_up,
    look_at_disk,
    parse_disk,
    plan_cleanup,
    predicted_cleanup,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import HostState
from tests.unit.plugins import talking
from tests.unit.plugins.module_utils._host.test_deployment import RUNS_A, STAGED_B, B, entry, host
from tests.unit.plugins.talking import answered, fixture

C, PINNED = entry("c"), entry("d", "pinned")
ELSEWHERE = replace(entry("e"), stateroot="other")
FULL = host(STAGED_B, C, RUNS_A, B, PINNED, C, ELSEWHERE)
LEFT = "f" * 64 + ".0"
CLEAN = ("ostree", "admin", "cleanup")


def undeploy(*places: int) -> list[tuple[str, ...]]:
    return [("ostree", "admin", "undeploy", str(place)) for place in places]


def rpm(*words: str) -> list[tuple[str, ...]]:
    return [("rpm-ostree", "cleanup", *words)]


def by_rpm_ostree(state: HostState) -> HostState:
    return replace(state, backend="rpm-ostree")


def bootc(state: HostState, *can: str) -> HostState:
    return replace(state, backend="bootc", capabilities=("root", *can))


@pytest.mark.parametrize(
    "disk, kinds, argvs",
    [
        (Disk(FULL), ("pending",), undeploy(1, 0)),
        (Disk(FULL), ("rollback",), undeploy(5, 3)),
        (Disk(FULL, (LEFT,), ("updates",)), KINDS, [*undeploy(5, 3, 1, 0), CLEAN]),
        (Disk(FULL, (LEFT,)), ("base",), [CLEAN]),
        (Disk(host(RUNS_A, PINNED)), KINDS, []),
        (Disk(host(RUNS_A), (), ("updates",)), ("repomd",), []),
        (Disk(by_rpm_ostree(FULL)), ("pending",), rpm("--pending")),
        (Disk(by_rpm_ostree(FULL), (LEFT,), ("updates",)), KINDS, rpm("--pending", "--rollback", "--base", "--repomd")),
        (Disk(by_rpm_ostree(host(RUNS_A, B))), KINDS, rpm("--rollback")),
        (Disk(by_rpm_ostree(host(RUNS_A, PINNED)), (), ("updates",)), ("rollback", "repomd"), rpm("--repomd")),
        (Disk(bootc(FULL)), ("pending",), undeploy(1, 0)),
        (Disk(bootc(FULL, "rpm-ostree-lock")), ("rollback",), rpm("--rollback")),
    ],
)
def test_what_goes(disk: Disk, kinds: tuple[str, ...], argvs: list[tuple[str, ...]]) -> None:
    assert [step.argv for step in plan_cleanup(disk, kinds).steps] == argvs
    after = predicted_cleanup(disk, kinds)
    assert plan_cleanup(after, kinds).steps == ()
    assert all(entry in after.state.deployments for entry in disk.state.deployments if entry.pinned or entry.booted)


def test_only_root_does_it() -> None:
    with pytest.raises(HostError, match="by root: set become"):
        plan_cleanup(Disk(host(RUNS_A, B, can=())), ("rollback",))


def test_what_is_on_the_disk() -> None:
    text = f"folder {'a' * 64}.0\nfolder {LEFT}\nrepomd updates\nrepomd fedora"
    assert parse_disk(host(RUNS_A), text) == Disk(host(RUNS_A), (LEFT,), ("updates", "fedora"))
    assert parse_disk(host(RUNS_A), "") == Disk(host(RUNS_A))
    with pytest.raises(ParseError, match=r"^h1: a line about what is on its disk"):
        parse_disk(host(RUNS_A), "what")


def test_it_is_taken_away_and_looked_at_again() -> None:
    body = fixture("ostree-2022.7-booted.txt")
    seen = talking.hold(look_at_disk("h1"), [answered(("disk", 0, f"folder {LEFT}"), body=body)]).value
    done = answered(("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""), body=body)
    plan, after = talking.hold(clean_up(seen, ("base",)), [done, answered(("disk", 0, ""), body=body)]).value
    assert [step.argv for step in plan.steps] == [CLEAN]
    assert after.leftovers == ()
