# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: whether a firewall has rules, by what nft, iptables-save and firewall-cmd print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# What stands in a chain of nftables beside rules.
NO_RULE = ("type ", "policy ", "comment ", "devices ", "flags ", "}")


def firewall(words: Mapping[str, Any], status: int, said: Sequence[str], error: str) -> str | None:
    """Why the firewall is not as it should be; None where it is. ``error`` is what it says first where it
    fails."""
    tool, table, chain = words["tool"], words.get("table"), words.get("chain")
    if status:
        return f"{tool} says: {error}"
    if tool == "firewalld":
        return None
    if tool == "nftables":
        there = _nft_rules(said)
    else:
        there = [line for line in said if line.startswith("-A ") and chain in (None, line.split()[1])]
    if there:
        return None
    names = [f"{kind} {name}" for kind, name in (("table", table), ("chain", chain)) if name]
    return f"{tool} has no rule" + (f" in {', '.join(names)}" if names else "")


def _nft_rules(lines: Sequence[str]) -> list[str]:
    found, inside = [], False
    for line in map(str.strip, lines):
        if line.startswith("chain ") and line.endswith("{"):
            inside = True
        elif line == "}":
            inside = False
        elif inside and line and not line.startswith(NO_RULE):
            found.append(line)
    return found
