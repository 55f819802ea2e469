# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: asks OpenSSH itself for the configuration it would use, as seldom as is right.

One ``ssh -G`` serves all hosts that OpenSSH's configuration cannot tell apart: same arguments, and the same
``Host`` patterns match. Where the configuration holds what cannot be foreseen (``Match``, tokens that OpenSSH
expands before it prints), every host is asked about.
"""

from __future__ import annotations

import fnmatch
import functools
import glob
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .honour import Config
from .model import SshSettings
from .proxy import jump_command, names_target
from .settings import NotHonoured, Supported, Surroundings, expand, first, hop, number, parse, settings, tokens

Ask = Callable[[Sequence[str]], str]
# Printed by ssh -G as they are written: their tokens are replaced here, per host.
_LATE = re.compile(r"^\s*(proxycommand|controlpath|identityfile|certificatefile|identityagent|localcommand)\b", re.I)
_CONTROL = re.compile(r"^\s*control(path|master|persist)\s*[= ]", re.IGNORECASE)
_MAX_HOPS = 8


def ask_ssh(argv: Sequence[str]) -> str:
    """What ``ssh -G`` prints. Raises NotHonoured where OpenSSH refuses the arguments."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotHonoured(f"{argv[0]} -G: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NotHonoured(f"OpenSSH refuses its configuration: {said[-1] if said else done.returncode}")
    return done.stdout.decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Telling:
    """What in configuration files tells hosts apart: ``Host`` patterns, fixed HostName values, and whether
    there is more that only OpenSSH can decide."""

    patterns: tuple[str, ...] = ()
    hostnames: tuple[str, ...] = ()
    undecidable: bool = False


def telling(files: Sequence[str], home: str) -> Telling:
    """Reads configuration files and what they include."""
    patterns: list[str] = []
    hostnames: set[str] = set()
    undecidable = False
    waiting, seen = list(files), set()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        try:
            with open(name, encoding="utf-8", errors="surrogateescape") as stream:
                lines = stream.read().splitlines()
        except OSError:
            continue
        for line in lines:
            match = re.match(r"^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*\S)", line)
            if not match:
                continue
            word, value = match.group(1).lower(), match.group(2)
            values = value.replace('"', " ").split()
            if word == "host":
                patterns += [item.lstrip("!") for item in values if item != "*"]
            elif word == "match":
                undecidable = undecidable or value.lower() != "all"
            elif word == "include":
                base = home + "/.ssh" if name.startswith(home + "/") else "/etc/ssh"
                for item in values:
                    undecidable = undecidable or "%" in item or "$" in item
                    item = home + item[1:] if item.startswith("~/") else item
                    waiting += sorted(glob.glob(item if item.startswith("/") else os.path.join(base, item)))
            elif "%" in value and not _LATE.match(line):
                undecidable = True
            if word == "hostname":
                hostnames.add(value.lower())
    return Telling(tuple(sorted(set(patterns))), tuple(sorted(hostnames)), undecidable)


