"""GLib's command lines: options of a table, in any order, and what GLib says of one that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import UsageError


@dataclass(frozen=True)
class Option:
    """One option. kind: flag, value, or list (may be given again)."""

    name: str
    short: str = ""
    kind: str = "flag"

    @property
    def key(self) -> str:
        return self.name.replace("-", "_")


def parse(table: Iterable[Option], argv: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Values by option (underscores for hyphens), and the words that are no options."""
    long: Mapping[str, Option] = {option.name: option for option in table}
    short = {option.short: option for option in long.values() if option.short}
    values: dict[str, Any] = {o.key: False if o.kind == "flag" else None for o in long.values()}
    values |= {o.key: [] for o in long.values() if o.kind == "list"}
    rest: list[str] = []
    words = list(argv)
    while words:
        word = words.pop(0)
        if word == "--":
            rest += words
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            option = long.get(name)
            if option is None or (equals and option.kind == "flag"):
                raise UsageError(f"Unknown option {word}" if option is None else f"Option --{name} takes no value")
            store(values, option, value if equals else None, words, f"--{name}")
        elif word.startswith("-") and len(word) > 1:
            for place, letter in enumerate(word[1:], 1):
                option = short.get(letter)
                if option is None:
                    raise UsageError(f"Unknown option {word}")
                attached = word[place + 1 :] if option.kind != "flag" else ""
                store(values, option, attached or None, words, f"-{letter}")
                if attached:
                    break
        else:
            rest.append(word)
    return values, rest


def store(values: dict[str, Any], option: Option, value: str | None, words: list[str], said: str) -> None:
    if option.kind == "flag":
        values[option.key] = True
        return
    if value is None:
        if not words:
            raise UsageError(f"Missing argument for {said}")
        value = words.pop(0)
    if option.kind == "list":
        values[option.key].append(value)
    else:
        values[option.key] = value
