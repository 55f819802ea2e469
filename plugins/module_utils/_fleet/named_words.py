# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: lists of a policy whose entries are a name, or a name with words: gates and drains.

An entry is ``name``, or a mapping of one key such as ``units: {names: [web.service]}``. Every kind that takes words
takes ``timeout`` too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from .._model.gate import PATIENCE, Gate
from .reader import Reader

# Who is asked: nobody anew (every look tells it), the host in the same look, or a service, once for a wave.
ALWAYS, HOST, SERVICE = "always", "host", "service"
TIMEOUT = "timeout"
# Reads the value of one word; the key is its whole path, for the sentence where it is wrong.
Word = Callable[[Reader, str, Any], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of entry: who is asked, its words with what reads them, and those that may not be left out.

    ``check`` refuses words that do not go together. ``timeout`` is the one where none is given.
    """

    asks: str
    words: Mapping[str, Word] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    check: Callable[[Reader, str, Mapping[str, Any]], None] | None = None
    timeout: float = PATIENCE


def named_words(read: Reader, key: str, value: Any, kinds: Mapping[str, Kind]) -> tuple[Gate, ...]:
    """The entries of one list, in their order. The same kind may stand there with other words."""
    if not isinstance(value, list):
        read.wrong(key, f"must be a list of names, or of mappings of one name to its words; there are {_all(kinds)}")
    found: list[Gate] = []
    for index, entry in enumerate(value):
        gate = _entry(read, f"{key}[{index}]", entry, kinds)
        if any((one.kind, one.words) == (gate.kind, gate.words) for one in found):
            read.wrong(f"{key}[{index}]", f"is {gate.kind} again, with the same words; leave one out")
        found.append(gate)
    return tuple(found)


def _entry(read: Reader, key: str, value: Any, kinds: Mapping[str, Kind]) -> Gate:
    if isinstance(value, dict) and len(value) == 1:
        name, words = next(iter(value.items()))
    elif isinstance(value, str):
        name, words = value, {}
    else:
        read.wrong(key, f"must be a name, or a mapping of one name to its words; there are {_all(kinds)}")
    read.word(key, name, tuple(kinds))
    kind, key = kinds[name], f"{key}.{name}"
    if not isinstance(words, dict):
        read.wrong(key, "must be a mapping of words")
    if words and kind.asks == ALWAYS:
        read.wrong(key, "takes no words")
    return _gate(read, key, name, words, kind)


def _gate(read: Reader, key: str, name: str, words: Mapping[Any, Any], kind: Kind) -> Gate:
    known = (*kind.words, TIMEOUT)
    for word in words:
        if word not in known:
            read.wrong(f"{key}.{word}", f"is no word of {name}; there are {', '.join(sorted(known))}")
    for word in kind.needs:
        if word not in words:
            read.wrong(key, f"must have {word}")
    # in the order of the kind, so that the same words are written the same
    said = {word: reads(read, f"{key}.{word}", words[word]) for word, reads in kind.words.items() if word in words}
    if kind.check is not None:
        kind.check(read, key, said)
    return Gate(name, said, read.timeout(f"{key}.{TIMEOUT}", words[TIMEOUT]) if TIMEOUT in words else kind.timeout)


def _all(kinds: Mapping[str, Kind]) -> str:
    return ", ".join(kinds)


def render_named(gate: Gate, kinds: Mapping[str, Kind]) -> Any:
    """The entry as named_words reads it."""
    words = {word: list(said) if isinstance(said, tuple) else said for word, said in gate.words.items()}
    if gate.timeout != kinds[gate.kind].timeout:
        words[TIMEOUT] = gate.timeout
    return {gate.kind: words} if words else gate.kind
