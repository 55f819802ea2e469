"""A wish made exact: from disk where that is enough, else by what the remote tells."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.resolve import resolve
from ansible_collections.atomic.fleet.plugins.module_utils._host.wish import Exact, Wish
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
from tests.unit.plugins.module_utils._host.test_deployment import NEW, REF, RUNS_A, A, B, entry, host
from tests.unit.plugins.talking import LOST, answered, hold

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64
LOG = f"commit {THREE}\nVersion: 3.0\n\n    x\n\ncommit {TWO}\nVersion: 2.0\n\ncommit {ONE}\nVersion: 2.0\n"
GPG = "error: Commit 95b: GPG verification enabled, but no signatures found"


@pytest.mark.parametrize(
    "state, wish, expected",
    [
        (host(RUNS_A, B), Wish(target="previous"), Exact("b" * 64, "b", REF, True)),
        (host(entry("c", "staged"), RUNS_A, B), Wish(target="previous"), Exact("b" * 64, "b", REF, True)),
        (host(RUNS_A, entry("b", refspec=None)), Wish(target="previous"), Exact("b" * 64, "b", REF, True)),
        (host(B, RUNS_A, entry("c"), can=NEW), Wish(target="previous"), Exact("b" * 64, "b", REF, True)),
        (host(B, RUNS_A, entry("c")), Wish(target="previous"), Exact("c" * 64, "c", REF, True)),
        (host(RUNS_A, B), Wish(checksum="b" * 64), Exact("b" * 64, "b", REF)),
        (host(RUNS_A, B), Wish(checksum="b" * 64, ref="x"), Exact("b" * 64, "b", "lab:x")),
        (host(RUNS_A, entry("b", refspec="up:x")), Wish(checksum="b" * 64), Exact("b" * 64, "b", "up:x")),
        (host(RUNS_A, B), Wish(version="a"), Exact("a" * 64, "a", REF)),
    ],
)
def test_from_disk_without_asking(state, wish: Wish, expected: Exact) -> None:
    assert hold(resolve("h1", state, wish), []).value == expected


@pytest.mark.parametrize(
    "wish, sections, expected",
    [
        (Wish(target="latest"), [("fetch", 0, ""), ("log", 0, LOG)], Exact(THREE, "3.0", REF)),
        (Wish(version="2.0"), [("fetch", 0, ""), ("log", 0, LOG)], Exact(TWO, "2.0", REF)),
        (
            Wish(checksum=ONE),
            [("exact", 0, ""), ("exact-log", 0, f"commit {ONE}\nVersion: 1.5\n"), ("fetch", 1, GPG), ("log", 1, "")],
            Exact(ONE, "1.5", REF),
        ),
        (
            Wish(version="b", ref="other"),
            [("fetch", 0, ""), ("log", 0, f"commit {ONE}\nVersion: b\n")],
            Exact(ONE, "b", "lab:other"),
        ),
    ],
)
def test_by_asking(wish: Wish, sections, expected: Exact) -> None:
    held = hold(resolve("h1", host(RUNS_A, B), wish), [answered(*sections)])
    assert held.value == expected


@pytest.mark.parametrize(
    "wish, sections, words",
    [
        (Wish(version="9"), [("fetch", 0, ""), ("log", 0, LOG)], "has no version '9'; it has 3.0, 2.0, 2.0"),
        (Wish(target="latest"), [("fetch", 1, GPG), ("log", 1, "")], "GPG verification enabled"),
        (Wish(target="latest"), [("fetch", 124, ""), ("log", 1, "")], "no answer in time"),
        (
            Wish(checksum=ONE),
            [("exact", 1, "error: Server returned HTTP 404"), ("exact-log", 1, ""), ("fetch", 0, ""), ("log", 0, LOG)],
            "cannot get commit 111111111111 from lab:lab/x86_64/stable: error: Server returned HTTP 404; it has 3.0",
        ),
        (
            Wish(checksum=ONE),
            [("exact", 1, GPG), ("exact-log", 1, ""), ("fetch", 1, GPG), ("log", 1, "")],
            "no signatures found",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_is(wish: Wish, sections, words: str) -> None:
    held = hold(resolve("h1", host(RUNS_A), wish), [answered(*sections)])
    assert isinstance(held.error, HostError)
    assert words in held.error.message
    assert "\n" not in held.error.message


def test_many_versions_are_not_all_listed() -> None:
    log = "".join(f"commit {index:064x}\nVersion: 1.{index}\n\n" for index in range(40))
    held = hold(resolve("h1", host(RUNS_A), Wish(version="9")), [answered(("fetch", 0, ""), ("log", 0, log))])
    assert held.error.message.endswith("1.11 and 28 older ones")


@pytest.mark.parametrize(
    "state, wish, words",
    [
        (host(RUNS_A), Wish(target="previous"), "no deployment to go back to"),
        (host(entry("a", "booted", refspec=None)), Wish(target="latest"), "say remote and ref"),
        (host(entry("a", "booted", refspec="local")), Wish(target="latest"), "say remote and ref"),
    ],
)
def test_nobody_to_ask(state, wish: Wish, words: str) -> None:
    held = hold(resolve("h1", state, wish), [])
    assert words in held.error.message


@pytest.mark.parametrize("reply", [LOST, Reply(rc=1, err="mktemp: no space left")])
def test_no_answer_is_an_error(reply: Reply) -> None:
    held = hold(resolve("h1", host(RUNS_A, A), Wish(target="latest")), [reply])
    assert isinstance(held.error, HostError)
