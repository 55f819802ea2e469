"""What requests come to over a base, rpm's order of versions, and differences between package lists."""

from __future__ import annotations

import pytest

from tests.double import packages
from tests.double.errors import ToolError
from tests.double.layering import Catalogue, Package, compare, gv_nevra, resolve
from tests.double.origin import Origin

BASE = {"lab-web": "2.0", "bash": "5.2-1"}
VIM, OLD_VIM = Package("vim", "2:9.1-1", provides=("editor",)), Package("vim", "2:9.0-4")
NANO = Package("nano", "7.2-1", files={"/usr/bin/nano": ""}, conflicts=("vim",))
OFFER = Catalogue((OLD_VIM, VIM, NANO), {"webserver": "lab-web"})
FILE = {"cafe:htop-3-1.x86_64": Package("htop", "3-1"), "beef:bash-6-1.x86_64": Package("bash", "6-1")}


@pytest.mark.parametrize(
    "origin,active,inactive,added",
    [
        pytest.param(Origin(), [], [], [], id="nothing"),
        pytest.param(Origin(requested=("vim",)), ["vim"], [], [VIM], id="the newest of the catalogue"),
        pytest.param(Origin(requested=("vim-2:9.0-4",)), ["vim-2:9.0-4"], [], [OLD_VIM], id="a version"),
        pytest.param(Origin(requested=("editor", "vim")), ["editor", "vim"], [], [VIM], id="one answers two requests"),
        pytest.param(Origin(requested=("/usr/bin/nano",)), ["/usr/bin/nano"], [], [NANO], id="a file"),
        pytest.param(Origin(requested=("bash",)), [], [("bash", "bash-5.2-1.x86_64")], [], id="in the base"),
        pytest.param(
            Origin(requested=("webserver",)), [], [("webserver", "lab-web-2.0.x86_64")], [], id="provided by the base"
        ),
        pytest.param(
            Origin(requested=("htop",), local=("cafe:htop-3-1.x86_64",)),
            [],
            [("htop", "htop-3-1.x86_64")],
            [FILE["cafe:htop-3-1.x86_64"]],
            id="answered by a local package",
        ),
    ],
)
def test_resolve(origin: Origin, active: list[str], inactive: list[tuple[str, str]], added: list[Package]) -> None:
    layers = resolve(origin, BASE, OFFER, FILE)
    assert (list(layers.active), list(layers.inactive), list(layers.added)) == (active, inactive, added)
    assert layers.needed is bool(added)


def test_overrides_change_the_base() -> None:
    origin = Origin(removed=("lab-web", "gone"), replaced=("beef:bash-6-1.x86_64",))
    layers = resolve(origin, BASE, OFFER, FILE)
    assert layers.over(BASE) == {"bash": "6-1"}
    assert [gv_nevra(old)[0] for _new, old in layers.replaced] == ["bash-5.2-1.x86_64"]
    assert layers.state != resolve(Origin(), BASE, OFFER, FILE).state


@pytest.mark.parametrize(
    "origin,sentence",
    [
        (Origin(requested=("emacs", "ed")), "Packages not found: ed, emacs"),
        (
            Origin(requested=("bash",), removed=("bash",)),
            "Cannot request 'bash' provided by removed package 'bash-5.2-1.x86_64'",
        ),
        (
            Origin(requested=("vim", "nano")),
            """Could not depsolve transaction; 1 problem detected:
 Problem: package nano-7.2-1.x86_64 conflicts with vim provided by vim-2:9.1-1.x86_64
  - conflicting requests""",
        ),
    ],
)
def test_resolve_refuses(origin: Origin, sentence: str) -> None:
    with pytest.raises(ToolError) as refused:
        resolve(origin, BASE, OFFER, FILE)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "older,newer",
    [
        ("1.0", "1.1"), ("1.9", "1.10"), ("1.0-1", "1.0-2"), ("9", "1:1"), ("1.0~rc1", "1.0"), ("1.0", "1.0a"),
        ("1.a", "1.1"), ("2.9-9", "10.0-1"),
    ],
)  # fmt: skip
def test_compare(older: str, newer: str) -> None:
    assert compare(older, newer) < 0 < compare(newer, older)


@pytest.mark.parametrize("left,right", [("1.0", "1.0"), ("1.01", "1.1"), ("0:1", "1")])
def test_compare_alike(left: str, right: str) -> None:
    assert compare(left, right) == 0


def test_differences() -> None:
    old = {"a": "1", "b": "2", "c": "1", "same": "1"}
    new = {"b": "1", "c": "2", "d": "1-1", "same": "1"}
    changes = packages.differences(old, new)
    assert packages.as_json(changes) == [
        ["a", 1, {"PreviousPackage": ["a", "1", "x86_64"]}],
        ["b", 3, {"PreviousPackage": ["b", "2", "x86_64"], "NewPackage": ["b", "1", "x86_64"]}],
        ["c", 2, {"PreviousPackage": ["c", "1", "x86_64"], "NewPackage": ["c", "2", "x86_64"]}],
        ["d", 0, {"NewPackage": ["d", "1-1", "x86_64"]}],
    ]
    assert packages.as_lines(changes) == [
        "Upgraded:", "  c 1 -> 2", "Downgraded:", "  b 2 -> 1", "Removed:", "  a-1.x86_64", "Added:", "  d-1-1.x86_64",
    ]  # fmt: skip
    assert packages.summary(changes) == "1 upgraded, 1 downgraded, 1 removed, 1 added"
