# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the known_hosts file that is written from a contract."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from typing import Any

from ..module_utils._command.fleet_ssh import known_hosts_lines
from ..module_utils._errors import FleetError
from ..module_utils._model.contract import Fleet

CARRIED = "atomic_fleet_known_hosts"
_FLEETS = "fleet_"


def known_hosts_path(directory: str, fleet: str, origin: str) -> str:
    """Where the known_hosts file of the fleet lies that the inventory ``origin`` reads: one each, always the same."""
    digest = hashlib.sha256(origin.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return os.path.join(directory, f"{fleet}-{digest}")


def write_known_hosts(path: str, fleet: Fleet, origin: str) -> None:
    """Writes the file whole and at once, mode 0600, and leaves it alone where nothing changed. Raises FleetError."""
    _write(path, known_hosts_text(fleet), origin)


def known_hosts_text(fleet: Fleet) -> str:
    title = f"# Written by the inventory plugin atomic.fleet.terraform for the fleet {fleet.name}; do not edit."
    return "\n".join((title, *known_hosts_lines(fleet))) + "\n"


def carried(path: str, fleet: Fleet) -> dict[str, Any]:
    """The variables by which an inventory that was read on another machine brings the file along. AWX turns the
    checking of host keys off for all that does not say otherwise."""
    return {CARRIED: {"file": path, "text": known_hosts_text(fleet)}, "ansible_host_key_checking": True}


def bring_known_hosts(variables: Mapping[str, Any]) -> None:
    """Writes the files that the inventory carries and this machine lacks. Raises FleetError."""
    hostvars = variables.get("hostvars", {})
    firsts = [hosts[0] for group, hosts in variables.get("groups", {}).items() if group.startswith(_FLEETS) and hosts]
    for found in (hostvars[name].get(CARRIED) for name in firsts if name in hostvars):
        if found and not os.path.exists(found["file"]):
            _write(found["file"], found["text"], f"the inventory's {CARRIED}")


def _write(path: str, content: str, origin: str) -> None:
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
