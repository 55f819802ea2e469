"""How two systems differ: whom a talk asks, and what it makes of the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._host.packages import commit_of, package_diff
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import (
    NOT_STAGED,
    FileChanges,
    PackageChange,
    PackageDiff,
)
from tests.unit.plugins.package_cases import db_diff, package
from tests.unit.plugins.talking import LOST, answered, hold

A, B, C, BASE = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
DIGEST = "sha256:" + "e" * 64
REF = "os:os/stable"


def state(backend: str = "ostree") -> HostState:
    image = Deployment(C, "os", image="ostree-image-signed:docker://q/os:1", digest=DIGEST, base_checksum=BASE)
    return HostState("h1", backend, "", (Deployment(A, "os", booted=True), Deployment(B, "os"), image))


JSON = db_diff([package("podman", 2, "5.3", "5.4")])
PODMAN = PackageChange("podman", "upgraded", "x86_64", "5.3", "5.4")
FILES = "M /usr/bin/podman\ntotal 0 0 1"
SEEN = FileChanges(0, 0, 1, ("~ /usr/bin/podman",))
WEB = PackageChange("web", "upgraded", "all", "1", "2")


@pytest.mark.parametrize(
    "sections, wanted",
    [
        ([("rpm-ostree", 0, JSON)], PackageDiff("rpm-ostree", (PODMAN,), upgraded=1)),
        ([("rpm-ostree", 0, db_diff([]))], PackageDiff("rpm-ostree")),
        ([("rpm-ostree", 1, "error: x"), ("dpkg", 1, ""), ("files", 0, FILES)], PackageDiff("files", files=SEEN)),
        (
            [("dpkg", 0, "web\tall\t1\t2"), ("files", 0, FILES)],
            PackageDiff("dpkg", (WEB,), upgraded=1, files=SEEN),
        ),
        ([("dpkg", 0, "web\tall\t1\t2"), ("files", 1, "")], PackageDiff("dpkg", (WEB,), upgraded=1)),
        ([("dpkg", 0, ""), ("files", 0, FILES)], PackageDiff("dpkg", files=SEEN)),
        (
            [("dpkg", 1, ""), ("files", 1, "error: No such metadata object")],
            PackageDiff("unknown", reason="they could not be compared: error: No such metadata object"),
        ),
        (
            [("rpm-ostree", 1, "error: no rpmdb"), ("dpkg", 1, ""), ("files", 1, "error: other")],
            PackageDiff("unknown", reason="they could not be compared: error: no rpmdb"),
        ),
    ],
)
def test_two_commits_on_disk_are_compared_in_one_round_trip(sections, wanted) -> None:
    held = hold(package_diff("h1", state(), A, B), [answered(*sections)])
    assert held.error is None
    assert held.value == wanted
    assert len(held.asked) == 1
    assert f"_compare {A} {B}" in held.asked[0].script
    assert "pull" not in held.asked[0].script


@pytest.mark.parametrize("backend", ["ostree", "bootc"])
@pytest.mark.parametrize("pair", [(A, "f" * 64), ("f" * 64, A)])
def test_only_rpm_ostree_is_asked_about_what_is_not_on_disk(backend: str, pair: tuple[str, str]) -> None:
    held = hold(package_diff("h1", state(backend), *pair, REF), [])
    assert (held.value, held.asked) == (NOT_STAGED, [])


@pytest.mark.parametrize("refspec", [None, "os/stable"])
def test_without_a_remote_nothing_can_be_fetched(refspec: str | None) -> None:
    assert hold(package_diff("h1", state("rpm-ostree"), A, "f" * 64, refspec), []).value == NOT_STAGED


@pytest.mark.parametrize(
    "sections, wanted",
    [
        ([("fetch", 0, ""), ("rpm-ostree", 0, JSON)], PackageDiff("rpm-ostree", (PODMAN,), upgraded=1)),
        ([("fetch", 0, ""), ("rpm-ostree", 1, "error: No such metadata object")], NOT_STAGED),
        ([("fetch", 1, "error: Server returned status 404")], NOT_STAGED),
    ],
)
def test_rpm_ostree_is_asked_by_metadata_alone(sections, wanted) -> None:
    wish = "f" * 64
    held = hold(package_diff("h1", state("rpm-ostree"), A, wish, REF), [answered(*sections)])
    assert held.value == wanted
    script = held.asked[0].script
    assert f"_meta {A} && _fetch 0 os os/stable@{wish}" in script
    assert "pull --commit-metadata-only" in script


def test_errors_name_the_host() -> None:
    assert isinstance(hold(package_diff("h1", state(), A, B), [LOST]).error, UnreachableError)
    held = hold(package_diff("h1", state(), A, B), [answered(("rpm-ostree", 0, "{}"))])
    assert isinstance(held.error, ParseError)
    assert str(held.error).startswith("h1: rpm-ostree db diff")


@pytest.mark.parametrize(
    "wanted, commit",
    [(A, A), (C, C), (BASE, BASE), (DIGEST, BASE), ("f" * 64, None), ("sha256:" + "0" * 64, None)],
)
def test_the_commit_that_something_wanted_is_on_this_host(wanted: str, commit: str | None) -> None:
    assert commit_of(state(), wanted) == commit


def test_an_image_without_layers_is_its_own_commit() -> None:
    plain = replace(state(), deployments=(Deployment(C, "os", digest=DIGEST),))
    assert commit_of(plain, DIGEST) == C
