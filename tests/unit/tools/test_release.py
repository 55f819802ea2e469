"""A release: when there can be none, what it is made of, and that it is the same when it is made again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tools.galaxy_check import END, complaints
from tools.release import State, checksums, git, look, make, notes, refusals
from tools.sbom import closure, narrowed, render, wanted
from tools.stages import ROOT
from tools.worktree import copy

READY = State("0.2.0", {"pyproject.toml": "0.2.0"}, released=frozenset({"0.1.0", "0.2.0"}), tags=frozenset({"0.1.0"}))


@pytest.mark.parametrize(
    "change, said",
    [
        ({}, []),
        ({"version": "0.2"}, ["galaxy.yml: 0.2 is no semantic version"]),
        ({"version": "0.2.0-rc.1", "others": {}, "released": frozenset({"0.2.0-rc.1"})}, []),
        ({"others": {"pyproject.toml": "0.1.0"}}, ["pyproject.toml says 0.1.0, galaxy.yml says 0.2.0"]),
        ({"tags": frozenset({"0.2.0"})}, ["0.2.0 is tagged already"]),
        ({"changed": ("a.py",)}, ["a.py: changed or new, and in no commit"]),
        ({"changed": ("a.py", "b.py", "c.py")}, ["a.py and 2 more: changed or new"]),
        ({"released": frozenset()}, ["The changelog has nothing of 0.2.0, and there are no fragments"]),
        (
            {"released": frozenset(), "fragments": ("7.yml",)},
            ["The fragments are not in CHANGELOG.md yet; run `make c"],
        ),
        ({"fragments": ("7.yml",)}, ["7.yml came after the changelog of 0.2.0"]),
    ],
)
def test_when_there_can_be_no_release(change: dict[str, object], said: list[str]) -> None:
    state = replace(READY, **change)  # type: ignore[arg-type]
    if "version" in change and "others" not in change:
        state = replace(state, others={}, released=frozenset({state.version}))
    found = refusals(state)
    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))


CHANGELOG = """\
# atomic\\.fleet Release Notes

**Topics**

<a id="v0-2-0"></a>
## v0\\.2\\.0

<a id="minor-changes"></a>
### Minor Changes

* new

<a id="v0-1-0"></a>
## v0\\.1\\.0

* first
"""


def test_notes_are_the_part_of_the_changelog() -> None:
    assert notes(CHANGELOG, "0.2.0") == '<a id="minor-changes"></a>\n### Minor Changes\n\n* new\n'
    assert notes(CHANGELOG, "0.1.0") == "* first\n"
    with pytest.raises(ValueError, match=r"no part that is titled v0\.3\.0"):
        notes(CHANGELOG, "0.3.0")


def test_checksums_are_as_sha256sum_has_them(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("2")
    (tmp_path / "a").write_text("1")
    said = checksums(tmp_path, ["b", "a"])
    assert [line.split("  ")[1] for line in said.splitlines()] == ["a", "b"]
    (tmp_path / "SHA256SUMS").write_text(said)
    subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize(
    "text, found",
    [
        (f"Loading role swap\n{END}\n", []),
        (f"WARNING: a.py:1:1: E203 whitespace\n{END}\n", ["WARNING: a.py:1:1: E203 whitespace"]),
        ("ERROR: Invalid collection metadata\n", ["ERROR: Invalid collection metadata", "It did not come to its end."]),
        ("", ["It did not come to its end."]),
    ],
)
def test_what_galaxys_importer_has_against_it(text: str, found: list[str]) -> None:
    assert complaints(text) == found


BROUGHT = {
    "tooz": ["stevedore>=1", "redis>=4 ; extra == 'redis'"],
    "stevedore": ["Oslo.Utils", "old ; python_version < '3'"],
    "oslo-utils": [],
    "redis": [],
    "s3fs": ["tooz[redis]"],
}


@pytest.mark.parametrize(
    "lines, names",
    [
        (["tooz==1"], {"tooz", "stevedore", "oslo-utils"}),
        (["tooz[redis]==1"], {"tooz", "stevedore", "oslo-utils", "redis"}),
        (["tooz==1", "s3fs==2"], {"tooz", "stevedore", "oslo-utils", "redis", "s3fs"}),
    ],
)
def test_what_requirements_bring(lines: list[str], names: set[str]) -> None:
    assert closure(lines, BROUGHT.__getitem__) == names


def test_an_sbom_is_of_the_product_and_not_of_its_tests() -> None:
    lines = wanted((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {re.split(r"[=\[]", line)[0] for line in lines}
    assert {"ansible-core", "tooz", "boto3", "s3fs"} <= names
    assert names.isdisjoint({"pytest", "ruff", "molecule"})
    document = {
        "metadata": {"component": {"bom-ref": "root"}},
        "components": [{"bom-ref": f"{name}==1", "name": name} for name in ("Tooz", "stevedore", "pytest")],
        "dependencies": [
            {"ref": "root", "dependsOn": ["Tooz==1", "pytest==1"]},
            {"ref": "Tooz==1", "dependsOn": ["pytest==1", "stevedore==1"]},
            {"ref": "stevedore==1"},
            {"ref": "pytest==1"},
        ],
    }
    kept = narrowed(document, {"tooz", "stevedore"}, {"tooz"})
    assert [one["name"] for one in kept["components"]] == ["Tooz", "stevedore"]
    assert kept["dependencies"] == [
        {"ref": "root", "dependsOn": ["Tooz==1"]},
        {"ref": "Tooz==1", "dependsOn": ["stevedore==1"]},
        {"ref": "stevedore==1"},
    ]


@pytest.mark.slow
def test_the_sbom_of_this_venv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    document = json.loads(render())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert document["metadata"]["component"]["version"] == look(ROOT).version
    found = {one["name"]: one for one in document["components"]}
    assert found["asyncssh"]["purl"] == f"pkg:pypi/asyncssh@{found['asyncssh']['version']}"
    assert {"ansible-core", "boto3", "grpcio", "stevedore"} <= found.keys()
    assert found.keys().isdisjoint({"pytest", "mypy", "ansible-lint", "moto"})


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as one commit, its fragments in the changelog."""
    root = copy(ROOT, tmp_path_factory.mktemp("release"))
    version = look(root).version
    for fragment in (root / "changelogs" / "fragments").glob("*.yml"):
        fragment.unlink()
    log = {"ancestor": None, "releases": {version: {"release_date": "2026-11-28"}}}
    (root / "changelogs" / "changelog.yaml").write_text(yaml.safe_dump(log))
    (root / "CHANGELOG.md").write_text(f"# Notes\n\n## v{version}\n\n* everything\n")
    commit(root, "ready")
    return root


