"""What a plan knows of packages: which pairs there are, whom to ask, and how it is written, read and told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.packages import MOST_PAIRS, pairs, questions
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import parse_plan, plan_id, render_plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.text import render_plan_text
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedPackages,
    Snapshot,
    SnapshotHost,
    Target,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Health, HostState, Remote
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import (
    KINDS,
    NOT_STAGED,
    SOURCES,
    Advisory,
    FileChanges,
    PackageChange,
    PackageDiff,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy

A, B, C, BASE = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
REF = "os:os/stable"
DIGEST, NEWER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
IMAGE = "ostree-image-signed:docker://q/os:1"
TARGET = Target(B, "2.0", REF)
POLICY = Policy(max_unavailable=Amount(100, True))


def old(checksum: str = A, version: str | None = "1.0", base: str | None = None) -> Deployment:
    return Deployment(checksum, "os", version=version, refspec=REF, booted=True, base_checksum=base)


NEW = Deployment(B, "os", version="2.0", refspec=REF)


def host(name: str, *deployments: Deployment, backend: str = "ostree") -> SnapshotHost:
    remotes = (Remote("os", "https://os"),)
    state = HostState(name, backend, "boot", deployments, Health("running"), remotes=remotes, capabilities=("root",))
    return SnapshotHost(name, state)


def made(*hosts: SnapshotHost, target: Target = TARGET) -> FleetPlan:
    return plan(Snapshot(hosts, "demo"), target, POLICY)


# -- pairs


def test_every_pair_is_there_once_and_the_most_common_first() -> None:
    found = pairs(made(host("h1", old(C, "0.9")), host("h2", old()), host("h3", old()), host("h4", NEW, old())))
    assert [pair.label for pair in found] == ["1.0 -> 2.0", "0.9 -> 2.0"]
    assert [(pair.from_id, pair.target, pair.diff) for pair in found] == [
        (A, TARGET, NOT_STAGED),
        (C, TARGET, NOT_STAGED),
    ]


def test_hosts_that_differ_in_their_layers_alone_are_one_pair() -> None:
    target = replace(TARGET, backend="rpm-ostree")
    layered = [host(f"h{n}", old(f"{n}" * 64, base=A), backend="rpm-ostree") for n in (1, 2)]
    found = pairs(made(*layered, host("h3", old(), backend="rpm-ostree"), target=target))
    assert [pair.from_id for pair in found] == [A]


def test_hosts_that_are_left_alone_are_no_pair() -> None:
    there = replace(NEW, booted=True)
    assert pairs(made(host("h1", there), SnapshotHost("h2", None, "gone"))) == ()


def test_a_fleet_of_many_systems_is_told_of_the_most_common() -> None:
    hosts = [host(f"h{n:02}", old(f"{n:064x}", f"1.{n}")) for n in range(MOST_PAIRS + 5)]
    assert len(pairs(made(*hosts))) == MOST_PAIRS


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_of_hosts_changes_nothing(turned: bool) -> None:
    hosts = [host("h1", old(C, "0.9")), host("h2", old()), host("h3", old(None or BASE, None))]
    assert pairs(made(*(hosts[::-1] if turned else hosts))) == pairs(made(*hosts))


# -- whom to ask

PAIR = PlannedPackages(A, "1.0", TARGET)
BOTH, ONE = (NEW, old()), (old(),)


@pytest.mark.parametrize(
    "hosts, wanted",
    [
        ([host("h1", *ONE)], []),
        ([host("h1", *ONE), host("h2", *BOTH)], ["h2"]),
        ([host("h4", *BOTH), host("h2", *BOTH), host("h3", *BOTH), host("h1", *BOTH)], ["h1", "h2", "h3"]),
        ([host("done", replace(NEW, booted=True), replace(old(), booted=False))], ["done"]),
        ([SnapshotHost("h1", None, "gone")], []),
        ([host("h1", *ONE, backend="rpm-ostree"), host("h2", *BOTH, backend="rpm-ostree")], ["h2", "h1"]),
        ([host("h1", replace(NEW, booted=True), backend="rpm-ostree")], []),
        ([host("h1", *ONE, backend="bootc")], []),
    ],
)
def test_whom_to_ask(hosts: list[SnapshotHost], wanted: list[str]) -> None:
    found = questions(PAIR, Snapshot(tuple(hosts)))
    assert [one.host for one in found] == wanted
    assert all((one.old, one.new, one.refspec) == (A, B, REF) for one in found)


def test_an_image_is_known_by_its_digest() -> None:
    booted = Deployment(A, "os", booted=True, image=IMAGE, digest=DIGEST)
    pair = PlannedPackages(DIGEST, "1.0", Target(NEWER, "2.0", None, "rpm-ostree", IMAGE))
    assert questions(pair, Snapshot((host("h1", booted, backend="rpm-ostree"),))) == ()
    both = host("h2", Deployment(B, "os", staged=True, image=IMAGE, digest=NEWER), booted, backend="rpm-ostree")
    assert [one.host for one in questions(pair, Snapshot((both,)))] == ["h2"]


def test_nobody_is_asked_twice() -> None:
    assert questions(replace(PAIR, diff=PackageDiff("files")), Snapshot((host("h1", *BOTH),))) == ()


# -- in the file

words = st.text(min_size=1, max_size=8)
some = st.lists(words, max_size=3).map(tuple)
counts = st.integers(0, 2**40)
changes = st.builds(
    PackageChange, words, st.sampled_from(KINDS), st.text(max_size=4), st.none() | words, st.none() | words
)
known = st.builds(
    PackageDiff,
    st.sampled_from(SOURCES[:-1]),
    st.lists(changes, max_size=3).map(tuple),
    *[counts] * 4,
    st.lists(st.builds(Advisory, words, words, words, some, some), max_size=2).map(tuple),
    st.none() | st.builds(FileChanges, counts, counts, counts, some),
    st.booleans(),
)
diffs = known | st.builds(PackageDiff, st.just("unknown"), reason=words)
SCHEMA = json.loads((Path(__file__).parents[5] / "plugins/plugin_utils/data/plan.schema.json").read_text())


@pytest.mark.slow
@given(diffs)
def test_packages_are_read_back_as_they_were_written_and_are_no_part_of_the_hash(diff: PackageDiff) -> None:
    bare = made(host("h1", *ONE))
    told = replace(bare, packages=(replace(PAIR, diff=diff), PlannedPackages(C, None, TARGET)))
    text = render_plan(told)
    jsonschema.validate(json.loads(text), SCHEMA)
    assert parse_plan(text, "plan") == told
    assert plan_id(told) == plan_id(bare)
    assert json.loads(text)["hash"] == json.loads(render_plan(bare))["hash"]
    assert len(text.splitlines()) == len(render_plan(bare).splitlines()) + 4


LINE = {"from": A, "to": "t1", "source": "dpkg"}


@pytest.mark.parametrize(
    "line, told",
    [
        ("x", "what stands in packages is not a JSON object."),
        ({**LINE, "to": "t9"}, "packages go to t9, which is no target of the plan."),
        ({**LINE, "source": "guess"}, "source of packages is guess, not one of rpm-ostree, dpkg, files, unknown."),
        ({**LINE, "added": "1"}, "added is not a whole number."),
        ({**LINE, "changes": [{"name": "a", "kind": "x"}]}, "kind of a package is x, not one of added, removed, "),
        ({**LINE, "changes": [1]}, "a package is not a JSON object."),
        ({**LINE, "advisories": [{"id": "A"}]}, "kind is missing or not text."),
        ({**LINE, "files": []}, "files is not a JSON object."),
    ],
)
def test_what_cannot_be_read_is_a_sentence(line: object, told: str) -> None:
    data = json.loads(render_plan(made(host("h1", *ONE))))
    with pytest.raises(ParseError) as error:
        parse_plan(json.dumps({**data, "packages": [line]}), "my.json")
    assert error.value.message.startswith(f"my.json: {told}")


# -- in the terminal

WEB = PackageChange("web", "upgraded", "all", "1", "2")
TOLD = PackageDiff(
    "rpm-ostree",
    (PackageChange("new", "added", "all", None, "1"), PackageChange("old", "removed", "all", "1", None), WEB),
    added=1,
    removed=1,
    upgraded=1,
    advisories=(Advisory("FEDORA-1", "security", "critical", (), ("CVE-2026-1", "CVE-2026-2")),),
)
FILES = FileChanges(3, 0, 38, ("+ /usr/a", "~ /usr/b\x1b[2J"))


@pytest.mark.parametrize(
    "diff, lines",
    [
        (NOT_STAGED, ["1.0 -> 2.0: unknown until staged"]),
        (
            TOLD,
            [
                "1.0 -> 2.0: 1 added, 1 removed, 1 upgraded; 1 advisory",
                "  + new 1",
                "  - old 1",
                "  ~ web 1 -> 2",
                "  ! FEDORA-1 (security, critical): CVE-2026-1, CVE-2026-2",
            ],
        ),
        (
            PackageDiff("files", files=FILES),
            ["1.0 -> 2.0: files: 3 added, 38 modified", "  + /usr/a", "  ~ /usr/b?[2J", "    and 39 more files"],
        ),
        (
            PackageDiff("dpkg", (replace(WEB, kind="downgraded"),), downgraded=1, files=FILES),
            ["1.0 -> 2.0: 1 downgraded; files: 3 added, 38 modified", "  ~ web 1 -> 2 (downgraded)"],
        ),
        (PackageDiff("dpkg", files=FileChanges()), ["1.0 -> 2.0: no package differs; files: none differs"]),
        (
            PackageDiff("dpkg", (WEB,), upgraded=1, more=True),
            ["1.0 -> 2.0: at least 1 upgraded", "  ~ web 1 -> 2", "    and many more"],
        ),
    ],
)  # fmt: skip
def test_packages_in_the_terminal(diff: PackageDiff, lines: list[str]) -> None:
    told = replace(made(host("h1", *ONE)), packages=(replace(PAIR, diff=diff),))
    text = render_plan_text(told)
    assert text.split("Packages:\n")[1].split("\n\n")[0].splitlines() == [f"  {line}" for line in lines]


def test_long_lists_are_cut_unless_asked_for() -> None:
    many = tuple(PackageChange(f"p{n:03}", "upgraded", "all", "1", "2") for n in range(30))
    told = replace(made(host("h1", *ONE)), packages=(replace(PAIR, diff=PackageDiff("dpkg", many, upgraded=30)),))
    short, every = render_plan_text(told), render_plan_text(told, every=True)
    assert "      and 20 more\n" in short
    assert "p010" not in short
    assert all(f"~ p{n:03} " in every for n in range(30))
