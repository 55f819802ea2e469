"""A file below /etc: the decision as a table, what a look finds, what is done, and how it ends when nobody gets in."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command.observe import observe_script
from ansible_collections.atomic.fleet.plugins.module_utils._command.unit import work_script
from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._host.drop_in import (
    LARGEST,
    Look,
    WishedFile,
    diff_sides,
    look_at,
    plan_drop_in,
    put_in_place,
    render_drop_in_steps,
    wanted,
)
from ansible_collections.atomic.fleet.plugins.module_utils._parse.drop_in import File, Found, parse_found
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section
from tests.unit.plugins.module_utils._host.test_deployment import RUNS_A, host
from tests.unit.plugins.talking import LOST, answered, fixture, hold

PATH = "/etc/ssh/sshd_config.d/00-own.conf"
FOLDER = "/etc/ssh/sshd_config.d"
OLD, NEW = File(b"old\n"), File(b"new\n")
APPLY = ("systemctl", "reload", "sshd")
BODY = fixture("ostree-2022.7-booted.txt")


def wish(**more: Any) -> WishedFile:
    return WishedFile(**{"path": PATH, "content": b"new\n", **more})


def seen(file: File | None = None, shipped: File | None = None, trial: Section | None = None, **more: Any) -> Look:
    found = {"kind": "none" if file is None else "file", "folder": FOLDER, "file": file, "shipped": shipped}
    return Look(host(RUNS_A, can=("root",)), Found(**{**found, **more}), trial)


GONE = wish(content=None)
CASES = {
    "missing": (seen(), wish(), ["write"], NEW),
    "missing, to be applied": (seen(), wish(apply=APPLY), ["write", "apply"], NEW),
    "so already": (seen(NEW), wish(apply=APPLY), [], NEW),
    "otherwise": (seen(OLD), wish(), ["write"], NEW),
    "of another mode": (seen(NEW), wish(mode="0600"), ["write"], File(b"new\n", "0600")),
    "somebody else's": (seen(File(b"new\n", owner="7:7")), wish(), ["write"], NEW),
    "accepted": (seen(OLD, trial=Section("fine", 0)), wish(validate=("sshd", "-t")), ["write"], NEW),
    "the image's, and it may be": (seen(OLD, OLD), wish(replace=True), ["write"], NEW),
    "the image's, and just so": (seen(NEW, NEW), wish(), [], NEW),
    "to go": (seen(OLD), GONE, ["remove"], None),
    "gone": (seen(), GONE, [], None),
    "to be the image's again": (seen(NEW, OLD), wish(content=None, replace=True), ["write"], OLD),
    "the image's again": (seen(OLD, OLD), wish(content=None, replace=True), [], OLD),
}


@pytest.mark.parametrize("name", CASES)
def test_steps(name: str) -> None:
    look, wished, verbs, after = CASES[name]
    assert [step.verb for step in plan_drop_in(look, wished).steps] == verbs
    assert wanted(look, wished) == after
    assert not plan_drop_in(seen(after, look.found.shipped), wished).steps


@pytest.mark.parametrize(
    "look, wished, words",
    [
        (seen(folder="/usr/lib/x"), wish(), "the folder of .* is /usr/lib/x, which is not below /etc"),
        (seen(folder=""), wish(), "is unknown"),
        (seen(folder="/etcetera"), wish(), "not below /etc"),
        (seen(kind="link"), wish(), "is a link: take it away first"),
        (seen(kind="other"), GONE, "is no ordinary file"),
        (seen(OLD, OLD), wish(), "the image ships .*: choose another name, or say replace"),
        (seen(OLD, OLD), GONE, "the image ships"),
        (replace(seen(), state=host(RUNS_A, can=())), wish(), "only be changed by root"),
        (
            seen(trial=Section("line 1: Bad option", 255)),
            wish(validate=("sshd", "-t")),
            "is refused by 'sshd -t': line 1: Bad option; nothing was changed",
        ),
    ],
)
def test_what_is_refused_on_a_host(look: Look, wished: WishedFile, words: str) -> None:
    with pytest.raises(HostError, match=words):
        plan_drop_in(look, wished)


@pytest.mark.parametrize(
    "more, words",
    [
        ({"path": "etc/x/y"}, "in a folder below /etc"),
        ({"path": "/etc/x"}, "in a folder below /etc"),
        ({"path": "/etc/x/"}, "in a folder below /etc"),
        ({"path": "/etc/x/../../usr/y"}, "without '.' and '..'"),
        ({"path": "/etc//x/y"}, "in a folder below /etc"),
        ({"path": "/usr/etc/x"}, "in a folder below /etc"),
        ({"path": "/etc/x/a\nb"}, "one line"),
        ({"mode": "420"}, "four octal digits in quotation marks"),
        ({"mode": "4755"}, "four octal digits"),
        ({"content": b"x" * (LARGEST + 1)}, "at most"),
        ({"reconnect_timeout": 2, "apply": APPLY}, "3 seconds at least"),
        ({"reconnect_timeout": 5}, "say apply"),
    ],
)
def test_what_cannot_be_wished(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        wish(**more)


def test_the_largest_fits_into_one_argument_of_a_command_line() -> None:
    wished = wish(content=b"x" * LARGEST, validate=("sshd", "-t"), apply=APPLY, reconnect_timeout=3)
    (asked,) = hold(look_at("h1", wished), [answered(("drop-in", 0, ""), body=BODY)]).asked
    steps = plan_drop_in(seen(), wished).steps
    for script in (asked.script, work_script("atomic-fleet-x", [step.argv for step in steps], 20)):
        assert len(script.encode()) < 64 * 1024
    assert len(asked.script) > len(observe_script()) + LARGEST


def test_what_a_look_finds() -> None:
    lines = base64.encodebytes(b"a\n" * 60).decode().splitlines()
    text = "\n".join(
        [f"folder {FOLDER}", "kind file", "is 644 0 0", *[f"is-line {line}" for line in lines], "ships 600 0 7"]
    )
    found = parse_found(text)
    assert (found.kind, found.folder) == ("file", FOLDER)
    assert found.file == File(b"a\n" * 60, "0644")
    assert found.shipped == File(b"", "0600", "0:7")
    assert parse_found("folder /etc\nkind none") == Found("none", "/etc")


def test_the_file_s_own_name_stands_in_what_validates() -> None:
    talk = look_at("h1", wish(validate=("visudo", "-cf", "%s")))
    held = hold(talk, [answered(("drop-in", 0, f"folder {FOLDER}\nkind none"), ("trial", 1, "no"), body=BODY)])
    assert f"visudo -cf {PATH}" in held.asked[0].script
    assert held.value.trial == Section("no", 1)


def done(rc: str = "0", out: str = "") -> Any:
    return answered(("state", 0, "done"), ("rc", 0, rc), ("out", 0, out), body=BODY)


def proof(text: str) -> Any:
    return answered(("proof", 0, text))


PROVED = wish(apply=APPLY, reconnect_timeout=5)
DENIED = replace(LOST, err="Permission denied (publickey).")


def test_it_is_put_in_place_in_one_round_trip() -> None:
    held = hold(put_in_place(seen(), wish(apply=APPLY)), [done()])
    plan, after = held.value
    assert [step.verb for step in plan.steps] == ["write", "apply"]
    assert (after.found.file, len(held.asked), held.paused) == (NEW, 1, 0.0)
    assert not plan_drop_in(after, wish()).steps


@pytest.mark.parametrize("replies", [[proof("kept")], [DENIED, LOST, proof("kept")]])
def test_a_new_connection_keeps_it(replies: list[Any]) -> None:
    held = hold(put_in_place(seen(), PROVED), [done(), *replies])
    assert held.error is None
    assert [ask.fresh for ask in held.asked] == [False, *[True for _reply in replies]]


@pytest.mark.parametrize(
    "replies, words",
    [
        (
            [DENIED, proof("back 0")],
            "came in within 5 s (Permission denied (publickey)): the host put back what was there before",
        ),
        ([proof("back 0")], "no new connection came in within 5 s: the host put back what was there before"),
        ([proof("back 1\nno such unit")], "put back what was there before, but applying that failed: no such unit"),
    ],
)
def test_the_host_put_back_what_was_there(replies: list[Any], words: str) -> None:
    held = hold(put_in_place(seen(), PROVED), [done(), *replies])
    assert isinstance(held.error, HostError)
    assert str(held.error).endswith(words)


def test_a_host_that_does_not_come_back_is_given_up() -> None:
    held = hold(put_in_place(seen(), PROVED), [done(), *[LOST] * 33])
    assert isinstance(held.error, UnreachableError)
    assert "is not back 60 s after it was to put back what was there before" in str(held.error)


def test_what_could_not_be_applied_is_told_in_its_words() -> None:
    said = "error: it was put in place, but `systemctl reload sshd` ended with 1:\nno\n- what was there before is back"
    held = hold(put_in_place(seen(), PROVED), [done("1", said)])
    assert str(held.error) == f"h1: drop-in failed: {' '.join(said.splitlines())}"


def test_somebody_else_did_it_meanwhile() -> None:
    looked = f"folder {FOLDER}\nkind file\nis 644 0 0\nis-line {base64.b64encode(NEW.content).decode()}"
    replies = [answered(("busy", 0, "atomic-fleet-x"), body=BODY), answered(("drop-in", 0, looked), body=BODY)]
    plan, after = hold(put_in_place(seen(), wish()), replies).value
    assert (plan.changed, after.found.file) == (False, NEW)


@pytest.mark.parametrize(
    "old, new, before, after",
    [
        (None, NEW, "", "new\n"),
        (OLD, NEW, "old\n", "new\n"),
        (OLD, None, "old\n", ""),
        (NEW, File(b"new\n", "0600"), "mode 0644, owner 0:0\n", "mode 0600, owner 0:0\n"),
        (OLD, File(b"new\n", "0600"), f"{OLD.checksum}\n", f"{NEW.checksum}\n"),
        (File(b"\xff"), NEW, f"{File(bytes([255])).checksum}\n", "new\n"),
    ],
)
def test_a_diff_tells_what_everybody_may_read(old: File | None, new: File | None, before: str, after: str) -> None:
    diff = diff_sides(PATH, old, new)
    assert (diff["before"], diff["after"], diff["before_header"]) == (before, after, PATH)


def test_steps_hold_no_content() -> None:
    wished = wish(content=b"hush hush", mode="0600", apply=APPLY)
    shown = str(render_drop_in_steps(plan_drop_in(seen(), wished), wished))
    assert wished.new not in shown
    assert File(b"hush hush").checksum in shown
