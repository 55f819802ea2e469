"""The lab's boot loader: which deployment boots next. Pure; counts boots as greenboot does in GRUB's environment.

A new default deployment may boot `attempts` times. Each boot spends one; `boot_success=1`, set by the host when its
health checks pass, ends the counting. When none is left the second entry boots and `boot_counter` is -1, which tells
the host that it is the fallback and has to make itself the default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COUNTER = "boot_counter"
SUCCESS = "boot_success"
DEFAULT = "boot_default"
STATUS = "boot_status"


@dataclass(frozen=True)
class Entry:
    """A Boot Loader Specification entry."""

    title: str
    version: int
    linux: str
    options: str

    @property
    def ostree(self) -> str:
        """The path behind `ostree=`; empty when the entry has none."""
        found = re.search(r"(?:^| )ostree=(\S+)", self.options)
        return found.group(1) if found else ""

    @property
    def cmdline(self) -> str:
        return f"BOOT_IMAGE=/boot{self.linux} {self.options}\n"


@dataclass(frozen=True)
class Choice:
    """What to boot: its place among the entries, and the environment to keep. `position` is None: nothing is left."""

    position: int | None
    environment: Mapping[str, str]


def parse_entry(text: str) -> Entry:
    """One entry file; keys it does not know are passed over."""
    fields = dict(line.split(maxsplit=1) for line in text.splitlines() if len(line.split(maxsplit=1)) == 2)
    return Entry(
        title=fields.get("title", ""),
        version=int(fields.get("version", "0")),
        linux=fields.get("linux", ""),
        options=fields.get("options", "").strip(),
    )


def parse_environment(text: str) -> dict[str, str]:
    """key=value lines."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def format_environment(environment: Mapping[str, str]) -> str:
    return "".join(f"{key}={environment[key]}\n" for key in sorted(environment))


def choose(deployments: Sequence[str], environment: Mapping[str, str], attempts: int) -> Choice:
    """Decide the next boot.

    deployments: names of the deployments behind the entries, the default first.
    environment: what the last boot left.
    """
    if not deployments:
        return Choice(None, dict(environment))
    default = deployments[0]
    if environment.get(DEFAULT) != default:
        environment = {DEFAULT: default, COUNTER: str(attempts), SUCCESS: "0"}
    if environment.get(SUCCESS) == "1" or COUNTER not in environment:
        return Choice(0, {DEFAULT: default, SUCCESS: environment.get(SUCCESS, "0")})
    left = int(environment[COUNTER])
    if left > 0:
        return Choice(0, {DEFAULT: default, COUNTER: str(left - 1), SUCCESS: "0"})
    if len(deployments) > 1:
        return Choice(1, {DEFAULT: default, COUNTER: "-1", SUCCESS: "0"})
    return Choice(None, dict(environment))
