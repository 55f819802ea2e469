# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: Fleet -> what OpenSSH is told: known_hosts lines, arguments, the name of its master socket.

Everything put in here was held to a narrow alphabet when the contract was parsed (no blank, quote, percent or
shell character), so that only the private key, known when the task runs, needs quoting.
"""

from __future__ import annotations

import hashlib
import re

from .._errors import ArgumentError
from .._model.contract import Fleet, FleetHost, SshEndpoint

# ssh expands ~, % and $ in it, splits it at blanks, and it stands in a nested command line
_PLAIN_PATH = re.compile(r"/[\w@.,+:/=-]*")

# Of the fleet's group, so that it stands once and users can set another one for jump hosts. By itself: the key Ansible
# logs in to the host with, from variables or else from the command line, the environment or ansible.cfg.
JUMP_KEY_VARIABLE = "atomic_fleet_jump_private_key_file"
JUMP_KEY = (
    "{{ ansible_ssh_private_key_file if ansible_ssh_private_key_file is defined"
    " else ansible_private_key_file if ansible_private_key_file is defined"
    " else lookup('ansible.builtin.config', 'private_key_file', plugin_type='connection', plugin_name='ssh')"
    " | default('', true) }}"
)
_IDENTITY = f"(' -i ' ~ ({JUMP_KEY_VARIABLE} | quote) if {JUMP_KEY_VARIABLE} else '')"


def known_hosts_lines(fleet: Fleet) -> tuple[str, ...]:
    """One line for every key that a host, or a jump host, may answer with."""
    lines: dict[str, None] = {}
    for host in fleet.hosts:
        for endpoint in (*host.jump, host.ssh):
            pattern = _known_as(endpoint)
            for key in endpoint.host_keys:
                lines[f"{pattern} {key}"] = None
            if endpoint.host_key_authority is not None:
                lines[f"@cert-authority {pattern} {endpoint.host_key_authority}"] = None
    return tuple(lines)


def hosts_without_keys(fleet: Fleet) -> tuple[str, ...]:
    """Names of the hosts that cannot be reached yet, for want of a key of their own or of one of their hops."""
    return tuple(
        host.name
        for host in fleet.hosts
        if any(not end.host_keys and end.host_key_authority is None for end in (*host.jump, host.ssh))
    )


def ssh_common_args(host: FleetHost, known_hosts: str, more: str = "") -> str:
    """The host's ``ansible_ssh_common_args``; a Jinja template where there is a jump chain.

    ``known_hosts`` is an absolute path, ``more`` the user's own arguments, already quoted.
    Raises ArgumentError for a path that ssh would take for something else.
    """
    options = _host_key_options(known_hosts)
    arguments = options
    if host.jump:
        arguments += " -o {{ " + _proxy_setting(host.jump, options) + " | quote }}"
    if more:
        arguments += " " + more
    return arguments


def control_path(host: FleetHost, known_hosts: str) -> str:
    """The host's ``ansible_control_path``.

    Ansible names a master's socket after address, port and user only; two fleets that use the same private
    addresses would then talk to each other's hosts, past any check of host keys.
    """
    way = [known_hosts, *(f"{end.user}@{_target(end)}" for end in (*host.jump, host.ssh))]
    digest = hashlib.sha256("\n".join(way).encode("utf-8")).hexdigest()[:10]
    return f"%(directory)s/{digest}-%%r"


def _known_as(endpoint: SshEndpoint) -> str:
    address = endpoint.address.lower()
    return address if endpoint.port == 22 else f"[{address}]:{endpoint.port}"


def _target(endpoint: SshEndpoint) -> str:
    return f"[{endpoint.address}]:{endpoint.port}"


def _host_key_options(known_hosts: str) -> str:
    if _PLAIN_PATH.fullmatch(known_hosts) is None:
        raise ArgumentError(
            f"{known_hosts!r} cannot be given to ssh as a known_hosts file: set `known_hosts_directory` to an absolute "
            "path of letters, digits and the characters @ . , + : = _ -."
        )
    return f"-o UserKnownHostsFile={known_hosts} -o StrictHostKeyChecking=yes"


def _proxy_setting(jump: tuple[SshEndpoint, ...], options: str, depth: int = 0) -> str:
    """Jinja for the text ``ProxyCommand=ssh …`` that leads through ``jump``.

    Not ``ProxyJump``: ssh does not hand its options on to the hop, which would then be checked against another
    known_hosts file, or against none.
    """
    *before, hop = jump
    nested = f" ~ ' -o ' ~ ({_proxy_setting(tuple(before), options, depth + 1)} | quote)" if before else ""
    percent = "%" * 2**depth
    forward = f' -W "[{percent}h]:{percent}p" -p {hop.port} {hop.user}@{hop.address}'
    return f"('ProxyCommand=ssh' ~ {_IDENTITY} ~ ' -o BatchMode=yes {options}'{nested} ~ '{forward}')"
