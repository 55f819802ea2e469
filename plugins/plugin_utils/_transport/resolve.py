# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how each host is reached, asked of Ansible and of OpenSSH, not guessed."""

from __future__ import annotations

import dataclasses
import getpass
import os
import pwd
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ...module_utils._errors import ArgumentError
from . import ansible_way
from .ansible_way import AnsibleHost, AnsibleWay
from .model import Connection, SshSettings
from .openssh import OpenSsh, without_sharing
from .settings import NotHonoured, Surroundings

FAN_OUT = ("auto", "never")
_NAMED = 3
display = Display()
# Where ssh processes share a connection: often another place for every host, and nothing to asyncssh.
_SHARING = ("ansible_control_path", "ansible_control_path_dir")


def resolve(
    hosts: Iterable[str], *, action: Any, task_vars: Mapping[str, Any], fan_out: str = "auto"
) -> dict[str, Connection]:
    """A connection for every host. ``fan_out`` ``never`` sends all of them through Ansible's plugins.

    Nothing is connected to. A host whose settings are broken gets a connection with a ``problem``.
    """
    if fan_out not in FAN_OUT:
        raise ArgumentError(f"fan_out is {fan_out!r}; it must be one of {', '.join(FAN_OUT)}.")
    resolver = _Resolver(AnsibleWay(action, task_vars), fan_out)
    connections = {host: resolver.connection(host) for host in hosts}
    for sentence in other_way(connections):
        display.v(sentence)
    return connections


def other_way(connections: Mapping[str, Connection]) -> list[str]:
    """Who goes through Ansible's plugins and why, one sentence for each reason."""
    why: dict[str, list[str]] = {}
    for host, connection in connections.items():
        if connection.reason:
            why.setdefault(connection.reason, []).append(host)
    return [
        f"{', '.join(hosts[:_NAMED])}{f' and {len(hosts) - _NAMED} more' if len(hosts) > _NAMED else ''}: "
        f"through Ansible's connection plugin ({reason})"
        for reason, hosts in why.items()
    ]


@dataclasses.dataclass(frozen=True)
class _Alike:
    """What hosts with equal connection variables share. ``names`` are the variables that give the address."""

    ssh_argv: tuple[str, ...]
    names: tuple[str, ...]
    wrap: Callable[[str], tuple[str, str]]
    password: str | None
    retries: int
    reason: str


