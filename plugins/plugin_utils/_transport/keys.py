# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: known_hosts and our own keys, read once and used for every host that names them."""

from __future__ import annotations

import asyncio
import copy
import os
from collections.abc import Sequence
from typing import Any

from .model import SshSettings
from .settings import NotHonoured, Supported

try:
    import asyncssh
except ImportError as problem:
    MISSING = str(problem)
    asyncssh = None  # type: ignore[assignment]
else:
    MISSING = ""

_CERTIFICATE = "-cert-v01@openssh.com"
Match = tuple[list[Any], list[Any], list[Any]]


def supported() -> Supported:
    """What the installed asyncssh can do."""
    from asyncssh.encryption import get_encryption_algs
    from asyncssh.kex import get_kex_algs
    from asyncssh.mac import get_mac_algs
    from asyncssh.public_key import get_certificate_algs, get_public_key_algs

    def names(algorithms: Sequence[bytes]) -> frozenset[str]:
        return frozenset(name.decode("ascii") for name in algorithms)

    return Supported(
        kex=names(get_kex_algs()),
        ciphers=names(get_encryption_algs()),
        macs=names(get_mac_algs()),
        signatures=names(get_public_key_algs()),
        host_keys=names([*get_public_key_algs(), *get_certificate_algs()]),
    )


def _bits(key: Any) -> int | None:
    """The size of an RSA key; None for other kinds."""
    if key.algorithm != b"ssh-rsa":
        return None
    return int(key.pyca_key.key_size)


def _names(kinds: Sequence[bytes]) -> set[str]:
    return {kind.decode("ascii") for kind in kinds}


