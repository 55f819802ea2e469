"""What rpm says of a host's deployments, and how packages are called."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.provided import (
    package_name,
    parse_files,
    parse_provided,
    plain_nevra,
)

SAID = """\
# aaa.0
no package provides htop
@ vim-enhanced 2:9.1.8-1.fc40 x86_64
+ vim
+ vim-enhanced
+ /usr/bin/vi
+ config(vim-enhanced)
package foo-1.0 is not installed
# bbb.1
@ htop 3.3.0-1.fc40 x86_64
+ htop
+ htop(x86-64)
= /usr/bin/python3
# ccc.0
error: cannot open Packages database in /ostree/deploy/x
"""


@pytest.mark.parametrize(
    "word, deployments",
    [
        ("vim", {"aaa.0"}),
        ("vim-enhanced", {"aaa.0"}),
        ("vim-enhanced-9.1.8", {"aaa.0"}),
        ("vim-enhanced-9.1.8-1.fc40", {"aaa.0"}),
        ("vim-enhanced-2:9.1.8-1.fc40.x86_64", {"aaa.0"}),
        ("vim-enhanced.x86_64", {"aaa.0"}),
        ("vim-enhanced.noarch", set()),
        ("config(vim-enhanced)", {"aaa.0"}),
        ("htop(x86-64)", {"bbb.1"}),
        ("/usr/bin/python3", {"bbb.1"}),
        ("provides", set()),
        ("htop is", set()),
    ],
)
def test_a_word_is_found_where_something_answers_to_it(word: str, deployments: set[str]) -> None:
    found = parse_provided("h1", SAID, [word])
    assert {name for name, words in found.items() if word in words} == deployments
    assert set(found) == {"aaa.0", "bbb.1", "ccc.0"}


def test_only_what_was_asked_for_is_kept() -> None:
    assert parse_provided("h1", SAID, ["vim", "htop"]) == {
        "aaa.0": frozenset({"vim"}),
        "bbb.1": frozenset({"htop"}),
        "ccc.0": frozenset(),
    }


@pytest.mark.parametrize("text", ["+ vim", "@ vim 1-1 x86_64", "# a.0\n@ vim", "# a.0\n@ vim 1-1 x86_64 more"])
def test_an_answer_that_cannot_be_read_names_the_host(text: str) -> None:
    with pytest.raises(ParseError, match="h1: rpm's answer"):
        parse_provided("h1", text, ["vim"])


def test_files_are_told_apart() -> None:
    text = "= foo-1-1.x86_64\n= \nwarning: of rpm\n= bar-2:2-1.noarch"
    assert parse_files("h1", text, ["/a.rpm", "/b.rpm", "/c.rpm"]) == {
        "/a.rpm": "foo-1-1.x86_64",
        "/b.rpm": None,
        "/c.rpm": "bar-2:2-1.noarch",
    }
    with pytest.raises(ParseError, match="told of 3 files where 1"):
        parse_files("h1", text, ["/a.rpm"])


@pytest.mark.parametrize(
    "text, plain",
    [
        ("foo-1.0-1.x86_64", "foo-1.0-1.x86_64"),
        ("foo-3:1.0-1.x86_64", "foo-1.0-1.x86_64"),
        ("a" * 64 + ":foo-bar-1.0-1.x86_64", "foo-bar-1.0-1.x86_64"),
        ("a" * 64 + ":foo-3:1.0-1.x86_64", "foo-1.0-1.x86_64"),
    ],
)
def test_a_package_is_called_as_its_file_is(text: str, plain: str) -> None:
    assert plain_nevra(text) == plain


@pytest.mark.parametrize(
    "nevra, name",
    [
        ("foo-1.0-1.x86_64", "foo"),
        ("foo-bar-1.0-1.fc40.noarch", "foo-bar"),
        ("foo-2:1.0-1.noarch", "foo"),
        ("foo", None),
        ("foo-1.0", None),
        ("/srv/foo-1.0-1.x86_64", None),
        ("", None),
    ],
)
def test_names_of_packages(nevra: str, name: str | None) -> None:
    assert package_name(nevra) == name
