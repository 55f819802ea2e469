# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the known_hosts file that is written from a contract."""

from __future__ import annotations

import hashlib
import os
import tempfile

from ..module_utils._command.fleet_ssh import known_hosts_lines
from ..module_utils._errors import FleetError
from ..module_utils._model.contract import Fleet


def known_hosts_path(directory: str, fleet: str, origin: str) -> str:
    """Where the known_hosts file of the fleet lies that the inventory ``origin`` reads: one each, always the same."""
    digest = hashlib.sha256(origin.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return os.path.join(directory, f"{fleet}-{digest}")


def write_known_hosts(path: str, fleet: Fleet, origin: str) -> None:
    """Writes the file whole and at once, mode 0600, and leaves it alone where nothing changed. Raises FleetError."""
    lines = (f"# Written by the inventory plugin atomic.fleet.terraform for the fleet {fleet.name}; do not edit.",)
    content = "\n".join((*lines, *known_hosts_lines(fleet))) + "\n"
    directory = os.path.dirname(path)
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if _holds(path, content):
            return
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=".known_hosts-")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(content)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as problem:
        raise FleetError(
            f"The known_hosts file {path} of {origin} cannot be written ({problem.strerror}): set "
            "`known_hosts_directory` to a folder that can."
        ) from problem


def _holds(path: str, content: str) -> bool:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read() == content and os.fstat(stream.fileno()).st_mode & 0o077 == 0
    except (OSError, UnicodeDecodeError):
        return False
