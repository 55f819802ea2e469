# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what takes space on a host and boots nothing, and how it is taken away."""

from __future__ import annotations

from collections.abc import Iterable

Argv = tuple[str, ...]

_READ = r"""
for _d in /ostree/deploy/*/deploy/*.[0-9]*/; do
  if [ -d "$_d" ]; then _d=${_d%/}; echo "folder ${_d##*/}"; fi
done
for _f in /var/cache/rpm-ostree/repomd/*; do
  if [ -e "$_f" ]; then echo "repomd ${_f##*/}"; fi
done
"""


def read() -> Argv:
    return ("sh", "-c", _READ)


def ostree() -> Argv:
    """Have ostree take away folders that are no deployments any more, and what only they needed."""
    return ("ostree", "admin", "cleanup")


def rpm_ostree(kinds: Iterable[str]) -> Argv:
    """``kinds`` are rpm-ostree's own words: pending, rollback, base, repomd."""
    return ("rpm-ostree", "cleanup", *[f"--{kind}" for kind in kinds])
