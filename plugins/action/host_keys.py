# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns the keys of hosts that none is known of, by their consoles, and writes them down for Terraform."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._fleet.choice import few
from ..module_utils._model.host_key import Machine
from ..module_utils._parse.tfvars import merged, parse_variables
from ..plugin_utils._files import write_file
from ..plugin_utils._fleet_task import FleetAction
from ..plugin_utils._host_keys import Learner, is_known, need_asyncssh
from ..plugin_utils._known import Known
from ..plugin_utils._transport.keys import KeyRing
from ..plugin_utils._transport.resolve import resolve

_MODE = 0o644
_VARIABLES = {"cloud": "atomic_fleet_cloud", "id": "atomic_fleet_id", "zone": "atomic_fleet_zone"}


class ActionModule(FleetAction):
    SHARED: ClassVar[dict[str, dict[str, Any]]] = {}
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "source": {"type": "str", "choices": ["console"], "default": "console"},
        "path": {"type": "path"},
        "timeout": {"type": "int", "default": 600},
        "at_once": {"type": "int", "default": 64},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        need_asyncssh()
        path = Path(arguments["path"]).absolute() if arguments["path"] else None
        before = "" if path is None else _read(path)
        kept = parse_variables(before or "{}", str(path))
        hosts = self.hosts(variables)
        connections = resolve(hosts, action=self, task_vars=variables)
        ring = KeyRing()
        unknown = [host for host in hosts if not is_known(connections[host], ring)]
        known = self.known(variables)
        with self.watch() as watch:
            learner = Learner(watch, self.say, arguments["timeout"], arguments["at_once"])
            learnt = learner.learn([_machine(known, host) for host in unknown], connections)
        after = merged(kept, learnt.keys) if learnt.keys else before
        changed = path is not None and after != before
        if changed and path is not None and not self._task.check_mode:
            _write(path, after)
        result: dict[str, Any] = {
            "changed": changed,
            "host_keys": {name: list(keys) for name, keys in learnt.keys.items()},
            "known": [host for host in hosts if host not in set(unknown)],
            "refused": {name: error.message for name, error in learnt.refused.items()},
        }
        if path is not None:
            result["path"] = str(path)
            if self._task.diff:
                headers = {"before_header": str(path), "after_header": str(path)}
                result["diff"] = {"before": before, "after": after, **headers}
        if learnt.refused:
            result.update(failed=True, msg=_sentence(learnt.refused, len(learnt.keys)))
        return result


def _machine(known: Known, host: str) -> Machine:
    found = known.some(host, _VARIABLES)
    if len(found) < len(_VARIABLES):
        missing = ", ".join(name for key, name in _VARIABLES.items() if key not in found)
        raise ArgumentError(
            f"{host}: no host key is known of it, and neither is {missing}, by which its console would be found; use "
            "the inventory plugin atomic.fleet.terraform, or leave the host out."
        )
    return Machine(host, **found)


def _read(path: Path) -> str:
    """The file as it is; nothing where it is not there yet."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ArgumentError(f"{path}: it cannot be read ({why}); correct `path`.") from None


def _write(path: Path, text: str) -> None:
    write_file(path, text)
    try:
        os.chmod(path, _MODE)
    except OSError as error:
        raise FleetError(f"{path}: it cannot be made readable for Terraform ({error.strerror}).") from None


def _sentence(refused: Mapping[str, FleetError], taken: int) -> str:
    first, *others = refused
    said = refused[first].message
    if others:
        said += f" No key was taken of {few(others)} either, see refused."
    if taken:
        said += f" The keys of {taken} other host{'s' if taken > 1 else ''} were taken."
    return said
