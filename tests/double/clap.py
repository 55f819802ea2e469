"""bootc's command lines, as its parser (clap) takes and refuses them: usage errors end with 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import UsageError

USAGE = 2


@dataclass(frozen=True)
class Argument:
    """One option. value: it takes one; choices: of these; conflicts: options it does not go with."""

    name: str
    value: bool = False
    short: str = ""
    choices: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Verb:
    """One subcommand; `word` names the one word it takes beside options."""

    arguments: tuple[Argument, ...]
    word: str = ""


SOFT_REBOOT = ("required", "auto")
QUIET = Argument("quiet")
PROGRESS = Argument("progress-fd", value=True)

VERBS: dict[str, Verb] = {
    "upgrade": Verb((
        QUIET,
        Argument("check", conflicts=("apply",)),
        Argument("apply", conflicts=("check",)),
        Argument("soft-reboot", value=True, choices=SOFT_REBOOT, conflicts=("check",)),
        Argument("download-only", conflicts=("check", "apply")),
        Argument("from-downloaded", conflicts=("check", "download-only")),
        Argument("tag", value=True),
        PROGRESS,
    )),
    "switch": Verb((
        QUIET, Argument("apply"), Argument("soft-reboot", value=True, choices=SOFT_REBOOT),
        Argument("transport", value=True), Argument("no-signature-verification"),
        Argument("enforce-container-sigpolicy"), Argument("mutate-in-place"), Argument("retain"), PROGRESS,
    ), "TARGET"),
    "rollback": Verb((Argument("apply"), Argument("soft-reboot", value=True, choices=SOFT_REBOOT))),
    "status": Verb((
        Argument("json"), Argument("format", value=True, choices=("humanreadable", "yaml", "json")),
        Argument("format-version", value=True), Argument("booted"), Argument("verbose", short="v"),
    )),
}  # fmt: skip
ALIASES = {"update": "upgrade"}


def fail(message: str) -> UsageError:
    return UsageError(f"{message}\n\nFor more information, try '--help'.", code=USAGE)


def parse(argv: Sequence[str], lacking: Sequence[str]) -> tuple[str, dict[str, Any], str | None]:
    """The subcommand, its values, and its word. lacking: options that this version does not have yet."""
    if not argv:
        raise fail("'bootc' requires a subcommand but one was not provided")
    name = ALIASES.get(argv[0], argv[0])
    if name not in VERBS:
        kind = "argument" if name.startswith("-") else "subcommand"
        raise fail(f"un{'expected' if kind == 'argument' else 'recognized'} {kind} '{argv[0]}'" + (
            " found" if kind == "argument" else ""
        ))  # fmt: skip
    verb = VERBS[name]
    known = {argument.name: argument for argument in verb.arguments if argument.name not in lacking}
    short = {argument.short: argument for argument in known.values() if argument.short}
    values: dict[str, Any] = {a.key: None if a.value else False for a in verb.arguments}
    words: list[str] = []
    rest = list(argv[1:])
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += rest
            break
        if word.startswith("-") and len(word) > 1:
            option, equals, value = word.lstrip("-").partition("=")
            argument = (known if word.startswith("--") else short).get(option)
            if argument is None:
                raise fail(f"unexpected argument '{word.partition('=')[0]}' found")
            values[argument.key] = take(argument, value if equals else None, rest)
        else:
            words.append(word)
    check(values, known, words, verb)
    return name, values, words[0] if words else None


def take(argument: Argument, value: str | None, rest: list[str]) -> Any:
    """The value of one option that was given."""
    said = f"--{argument.name}"
    if not argument.value:
        if value is not None:
            raise fail(f"unexpected value '{value}' for '{said}' found; no more were expected")
        return True
    placeholder = f"{said} <{argument.key.upper()}>"
    if value is None:
        if not rest or rest[0].startswith("-"):
            raise fail(f"a value is required for '{placeholder}' but none was supplied")
        value = rest.pop(0)
    if argument.choices and value not in argument.choices:
        raise fail(f"invalid value '{value}' for '{placeholder}'\n  [possible values: {', '.join(argument.choices)}]")
    return value


def check(values: Mapping[str, Any], known: Mapping[str, Argument], words: Sequence[str], verb: Verb) -> None:
    for argument in known.values():
        for other in argument.conflicts:
            if values[argument.key] and values[other.replace("-", "_")]:
                raise fail(f"the argument '--{argument.name}' cannot be used with '--{other}'")
    if verb.word and not words:
        raise fail(f"the following required arguments were not provided:\n  <{verb.word}>")
    extra = words[1 if verb.word else 0 :]
    if extra:
        raise fail(f"unexpected argument '{extra[0]}' found")
