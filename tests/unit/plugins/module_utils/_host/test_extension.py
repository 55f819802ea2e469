"""System extensions: the decision as a table, what a look finds, and scripts that are run for real."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command import extension as commands
from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._host.extension import (
    Found,
    WishedExtension,
    look,
    plan_extension,
    predicted,
)
from ansible_collections.atomic.fleet.plugins.module_utils._host.render import render_state, render_steps
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Extension, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._parse.extension import parse_extensions
from tests.unit.plugins.module_utils._host.test_deployment import RUNS_A, host
from tests.unit.plugins.talking import answered, fixture, hold

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
URL = "https://me:hush@x/tools-1.raw"
CAN = ("root", "sysext")
HERE = "/var/lib/extensions/tools.raw"
MERGED, LOOSE = Extension("tools", HERE, ONE, merged=True), Extension("tools", HERE, ONE)
GHOST, FOREIGN = (
    Extension("tools", None, None, merged=True),
    Extension("tools", "/etc/extensions/tools.raw", None, True),
)
IS_ONE, IS_TWO = Found(ONE, at_boot=True), Found(TWO, at_boot=True)


def wish(**more) -> WishedExtension:
    return WishedExtension(**{"name": "tools", "checksum": ONE, "url": URL, **more})


def having(*extensions: Extension, can: tuple[str, ...] = CAN) -> HostState:
    return host(RUNS_A, can=can, extensions=extensions)


GONE, AGAIN = wish(state="absent", checksum=None, url=None), wish(state="refreshed", checksum=None, url=None)
CASES = {
    "missing": (having(), wish(), Found(at_boot=True), ["fetch", "put"]),
    "missing, and nothing is merged at boot": (having(), wish(), Found(), ["fetch", "put", "enable"]),
    "there and merged": (having(MERGED), wish(), IS_ONE, []),
    "there and merged, but not at boot": (having(MERGED), wish(), Found(ONE), ["enable"]),
    "there and not merged": (having(LOOSE), wish(), IS_ONE, ["merge"]),
    "there, and a change was cut off": (having(MERGED), wish(), Found(ONE, None, True, True), ["merge"]),
    "another one": (having(MERGED), wish(), IS_TWO, ["fetch", "put"]),
    "somebody changed it": (having(MERGED), wish(), Found(at_boot=True), ["fetch", "put"]),
    "another one, this one is kept": (having(MERGED), wish(url=None), Found(TWO, ONE, at_boot=True), ["put"]),
    "merged, but no longer on disk": (having(GHOST), wish(), Found(at_boot=True), ["fetch", "put"]),
    "stands in /etc": (having(FOREIGN), wish(), IS_ONE, []),
    "to go": (having(MERGED), GONE, IS_ONE, ["drop"]),
    "to go from memory": (having(GHOST), GONE, Found(), ["drop"]),
    "gone": (having(), GONE, Found(), []),
    "gone, and a change was cut off": (having(), GONE, Found(unfinished=True), ["drop"]),
    "to be merged again": (having(LOOSE), AGAIN, IS_TWO, ["merge"]),
    "merged": (having(MERGED), AGAIN, IS_TWO, []),
}


@pytest.mark.parametrize("name", CASES)
def test_steps(name: str) -> None:
    state, wished, found, verbs = CASES[name]
    plan = plan_extension(state, wished, found)
    assert [step.verb for step in plan.steps] == verbs
    assert "hush" not in str(render_steps(plan))
    after = predicted(state.extension("tools"), wished)
    there = () if after is None else (after,)
    assert not plan_extension(having(*there), wished, Found(wished.checksum or found.checksum, at_boot=True)).steps


@pytest.mark.parametrize(
    "state, wished, found, words",
    [
        (having(can=("root",)), wish(), Found(), "h1: has no systemd-sysext"),
        (having(can=("sysext",)), wish(), Found(), "only be changed by root"),
        (having(), wish(url=None), Found(kept=TWO), "none is kept: say where it is with url or src"),
        (having(), AGAIN, Found(), "there is no extension tools that could be merged"),
        (having(GHOST), AGAIN, Found(), "there is no extension tools that could be merged"),
        (having(FOREIGN), wish(), IS_TWO, "/etc/extensions/tools.raw stands before anything in /var/lib/extensions"),
    ],
)
def test_what_cannot_be(state: HostState, wished: WishedExtension, found: Found, words: str) -> None:
    with pytest.raises(HostError, match=words):
        plan_extension(state, wished, found)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"name": "tools.raw"}, "an extension's name is"),
        ({"name": "../tools"}, "an extension's name is"),
        ({"name": "a b"}, "an extension's name is"),
        ({"checksum": "1" * 64}, "must be sha256:"),
        ({"checksum": None}, "cannot be left out"),
        ({"url": "ftp://x/tools.raw"}, "http:// or https://"),
        ({"url": "http://x/tools.raw\n"}, "one line"),
        ({"url": "http://x/to'ols.raw"}, "http:// or https://"),
        ({"url": "http://x/tools.img?x=.raw"}, "'tools.img' is neither an image"),
        ({"units": ("tools",)}, "no name of a unit"),
        ({"units": ("--now.service", "x y.service")}, "no name of a unit"),
    ],
)
def test_arguments_that_cannot_be(arguments: dict, words: str) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        wish(**arguments)
    assert "hush" not in caught.value.message


@pytest.mark.parametrize(
    "url, tree",
    [
        ("http://x/t.raw", False),
        ("http://x/t.raw?token=1#x", False),
        ("http://x/t.tar", True),
        ("http://x/t.tar.gz", True),
        ("http://x/t.tgz", True),
        ("http://x/t.tar.zst?a=.raw", True),
    ],
)
def test_kinds(url: str, tree: bool) -> None:
    after = predicted(None, wish(url=url))
    assert after is not None
    assert after.path == ("/var/lib/extensions/tools" if tree else HERE)


SEEN = f"yes {ONE} {HERE}\nno - /etc/extensions/a b\nyes - gone\n"


def test_a_look() -> None:
    reply = answered(
        ("extensions", 0, SEEN),
        ("extension", 0, f"checksum {TWO}\nkept {ONE}\nunfinished yes\nservice disabled"),
        body=fixture("ostree-2022.7-booted.txt"),
    )
    state, found = hold(look("h1", "tools"), [reply]).value
    assert found == Found(TWO, ONE, unfinished=True, at_boot=False)
    assert state.can("sysext")
    assert state.extensions == (MERGED, Extension("a b", "/etc/extensions/a b"), Extension("gone", merged=True))
    assert render_state(state)["extensions"][0] == {"name": "tools", "path": HERE, "checksum": ONE, "merged": True}


def test_a_host_without_systemd_sysext() -> None:
    reply = answered(("extension", 0, "service "), body=fixture("ostree-2022.7-booted.txt"))
    state, found = hold(look("h1", "tools"), [reply]).value
    assert (state.can("sysext"), state.extensions, found) == (False, (), Found())


@pytest.mark.parametrize("text", ["yes", "maybe - /x", "yes -"])
def test_nonsense(text: str) -> None:
    with pytest.raises(ParseError, match="h1: a line about system extensions"):
        parse_extensions("h1", text)


def fetch(tmp_path: Path, content: bytes, kind: str, checksum: str) -> subprocess.CompletedProcess[str]:
    source = tmp_path / "source"
    source.write_bytes(content)
    argv = list(commands.fetch("tools", checksum, kind, "file", str(source)))
    argv[2] = argv[2].replace("/var/lib/atomic-fleet", str(tmp_path))
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def archive(tmp_path: Path) -> bytes:
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr/file").write_text("content")
    with tarfile.open(tmp_path / "tree", "w") as tar:
        tar.add(tmp_path / "usr", "usr")
    return (tmp_path / "tree").read_bytes()


def test_fetching_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """Run for real, with a file, into a folder of the test's."""
    content = archive(tmp_path)
    right = "sha256:" + hashlib.sha256(content).hexdigest()
    new = tmp_path / "extensions/tools/new"
    wrong = fetch(tmp_path, content, "tar", ONE)
    assert (wrong.returncode, new.exists()) == (1, False)
    assert wrong.stderr == f"error: what came for tools has the checksum {right}, not {ONE}\n"
    torn = fetch(tmp_path, b"x" * 600, "tar", "sha256:" + hashlib.sha256(b"x" * 600).hexdigest())
    assert (torn.returncode, new.exists()) == (1, False)
    assert "error: tools cannot be unpacked" in torn.stderr
    for kind, path in (("tar", "tools/usr/file"), ("raw", "tools.raw")):
        assert fetch(tmp_path, content, kind, right).returncode == 0
        assert (new / path).is_file()
        assert (new / "record").read_text().splitlines()[0] == right
        assert len(list(new.iterdir())) == 2
