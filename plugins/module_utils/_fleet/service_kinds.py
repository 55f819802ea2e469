# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the words of the drains and gates of services that are known by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .named_words import SERVICE, Kind, Word
from .reader import Reader

_GROUP = re.compile(r"[a-zA-Z0-9.-]+\Z")
# seconds: sessions end, pods leave and slots come free in minutes, not in the half minute that an answer takes
_WHILE = 300.0


def _texts(read: Reader, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        read.wrong(key, "must be a list of at least one text")
    return tuple([read.text(f"{key}[{index}]", one) for index, one in enumerate(value)])


def _group(read: Reader, key: str, value: Any) -> str:
    group = read.text(key, value)
    if "{{" not in group and not _GROUP.match(group):
        read.wrong(key, f"is {group!r}; FleetLock knows groups of letters, digits, dots and dashes")
    return group


def _one_of(*words: str) -> Word:
    def reads(read: Reader, key: str, value: Any) -> str:
        return read.word(key, value, words)

    return reads


def _login(read: Reader, key: str, words: Mapping[str, Any]) -> None:
    kubeconfig: Sequence[str] = [word for word in ("kubeconfig", "context") if word in words]
    if "url" in words and kubeconfig:
        read.wrong(f"{key}.{kubeconfig[0]}", "does not go with url; a kubeconfig says where the cluster is")
    for word in ("token", "ca_file"):
        if word in words and "url" not in words:
            read.wrong(f"{key}.{word}", "needs url; without it a kubeconfig says how to log in")


_TLS: Mapping[str, Word] = {"ca_file": Reader.text, "client_cert": Reader.text, "client_key": Reader.text}
_CONSUL: Mapping[str, Word] = {"url": Reader.text, "token": Reader.text, "service": Reader.text}
_CEPH: Mapping[str, Word] = {
    "flag": _one_of("noout", "norebalance", "nobackfill", "norecover"),
    "command": _texts,
}
_HAPROXY = Kind(
    SERVICE,
    {"socket": Reader.text, "backend": Reader.text, "server": Reader.text},
    ("socket", "backend"),
    timeout=_WHILE,
)
# which balancers a host is behind, the inventory knows
_TRAFFIC = Kind(SERVICE, {"balancer": Reader.text}, timeout=_WHILE)
_KUBERNETES: Mapping[str, Word] = {
    "kubeconfig": Reader.text,
    "context": Reader.text,
    "url": Reader.text,
    "token": Reader.text,
    "ca_file": Reader.text,
    "node": Reader.text,
}

KNOWN_DRAINS: Mapping[str, Kind] = {
    "fleet_lock": Kind(
        SERVICE,
        {"url": Reader.text, "group": _group, "id": Reader.text, **_TLS},
        ("url",),
        timeout=_WHILE,
    ),
    "haproxy": _HAPROXY,
    "consul": Kind(SERVICE, {**_CONSUL, "reason": Reader.text, **_TLS}, timeout=_WHILE),
    "kubernetes": Kind(
        SERVICE,
        {**_KUBERNETES, "empty_dir": _one_of("refuse", "delete"), "unmanaged": _one_of("refuse", "evict")},
        check=_login,
        timeout=_WHILE,
    ),
    "ceph": Kind(SERVICE, _CEPH, timeout=_WHILE),
    "traffic": _TRAFFIC,
}
KNOWN_GATES: Mapping[str, Kind] = {
    "haproxy": _HAPROXY,
    "consul": Kind(SERVICE, {**_CONSUL, "node": Reader.text, "datacenter": Reader.text, **_TLS}, timeout=_WHILE),
    "kubernetes": Kind(SERVICE, {**_KUBERNETES, "agents": _texts}, check=_login, timeout=_WHILE),
    "ceph": Kind(SERVICE, {**_CEPH, "allow": _texts}, timeout=_WHILE),
    "traffic": _TRAFFIC,
}
