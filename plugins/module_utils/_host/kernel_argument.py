# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the kernel arguments of what boots next."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from .._command import kernel_argument as commands
from .._command.quote import shown
from .._errors import ArgumentError, HostError
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Talk
from .._parse.kernel_argument import goal, parse_arguments
from .backend import Steps, arm, carries_rpm_ostree, hold_back, root_only
from .seen import carry_out_seen, look

_ARGUMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(=[!#-~]*)?")
# They say where the system is, and are put there by ostree, the installer and the boot loader.
_NOT_OURS = ("ostree", "root", "initrd", "BOOT_IMAGE")


@dataclass(frozen=True)
class WishedArguments:
    """Arguments as they shall be: ``name`` or ``name=value`` each. With ``replace`` an argument with a value takes
    the place of all others of its name. To be absent, a name alone means whatever value it has."""

    arguments: tuple[str, ...]
    present: bool = True
    replace: bool = False

    def __post_init__(self) -> None:
        for argument in self.arguments:
            if not _ARGUMENT.fullmatch(argument):
                raise ArgumentError(
                    f"name: {shown(argument)} cannot be used: an argument is NAME or NAME=VALUE, without blanks and "
                    "quotation marks"
                )
            if _name(argument) in _NOT_OURS:
                raise ArgumentError(
                    f"name: {_name(argument)} cannot be changed: it says where the system is, and ostree, the "
                    "installer or the boot loader sees to it"
                )
        if self.replace and not self.present:
            raise ArgumentError("replace says what happens to other values: it does not go with state absent")


def _name(argument: str) -> str:
    return argument.partition("=")[0]


@dataclass(frozen=True)
class Look:
    """A host, and what its goal (_parse.kernel_argument) boots with."""

    state: HostState
    arguments: tuple[str, ...]


def wanted(arguments: tuple[str, ...], wished: WishedArguments) -> tuple[str, ...]:
    """The arguments as they will be: the others keep their places, new ones come last."""
    if not wished.present:
        return tuple([one for one in arguments if one not in wished.arguments and _name(one) not in wished.arguments])
    replaced = {_name(one) for one in wished.arguments if "=" in one} if wished.replace else set()
    kept = [one for one in arguments if one in wished.arguments or _name(one) not in replaced]
    return (*kept, *dict.fromkeys([one for one in wished.arguments if one not in kept]))


def plan_arguments(seen: Look, wished: WishedArguments) -> HostPlan:
    """The steps that make it so from the next boot on. HostError where this host cannot."""
    state, after = seen.state, wanted(seen.arguments, wished)
    entry = goal(state)
    if after == seen.arguments:
        return HostPlan((), f"{entry.label} boots so already", entry.checksum)
    root_only(state)
    added = tuple((Counter(after) - Counter(seen.arguments)).elements())
    removed = tuple((Counter(seen.arguments) - Counter(after)).elements())
    if state.backend == "ostree":
        steps = _by_ostree(state, entry, after, _words(added, removed))
    elif carries_rpm_ostree(state):
        steps = _by_rpm_ostree(state, entry, added, removed)
    else:
        raise HostError(
            state.host,
            "bootc has no command for kernel arguments, and there is no rpm-ostree; put them into the image "
            "(/usr/lib/bootc/kargs.d) and roll that out",
        )
    return HostPlan(steps, f"{entry.label} is to boot {_words(added, removed)}", entry.checksum)


def _by_ostree(state: HostState, entry: Deployment, after: tuple[str, ...], words: str) -> Steps:
    if not state.can("stage"):
        raise HostError(state.host, f"its ostree {state.tool_version} cannot stage deployments")
    own = state.can("lock-finalization")
    argv = commands.stage(entry, after, entry.locked and own)
    steps = (Step("stage", f"stage {entry.label} {words}", argv), arm(entry.label))
    return (*steps, hold_back(state, entry.label)) if entry.locked and not own else steps


def _by_rpm_ostree(state: HostState, entry: Deployment, added: tuple[str, ...], removed: tuple[str, ...]) -> Steps:
    own = state.can("rpm-ostree-lock")
    argv = commands.change(added, removed, ("--lock-finalization",) if entry.locked and own else ())
    steps = (Step("kargs", f"stage {entry.label} {_words(added, removed)}", argv), arm(entry.label))
    return (*steps, hold_back(state, entry.label)) if entry.locked and not own else steps


def _words(added: tuple[str, ...], removed: tuple[str, ...]) -> str:
    parts = [f"{word} {' '.join(names)}" for word, names in (("with", added), ("without", removed)) if names]
    return " and ".join(parts)


def look_at(host: str) -> Talk[Look]:
    """The host and the arguments, in one round trip."""
    return look(host, "kargs", commands.read(), lambda state, text: Look(state, parse_arguments(state, text)))


def change_arguments(seen: Look, wished: WishedArguments, timeout: float = 600.0) -> Talk[tuple[HostPlan, Look]]:
    """Makes it so from the next boot on; returns what was done, and the host afterwards."""
    host = seen.state.host
    return carry_out_seen(seen, lambda: look_at(host), lambda one: plan_arguments(one, wished), "kargs", timeout)
