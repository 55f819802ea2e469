# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the kernel arguments of what boots next: where they stand, and how they are changed."""

from __future__ import annotations

from collections.abc import Iterable

from .._model.host import Deployment

Argv = tuple[str, ...]

# A line for every boot entry: the folder of its deployment, and what the kernel is given. What is staged has no
# entry yet: ostree keeps it in a file of its own, in binary.
_READ = r"""
for _f in /boot/loader/entries/*.conf; do
  while read -r _key _value; do
    case $_key in options) ;; *) continue;; esac
    _path=${_value##*ostree=}
    [ "$_path" != "$_value" ] || continue
    _folder=$(readlink -f "/sysroot${_path%% *}")
    printf 'entry %s %s\n' "${_folder##*/}" "$_value"
  done <"$_f"
done
if [ -e /run/ostree/staged-deployment ]; then
  echo staged
  od -An -v -tx1 /run/ostree/staged-deployment
fi
"""


def read() -> Argv:
    return ("sh", "-c", _READ)


def stage(entry: Deployment, arguments: Iterable[str], lock_flag: bool = False) -> Argv:
    """Stage what is deployed once more, following what it follows, with these arguments and no others; ``ostree=`` is
    added by ostree."""
    return (
        "ostree",
        "admin",
        "deploy",
        "--stage",
        *(["--lock-finalization"] if lock_flag else []),
        f"--os={entry.stateroot}",
        f"--origin-file=/ostree/deploy/{entry.stateroot}/deploy/{entry.checksum}.{entry.serial}.origin",
        "--karg-none",
        *[f"--karg-append={argument}" for argument in arguments],
        entry.checksum,
    )


def change(added: Iterable[str], removed: Iterable[str], flags: Argv = ()) -> Argv:
    """Have rpm-ostree stage what boots next once more, with other arguments."""
    return (
        "rpm-ostree",
        "kargs",
        *flags,
        *[f"--delete-if-present={argument}" for argument in removed],
        *[f"--append-if-missing={argument}" for argument in added],
    )
