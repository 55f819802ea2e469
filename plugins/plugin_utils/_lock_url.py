# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where a lock is, as tooz's URL, and what its driver needs."""

from __future__ import annotations

import importlib.util
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from ..module_utils._errors import ArgumentError

# tooz's drivers: what each imports, and what pip calls that
_CLIENTS: dict[str, tuple[str, str]] = {
    "file": ("tooz", "tooz"),
    "etcd3+http": ("etcd3gw", "etcd3gw"),
    "etcd3+https": ("etcd3gw", "etcd3gw"),
    "redis": ("redis", "redis"),
    "zookeeper": ("kazoo", "kazoo"),
    "postgresql": ("psycopg2", "psycopg2"),
    "mysql": ("pymysql", "PyMySQL"),
    "memcached": ("pymemcache", "pymemcache"),
    "kubernetes": ("sherlock", "sherlock kubernetes"),
}


def check_lock_url(url: str | None) -> None:
    """Raises ArgumentError where this is no lock, or a package for it is missing."""
    if not url:
        return
    scheme = urlsplit(url).scheme
    if scheme not in _CLIENTS or "://" not in url:
        raise ArgumentError(
            f"{without_secrets(url)!r} cannot be a lock; give one of tooz's URLs ({', '.join(_CLIENTS)}), "
            "as redis://host:6379."
        )
    for module, package in (("tooz", "tooz"), _CLIENTS[scheme]):
        if importlib.util.find_spec(module) is None:
            raise ArgumentError(missing_required_lib(package, reason=f"for locks at {scheme}://"))


def keeper_url(url: str | None, fleet: str, name: str) -> tuple[str, str]:
    """What tooz is given: where, and the lock's name there. A folder or a server may hold the locks of many fleets."""
    if not url:
        return "", ""
    if url.startswith("file:"):
        return f"file://{urlsplit(url).path.rstrip('/')}/{fleet}", name
    return url, f"/atomic.fleet/{fleet}/{name}"


def without_secrets(url: str, text: str | None = None) -> str:
    """The URL, or a text that may quote it, without user, password and options."""
    parts = urlsplit(url)
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if text is None:
        return bare
    for secret in (url, parts.netloc, parts.password, parts.query):
        if secret and secret not in bare:
            text = text.replace(secret, "…")
    return text