class OpenSsh:
    """Settings of hosts as the installed OpenSSH would use them. Remembers what it asked."""

    def __init__(
        self, supported: Supported, around: Surroundings, ask: Ask = ask_ssh, system: str = "/etc/ssh/ssh_config"
    ) -> None:
        self._supported = supported
        self._around = around
        self._ask = ask
        self._system = system
        self._configs: dict[tuple[object, ...], tuple[str, Config]] = {}
        self._telling: dict[tuple[str, ...], Telling] = {}
        self._jumps: dict[tuple[object, ...], SshSettings] = {}

    def settings(self, argv: tuple[str, ...], host: str, depth: int = 0) -> SshSettings:
        """How ``argv host`` would connect; argv begins with the ssh executable. Raises NotHonoured."""
        if depth > _MAX_HOPS:
            raise NotHonoured(f"more than {_MAX_HOPS} jump hosts one behind the other")
        config = self.config(argv, host)
        defaults = self.config((argv[0], "-F", "none"), host)
        return settings(config, defaults, host, self._supported, self._around, self._proxy(argv, config, host, depth))

    def config(self, argv: tuple[str, ...], host: str) -> Config:
        """What OpenSSH prints for ``host``, or for another host it could not tell from this one."""
        alike = self._alike(argv, host)
        key: tuple[object, ...] = (argv, alike) if alike is not None else (argv, host, "alone")
        found = self._configs.get(key)
        if found is None:
            found = (host, parse(self._ask([argv[0], "-G", *argv[1:], "--", host])))
            self._configs[key] = found
        asked, config = found
        if asked != host and config.get("hostname") == (asked.lower(),):
            config = dict(config, hostname=(host.lower(),))
        return config

    def _alike(self, argv: tuple[str, ...], host: str) -> tuple[object, ...] | None:
        files = self._files(argv)
        what = self._telling.get(files)
        if what is None:
            what = self._telling[files] = telling(files, self._around.home)
        if what.undecidable or host.lower() in what.hostnames or _tells_hosts_apart(argv):
            return None
        lowered = host.lower()
        return tuple(_matches(pattern, host) or _matches(pattern, lowered) for pattern in what.patterns)

    def _files(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        named = _option_f(argv)
        if named is not None:
            return () if named == "none" else (named,)
        return (self._around.home + "/.ssh/config", self._system)

    def _proxy(self, argv: tuple[str, ...], config: Config, host: str, depth: int) -> SshSettings | str | None:
        jumps = first(config, "proxyjump")
        if jumps and jumps != "none":
            before, _comma, last = jumps.rpartition(",")
            name, options = hop(last)
            named = _option_f(argv)
            jump_argv = (argv[0],) + (("-F", named) if named is not None else ()) + tuple(options)
            return self._jump(jump_argv + (("-J", before) if before else ()), name, depth)
        written = first(config, "proxycommand")
        if not written or written == "none":
            return None
        command = expand(written, tokens(config, host, self._around))
        taken = jump_command(command, self._around.home)
        if taken is None or not names_target(taken.target, first(config, "hostname"), number(config, "port", 22)):
            return command
        return self._jump((argv[0], *taken.options), taken.host, depth)

    def _jump(self, argv: tuple[str, ...], written: str, depth: int) -> SshSettings:
        key = (argv, written)
        if key not in self._jumps:
            try:
                if written.startswith("ssh://"):
                    host, options = hop(written)
                else:
                    user, _at, host = written.rpartition("@")
                    options = ["-l", user] if user else []
                # A user or port among the options wins over the one written with the host, as in ssh itself.
                self._jumps[key] = self.settings(argv + tuple(options), host, depth + 1)
            except NotHonoured as refusal:
                raise NotHonoured(f"jump host {written}: {refusal}") from refusal
        return self._jumps[key]


def without_sharing(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments without those by which ssh processes share a connection, which often differ from host to host."""
    kept: list[str] = []
    for word in argv:
        if _CONTROL.match(word.removeprefix("-o")):
            if kept and kept[-1] == "-o":
                kept.pop()
            continue
        kept.append(word)
    return tuple(kept)


def _option_f(argv: Sequence[str]) -> str | None:
    for position, word in enumerate(argv):
        if word == "-F" and position + 1 < len(argv):
            return argv[position + 1]
        if word.startswith("-F") and len(word) > 2:
            return word[2:]
    return None


@functools.lru_cache(maxsize=1024)
def _tells_hosts_apart(argv: tuple[str, ...]) -> bool:
    options = [word[2:] if word.startswith("-o") else word for word in argv]
    return any(
        ("%" in word and not _LATE.match(word)) or re.match(r"^\s*(hostname|canonicalizehostname)\b", word, re.I)
        for word in options
    )


def _matches(pattern: str, host: str) -> bool:
    return fnmatch.fnmatchcase(host, pattern.replace("[", "[[]"))
