# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: bootc's command lines, as argument lists."""

from __future__ import annotations

Argv = tuple[str, ...]


def switch(name: str, signed: bool = False) -> Argv:
    """Stage an image and follow it. ``signed``: the host's container policy has to allow it."""
    return ("bootc", "switch", "--quiet", *(["--enforce-container-sigpolicy"] if signed else []), name)


def upgrade(download_only: bool = False) -> Argv:
    """Stage the newest of the image that is followed; held back with ``download_only``."""
    return ("bootc", "upgrade", "--quiet", *(["--download-only"] if download_only else []))


def release() -> Argv:
    """Let what was held back be applied at the next reboot."""
    return ("bootc", "upgrade", "--quiet", "--from-downloaded")


def rollback() -> Argv:
    """Have the other deployment boot next, as it stands; what is staged goes."""
    return ("bootc", "rollback")
