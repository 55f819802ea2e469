# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the ostree remotes of a host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._command import remote as commands
from .._command.quote import check_line, check_option, check_remote
from .._errors import ArgumentError, HostError
from .._model.host import HostState, Remote
from .._model.steps import HostPlan, Step
from .._model.talk import Ask, Talk
from .._parse.sections import parse_sections
from .observe import answer
from .work import reason

_OWN_OPTIONS = ("url", "gpg-verify")


@dataclass(frozen=True)
class WishedRemote:
    """A remote as it shall be. ``key`` is a GPG key file in base64; ``options`` are further settings, of
    which those not named stay as they are."""

    name: str
    present: bool = True
    url: str | None = None
    gpg_verify: bool = True
    key: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_remote(self.name, "name")
        if self.present and self.url is None:
            raise ArgumentError("url says where the remote is: it cannot be left out")
        if self.url is not None:
            check_line(self.url, "url")
            if not re.match(r"(metalink=|mirrorlist=)?[a-z][a-z0-9+.-]*://", self.url):
                raise ArgumentError(f"url {self.url!r} cannot be used: it has no scheme such as https://")
        for key, value in self.options.items():
            check_option(key, "options: key")
            check_line(value, f"options: {key}")
            if key in _OWN_OPTIONS:
                raise ArgumentError(f"options: {key} has an argument of its own")


@dataclass(frozen=True)
class Keys:
    """Fingerprints of the keys that the remote trusts, and of those in the key file."""

    trusted: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(key for key in self.given if key not in self.trusted)


def ask_keys(host: str, wished: WishedRemote) -> Talk[Keys]:
    """Compares the key file with what the remote trusts, on the host, which has the tool for it."""
    if wished.key is None:
        return Keys()
    reply = yield Ask(commands.keys_script(wished.name, wished.key), note=f"keys of {wished.name}")
    sections = parse_sections(host, answer(host, reply))
    given = _fingerprints(sections["given"].text)
    if sections["given"].rc != 0 or not given:
        raise HostError(host, f"the key file of remote {wished.name} cannot be used: {reason(sections['given'].text)}")
    trusted = _fingerprints(sections["trusted"].text) if sections["trusted"].rc == 0 else ()
    return Keys(trusted, given)


def _fingerprints(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"^Key: ([0-9A-F]{16,})$", text, re.MULTILINE))


def plan_remote(state: HostState, wished: WishedRemote, keys: Keys) -> HostPlan:
    """The steps that make the remote so."""
    there = next((remote for remote in state.remotes if remote.name == wished.name), None)
    if not wished.present:
        if there is None:
            return HostPlan((), f"there is no remote {wished.name}")
        plan = HostPlan((Step("delete", f"delete remote {wished.name}", commands.delete(wished.name)),), "it is there")
    else:
        wanted = wished_state(there, wished)
        if there == wanted and not keys.missing:
            return HostPlan((), f"remote {wished.name} is so already")
        plan = HostPlan(_steps(wished, wanted, keys), f"remote {wished.name} is {'otherwise' if there else 'missing'}")
    if not state.can("root"):
        raise HostError(state.host, "remotes can only be changed by root: set become, or connect as root")
    return plan


def wished_state(there: Remote | None, wished: WishedRemote) -> Remote:
    """The remote as it will be."""
    options = dict(there.options) if there else {}
    options.update(wished.options)
    return Remote(wished.name, wished.url or "", wished.gpg_verify, options)


def _steps(wished: WishedRemote, wanted: Remote, keys: Keys) -> tuple[Step, ...]:
    settings = {"gpg-verify": "true" if wanted.gpg_verify else "false", **wanted.options}
    with_key = bool(keys.missing) and wished.key is not None
    steps = [Step("add", f"configure remote {wished.name}", commands.add(wished.name, wanted.url, settings, with_key))]
    if with_key:
        write = Step("write_key", "hand over the key", commands.write_key(wished.name, wished.key or ""))
        steps = [write, *steps, Step("drop_key", "take the key file away", commands.drop_key(wished.name))]
    return tuple(steps)