class KeyRing:
    """Reads each file once. Everything is as OpenSSH would take it; nothing is ever written."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Any] = {}
        self._files: dict[str, list[Any]] = {}
        self._agents: dict[str, asyncio.Task[list[Any]]] = {}
        self._own: dict[tuple[object, ...], list[Any]] = {}

    # -- host keys --------------------------------------------------------------------------------

    def known(self, settings: SshSettings) -> Match:
        """(host keys, authorities, revoked keys) that known_hosts holds for the host."""
        table = self._known.get(settings.known_hosts)
        if table is None:
            table = asyncssh.import_known_hosts("")
            for name in settings.known_hosts:
                try:
                    with open(name, encoding="utf-8", errors="replace") as stream:
                        text = stream.read()
                except OSError:
                    continue
                for line in text.splitlines():
                    try:
                        table.load(line)
                    except ValueError:
                        continue  # as OpenSSH: a line that cannot be read is no key
            self._known[settings.known_hosts] = table
        hosts, authorities, revoked, *_x509 = table.match(settings.lookup, "", settings.lookup_port)
        if settings.lookup_port is not None:
            revoked = [*revoked, *self._revoked(table, settings)]
        allowed = set(settings.ca_algorithms)
        least = settings.required_rsa_bits
        trusted = [key for key in hosts if (_bits(key) or least) >= least]
        signing = [
            key for key in authorities if (_bits(key) or least) >= least and _names(key.sig_algorithms) & allowed
        ]
        return trusted, signing, list(revoked)

    @staticmethod
    def _revoked(table: Any, settings: SshSettings) -> list[Any]:
        """Keys revoked with the port and without: whichever names were looked up, both count."""
        with_port = table._match(settings.lookup, "", settings.lookup_port)
        without = table._match(settings.lookup, "")
        return [*with_port[2], *without[2]]

    def host_key_algorithms(self, settings: SshSettings, match: Match) -> list[str]:
        """The algorithms to offer: the configured ones for which a key or an authority is known, in order."""
        if not settings.strict:
            return list(settings.host_key_algorithms)
        hosts, authorities, _revoked = match
        kinds: set[str] = set()
        for key in hosts:
            kinds |= _names(key.sig_algorithms)
        return [
            name
            for name in settings.host_key_algorithms
            if (authorities if name.endswith(_CERTIFICATE) else name in kinds)
        ]

    # -- our own keys -----------------------------------------------------------------------------

    def check(self, settings: SshSettings) -> None:
        """Raises NotHonoured where a key that was named can only be used by OpenSSH."""
        if settings.identities_given and "publickey" in settings.methods:
            for name in settings.identities:
                self._pairs(name, settings)
        if isinstance(settings.proxy, SshSettings):
            self.check(settings.proxy)

    async def identities(self, settings: SshSettings) -> list[Any]:
        """Our key pairs in OpenSSH's order: the agent's that were named, the agent's others, then files.

        Each is a copy: asyncssh writes the chosen signature algorithm into it.
        """
        if "publickey" not in settings.methods:
            return []
        key = (
            settings.identities,
            settings.identities_given,
            settings.identities_only,
            settings.certificates,
            settings.agent,
            settings.required_rsa_bits,
        )
        if key not in self._own:
            self._own[key] = await self._usable(settings)
        return [copy.copy(pair) for pair in self._own[key]]

    async def _usable(self, settings: SshSettings) -> list[Any]:
        held = await self._agent_keys(settings.agent) if settings.agent else []
        by_data = {pair.key_public_data if not pair.has_cert else pair.public_data: pair for pair in held}
        first, last, named = [], [], set()
        for name in settings.identities:
            public = _public_data(name)
            if public is not None and public in by_data:
                first.append(by_data[public])
                named.add(public)
                continue
            last += self._pairs(name, settings)
        others = [] if settings.identities_only else [pair for data, pair in by_data.items() if data not in named]
        least = settings.required_rsa_bits
        pairs = [*self._certified(settings, first), *first, *others, *last]
        return [pair for pair in pairs if _long_enough(pair, least)]

    def _certified(self, settings: SshSettings, held: list[Any]) -> list[Any]:
        """Agent keys with the certificates that belong to them."""
        files = [*settings.certificates, *(name + "-cert.pub" for name in settings.identities)]
        certificates = [certificate for name in files for certificate in _certificates(name)]
        found = []
        for pair in held:
            for certificate in certificates:
                if certificate.key.public_data == pair.key_public_data and not pair.has_cert:
                    certified = copy.copy(pair)
                    certified.set_certificate(certificate)
                    found.append(certified)
        return found

    def _pairs(self, name: str, settings: SshSettings) -> list[Any]:
        found = self._files.get(name)
        if found is None:
            found = self._files[name] = self._load(name, settings)
        return found

    def _load(self, name: str, settings: SshSettings) -> list[Any]:
        if not os.path.isfile(name):
            return []
        certificates = [certificate for file in settings.certificates for certificate in _certificates(file)]
        try:
            pairs: list[Any] = list(asyncssh.load_keypairs([name], certlist=certificates))
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, OSError, ValueError) as error:
            public = _public_data(name)
            if not settings.identities_given or (public is not None and settings.agent):
                return []  # OpenSSH, asked by nobody at a terminal, passes over it too, or the agent holds it
            raise NotHonoured(f"identity file {name}: {error}") from error
        return pairs

    async def _agent_keys(self, socket: str) -> list[Any]:
        task = self._agents.get(socket)
        if task is None:
            task = self._agents[socket] = asyncio.ensure_future(_ask_agent(socket))
        return await asyncio.shield(task)


async def _ask_agent(socket: str) -> list[Any]:
    from asyncssh.agent import SSHAgentClient

    try:
        return list(await SSHAgentClient(socket).get_keys())
    except (OSError, ValueError, asyncssh.Error):
        return []  # OpenSSH goes on without an agent that does not answer


def _public_data(name: str) -> bytes | None:
    """The public half of an identity file, from the file itself or from the .pub beside it."""
    for candidate in (name + ".pub", name):
        try:
            return bytes(asyncssh.read_public_key(candidate).public_data)
        except (OSError, ValueError, asyncssh.KeyImportError):
            continue
    try:
        return bytes(asyncssh.read_private_key(name).public_data)
    except (OSError, ValueError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        return None


def _certificates(name: str) -> list[Any]:
    try:
        return [asyncssh.read_certificate(name)]
    except (OSError, ValueError, asyncssh.KeyImportError):
        return []


def _long_enough(pair: Any, least: int) -> bool:
    try:
        bits = _bits(asyncssh.import_public_key(pair.key_algorithm + b" " + _base64(pair.key_public_data)))
    except (asyncssh.KeyImportError, ValueError):
        return True
    return bits is None or bits >= least


def _base64(data: bytes) -> bytes:
    import binascii

    return binascii.b2a_base64(data, newline=False)
