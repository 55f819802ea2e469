# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the drains of a policy and its gates that ask a service: which kinds there are, and what
their words are. Texts may be templates, rendered with each host's variables where they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Callable

from .._model.gate import Gate
from .named_words import SERVICE, Kind, named_words
from .reader import Reader
from .service_kinds import KNOWN_DRAINS, KNOWN_GATES

TASKS = "tasks"
TRAFFIC = "traffic"
_PLACES = ("controller", "host")


def argv(read: Reader, key: str, value: Any) -> tuple[str, ...]:
    """A command as a list of words; an empty one does nothing."""
    if not isinstance(value, list):
        read.wrong(key, "must be a list: the command and its arguments, each a text of its own")
    return tuple([read.text(f"{key}[{index}]", one) for index, one in enumerate(value)])


def texts(read: Reader, key: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(name, str) and name for name in value):
        read.wrong(key, "must be a mapping of names to texts")
    return {name: read.text(f"{key}.{name}", one) for name, one in value.items()}


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def statuses(read: Reader, key: str, value: Any) -> tuple[int, ...]:
    fits = isinstance(value, list) and all(_whole(one, 100, 599) for one in value)
    if not fits or not value:
        read.wrong(key, "must be a list of at least one status of HTTP, such as [200, 204]")
    return tuple(value)


def port(read: Reader, key: str, value: Any) -> Any:
    template = isinstance(value, str) and "{{" in value
    if not template and not _whole(value, 1, 65535):
        read.wrong(key, f"is {value!r}; it must be a number from 1 to 65535, or a template")
    return value


def place(read: Reader, key: str, value: Any) -> str:
    return read.word(key, value, _PLACES)


def number(read: Reader, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < float("inf"):
        read.wrong(key, f"is {value!r}; it must be a number")
    return value


def when_empty(read: Reader, key: str, value: Any) -> str:
    return read.word(key, value, ("fail", "pass"))


def _bounded(read: Reader, key: str, words: Mapping[str, Any]) -> None:
    if "at_most" not in words and "at_least" not in words:
        read.wrong(key, "must have at_most or at_least")


GATES: Mapping[str, Kind] = {
    "http": Kind(
        SERVICE,
        {
            "url": Reader.text,
            "status": statuses,
            "contains": Reader.text,
            "headers": texts,
            "ca_file": Reader.text,
            "client_cert": Reader.text,
            "client_key": Reader.text,
        },
        ("url",),
    ),
    "prometheus": Kind(
        SERVICE,
        {
            "url": Reader.text,
            "query": Reader.text,
            "at_most": number,
            "at_least": number,
            "empty": when_empty,
            "headers": texts,
            "ca_file": Reader.text,
            "client_cert": Reader.text,
            "client_key": Reader.text,
        },
        ("url", "query"),
        check=_bounded,
    ),
    "tcp": Kind(SERVICE, {"port": port, "host": Reader.text}, ("port",)),
    TASKS: Kind(SERVICE, {"file": Reader.text}, ("file",)),
    **KNOWN_GATES,
}

DRAINS: Mapping[str, Kind] = {
    "command": Kind(SERVICE, {"drain": argv, "undrain": argv, "on": place}, ("drain", "undrain")),
    TASKS: Kind(SERVICE, {"drain": Reader.text, "undrain": Reader.text}, ("drain", "undrain")),
    **KNOWN_DRAINS,
}


def drains(read: Reader, key: str, value: Any) -> tuple[Gate, ...]:
    return named_words(read, key, value, DRAINS)


def anchored(entries: Sequence[Gate], place: Callable[[str], str]) -> tuple[Gate, ...]:
    """Files of tasks where ``place`` says that a path of the policy leads; all other entries as they are."""
    return tuple(
        [
            replace(one, words={word: place(path) for word, path in one.words.items()}) if one.kind == TASKS else one
            for one in entries
        ]
    )
