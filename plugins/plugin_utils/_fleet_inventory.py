# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: Fleet -> what an inventory holds: variables, groups, and names that must not collide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..module_utils._command.fleet_ssh import JUMP_KEY, JUMP_KEY_VARIABLE, control_path, ssh_common_args
from ..module_utils._errors import FleetError
from ..module_utils._model.contract import Fleet, FleetHost
from ..module_utils._parse.contract import render_traffic

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 takes every text for a template unless told otherwise
    from ansible.utils.unsafe_proxy import wrap_var as untrusted

    def trust_as_template(value: str) -> str:
        return value

else:

    def untrusted(value: Any) -> Any:
        return value


_NO_TEMPLATE = re.compile(r"[\w .,:;@/=+()-]*")


def host_variables(fleet: Fleet, host: FleetHost, known_hosts: str, more: str = "") -> dict[str, Any]:
    """All variables of a host. Only the ssh arguments may hold a template; what the cloud said never is one.

    Raises ArgumentError for a known_hosts file that ssh would misread.
    """
    return {
        "ansible_host": trust_as_template(host.ssh.address),
        "ansible_port": host.ssh.port,
        "ansible_user": _shared(host.ssh.user),
        "ansible_ssh_common_args": _shared_arguments(ssh_common_args(host, known_hosts, more)),
        "ansible_control_path": trust_as_template(control_path(host, known_hosts)),
        "atomic_fleet_name": _shared(fleet.name),
        "atomic_fleet_pool": _shared(host.pool),
        "atomic_fleet_zone": _shared(host.zone),
        "atomic_fleet_cloud": _shared(host.cloud),
        "atomic_fleet_image": _shared(host.image),
        "atomic_fleet_id": _plain(host.id),
        "atomic_fleet_labels": {_shared(name): _shared(text) for name, text in host.labels.items()},
    }


def _plain(text: str) -> Any:
    """A text of the cloud's. What cannot be a template is trusted, or Ansible would show it wrapped as unsafe."""
    return trust_as_template(text) if _NO_TEMPLATE.fullmatch(text) else untrusted(text)


def _marked(value: Any) -> Any:
    """Every text in it as _plain makes it."""
    if isinstance(value, dict):
        return {_plain(name): _marked(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_marked(one) for one in value]
    return _plain(value) if isinstance(value, str) else value


# Marking a text for Ansible costs more than all else here, and most are the same for many hosts
_shared = lru_cache(maxsize=1024)(_plain)
_shared_arguments = lru_cache(maxsize=1024)(trust_as_template)


def group_names(fleet: Fleet, host: FleetHost) -> tuple[str, ...]:
    """The groups a host stands in."""
    return tuple(_group(kind, word) for kind, word in _words(fleet, host))


def own_groups(fleet: Fleet) -> tuple[str, ...]:
    """The groups that are there without a host in them: an idle pool's stays known to plays."""
    return (_group("fleet", fleet.name), *(_group("pool", pool.name) for pool in fleet.pools))


def group_variables(fleet: Fleet) -> dict[str, dict[str, Any]]:
    """Variables of the fleet's own group: what is the same for all its hosts, and may be set otherwise by users."""
    if not fleet.hosts:
        return {}
    # Of the fleet, not of the pool's group: pools of one name in two fleets share that. And lean: every host has it.
    found: dict[str, Any] = {
        "atomic_fleet_pool_images": {_shared(pool.name): _shared(pool.image) for pool in fleet.pools}
    }
    if fleet.traffic:
        found["atomic_fleet_traffic"] = _marked(render_traffic(fleet.traffic))
    if any(host.jump for host in fleet.hosts):
        found[JUMP_KEY_VARIABLE] = trust_as_template(JUMP_KEY)
    return {_group("fleet", fleet.name): found}


def check_names(fleets: Sequence[tuple[str, Fleet]]) -> None:
    """Refuses one host name in two fleets, and two pools (zones, …) that would become one group."""
    hosts: dict[str, str] = {}
    groups: dict[str, str] = {}
    for title, fleet in fleets:
        for pool in fleet.pools:
            _claim(groups, title, "pool", pool.name)
        for host in fleet.hosts:
            if host.name in hosts:
                raise FleetError(
                    f"The host {host.name!r} is in {_lower(hosts[host.name])} and in {_lower(title)}: host names must "
                    "be unique in an inventory, so rename one or read the fleets by two inventories."
                )
            hosts[host.name] = title
            for kind, word in _words(fleet, host):
                _claim(groups, title, kind, word)


def _claim(groups: dict[str, str], title: str, kind: str, word: str) -> None:
    group = _group(kind, word)
    if groups.setdefault(group, word) != word:
        raise FleetError(
            f"{title}: the {kind}s {groups[group]!r} and {word!r} would both become the group {group!r}: rename one."
        )


def _words(fleet: Fleet, host: FleetHost) -> tuple[tuple[str, str], ...]:
    return (("fleet", fleet.name), ("cloud", host.cloud), ("pool", host.pool), ("zone", host.zone))


@lru_cache(maxsize=4096)
def _group(kind: str, word: str) -> str:
    return f"{kind}_" + re.sub(r"[^A-Za-z0-9_]", "_", word)


def _lower(title: str) -> str:
    return "the " + title[0].lower() + title[1:] if not title.startswith("Terraform") else "the " + title
