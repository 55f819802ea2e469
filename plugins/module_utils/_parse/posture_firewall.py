# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the chains of a firewall that see what comes in, by what nft and iptables-save print."""

from __future__ import annotations

from collections.abc import Iterable

from .._model.host_posture import Chain
from .firewall import NO_RULE

_BLOCKS = frozenset({"drop", "reject", "jump", "goto", "queue"})
# Targets of iptables that let through, or only look; anything else may turn away.
_LETS = frozenset({"ACCEPT", "LOG", "NFLOG", "MARK", "CONNMARK", "RETURN"})


def parse_nft(text: str) -> tuple[Chain, ...]:
    """``chain FAMILY TABLE NAME`` before what ``nft list chain`` says of each."""
    found: list[Chain] = []
    name = family = ""
    policy, rules, blocks = "accept", 0, False

    def end() -> None:
        if name:
            found.append(Chain(family, name, policy, rules, blocks))

    for line in map(str.strip, text.splitlines()):
        words = line.split()
        if words[:1] == ["chain"] and len(words) == 4 and words[3] != "{":
            end()
            family, name = words[1], " ".join(words[1:])
            policy, rules, blocks = "accept", 0, False
        elif words[:1] == ["type"]:
            if "policy" in words[:-1]:
                policy = words[words.index("policy") + 1].rstrip(";")
        elif words and words[0] not in ("table", "chain") and not line.startswith((*NO_RULE, "#")):
            rules += 1
            blocks = blocks or not _BLOCKS.isdisjoint(_bare(words))
    end()
    return tuple(found)


def _bare(words: Iterable[str]) -> frozenset[str]:
    """The words of a rule outside quotes, in which its comment and what it logs stand."""
    found, quoted = set(), False
    for word in words:
        if not quoted and '"' not in word:
            found.add(word)
        if word.count('"') % 2:
            quoted = not quoted
    return frozenset(found)


def parse_iptables(family: str, text: str) -> tuple[Chain, ...]:
    """The lines of iptables-save about INPUT; no chain where there are none."""
    policy, rules, blocks = None, 0, False
    for line in text.splitlines():
        words = line.split()
        if words[:1] == [":INPUT"] and len(words) > 1:
            policy = words[1].lower()
        elif words[:2] == ["-A", "INPUT"]:
            rules += 1
            targets = {words[at + 1] for at, word in enumerate(words[:-1]) if word in ("-j", "-g")}
            blocks = blocks or not targets <= _LETS
    return () if policy is None else (Chain(family, f"{family} filter INPUT", policy, rules, blocks),)
