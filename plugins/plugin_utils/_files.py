# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the files of a store in a folder: written whole or not at all, for their owner only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Protocol

from ..module_utils._errors import ArgumentError, FleetError

# where a document is, for people: a path, or a URL
Address = Path | str


class Files(Protocol):
    """The documents of one fleet, by names as ``plans/plan-3f9c….json``."""

    def address(self, name: str) -> Address:
        """Where that document is, or would be."""

    def read(self, name: str) -> bytes | None:
        """What is in it; None where it is not there."""

    def write(self, name: str, text: str) -> Address:
        """Write it whole or not at all. Raises FleetError."""

    def remove(self, name: str) -> bool:
        """Whether it was there."""


class LocalFiles:
    def __init__(self, root: Path) -> None:
        self.root = root

    def address(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str) -> bytes | None:
        path = self.root / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(path, path.name, error.strerror) from None

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        self.folder(path.parent)
        return write_file(path, text)

    def remove(self, name: str) -> bool:
        path = self.root / name
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise FleetError(f"{path}: cannot remove it ({error.strerror}).") from None
        return True

    def folder(self, folder: Path) -> Path:
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise FleetError(f"{folder}: cannot make this folder of the store ({error.strerror}).") from None
        return folder


def write_file(path: Path, text: str) -> Path:
    """Write a document whole or not at all. Raises FleetError."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise FleetError(f"{path}: cannot write it ({error.strerror}).") from None
    return path


def unreadable(place: Address, what: str, why: str | None) -> ArgumentError:
    return ArgumentError(f"{place}: cannot read this {what} ({why}).")
