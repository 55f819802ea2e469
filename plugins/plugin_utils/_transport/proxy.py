# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: recognises a ProxyCommand that is nothing but ssh to a jump host. Pure."""

from __future__ import annotations

import os.path
import shlex
from dataclasses import dataclass

_WITH_VALUE = frozenset("BbcDEeFIiJLlmOopQRSwP")
_ALONE = frozenset("46AaCfGgKkMNnqsTtVvXxYy")
# Anything a shell would act on, but the brackets people write around %h.
_SHELL = frozenset(";|&<>()$`*?{}\n\\#!")


@dataclass(frozen=True)
class JumpCommand:
    """``options`` are ssh's own, in order; ``host`` is the jump host as written; ``target`` what -W names."""

    options: tuple[str, ...]
    host: str
    target: str


def jump_command(command: str, home: str) -> JumpCommand | None:
    """``ssh [options] -W target host`` taken apart; None where the command is anything else.

    The percent tokens are already replaced.
    """
    if any(character in _SHELL for character in command):
        return None
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    words = [home + word[1:] if word.startswith("~/") else word for word in words]
    if words and words[0] == "exec":
        words = words[1:]
    if not words or os.path.basename(words[0]) != "ssh":
        return None
    return _parsed(words[1:])


def _parsed(words: list[str]) -> JumpCommand | None:
    options: list[str] = []
    target = host = None
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            if host is not None:
                return None  # a remote command
            host = word
            continue
        if word == "--":
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in _ALONE:
                options.append("-" + letter)
                continue
            if letter != "W" and letter not in _WITH_VALUE:
                return None
            if not letters and not rest:
                return None
            value = letters or rest.pop(0)
            letters = ""
            if letter == "W":
                target = value
            else:
                options += ["-" + letter, value]
    if target is None or host is None:
        return None
    return JumpCommand(tuple(options), host, target)


def names_target(target: str, hostname: str, port: int) -> bool:
    """Whether ``-W target`` leads to the very host the command was written for."""
    return target in (f"[{hostname}]:{port}", f"{hostname}:{port}")
