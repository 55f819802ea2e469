# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the kernel arguments that the deployments of a host boot with."""

from __future__ import annotations

from .._errors import HostError, ParseError
from .._model.host import Deployment, HostState
from .gvariant import parse_dictionary, parse_texts


def goal(state: HostState) -> Deployment:
    """The deployment whose arguments are meant: what is staged, held back or not, else what boots next."""
    entry = state.staged or state.next_boot
    if entry is None:
        raise HostError(state.host, "has no deployment that boots next")
    return entry


def parse_arguments(state: HostState, text: str) -> tuple[str, ...]:
    """What the goal boots with, but for ``ostree=``, out of the boot entries and of what ostree keeps of a staged
    deployment. Raises HostError, ParseError."""
    head, _line, staged = text.partition("\nstaged\n") if not text.startswith("staged\n") else ("", "", text[7:])
    entries = {}
    for line in head.splitlines():
        words = line.split()
        if words[:1] != ["entry"] or len(words) < 2:
            raise ParseError(f"{state.host}: a line about its boot entries cannot be read: {line[:80]!r}")
        entries[words[1]] = tuple([word for word in words[2:] if not word.startswith("ostree=")])
    entry = goal(state)
    if entry.staged:
        own = _staged(state.host, staged)
        if own is not None:
            return own
        # ostree gives it those of what runs when it is finalised
        entry = state.booted or entry
    name = f"{entry.checksum}.{entry.serial}"
    if name not in entries:
        raise HostError(state.host, f"no boot entry in /boot/loader/entries says what {entry.label} boots with")
    return entries[name]


def _staged(host: str, text: str) -> tuple[str, ...] | None:
    try:
        kind, value = parse_dictionary(bytes.fromhex("".join(text.split()))).get("kargs", ("", b""))
        return parse_texts(value) if kind == "as" else None
    except ValueError as error:
        raise ParseError(f"{host}: /run/ostree/staged-deployment cannot be read: {error}") from None
