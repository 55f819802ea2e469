# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: from what ``ssh -G`` printed to settings. Pure: no file, process or clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .honour import Config, unhonoured
from .model import SshSettings

_YES = frozenset(["yes", "true", "unbound", "host-bound"])
_METHODS = ("publickey", "keyboard-interactive", "password")
_PLAIN = re.compile(r"^[A-Za-z0-9._:@%\[\]+-]*$")
_HOP = re.compile(r"^(?:(?P<user>[^@]+)@)?(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>\d+))?$")
_TOKEN = re.compile(r"%(.)|\$\{([^}]*)\}")


class NotHonoured(Exception):
    """asyncssh cannot reach the host as OpenSSH would; the message says why. Never reaches users as it is."""


@dataclass(frozen=True)
class Supported:
    """The algorithms that the installed asyncssh has."""

    kex: frozenset[str]
    ciphers: frozenset[str]
    macs: frozenset[str]
    signatures: frozenset[str]
    host_keys: frozenset[str]


@dataclass(frozen=True)
class Surroundings:
    """What of the controller goes into settings: home directory, user and environment."""

    home: str
    user: str
    uid: int
    environment: Mapping[str, str]


def parse(text: str) -> Config:
    """The words of ``ssh -G``, each with its values in order."""
    words: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        word, separator, value = line.partition(" ")
        if separator:
            words[word.lower()] = (*words.get(word.lower(), ()), value)
    return words


def is_yes(config: Config, word: str) -> bool:
    return first(config, word).lower() in _YES


def first(config: Config, word: str) -> str:
    values = config.get(word, ())
    return values[0] if values else ""


def number(config: Config, word: str, default: int) -> int:
    value = first(config, word)
    return int(value) if value.isdigit() else default


def tokens(config: Config, original: str, around: Surroundings) -> Mapping[str, str]:
    """The percent tokens of ssh_config(5) that do not ask the network. Others make expand() refuse."""
    hostname, port, user = first(config, "hostname"), first(config, "port"), first(config, "user")
    return {
        "%": "%",
        "h": hostname,
        "p": port,
        "r": user,
        "n": original,
        "k": first(config, "hostkeyalias") or original,
        "d": around.home,
        "u": around.user,
        "i": str(around.uid),
        "j": first(config, "proxyjump"),
    }


def expand(text: str, known: Mapping[str, str], environment: Mapping[str, str] | None = None) -> str:
    """``text`` with its percent tokens, and ${NAME} where an environment is given, replaced.

    Raises NotHonoured for a token or a variable that is not known.
    """

    def value(match: re.Match[str]) -> str:
        token, name = match.group(1), match.group(2)
        if token is not None:
            if token not in known:
                raise NotHonoured(f"the token %{token} in {text}")
            return known[token]
        if environment is None:
            return match.group(0)
        if name not in environment:
            raise NotHonoured(f"the variable {name} in {text} is not set")
        return environment[name]

    return _TOKEN.sub(value, text)


def path(text: str, known: Mapping[str, str], around: Surroundings) -> str:
    """A file name of the configuration, made absolute as OpenSSH does."""
    expanded = expand(text, known, around.environment)
    if expanded == "~" or expanded.startswith("~/"):
        expanded = around.home + expanded[1:]
    if not expanded.startswith("/"):
        raise NotHonoured(f"the file name {text} is not absolute")
    return expanded


def known_hosts_files(config: Config) -> tuple[str, ...]:
    """The known_hosts files, user's first. OpenSSH has expanded them already."""
    files: list[str] = []
    for word in ("userknownhostsfile", "globalknownhostsfile"):
        for name in first(config, word).split():
            if name == "none":
                continue
            if not name.startswith("/"):
                raise NotHonoured(f"{word} {first(config, word)} names a file with a space")
            files.append(name)
    return tuple(files)


def algorithms(word: str, config: Config, defaults: Config, supported: frozenset[str]) -> tuple[str, ...]:
    """The configured algorithms, in order, as far as asyncssh has them.

    The list is what the user allows, so leaving some out stays within it. A first choice that asyncssh lacks
    is only passed over where it is OpenSSH's own: then nobody asked for it.
    """
    wanted = [name for name in first(config, word).split(",") if name]
    usable = tuple(name for name in wanted if name in supported)
    if not usable:
        raise NotHonoured("asyncssh has none of {} {}".format(word, ",".join(wanted)))
    if wanted[0] not in supported and wanted[0] != first(defaults, word).split(",")[0]:
        raise NotHonoured(f"{word} prefers {wanted[0]}, which asyncssh does not have")
    return usable


