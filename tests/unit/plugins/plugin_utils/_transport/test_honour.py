"""The table of what is honoured, and the page that shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.honour import RULES, unhonoured

PAGE = Path(__file__).resolve().parents[5] / "docs" / "connections.md"


def test_the_page_shows_the_table() -> None:
    shown = re.findall(r"^\| `(\w+)` \| (honoured|ignored) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert shown == [(rule.name, "honoured" if rule.honoured else "ignored", rule.note) for rule in RULES]


def test_every_word_stands_in_the_table_once() -> None:
    names = [rule.name.lower() for rule in RULES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    "config, defaults, found",
    [
        ({}, {}, []),
        ({"port": ("1",)}, {"port": ("22",)}, []),
        ({"newword": ("a",)}, {"newword": ("a",)}, []),
        ({"newword": ("a", "b")}, {"newword": ("a",)}, ["newword a b"]),
        ({"newword": ("a",)}, {}, ["newword a"]),
        ({"stricthostkeychecking": ("accept-new",)}, {}, ["StrictHostKeyChecking accept-new"]),
        ({"stricthostkeychecking": ("ask",)}, {}, []),
        ({"gssapikeyexchange": ("yes",)}, {"gssapikeyexchange": ("yes",)}, ["GSSAPIKeyExchange yes"]),
    ],
)
def test_unhonoured(config: dict[str, tuple[str, ...]], defaults: dict[str, tuple[str, ...]], found: list[str]) -> None:
    assert unhonoured(config, defaults) == found
