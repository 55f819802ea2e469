"""Blocks of pages: what becomes of each, and when printed lines are as expected."""

from __future__ import annotations

import pytest

from tests.guides import Block, Happening, Kind, commands, missing, parse_page, problems

FENCE = "```"


def page(*lines: str) -> str:
    return "\n".join(line.replace("~~~", FENCE) for line in lines)


WHOLE = page(
    "<!-- stage: lab blue=2 -->",
    "Text.",
    "<!-- file: policy.yml -->",
    "",
    "~~~yaml",
    "canary: 1",
    "~~~",
    "- a list",
    "  <!-- fails -->",
    "  ~~~console",
    "  $ one \\",
    "    more",
    "  said",
    "  $ two",
    "  ~~~",
    "<!-- meanwhile: power off lab-blue-1 -->",
    "~~~text",
    "what two said",
    "~~~",
    "<!-- needs: publishing -->",
    "~~~sh",
    "ansible-galaxy collection install atomic.fleet",
    "~~~",
)


def test_a_page() -> None:
    found = parse_page("p.md", WHOLE)
    assert found.stage == ("lab", "blue=2")
    assert [block.kind for block in found.blocks] == [Kind.FILE, Kind.COMMANDS, Kind.OUTPUT, Kind.EXEMPT]
    assert found.blocks[0].text == "canary: 1\n"
    assert found.parts[2] == Happening(16, ("power", "off", "lab-blue-1"))
    assert problems(found) == []


def test_a_drawing() -> None:
    found = parse_page("p.md", page("~~~", "plan ──> apply", "~~~"))
    assert [block.kind for block in found.blocks] == [Kind.DRAWING]
    assert problems(found) == []


def test_commands_with_prompts_and_without() -> None:
    found = commands(parse_page("p.md", WHOLE).blocks[1])
    assert [(one.line, one.text, one.expected, one.fails) for one in found] == [
        (12, "one \\\n  more", ("said",), False),
        (14, "two", (), True),
    ]
    plain = commands(Block("p.md", 5, "sh", "# first\none  # a comment\n\ntwo\n"))
    assert [(one.line, one.text) for one in plain] == [(6, "one  # a comment"), (8, "two")]


@pytest.mark.parametrize(
    "lines,said",
    [
        (["~~~", "x", "~~~"], "a block of no language is neither run"),
        (["~~~rust", "x", "~~~"], "a block of rust is neither run"),
        (["~~~sh", "x", "~~~"], "the page has commands and no stage"),
        (["<!-- stage: lab -->", "~~~sh", "# only a comment", "~~~"], "there is no command in it"),
        (["<!-- stage: moon -->"], "there is no stage moon"),
        (["<!-- needs: luck -->", "~~~sh", "x", "~~~"], "nobody knows the need 'luck'"),
        (["<!-- covered by: me -->", "~~~sh", "x", "~~~"], "nobody knows 'me'"),
        (["<!-- fails -->", "~~~yaml", "x", "~~~"], "only commands can fail"),
        (["<!-- file: ../x -->", "~~~yaml", "x", "~~~"], "a file is in the scratch folder"),
        (["<!-- file: /etc/x -->", "~~~yaml", "x", "~~~"], "a file is in the scratch folder"),
        (["<!-- needs: publishing -->", "between", "~~~sh", "x", "~~~"], "the page has commands and no stage"),
        (["~~~text", "x", "~~~"], "there is no command whose output this is"),
    ],
)
def test_what_has_to_be_marked(lines: list[str], said: str) -> None:
    found = problems(parse_page("p.md", page(*lines)))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    "lines,said", [(["~~~sh", "x"], "is not closed"), (["<!-- stage: lab -->", "<!-- stage: lab -->"], "has one stage")]
)
def test_what_cannot_be_read(lines: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_page("p.md", page(*lines))


@pytest.mark.parametrize(
    "expected,printed,lacks",
    [
        (["a", "…", "b"], "b\nx\na", []),
        (["  host-1: 2.0 is up (3.1 s)"], "  host-1: 2.0 is up (12.9 s)", []),
        (["  host-1: 2.0 is up (3.1 s)"], "  host-1: 3.0 is up (3.1 s)", ["  host-1: 2.0 is up (3.1 s)"]),
        (["wave 1  about 2 min 5 s"], "wave   1 about 35 s", []),
        (["plan-2a63212fdfa8.html at 2026-11-28T01:02:03Z"], "plan-0123456789ab.html at 2027-01-01T00:00:00Z", []),
        (["Done: 6 of 6 … Report: …/x.html"], "Done: 6 of 6 hosts. Report: /a/b/x.html", []),
        (["Done: 6 of 6 …"], "Done: 5 of 6 hosts", ["Done: 6 of 6 …"]),
        (["a.c"], "abc", ["a.c"]),
    ],
)
def test_expected_lines(expected: list[str], printed: str, lacks: list[str]) -> None:
    assert missing(expected, printed) == lacks
