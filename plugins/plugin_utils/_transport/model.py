# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what is known of the way to a host, as frozen values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from ...module_utils._errors import FleetError
from ...module_utils._model.talk import Reply

Result = TypeVar("Result")


@dataclass(frozen=True)
class SshSettings:
    """Everything asyncssh needs to reach one host (or one jump host) as OpenSSH would have done.

    Hashable: equal settings share one connection to a jump host. ``lookup`` and ``lookup_port`` are the
    name under which the host key is looked up. ``proxy`` is a jump host, or a command to run.
    Times are seconds; None leaves it to the kernel.
    """

    hostname: str
    user: str
    port: int = 22
    lookup: str = ""
    lookup_port: int | None = None
    known_hosts: tuple[str, ...] = ()
    strict: bool = True
    family: str = "any"
    identities: tuple[str, ...] = ()
    identities_given: bool = False
    identities_only: bool = False
    certificates: tuple[str, ...] = ()
    agent: str | None = None
    kex: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    host_key_algorithms: tuple[str, ...] = ()
    ca_algorithms: tuple[str, ...] = ()
    signature_algorithms: tuple[str, ...] = ()
    required_rsa_bits: int = 1024
    compression: bool = False
    connect_timeout: float | None = None
    connect_attempts: int = 1
    alive_interval: int = 0
    alive_count: int = 3
    tcp_keepalive: bool = True
    methods: tuple[str, ...] = ("publickey", "keyboard-interactive", "password")
    send_env: tuple[str, ...] = ()
    set_env: tuple[str, ...] = ()
    other_methods: bool = False
    proxy: SshSettings | str | None = None


class PluginHost(Protocol):
    """One host behind one of Ansible's connection plugins. Blocking: lives in a thread."""

    def ask(self, script: str, marker: str, fresh: bool) -> Reply: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Connection:
    """How one host is reached.

    ``ssh`` is set where asyncssh can honour the host's connection settings; where it is None the host is
    reached through ``plugin``, Ansible's connection plugin, and ``reason`` says why. ``problem`` is set
    where the settings themselves are broken: nothing can be asked of such a host.
    ``wrap`` turns a script into the command that the login shell gets, privilege escalation included, and
    the marker line to strip from its output.
    """

    host: str
    plugin: str
    build: Callable[[], PluginHost] = field(repr=False, compare=False)
    wrap: Callable[[str], tuple[str, str]] = field(repr=False, compare=False)
    ssh: SshSettings | None = None
    password: str | None = field(default=None, repr=False, compare=False)
    reason: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """How a talk ended: with a ``value``, with an ``error``, or ``stopped`` (says why) before its end."""

    value: Result | None = None
    error: FleetError | None = None
    stopped: str = ""

    @property
    def ok(self) -> bool:
        return self.error is None and not self.stopped
