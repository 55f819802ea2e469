"""Sections come back as they were said, whatever they hold; what is not an answer is told apart."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._command.quote import command
from ansible_collections.atomic.fleet.plugins.module_utils._command.sections import BEGIN, END, PRELUDE
from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section, parse_sections

SHELLS = [shell for shell in (["dash"], ["bash"], ["busybox", "sh"]) if shutil.which(shell[0])]
# what a shell keeps of an output: no NUL, no newlines at its end; carriage returns are a terminal's
TEXT = st.text(st.characters(exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=60)
MARKS = st.sampled_from(
    ["@end", "@begin", "@section x 0", "END_OF_SECTION\n", "$(id)`id`\\", "|", "\n", "|@end", "-n", "\\n", "%s"]
)
CONTENT = st.lists(st.one_of(TEXT, MARKS), max_size=6).map("".join)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@given(contents=st.lists(st.tuples(CONTENT, st.integers(0, 254)), min_size=1, max_size=4))
@settings(max_examples=25)
def test_what_was_said_comes_back(shell: list[str], contents: list[tuple[str, int]]) -> None:
    lines = [PRELUDE, BEGIN]
    for index, (text, rc) in enumerate(contents):
        inner = f"printf %s {command([text])}; exit {rc}"
        lines.append(f"say s{index} sh -c {command([inner])}\n")
    lines.append(END)
    done = subprocess.run([*shell, "-c", "".join(lines)], capture_output=True, check=True)
    found = parse_sections("h1", done.stdout.decode("utf-8"))
    assert found == {f"s{i}": Section(text.rstrip("\n"), rc) for i, (text, rc) in enumerate(contents)}


@given(CONTENT)
def test_content_forges_no_marker(text: str) -> None:
    body = "".join(f"|{line}\n" for line in text.split("\n"))
    answer = f"welcome\n@begin\n@section a 0\n{body}@section b 3\n@end\n"
    found = parse_sections("h1", answer)
    assert found == {"a": Section(text, 0), "b": Section("", 3)}


@given(st.text(max_size=200))
def test_noise_is_told_in_one_line(text: str) -> None:
    if "@begin" in text.split("\n") and text.rstrip("\n").endswith("@end"):
        return
    with pytest.raises(ParseError) as caught:
        parse_sections("h1", text)
    assert caught.value.message.startswith("h1: ")
    assert "\n" not in caught.value.message


def test_a_terminal_s_carriage_returns_do_no_harm() -> None:
    answer = "Last login\r\n@begin\r\n@section a 0\r\n|x\r\n|y\r\n@end\r\n"
    assert parse_sections("h1", answer) == {"a": Section("x\ny", 0)}


@pytest.mark.parametrize(
    "answer, words",
    [
        ("", "no answer that can be read"),
        ("This account is not available\n", "This account is not available"),
        ("@begin\n@section a 0\n|x\n", "cut off after section a"),
        ("@begin\n@section a 0\n|x\noops\n@end\n", "foreign line .*oops"),
        ("@begin\n@section a 0\n@section a 0\n@end\n", "twice"),
        ("@begin\n@section a x\n@end\n", "marker .* cannot be read"),
        ("@begin\n|x\n@end\n", "foreign line"),
    ],
)
def test_what_is_no_answer_is_named(answer: str, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        parse_sections("h1", answer)
    assert caught.value.message.startswith("h1: ")