def ciphers(config: Config, defaults: Config, supported: frozenset[str]) -> tuple[str, ...]:
    """The configured ciphers. Where nobody chose, those first that cost Python least: one call of OpenSSL a packet,
    where ChaCha20 takes six."""
    found = algorithms("ciphers", config, defaults, supported)
    if first(config, "ciphers") != first(defaults, "ciphers"):
        return found
    return tuple(sorted(found, key=lambda name: "-gcm@" not in name))


def agent_socket(config: Config, known: Mapping[str, str], around: Surroundings) -> str | None:
    configured = first(config, "identityagent")
    if configured == "none":
        return None
    if configured in ("", "SSH_AUTH_SOCK"):
        return around.environment.get("SSH_AUTH_SOCK") or None
    if configured.startswith("$"):
        return around.environment.get(configured[1:].strip("{}")) or None
    return path(configured, known, around)


def methods(config: Config) -> tuple[str, ...]:
    """The ways to log in that are both configured and spoken here, in order of preference."""
    enabled = {
        "publickey": is_yes(config, "pubkeyauthentication"),
        "keyboard-interactive": is_yes(config, "kbdinteractiveauthentication"),
        "password": is_yes(config, "passwordauthentication"),
    }
    order = first(config, "preferredauthentications").split(",") if config.get("preferredauthentications") else _METHODS
    return tuple(name for name in order if enabled.get(name))


def settings(
    config: Config,
    defaults: Config,
    original: str,
    supported: Supported,
    around: Surroundings,
    proxy: SshSettings | str | None,
) -> SshSettings:
    """What asyncssh is told about a host, from OpenSSH's own words.

    ``original`` is the name as OpenSSH was given it. Raises NotHonoured.
    """
    found = unhonoured(config, defaults)
    if found:
        raise NotHonoured("asyncssh cannot honour {}".format(", ".join(found)))
    known = tokens(config, original, around)
    hostname, user, port = first(config, "hostname"), first(config, "user"), number(config, "port", 22)
    if not _PLAIN.match(hostname) or not _PLAIN.match(user):
        raise NotHonoured("a host or user name with unusual characters is left to OpenSSH")
    alias = first(config, "hostkeyalias")
    return SshSettings(
        hostname=hostname,
        user=user,
        port=port,
        lookup=alias or hostname.lower(),
        lookup_port=None if alias or port == 22 else port,
        known_hosts=known_hosts_files(config),
        strict=first(config, "stricthostkeychecking") not in ("no", "off", "false"),
        family=first(config, "addressfamily") or "any",
        identities=tuple(path(name, known, around) for name in config.get("identityfile", ()) if name != "none"),
        identities_given=config.get("identityfile") != defaults.get("identityfile"),
        identities_only=is_yes(config, "identitiesonly"),
        certificates=tuple(path(name, known, around) for name in config.get("certificatefile", ()) if name != "none"),
        agent=agent_socket(config, known, around),
        kex=algorithms("kexalgorithms", config, defaults, supported.kex),
        ciphers=ciphers(config, defaults, supported.ciphers),
        macs=algorithms("macs", config, defaults, supported.macs),
        host_key_algorithms=algorithms("hostkeyalgorithms", config, defaults, supported.host_keys),
        ca_algorithms=tuple(first(config, "casignaturealgorithms").split(",")),
        signature_algorithms=algorithms("pubkeyacceptedalgorithms", config, defaults, supported.signatures),
        required_rsa_bits=number(config, "requiredrsasize", 1024),
        compression=is_yes(config, "compression"),
        connect_timeout=float(number(config, "connecttimeout", 0)) or None,
        connect_attempts=max(1, number(config, "connectionattempts", 1)),
        alive_interval=number(config, "serveraliveinterval", 0),
        alive_count=number(config, "serveralivecountmax", 3),
        tcp_keepalive=is_yes(config, "tcpkeepalive"),
        methods=methods(config),
        send_env=config.get("sendenv", ()),
        set_env=config.get("setenv", ()),
        other_methods=is_yes(config, "gssapiauthentication"),
        proxy=proxy,
    )


def hop(spec: str) -> tuple[str, Sequence[str]]:
    """One jump of ProxyJump, as (host, options for ssh). Raises NotHonoured for what cannot be read."""
    match = _HOP.match(spec.removeprefix("ssh://").rstrip("/"))
    if not match:
        raise NotHonoured(f"the jump host {spec} cannot be read")
    options: list[str] = []
    if match.group("user"):
        options += ["-l", match.group("user")]
    if match.group("port"):
        options += ["-p", match.group("port")]
    return match.group("six") or match.group("host"), options
