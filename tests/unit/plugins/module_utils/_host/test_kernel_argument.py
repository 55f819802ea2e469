"""Kernel arguments: what is wanted, the command lines of each tool, and where the arguments are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._host.kernel_argument import (
    Look,
    WishedArguments,
    change_arguments,
    look_at,
    plan_arguments,
    wanted,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import HostState
from ansible_collections.atomic.fleet.plugins.module_utils._parse.kernel_argument import parse_arguments
from tests.unit.plugins import talking
from tests.unit.plugins.module_utils._host.test_deployment import HELD_B, NEW, RUNS_A, STAGED_B, B, host
from tests.unit.plugins.talking import answered, fixture

HAS = ("root=x", "quiet", "console=tty0", "console=ttyS0", "rw")


@pytest.mark.parametrize(
    "arguments, options, expected",
    [
        (("quiet",), {}, HAS),
        (("nosmt", "quiet", "nosmt"), {}, (*HAS, "nosmt")),
        (("console=hvc0",), {}, (*HAS, "console=hvc0")),
        (("console=hvc0",), {"replace": True}, ("root=x", "quiet", "rw", "console=hvc0")),
        (("console=ttyS0",), {"replace": True}, ("root=x", "quiet", "console=ttyS0", "rw")),
        (("console=tty0", "console=ttyS0"), {"replace": True}, HAS),
        (("console",), {"replace": True}, (*HAS, "console")),
        (("quiet", "other"), {"present": False}, ("root=x", "console=tty0", "console=ttyS0", "rw")),
        (("console",), {"present": False}, ("root=x", "quiet", "rw")),
        (("console=tty0",), {"present": False}, ("root=x", "quiet", "console=ttyS0", "rw")),
        (("console=tty1",), {"present": False}, HAS),
    ],
)
def test_what_is_wanted(arguments: tuple[str, ...], options: dict[str, bool], expected: tuple[str, ...]) -> None:
    wished = WishedArguments(arguments, **options)
    assert wanted(HAS, wished) == expected
    assert wanted(expected, wished) == expected


@pytest.mark.parametrize(
    "arguments, options, words",
    [
        (("root=y",), {}, "name: root cannot be changed"),
        (("ostree=/x",), {"present": False}, "name: ostree cannot be changed"),
        (("a b",), {}, "without blanks"),
        (('a="b"',), {}, "quotation marks"),
        (("-x",), {}, "cannot be used"),
        (("",), {}, "cannot be used"),
        (("a\n",), {}, "cannot be used"),
        (("a=1",), {"present": False, "replace": True}, "does not go with state absent"),
    ],
)
def test_what_cannot_be_wished(arguments: tuple[str, ...], options: dict[str, bool], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        WishedArguments(arguments, **options)


WISH = WishedArguments(("console=hvc0",), replace=True)
ORIGIN = "--origin-file=/ostree/deploy/os/deploy/{}.0.origin"
UP = ("systemctl", "start", "ostree-finalize-staged.service")
KARGS = ("--karg-none", "--karg-append=root=x", "--karg-append=quiet", "--karg-append=rw", "--karg-append=console=hvc0")
RPM = ("--delete-if-present=console=tty0", "--delete-if-present=console=ttyS0", "--append-if-missing=console=hvc0")


def staged(label: str, *flags: str) -> tuple[str, ...]:
    words = ("ostree", "admin", "deploy", "--stage", *flags, "--os=os", ORIGIN.format(label * 64))
    return (*words, *KARGS, label * 64)


def of(backend: str, state: HostState) -> HostState:
    return replace(state, backend=backend)


@pytest.mark.parametrize(
    "state, argvs",
    [
        (host(RUNS_A, B), [staged("a"), UP]),
        (host(STAGED_B, RUNS_A), [staged("b"), UP]),
        (host(HELD_B, RUNS_A), [staged("b"), UP, ("touch", "/run/ostree/staged-deployment-locked")]),
        (host(HELD_B, RUNS_A, can=NEW), [staged("b", "--lock-finalization"), UP]),
        (of("rpm-ostree", host(STAGED_B, RUNS_A)), [("rpm-ostree", "kargs", *RPM), UP]),
        (
            of("rpm-ostree", host(HELD_B, RUNS_A)),
            [("rpm-ostree", "kargs", *RPM), UP, ("touch", "/run/ostree/staged-deployment-locked")],
        ),
        (
            of("bootc", host(HELD_B, RUNS_A, can=("root", "rpm-ostree-lock"))),
            [("rpm-ostree", "kargs", "--lock-finalization", *RPM), UP],
        ),
    ],
)
def test_steps(state: HostState, argvs: list[tuple[str, ...]]) -> None:
    assert [step.argv for step in plan_arguments(Look(state, HAS), WISH).steps] == argvs
    assert plan_arguments(Look(state, wanted(HAS, WISH)), WISH).steps == ()


@pytest.mark.parametrize(
    "state, words",
    [
        (host(RUNS_A, can=()), "by root: set become"),
        (host(RUNS_A, can=("root",)), "cannot stage"),
        (of("bootc", host(RUNS_A)), "bootc has no command .*put them into the image"),
    ],
)
def test_hosts_that_cannot(state: HostState, words: str) -> None:
    with pytest.raises(HostError, match=words):
        plan_arguments(Look(state, HAS), WISH)


ENTRIES = f"entry {'a' * 64}.0 root=x rw ostree=/ostree/boot.1/os/1/0\nentry {'b' * 64}.0 root=x old ostree=/o"
RUNS = host(RUNS_A, B)


@pytest.mark.parametrize(
    "state, text, expected",
    [
        (RUNS, ENTRIES, ("root=x", "rw")),
        (host(B, RUNS_A), ENTRIES, ("root=x", "old")),
        (host(STAGED_B, RUNS_A), f"{ENTRIES}\nstaged\n{fixture('staged-2022.7.hex')}", ("root=x", "rw")),
        (host(HELD_B, RUNS_A), f"{ENTRIES}\nstaged\n{fixture('staged-2022.7-kargs.hex')}", ("foo=1", "root=x")),
    ],
)
def test_where_they_are_read(state: HostState, text: str, expected: tuple[str, ...]) -> None:
    assert parse_arguments(state, text) == expected


@pytest.mark.parametrize(
    "state, text, words",
    [
        (RUNS, "", "h1: no boot entry in /boot/loader/entries says what a boots with"),
        (RUNS, "sh: readlink: not found", "h1: a line about its boot entries cannot be read"),
        (host(STAGED_B, RUNS_A), f"{ENTRIES}\nstaged\n 01 02 zz", "h1: /run/ostree/staged-deployment cannot be read"),
        (host(STAGED_B, RUNS_A), "staged\n ff ff", "h1: /run/ostree/staged-deployment cannot be read"),
    ],
)
def test_what_cannot_be_read(state: HostState, text: str, words: str) -> None:
    with pytest.raises((HostError, ParseError), match=f"^{words}"):
        parse_arguments(state, text)


BODY = fixture("ostree-2022.7-booted.txt")
DONE = (("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""))


def looked(options: str) -> talking.Reply:
    found = talking.observed("ostree-2022.7-booted.txt").booted
    assert found is not None
    return answered(("kargs", 0, f"entry {found.checksum}.{found.serial} {options}"), body=BODY)


def test_it_is_done_and_looked_at_again() -> None:
    seen = talking.hold(look_at("h1"), [looked("root=x ostree=/y")]).value
    assert seen.arguments == ("root=x",)
    wished = WishedArguments(("nosmt",))
    plan, after = talking.hold(
        change_arguments(seen, wished), [answered(*DONE, body=BODY), looked("root=x nosmt")]
    ).value
    assert [step.verb for step in plan.steps] == ["stage", "arm"]
    assert after.arguments == ("root=x", "nosmt")


def test_what_did_not_come_about_is_told() -> None:
    seen = talking.hold(look_at("h1"), [looked("root=x")]).value
    held = talking.hold(
        change_arguments(seen, WishedArguments(("nosmt",))), [answered(*DONE, body=BODY), looked("root=x")]
    )
    assert isinstance(held.error, HostError)
    assert "kargs was done, but this is still to do: stage 5.0 with nosmt; run it again" in held.error.message