class _Resolver:
    def __init__(self, way: AnsibleWay, fan_out: str) -> None:
        self._way = way
        self._alike: dict[object, _Alike] = {}
        self._relevant: dict[tuple[str, str], tuple[str, ...]] = {}
        self._ring: Any = None
        self._openssh: OpenSsh | None = None
        self._checked: dict[object, str] = {}
        self._off = "" if fan_out == "auto" else "fan_out is never"
        if not self._off:
            self._off = self._prepare()

    def _prepare(self) -> str:
        """Loads asyncssh. Says why not where it is not there."""
        from .keys import MISSING, KeyRing, supported

        if MISSING:
            return f"the Python package asyncssh cannot be used: {MISSING}"
        entry = pwd.getpwuid(os.getuid())
        around = Surroundings(entry.pw_dir, _user(entry.pw_name), os.getuid(), dict(os.environ))
        self._ring = KeyRing()
        self._openssh = OpenSsh(supported(), around)
        return ""

    def connection(self, host: str) -> Connection:
        def build() -> AnsibleHost:
            return AnsibleHost(self._way, host)

        name = ""
        try:
            variables = self._way.variables(host)
            templar = self._way.templar(variables)
            name = self._way.connection_name(variables, templar)
            plain = Connection(host=host, plugin=name, build=build, wrap=_not_wrapped)
            if self._off or not ansible_way.is_ssh(name):
                return dataclasses.replace(plain, reason=self._off or f"its connection plugin is {name}")
            return self._over_ssh(plain, variables, templar)
        except AnsibleError as error:
            return Connection(
                host=host,
                plugin=name or "?",
                build=build,
                wrap=_not_wrapped,
                problem=f"its connection settings cannot be read: {error}",
            )

    def _over_ssh(self, plain: Connection, variables: Any, templar: Any) -> Connection:
        rendered = {
            name: _rendered(variables[name], templar)
            for name in self._names(plain.plugin, variables, templar)
            if name in variables
        }
        address_names = _address_names(plain.plugin)
        key = (
            plain.plugin,
            tuple((name, repr(value)) for name, value in rendered.items() if name not in address_names),
        )
        alike = self._alike.get(key)
        if alike is None:
            alike = self._alike[key] = self._ask_ansible(plain.host, variables, address_names)
        if alike.reason:
            return dataclasses.replace(plain, reason=alike.reason)
        address = next((str(rendered[name]) for name in reversed(alike.names) if name in rendered), plain.host)
        try:
            settings = self._settings(alike, address)
        except NotHonoured as refusal:
            return dataclasses.replace(plain, reason=str(refusal))
        return dataclasses.replace(plain, ssh=settings, wrap=alike.wrap, password=alike.password)

    def _settings(self, alike: _Alike, address: str) -> SshSettings:
        if self._openssh is None or address.startswith("-"):
            raise NotHonoured(f"the address {address} is left to OpenSSH")
        settings = self._openssh.settings(alike.ssh_argv, address)
        if alike.password and not settings.strict:
            raise NotHonoured("a password with unchecked host keys is left to OpenSSH")
        if alike.retries:
            settings = dataclasses.replace(settings, connect_attempts=settings.connect_attempts + alike.retries)
        self._check(settings)
        return settings

    def _check(self, settings: SshSettings) -> None:
        key = (settings.identities, settings.certificates, settings.agent, settings.methods, settings.proxy)
        if key not in self._checked:
            try:
                self._ring.check(settings)
                self._checked[key] = ""
            except NotHonoured as refusal:
                self._checked[key] = str(refusal)
        if self._checked[key]:
            raise NotHonoured(self._checked[key])

    def _ask_ansible(self, host: str, variables: Any, names: tuple[str, ...]) -> _Alike:
        """What Ansible makes of these variables, from one host that stands for all alike."""
        plugin = self._way.plugin(host, variables)
        reason = _beyond_asyncssh(plugin)
        argv: tuple[str, ...] = ()
        password = plugin.get_option("password") or plugin._play_context.password or None
        if not reason:
            # With sshpass the command line would begin with it and open a pipe that nobody reads.
            plugin.set_option("password_mechanism", "disable")
            built = plugin._build_command(plugin.get_option("ssh_executable"), "ssh")
            argv = without_sharing(tuple(os.fsdecode(word) for word in built))

        def wrap(script: str) -> tuple[str, str]:
            return ansible_way.wrap(plugin, script)

        return _Alike(
            ssh_argv=argv,
            names=names,
            wrap=wrap,
            password=str(password) if password else None,
            retries=int(plugin.get_option("reconnection_retries") or 0),
            reason=reason,
        )

    def _names(self, plugin: str, variables: Any, templar: Any) -> tuple[str, ...]:
        """The variables that can matter to the connection, its shell and its privilege escalation."""
        shell = str(_rendered(variables.get("ansible_shell_type"), templar) or "sh")
        method = _rendered(variables.get("ansible_become_method"), templar) or self._way.become_method
        key = (shell, method)
        found = self._relevant.get(key)
        if found is None:
            names = {name for group in constants.MAGIC_VARIABLE_MAPPING.values() for name in group}
            for kind, one in (("connection", plugin), ("shell", shell), ("become", method)):
                names.update(constants.config.get_plugin_vars(kind, one))
            found = self._relevant[key] = tuple(sorted(names - set(_SHARING)))
        return found


def _address_names(plugin: str) -> tuple[str, ...]:
    """The variables of the plugin's host option, the weakest first."""
    definition = constants.config.get_configuration_definitions("connection", plugin)["host"]
    return tuple(entry["name"] for entry in definition["vars"])


def _beyond_asyncssh(plugin: Any) -> str:
    """Why the plugin's options need OpenSSH itself; empty where they do not."""
    executable = str(plugin.get_option("ssh_executable"))
    reasons = (
        (os.path.basename(executable) != "ssh", f"ssh_executable is {executable}"),
        (plugin.get_option("private_key"), "private_key is handed to an agent of Ansible's"),
        (plugin.get_option("pkcs11_provider"), "pkcs11_provider is set"),
        (ansible_way.needs_password(plugin), "privilege escalation asks for a password"),
        (ansible_way.needs_terminal(plugin), f"{getattr(plugin.become, 'name', '')} needs a terminal"),
        (getattr(plugin._shell, "_IS_WINDOWS", False), "its shell is not a POSIX shell"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def _rendered(value: Any, templar: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str) and "{" not in value and type(value).__name__ != "EncryptedString":
        return value
    return templar.template(value)


def _not_wrapped(script: str) -> tuple[str, str]:
    return script, ""


def _user(fallback: str) -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return fallback
