"""What differs below /usr and /etc, and how /usr is mounted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_posture import (
    ADDED,
    DELETED,
    MODIFIED,
    Change,
    Drift,
    Usr,
)
from ansible_collections.atomic.fleet.plugins.module_utils._parse.posture_files import (
    kept,
    parse_changes,
    parse_usr,
    parse_walk,
)

ROOT = "mount / ext4 rw,relatime /dev/vda"
PLAIN = "mount /usr ext4 ro,relatime /dev/vda"
OVER = "mount /usr overlay rw,relatime,lowerdir=usr,upperdir=/var/tmp/ostree-unlock-ovl.X/upper,workdir=w overlay"
SYSEXT = "mount /usr overlay ro,nodev,relatime,lowerdir=/run/systemd/sysext/meta/usr:/usr sysext"
COMPOSEFS = "mount / overlay ro,relatime,lowerdir=/run/ostree/.private/cfsroot-lower::/sysroot/ostree/repo/objects"


@pytest.mark.parametrize(
    "lines, wanted",
    [
        ([ROOT, PLAIN], Usr("ext4", ("ro", "relatime"))),
        ([ROOT], Usr("ext4", ("rw", "relatime"))),
        ([f"{COMPOSEFS},verity=require composefs"], Usr("overlay", (), None, True, True)),
        ([f"{COMPOSEFS} composefs"], Usr("overlay", (), None, True, False)),
        ([ROOT, PLAIN, "unlocked hotfix", "unlocked by-me"], Usr("ext4", ("ro", "relatime"), "hotfix")),
    ],
)
def test_how_usr_is_mounted(lines: list[str], wanted: Usr) -> None:
    found = parse_usr("\n".join(lines))
    options = found.options if wanted.options else ()
    assert Usr(found.fstype, options, found.unlocked, found.composefs, found.verity) == wanted


@pytest.mark.parametrize(
    "lines, writable, unlocked",
    [
        ([ROOT, PLAIN, OVER, OVER, "unlocked development"], True, "development"),
        ([ROOT, PLAIN, SYSEXT], False, None),
        ([ROOT, OVER, PLAIN], False, None),
    ],
)
def test_what_was_mounted_last_is_what_is_there(lines: list[str], writable: bool, unlocked: str | None) -> None:
    found = parse_usr("\n".join(lines))
    assert (found.writable, found.unlocked) == (writable, unlocked)


@pytest.mark.parametrize("text", ["", "unlocked development", "mount /usr ext4", "find: nothing"])
def test_nothing_said_of_usr_is_not_taken_for_read_only(text: str) -> None:
    with pytest.raises(ParseError):
        parse_usr(text)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("", ()),
        ("f /usr/bin/b\nf /usr/bin/a", (Change(MODIFIED, "/usr/bin/a"), Change(MODIFIED, "/usr/bin/b"))),
        ("d /usr/bin\nf /usr/bin/a", (Change(MODIFIED, "/usr/bin/a"),)),
        ("d /usr/bin\nd /usr/share\nf /usr/bin/a", (Change(MODIFIED, "/usr/bin/a"), Change(MODIFIED, "/usr/share"))),
        ("c /usr/bin/gone", (Change(DELETED, "/usr/bin/gone"),)),
        ("d /usr/", (Change(MODIFIED, "/usr"),)),
        ("l /usr/bin/with blank", (Change(MODIFIED, "/usr/bin/with blank"),)),
        ("find: '/usr/x': Permission denied\nx\nf", ()),
    ],
)
def test_a_walk(text: str, wanted: tuple[Change, ...]) -> None:
    assert parse_walk(text) == wanted


@pytest.mark.parametrize(
    "text, root, wanted",
    [
        ("M    /usr/share/x\nD    /usr/y", "", (Change(MODIFIED, "/usr/share/x"), Change(DELETED, "/usr/y"))),
        ("A    usr/z", "", (Change(ADDED, "/usr/z"),)),
        ("M    b\nA    a/key one", "/etc", (Change(ADDED, "/etc/a/key one"), Change(MODIFIED, "/etc/b"))),
        ("error: nonsense\nM  x\nX    y\nM    ", "/etc", ()),
    ],
)  # fmt: skip
def test_what_ostree_calls_changes(text: str, root: str, wanted: tuple[Change, ...]) -> None:
    assert parse_changes(text, root) == wanted


def test_what_is_beyond_the_most_is_told() -> None:
    changes = [Change(ADDED, f"/etc/{number}") for number in range(3)]
    assert kept(changes, most=2) == Drift(tuple(changes[:2]), cut=True)
    assert kept(changes, True, most=3) == Drift(tuple(changes), full=True)


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_word(text: str) -> None:
    for change in (*parse_walk(text), *parse_changes(text, "/etc")):
        assert change.path.startswith("/")
