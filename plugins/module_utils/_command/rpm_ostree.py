# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: rpm-ostree's command lines, as argument lists."""

from __future__ import annotations

Argv = tuple[str, ...]


def deploy(checksum: str, flags: Argv = ()) -> Argv:
    """Stage a commit of the ref that is followed, with all that is layered."""
    return ("rpm-ostree", "deploy", *flags, checksum)


def rebase(source: str, checksum: str | None = None, flags: Argv = ()) -> Argv:
    """Stage what another ref or image holds, and follow that from then on."""
    return ("rpm-ostree", "rebase", *flags, source, *([checksum] if checksum else []))


def upgrade(flags: Argv = ()) -> Argv:
    """Stage the newest of what is followed."""
    return ("rpm-ostree", "upgrade", *flags)


def rollback() -> Argv:
    """Have the deployment after the booted one boot next, as it stands."""
    return ("rpm-ostree", "rollback")


def cleanup_pending() -> Argv:
    """Take away all that would boot instead of what runs."""
    return ("rpm-ostree", "cleanup", "--pending")


def finalize_deployment(wanted: str) -> Argv:
    """Unlock what is staged and reboot into it: refused where that is not ``wanted`` (a commit or a digest)."""
    return ("rpm-ostree", "finalize-deployment", wanted)


def cancel() -> Argv:
    """End the daemon's transaction, whoever began it."""
    return ("rpm-ostree", "cancel")
