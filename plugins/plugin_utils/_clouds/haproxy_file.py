# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: HAProxy's server-state-file, from which it knows after a reload what it was told before."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ...module_utils._errors import ArgumentError
from .model import TrafficError

_MODE = 0o644
_BEGINS = "1\n# "


@dataclass(frozen=True)
class StateFile:
    who: str
    path: Path

    def check(self) -> None:
        """Before anything is told to HAProxy that the file could not hold. Raises ArgumentError."""
        folder = self.path.resolve().parent
        if not os.access(folder, os.W_OK | os.X_OK):
            what = "cannot be written to" if folder.is_dir() else "is not there"
            raise ArgumentError(
                f"{self.who}: state_file is {self.path}, and its folder {what}; nothing was changed: let us write "
                "there, or leave state_file out and save the state when HAProxy is reloaded."
            )

    def write(self, dump: str) -> None:
        """What `show servers state` printed, whole or not at all; a file that is there keeps its mode and owner."""
        if not dump.startswith(_BEGINS):
            raise TrafficError(f"{self.who}: `show servers state` printed something else; {self._lost()}")
        path = self.path.resolve()
        try:
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
                try:
                    file.write(dump + "\n")
                    file.flush()
                    _like(path, file.fileno())
                    os.fsync(file.fileno())
                    os.replace(file.name, path)
                except BaseException:
                    os.unlink(file.name)
                    raise
        except OSError as error:
            raise TrafficError(f"{self.who}: state_file cannot be written ({error.strerror}); {self._lost()}") from None

    def _lost(self) -> str:
        return (
            f"HAProxy does what it was told, and would forget that over a reload: see to {self.path}, and start again."
        )


def _like(path: Path, file: int) -> None:
    try:
        was = path.stat()
    except FileNotFoundError:
        os.fchmod(file, _MODE)
        return
    if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(file, was.st_uid, was.st_gid)
    os.fchmod(file, was.st_mode & 0o777)
