# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the gates of a policy: which kinds there are, and what their words are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from .._model.gate import Gate
from .._parse.gates import LOCKDOWN
from .named_words import ALWAYS, HOST, Kind, named_words
from .reader import Reader
from .service_words import GATES

_UNIT = re.compile(r"[A-Za-z0-9:_.@\\-]{1,255}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,252}\Z")
_CHAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}\Z")
_TABLE = re.compile(r"((ip|ip6|inet|arp|bridge|netdev) )?[A-Za-z_][A-Za-z0-9_.-]{0,127}\Z")
_FSTYPE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}\Z")
RUNTIMES = ("auto", "containerd", "crio", "docker", "podman")
FIREWALLS = ("nftables", "iptables", "firewalld")
SELINUX = ("enforcing", "permissive", "disabled")


def _fits(read: Reader, key: str, value: Any, pattern: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not pattern.match(value):
        read.wrong(key, f"is {value!r}, which is no {what}")
    return value


def _units(read: Reader, key: str, value: Any) -> tuple[str, ...]:
    return tuple([_fits(read, key, name, _UNIT, "name of a unit") for name in read.names(key, value)])


def _containers(read: Reader, key: str, value: Any) -> tuple[str, ...]:
    return tuple([_fits(read, key, name, _NAME, "name of a container") for name in read.names(key, value)])


def _argv(read: Reader, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value) or not value[0]:
        read.wrong(key, "must be a list of a program and its arguments, each a text")
    if any("\0" in one for one in value):
        read.wrong(key, "holds a NUL character, which no command can be given")
    return tuple(value)


def _paths(read: Reader, key: str, value: Any) -> tuple[str, ...]:
    for path in read.names(key, value):
        if not path.startswith("/") or "\0" in path or posixpath.normpath(path) != path:
            read.wrong(key, f"names {path!r}; write whole paths from / on, without a / at the end")
    return tuple(value)


def _fstype(read: Reader, key: str, value: Any) -> str:
    return _fits(read, key, value, _FSTYPE, "type of a file system, such as xfs")


def _table(read: Reader, key: str, value: Any) -> str:
    return _fits(read, key, value, _TABLE, "table, such as filter, or inet filter")


def _chain(read: Reader, key: str, value: Any) -> str:
    return _fits(read, key, value, _CHAIN, "name of a chain")


def _one_of(*words: str) -> Any:
    def reads(read: Reader, key: str, value: Any) -> str:
        return read.word(key, value, words)

    return reads


def _firewall(read: Reader, key: str, words: Mapping[str, Any]) -> None:
    tool, table = words["tool"], words.get("table", "")
    if tool == "firewalld" and len(words) > 1:
        read.wrong(key, "asks firewalld, which takes neither table nor chain")
    if tool == "iptables" and " " in table:
        read.wrong(f"{key}.table", f"is {table!r}; a table of iptables has no family")
    if tool == "nftables" and "chain" in words and not table:
        read.wrong(key, "must have the table that the chain is in")


KINDS: Mapping[str, Kind] = {
    "deployment": Kind(ALWAYS),
    "failed_units": Kind(ALWAYS),
    "greenboot": Kind(ALWAYS),
    "units": Kind(HOST, {"names": _units}, ("names",)),
    "command": Kind(HOST, {"argv": _argv}, ("argv",)),
    "mounts": Kind(HOST, {"paths": _paths, "fstype": _fstype}, ("paths",)),
    "firewall": Kind(HOST, {"tool": _one_of(*FIREWALLS), "table": _table, "chain": _chain}, ("tool",), check=_firewall),
    "container_runtime": Kind(HOST, {"runtime": _one_of(*RUNTIMES), "running": _containers}),
    "selinux": Kind(HOST, {"mode": _one_of(*SELINUX)}, ("mode",)),
    # nothing is less than none
    "lockdown": Kind(HOST, {"mode": _one_of(*LOCKDOWN[1:])}, ("mode",)),
    **GATES,
}


def gates(read: Reader, key: str, value: Any) -> tuple[Gate, ...]:
    return named_words(read, key, value, KINDS)
