# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: ostree's remotes, as command lines."""

from __future__ import annotations

from collections.abc import Mapping

from .observe import RUN
from .quote import command
from .sections import BEGIN, END, PRELUDE

Argv = tuple[str, ...]


def key_path(name: str) -> str:
    return f"{RUN}/key-{name}"


def write_key(name: str, encoded: str) -> Argv:
    """Puts a key (base64) where ostree can import it from."""
    return ("sh", "-c", 'printf %s "$1" | base64 -d >"$2"', "sh", encoded, key_path(name))


def drop_key(name: str) -> Argv:
    return ("rm", "-f", key_path(name))


def add(name: str, url: str, settings: Mapping[str, str], key: bool) -> Argv:
    """Adds a remote or gives it this very configuration; keys it trusts already stay."""
    argv: Argv = ("ostree", "remote", "add", "--force")
    argv += tuple(f"--set={option}={value}" for option, value in sorted(settings.items()))
    if key:
        argv += (f"--gpg-import={key_path(name)}",)
    return (*argv, name, url)


def delete(name: str) -> Argv:
    return ("ostree", "remote", "delete", name)


def keys_script(name: str, encoded: str) -> str:
    """Which keys a remote trusts (section ``trusted``) and which a key file holds (section ``given``)."""
    return (
        PRELUDE
        + "umask 077\nS=$(mktemp -d /run/atomic-fleet.key.XXXXXX) || exit 1\n"
        + "trap 'rm -rf \"$S\"' EXIT\ntrap 'exit 1' HUP INT TERM PIPE\n"
        + f"_trusted() {{ ostree remote gpg-list-keys {command([name])}; }}\n"
        + "_given() {\n"
        + f'  printf %s {command([encoded])} | base64 -d >"$S/key" || return\n'
        + '  ostree --repo="$S/repo" init --mode=bare || return\n'
        + '  ostree --repo="$S/repo" remote add --gpg-import="$S/key" given http://127.0.0.1/ || return\n'
        + '  ostree --repo="$S/repo" remote gpg-list-keys given\n}\n'
        + BEGIN
        + "say trusted _trusted\nsay given _given\n"
        + END
    )
