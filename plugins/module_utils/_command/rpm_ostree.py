# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: rpm-ostree's command lines, as argument lists."""

from __future__ import annotations

from collections.abc import Sequence

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


def install(packages: Sequence[str], uninstall: Sequence[str] = (), flags: Sequence[str] = ()) -> Argv:
    """Layer packages, names or files, and take others away in the same transaction."""
    return ("rpm-ostree", "install", *flags, *_each("uninstall", uninstall), *packages)


def uninstall(packages: Sequence[str], flags: Sequence[str] = ()) -> Argv:
    return ("rpm-ostree", "uninstall", *flags, *packages)


def override(
    remove: Sequence[str],
    replace: Sequence[str],
    install_too: Sequence[str] = (),
    uninstall_too: Sequence[str] = (),
    flags: Sequence[str] = (),
) -> Argv:
    """Take packages out of the base, put files in the place of others, and layer, in one transaction."""
    more = (*flags, *_each("install", install_too), *_each("uninstall", uninstall_too))
    if remove:
        return ("rpm-ostree", "override", "remove", *more, *_each("replace", replace), *remove)
    return ("rpm-ostree", "override", "replace", *more, *replace)


def override_reset(packages: Sequence[str], flags: Sequence[str] = ()) -> Argv:
    return ("rpm-ostree", "override", "reset", *flags, *packages)


def apply_live(replacing: bool) -> Argv:
    """Give the running system what boots next; ``replacing`` allows to take away what it runs with."""
    return ("rpm-ostree", "apply-live", *(("--allow-replacement",) if replacing else ()))


def _each(option: str, values: Sequence[str]) -> Argv:
    return tuple(f"--{option}={value}" for value in values)
