"""Words become shell in one place, and mean there what they say."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._command.quote import (
    check_checksum,
    check_line,
    check_option,
    check_ref,
    check_remote,
    command,
    quote,
    shown,
)
from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError

HOSTILE = [
    "x; id",
    "$(id)",
    "a'b",
    'a"b',
    "a\nb",
    "`id`",
    "a b",
    "-x",
    "",
    "*",
    "a\\b",
    "ä",
    "a\x00b",
    "a//b",
    "/a",
    "a/",
]


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20), min_size=1))
@settings(max_examples=60)
def test_a_shell_hands_on_exactly_these_words(words: list[str]) -> None:
    script = command(["printf", r"%s\0", *words])
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert done.stdout.decode("utf-8").split("\0")[:-1] == words


def test_a_nul_is_refused() -> None:
    with pytest.raises(ArgumentError, match="NUL"):
        quote("a\0b")


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("check", [check_ref, check_remote, check_checksum, check_option])
def test_hostile_words_are_refused_in_one_line(check, value: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check(value, "ref")
    assert "\n" not in caught.value.message
    assert caught.value.message.startswith("ref ")


@pytest.mark.parametrize(
    "check, value",
    [
        (check_ref, "fedora/x86_64/coreos/stable"),
        (check_ref, "lab/x86_64/4.0-dead_x"),
        (check_remote, "lab-1.x"),
        (check_checksum, "0af" + "1" * 61),
        (check_option, "tls-ca-path"),
        (check_line, "2.0 beta; $(id) 'x'"),
    ],
)
def test_words_of_the_field_pass(check, value: str) -> None:
    assert check(value, "it") == value


@pytest.mark.parametrize("value", ["", " a", "a\nb", "a\tb", "a\x1b[31m"])
def test_a_line_is_one_line(value: str) -> None:
    with pytest.raises(ArgumentError, match="version"):
        check_line(value, "version")


def test_a_long_value_is_shown_short() -> None:
    assert len(shown("x" * 5000)) < 70
