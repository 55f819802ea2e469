"""What rpm-ostree, dpkg's database and ostree say of the difference between two commits."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import (
    KEPT_CHANGES,
    KINDS,
    Advisory,
    FileChanges,
    PackageChange,
    PackageDiff,
)
from ansible_collections.atomic.fleet.plugins.module_utils._parse.dpkg_version import newer
from ansible_collections.atomic.fleet.plugins.module_utils._parse.package_diff import (
    parse_db_diff,
    parse_dpkg_diff,
    parse_file_diff,
)
from tests.unit.plugins.package_cases import advisory, db_diff, package

UPGRADED = package("podman", 2, "5:5.3.1-1.fc41", "5:5.4.0-1.fc41")


@pytest.mark.parametrize(
    "item, wanted",
    [
        (UPGRADED, PackageChange("podman", "upgraded", "x86_64", "5:5.3.1-1.fc41", "5:5.4.0-1.fc41")),
        (package("vim", 3, "9-2", "9-1"), PackageChange("vim", "downgraded", "x86_64", "9-2", "9-1")),
        (package("htop", 0, None, "3-1"), PackageChange("htop", "added", "x86_64", None, "3-1")),
        (package("nano", 1, "8-1", None, "noarch"), PackageChange("nano", "removed", "noarch", "8-1", None)),
    ],
)
def test_a_package(item: list[Any], wanted: PackageChange) -> None:
    found = parse_db_diff("h1", db_diff([item]))
    assert found.changes == (wanted,)
    assert {kind: getattr(found, kind) for kind in KINDS} == {kind: int(kind == wanted.kind) for kind in KINDS}


def test_packages_are_sorted_and_counted_and_the_first_are_kept() -> None:
    items = [package(f"p{number:04}", 2, "1", "2") for number in reversed(range(KEPT_CHANGES + 50))]
    found = parse_db_diff("h1", db_diff(items))
    assert [one.name for one in found.changes] == [f"p{number:04}" for number in range(KEPT_CHANGES)]
    assert (found.upgraded, found.total, found.more) == (KEPT_CHANGES + 50, KEPT_CHANGES + 50, False)


def test_nothing_differs() -> None:
    assert parse_db_diff("h1", db_diff([])) == PackageDiff("rpm-ostree")


def test_words_of_the_tool_around_the_document_are_passed_over() -> None:
    assert parse_db_diff("h1", "warning: cache is old\n" + db_diff([UPGRADED])).total == 1


@pytest.mark.parametrize(
    "item, wanted",
    [
        (
            advisory("FEDORA-2026-a1", 1, 4, ["podman-5:5.4.0-1.fc41.x86_64"], [["CVE-2026-12345 podman: escape", "https://b/1"]]),
            Advisory("FEDORA-2026-a1", "security", "critical", ("podman-5:5.4.0-1.fc41.x86_64",), ("CVE-2026-12345",)),
        ),
        (advisory("A", 1, 0, []), Advisory("A", "security", "none")),
        (advisory("A", 2, 2, [], [["none", "https://b/1"]]), Advisory("A", "bugfix", "moderate", (), ("none",))),
        (advisory("A", 9, 9, []), Advisory("A", "unknown", "none")),
        (["A", 1, 3, [], {}], Advisory("A", "security", "important")),
    ],
)  # fmt: skip
def test_an_advisory(item: list[Any], wanted: Advisory) -> None:
    assert parse_db_diff("h1", db_diff([], [item])).advisories == (wanted,)


def test_the_worst_advisory_comes_first_and_a_document_may_lack_them() -> None:
    items = [advisory("a", 1, 1, []), advisory("c", 1, 4, []), advisory("b", 1, 4, [])]
    assert [one.id for one in parse_db_diff("h1", db_diff([], items)).advisories] == ["b", "c", "a"]
    assert parse_db_diff("h1", json.dumps({"pkgdiff": []})).advisories == ()


@given(st.integers(0, 5000))
def test_a_document_that_was_cut_short_gives_what_arrived_whole(length: int) -> None:
    items = [package(f"p{number:02}", 2, "1", "2") for number in range(20)]
    whole = " ".join(db_diff(items).split())
    found = parse_db_diff("h1", whole[:length] + "\ncut\n")
    assert found.more
    assert found.changes == parse_db_diff("h1", whole).changes[: found.total]
    assert found.total == whole[:length].count("] } ]")


BROKEN = [
    "",
    "error: Refspec not found",
    "[]",
    "{}",
    '{"pkgdiff": [["podman", 2',
    json.dumps({"pkgdiff": {}}),
    json.dumps({"pkgdiff": [["podman"]]}),
    json.dumps({"pkgdiff": ["podman"]}),
    json.dumps({"pkgdiff": [["podman", 7, UPGRADED[2]]]}),
    json.dumps({"pkgdiff": [["podman", -1, UPGRADED[2]]]}),
    json.dumps({"pkgdiff": [["podman", "2", UPGRADED[2]]]}),
    json.dumps({"pkgdiff": [[None, 2, UPGRADED[2]]]}),
    json.dumps({"pkgdiff": [["podman", 0, UPGRADED[2]]]}),
    json.dumps({"pkgdiff": [["podman", 2, {}]]}),
    json.dumps({"pkgdiff": [["podman", 2, None]]}),
    json.dumps({"pkgdiff": [["podman", 2, {"PreviousPackage": ["n", 1, "a"], "NewPackage": ["n", "2", "a"]}]]}),
    json.dumps({"pkgdiff": [], "advisories": [["A"]]}),
    json.dumps({"pkgdiff": [], "advisories": [[1, 1, 1, [], {}]]}),
    json.dumps({"pkgdiff": [], "advisories": [["A", 1, 1, "p", {}]]}),
    json.dumps({"pkgdiff": [], "advisories": [["A", 1, 1, [], []]]}),
    json.dumps({"pkgdiff": [], "advisories": [["A", 1, 1, [], {"cve_references": [[1, 2]]}]]}),
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_cannot_be_read_names_the_host_and_the_tool(text: str) -> None:
    with pytest.raises(ParseError, match=r"^h1: rpm-ostree db diff printed"):
        parse_db_diff("h1", text)


def outcome(parse: Callable[[str, str], PackageDiff], text: str) -> PackageDiff | str:
    """What was read, or the sentence with which it was refused."""
    try:
        return parse("h1", text)
    except ParseError as error:
        return error.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
SIDE = st.fixed_dictionaries({}, optional={"PreviousPackage": st.lists(JSON, max_size=3), "NewPackage": JSON})
PACKAGE = st.tuples(JSON, JSON, SIDE | JSON).map(list) | JSON


@given(st.lists(PACKAGE, max_size=3) | JSON, st.lists(JSON, max_size=2) | JSON)
def test_any_document_is_read_or_refused_by_name(packages: Any, advisories: Any) -> None:
    found = outcome(parse_db_diff, json.dumps({"pkgdiff": packages, "advisories": advisories}))
    if isinstance(found, str):
        assert found.startswith("h1: rpm-ostree db diff printed")
    else:
        assert found.total == len(packages or [])


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    for parse in (parse_db_diff, parse_dpkg_diff, parse_file_diff):
        found = outcome(parse, text)
        if isinstance(found, str):
            assert found.startswith("h1: ")
        else:
            assert found.total <= len(text.splitlines())


# -- dpkg


def test_dpkg_lines() -> None:
    found = parse_dpkg_diff("h1", "web\tall\t1.0\t2.0\nlib\tamd64\t-\t1:1\nlib\ti386\t1:1\t-\nold\tall\t2\t2~rc1\n")
    assert found.source == "dpkg"
    assert found.changes == (
        PackageChange("lib", "added", "amd64", None, "1:1"),
        PackageChange("lib", "removed", "i386", "1:1", None),
        PackageChange("old", "downgraded", "all", "2", "2~rc1"),
        PackageChange("web", "upgraded", "all", "1.0", "2.0"),
    )
    assert (found.added, found.removed, found.upgraded, found.downgraded) == (1, 1, 1, 1)


def test_dpkg_lines_that_were_cut_short() -> None:
    assert parse_dpkg_diff("h1", "web\tall\t1.0\t2.0\ncut\n").more


@pytest.mark.parametrize("line", ["web", "web\tall\t1", "web\tall\t1\t1", "web\tall\t\t1", "sh: awk: not found"])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(ParseError, match=r"^h1: a line about dpkg"):
        parse_dpkg_diff("h1", line)


@pytest.mark.parametrize(
    "left, right",
    [
        ("2", "1"), ("10", "9"), ("1.10", "1.9"), ("1.0", "1"), ("1:1", "2"), ("1", "1~rc1"), ("1~rc2", "1~rc1"),
        ("1.0-2", "1.0-1"), ("1.0-1", "1.0"), ("1.0+b1", "1.0"), ("1.0a", "1.0"), ("1.0+", "1.0a"), ("1-1-2", "1-1-1"),
        ("0:1.1", "1.0"), ("1a", "1"), ("1.0-1", "1.0~beta-5"), ("2", "2-0~"),
    ],
)  # fmt: skip
def test_versions_are_ordered_as_dpkg_does(left: str, right: str) -> None:
    assert (newer(left, right), newer(left=right, right=left)) == (True, False)
    if shutil.which("dpkg"):
        assert subprocess.run(["dpkg", "--compare-versions", left, "gt", right], check=False).returncode == 0


VERSION = st.from_regex(r"(?:[0-9]:)?[0-9][0-9a-z.+~]{0,6}(?:-[0-9a-z.+~]{1,3})?", fullmatch=True)


@given(VERSION, VERSION, VERSION)
def test_the_order_of_versions_is_one(one: str, other: str, third: str) -> None:
    assert not newer(one, one)
    assert not (newer(one, other) and newer(other, one))
    if newer(one, other) and newer(other, third):
        assert newer(one, third)


# -- files


def test_files_are_counted_and_the_first_are_named() -> None:
    found = parse_file_diff("h1", "A /usr/bin/new one\nD /usr/bin/old\nM /usr/lib/os-release\ntotal 3 1 38\n")
    assert found.source == "files"
    names = ("+ /usr/bin/new one", "- /usr/bin/old", "~ /usr/lib/os-release")
    assert found.files == FileChanges(3, 1, 38, names)


@pytest.mark.parametrize("text", ["", "total 1 2", "total a b c", "X /usr\ntotal 0 0 0", "A\ntotal 1 0 0"])
def test_another_listing_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match=r"^h1: .*ostree diff"):
        parse_file_diff("h1", text)