def commit(root: Path, message: str) -> None:
    """Everything that is there."""
    person = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    git(root, "add", "--all")
    git(root, *person, "commit", "--quiet", "--no-gpg-sign", "--message", message)


@pytest.mark.slow
def test_a_release_is_all_but_the_upload_and_the_same_again(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    seen: list[str] = []

    def inspect(path: Path) -> list[str]:
        with tarfile.open(path) as tar:
            seen.extend(tar.getnames())
        return []

    def listed() -> str:
        return json.dumps({"timestamp": os.environ["SOURCE_DATE_EPOCH"]})

    assert make(checkout, inspect, listed) == 0
    said = capsys.readouterr().out
    version = look(checkout).version
    names = {f"atomic-fleet-{version}{end}" for end in (".tar.gz", ".cdx.json", ".notes.md")}
    dist = checkout / "dist"
    assert {path.name for path in dist.iterdir()} == {*names, "SHA256SUMS"}
    assert f"git tag --sign --file dist/atomic-fleet-{version}.notes.md --cleanup=verbatim {version}\n" in said
    assert (dist / f"atomic-fleet-{version}.notes.md").read_text() == "* everything\n"
    assert "MANIFEST.json" in seen[:2]
    assert not any(name.startswith(("dist", "tests", "examples", "LICENSES")) for name in seen)
    subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=dist, check=True, capture_output=True)
    first = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in dist.iterdir()}
    # what is made is no change of the tree, and made again is the same
    assert make(checkout, inspect, listed) == 0
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in dist.iterdir()} == first


@pytest.mark.slow
def test_nothing_is_left_in_dist_that_galaxy_would_not_take(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(checkout, lambda _path: ["ERROR: no"], str) == 1
    assert capsys.readouterr().err == "release: ERROR: no\n"
    assert not (checkout / "dist").exists()


@pytest.mark.slow
def test_a_checkout_that_is_not_ready_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = look(checkout).version
    (checkout / "new.txt").write_text("not in a commit")
    git(checkout, "tag", version)
    assert make(checkout, lambda _path: [], str) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"release: {version} is tagged already; write the next version into galaxy.yml.",
        "release: new.txt: changed or new, and in no commit; commit or remove it.",
    ]
    (checkout / "new.txt").unlink()
    git(checkout, "tag", "--delete", version)
