# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: opens connections to hosts and, once for all who need them, to jump hosts."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import fnmatch
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from .background import in_thread
from .keys import KeyRing
from .model import SshSettings
from .proxy_process import ProxyProcess

try:
    import asyncssh
except ImportError:  # who gets here has seen to it that asyncssh is there
    asyncssh = None  # type: ignore[assignment]

_FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}
_RESOLVERS = 16
_JUMP_ALIVE = 10
# Seconds for a host to say its key, where the connection's own settings leave that open.
_SCAN = 15
# how a host says that waiting for it is in vain
NO_KNOWN_KEY = "no host key is known"


class NoKnownHostKey(Exception):
    """known_hosts has nothing for the host: it is not even spoken to."""


def _any_key() -> Any:
    """A client for StrictHostKeyChecking no: asyncssh itself still refuses what is revoked."""

    class AnyKey(asyncssh.SSHClient):
        def validate_host_public_key(self, host: str, addr: str, port: int, key: Any) -> bool:
            return True

        def validate_host_ca_key(self, host: str, addr: str, port: int, key: Any) -> bool:
            return True

    return AnyKey()


class Dialer:
    """Lives in one event loop. Connections to jump hosts are kept until close()."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._jumps: dict[SshSettings, asyncio.Task[Any]] = {}
        self._proxies: list[ProxyProcess] = []
        self._resolvers = asyncio.Semaphore(_RESOLVERS)
        self._options: dict[tuple[object, ...], asyncssh.SSHClientConnectionOptions] = {}
        self._sent: dict[tuple[object, ...], dict[str, str]] = {}

    async def open(self, settings: SshSettings, password: str | None = None) -> Any:
        """An asyncssh connection, host key checked and logged in.

        Raises asyncssh.Error, OSError, TimeoutError or NoKnownHostKey.
        """
        for attempt in range(settings.connect_attempts):
            try:
                async with asyncio.timeout(settings.connect_timeout):
                    return await self._connect(settings, password)
            except (asyncssh.PermissionDenied, asyncssh.HostKeyNotVerifiable, NoKnownHostKey):
                raise
            except (asyncssh.Error, OSError, TimeoutError):
                if attempt + 1 == settings.connect_attempts:
                    raise
                await asyncio.sleep(min(30, 2**attempt - 1))
        raise TimeoutError

    async def _connect(self, settings: SshSettings, password: str | None) -> Any:
        match = self._ring.known(settings)
        hosts, authorities, revoked = match
        if settings.strict and not hosts and not authorities:
            name = f"[{settings.lookup}]:{settings.lookup_port}" if settings.lookup_port else settings.lookup
            files = " ".join(settings.known_hosts) or "known_hosts"
            raise NoKnownHostKey(f"{NO_KNOWN_KEY} for {name} in {files}")
        offered = self._ring.host_key_algorithms(settings, match)
        if not offered:
            raise NoKnownHostKey(f"the keys known for {settings.lookup} are of kinds that HostKeyAlgorithms leaves out")
        trusted = ([], [], revoked) if not settings.strict else (hosts, authorities, revoked)
        pairs = await self._ring.identities(settings)
        arguments: dict[str, Any] = {
            "options": self._shared(settings),
            "host": settings.hostname,
            "port": settings.port,
            "known_hosts": lambda _host, _address, _port: trusted,
            "server_host_key_algs": offered,
            # Also the name that a host's certificate must be for.
            "host_key_alias": settings.lookup if settings.lookup != settings.hostname else None,
            "client_keys": pairs or None,
            "password": password,
            "config": None,
        }
        if isinstance(settings.proxy, SshSettings):
            return await asyncssh.connect(tunnel=await self._jump(settings.proxy), **arguments)
        if isinstance(settings.proxy, str):
            return await self._through(settings.proxy, arguments)
        sock = await self._dial(settings)
        try:
            return await asyncssh.connect(sock=sock, **arguments)
        except BaseException:
            sock.close()
            raise

    async def host_key(self, settings: SshSettings, algorithms: Sequence[str]) -> str | None:
        """The public key (``type base64``) that a host proves to have, trusted or not; None where it has none for
        these algorithms. Nobody logs in, but at jump hosts, whose keys are checked.

        Raises what open() does.
        """
        arguments: dict[str, Any] = {
            "host": settings.hostname,
            "port": settings.port,
            "options": self._shared(settings),
            "server_host_key_algs": list(algorithms),
            "config": None,
        }
        try:
            async with asyncio.timeout(settings.connect_timeout or _SCAN):
                key = await self._answered(settings, arguments)
        except asyncssh.KeyExchangeFailed:
            return None
        kind, blob = key.export_public_key("openssh").decode("ascii").split()[:2]
        return f"{kind} {blob}"

    async def _answered(self, settings: SshSettings, arguments: dict[str, Any]) -> Any:
        if isinstance(settings.proxy, SshSettings):
            return await asyncssh.get_server_host_key(tunnel=await self._jump(settings.proxy), **arguments)
        if isinstance(settings.proxy, str):
            return await self._through(settings.proxy, arguments, asyncssh.get_server_host_key)
        sock = await self._dial(settings)
        try:
            return await asyncssh.get_server_host_key(sock=sock, **arguments)
        except BaseException:
            sock.close()
            raise

    async def _through(
        self, command: str, arguments: dict[str, Any], use: Callable[..., Awaitable[Any]] | None = None
    ) -> Any:
        """A connection through a ProxyCommand, whose process lives as long as the connection."""
        for proxy in [one for one in self._proxies if not one.running()]:
            self._proxies.remove(proxy)
            proxy.end()
        proxy = ProxyProcess(command, os.environ)
        self._proxies.append(proxy)
        try:
            return await (use or asyncssh.connect)(sock=proxy.sock, **arguments)
        except (asyncssh.ConnectionLost, OSError) as error:
            raise OSError(proxy.said() or str(error)) from error

    async def _jump(self, settings: SshSettings) -> Any:
        """The one connection to a jump host. Whoever waits for it may give up without ending it for the others."""
        task = self._jumps.get(settings)
        if task is not None and task.done() and (task.cancelled() or task.exception() or _closed(task.result())):
            task = None
        if task is None:
            task = self._jumps[settings] = asyncio.ensure_future(self.open(_kept(settings)))
            task.add_done_callback(_look_at)
        return await asyncio.shield(task)

    async def _dial(self, settings: SshSettings) -> socket.socket:
        """A connected TCP socket. Every address of a name is tried, as OpenSSH does."""
        loop = asyncio.get_running_loop()
        family = _FAMILIES.get(settings.family, socket.AF_UNSPEC)
        problem: OSError | None = None
        for kind, address in await self._addresses(settings.hostname, settings.port, family):
            sock = socket.socket(kind, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                await loop.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                problem = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise problem or OSError(f"no address for {settings.hostname}")

    async def _addresses(self, name: str, port: int, family: int) -> list[tuple[int, Any]]:
        for kind in (socket.AF_INET, socket.AF_INET6):
            with contextlib.suppress(OSError):
                socket.inet_pton(kind, name)
                return [(kind, (name, port))]

        def ask() -> list[tuple[int, Any]]:
            found = socket.getaddrinfo(name, port, family, socket.SOCK_STREAM)
            return [(int(kind), address) for kind, _type, _protocol, _canonical, address in found]

        async with self._resolvers:
            return await in_thread(ask)

    def _shared(self, settings: SshSettings) -> asyncssh.SSHClientConnectionOptions:
        """What hosts with the same settings have in common, worked out once."""
        key = (
            settings.user,
            settings.strict,
            settings.kex,
            settings.ciphers,
            settings.macs,
            settings.signature_algorithms,
            settings.compression,
            settings.alive_interval,
            settings.alive_count,
            settings.tcp_keepalive,
            settings.methods,
        )
        found = self._options.get(key)
        if found is None:
            found = self._options[key] = asyncssh.SSHClientConnectionOptions(
                username=settings.user,
                client_factory=None if settings.strict else _any_key,
                kex_algs=list(settings.kex),
                encryption_algs=list(settings.ciphers),
                mac_algs=list(settings.macs),
                signature_algs=list(settings.signature_algorithms),
                compression_algs=["zlib@openssh.com", "none"] if settings.compression else ["none"],
                keepalive_interval=settings.alive_interval,
                keepalive_count_max=settings.alive_count,
                tcp_keepalive=settings.tcp_keepalive,
                preferred_auth=list(settings.methods),
                public_key_auth="publickey" in settings.methods,
                kbdint_auth="keyboard-interactive" in settings.methods,
                password_auth="password" in settings.methods,
                client_keys=None,
                agent_path=None,
                known_hosts=b"",
                x509_trusted_certs=None,
                x509_trusted_cert_paths=None,
                gss_host=None,
                login_timeout=0,
                connect_timeout=None,
                config=None,
            )
        return found

    def environment(self, settings: SshSettings) -> dict[str, str]:
        """What of our environment is sent to hosts with these settings, worked out once."""
        key = (settings.send_env, settings.set_env)
        if key not in self._sent:
            self._sent[key] = environment(settings, os.environ)
        return self._sent[key]

    async def close(self) -> None:
        for task in self._jumps.values():
            if task.done() and not task.cancelled() and not task.exception():
                task.result().abort()
            else:
                task.cancel()
        for proxy in self._proxies:
            proxy.end()


def environment(settings: SshSettings, own: Mapping[str, str]) -> dict[str, str]:
    """The environment to send: SendEnv's patterns over our own, then SetEnv."""
    patterns = [pattern for pattern in settings.send_env if not pattern.startswith("-")]
    sent = {name: value for name, value in own.items() if any(fnmatch.fnmatchcase(name, one) for one in patterns)}
    for item in settings.set_env:
        name, _equals, value = item.partition("=")
        sent[name] = value
    return sent


def _closed(connection: Any) -> bool:
    return bool(connection.is_closed())


def _kept(settings: SshSettings) -> SshSettings:
    """A jump host that dies without a word must be noticed: many wait behind it, and none of them can tell."""
    return dataclasses.replace(settings, alive_interval=settings.alive_interval or _JUMP_ALIVE)


def _look_at(task: asyncio.Task[Any]) -> None:
    """An error of a jump host that nobody waits for any more is not worth a warning."""
    if not task.cancelled():
        task.exception()
