# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which words of OpenSSH's configuration the fan-out honours.

The one place that decides. docs/connections.md shows the same table; a test holds them equal.
A word that is not here may only have OpenSSH's own default value: else the host goes through Ansible's
connection plugin, because a setting that is not understood must not be dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Config = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Rule:
    """``name`` as ssh_config(5) spells it. With ``only``, other values are not honoured."""

    name: str
    honoured: bool
    note: str
    only: frozenset[str] | None = None


def _honoured(name: str, note: str, *only: str) -> Rule:
    return Rule(name, True, note, frozenset(only) or None)


def _ignored(name: str, note: str, *only: str) -> Rule:
    return Rule(name, False, note, frozenset(only) or None)


_NO = ("no", "false", "none")
_SHARING = "sharing connections is the fan-out's own work"
_FORWARD = "nothing is forwarded: our scripts need none of it"
_SHOW = "only what a terminal shows"

RULES: tuple[Rule, ...] = (
    _honoured("HostName", "where to connect"),
    _honoured("Port", "as given"),
    _honoured("User", "as given"),
    _honoured("AddressFamily", "any, inet, inet6"),
    _honoured("IdentityFile", "tried in order; a key that the agent holds is used from there"),
    _honoured("CertificateFile", "and the certificate beside an identity file"),
    _honoured("IdentitiesOnly", "agent keys are then limited to the identity files"),
    _honoured("IdentityAgent", "a socket, `SSH_AUTH_SOCK`, or `none`"),
    _honoured("UserKnownHostsFile", "with `@cert-authority`, `@revoked`, hashed names and patterns"),
    _honoured("GlobalKnownHostsFile", "the same"),
    _honoured(
        "StrictHostKeyChecking",
        "`yes`; `ask` means the same, as nobody can be asked; `no` accepts what is not revoked and writes nothing",
        *("yes", "true", "ask", "no", "off", "false"),
    ),
    _honoured("HostKeyAlias", "the name under which the key is looked up"),
    _honoured("HostKeyAlgorithms", "an allow list, in its order"),
    _honoured("KexAlgorithms", "an allow list, in its order; a first choice asyncssh lacks goes the other way"),
    _honoured("Ciphers", "the same; of OpenSSH's own list AES-GCM comes first"),
    _honoured("MACs", "as KexAlgorithms"),
    _honoured("CASignatureAlgorithms", "limits the kinds of certificate authorities"),
    _honoured("PubkeyAcceptedAlgorithms", "limits the signatures made with our keys"),
    _honoured("RequiredRSASize", "of host keys, authorities and our own keys"),
    _honoured("Compression", "yes, no"),
    _honoured("ConnectTimeout", "seconds, for each attempt"),
    _honoured("ConnectionAttempts", "and Ansible's `retries`, for connecting only: a script is never run again"),
    _honoured("ServerAliveInterval", "as given"),
    _honoured("ServerAliveCountMax", "as given"),
    _honoured("TCPKeepAlive", "as given"),
    _honoured("PreferredAuthentications", "the order of publickey, keyboard-interactive and password"),
    _honoured("PubkeyAuthentication", "as given"),
    _honoured("PasswordAuthentication", "as given"),
    _honoured("KbdInteractiveAuthentication", "as given"),
    _honoured("GSSAPIAuthentication", "not spoken: where our keys are refused, the host goes the other way"),
    _honoured("SendEnv", "as given"),
    _honoured("SetEnv", "as given"),
    _honoured("ProxyJump", "the jump host has its own settings and key check; one connection for all behind it"),
    _honoured("ProxyCommand", "`ssh … -W` is a jump host with the options written there; another command is run"),
    _ignored("ControlMaster", _SHARING),
    _ignored("ControlPath", _SHARING),
    _ignored("ControlPersist", _SHARING),
    _ignored("UpdateHostKeys", "nothing is written to known_hosts"),
    _ignored("HashKnownHosts", "nothing is written to known_hosts"),
    _ignored("AddKeysToAgent", "no key is put into the agent"),
    _ignored("BatchMode", "nobody can be asked anyway"),
    _ignored("NumberOfPasswordPrompts", "nobody can be asked anyway"),
    _ignored("ForwardAgent", _FORWARD),
    _ignored("ForwardX11", _FORWARD),
    _ignored("ForwardX11Timeout", _FORWARD),
    _ignored("ForwardX11Trusted", _FORWARD),
    _ignored("XAuthLocation", _FORWARD),
    _ignored("LocalForward", _FORWARD),
    _ignored("RemoteForward", _FORWARD),
    _ignored("DynamicForward", _FORWARD),
    _ignored("ClearAllForwardings", _FORWARD),
    _ignored("ExitOnForwardFailure", _FORWARD),
    _ignored("GatewayPorts", _FORWARD),
    _ignored("PermitRemoteOpen", _FORWARD),
    _ignored("StreamLocalBindMask", _FORWARD),
    _ignored("StreamLocalBindUnlink", _FORWARD),
    _ignored("RequestTTY", "scripts get no terminal"),
    _ignored("EscapeChar", "scripts get no terminal"),
    _ignored("EnableEscapeCommandline", "scripts get no terminal"),
    _ignored("ObscureKeystrokeTiming", "scripts get no terminal"),
    _ignored("StdinNull", "scripts get no input"),
    _ignored("LogLevel", _SHOW),
    _ignored("LogVerbose", _SHOW),
    _ignored("SyslogFacility", _SHOW),
    _ignored("VisualHostKey", _SHOW),
    _ignored("FingerprintHash", _SHOW),
    _ignored("WarnWeakCrypto", _SHOW),
    _ignored("IPQoS", "left to the kernel"),
    _ignored("RekeyLimit", "asyncssh renews keys after 1 GiB or an hour"),
    _ignored("GSSAPIDelegateCredentials", "see GSSAPIAuthentication"),
    _ignored("GSSAPITrustDNS", "see GSSAPIAuthentication"),
    _ignored("GSSAPIRenewalForcesRekey", "see GSSAPIAuthentication"),
    _ignored("GSSAPIKexAlgorithms", "see GSSAPIKeyExchange"),
    _ignored("GSSAPIKeyExchange", "`yes` goes the other way", *_NO),
    _ignored("HostbasedAcceptedAlgorithms", "see HostbasedAuthentication"),
    _ignored("HostbasedAuthentication", "`yes` goes the other way", *_NO),
    _ignored("CheckHostIP", "`yes` goes the other way", *_NO),
    _ignored("VerifyHostKeyDNS", "`yes` and `ask` go the other way", *_NO),
    _ignored("CanonicalizeHostname", "`yes` goes the other way", *_NO),
    _ignored("CanonicalDomains", "see CanonicalizeHostname"),
    _ignored("CanonicalizeFallbackLocal", "see CanonicalizeHostname"),
    _ignored("CanonicalizeMaxDots", "see CanonicalizeHostname"),
    _ignored("CanonicalizePermittedCNAMEs", "see CanonicalizeHostname"),
    _ignored("ProxyUseFdpass", "`yes` goes the other way", *_NO),
    _ignored("Tag", "already used by OpenSSH when it read its configuration"),
)

# What `ssh -G` prints beside the words of the configuration, and settings handled with another one.
_PRINTED = frozenset(["host"])
_BY_WORD = {rule.name.lower(): rule for rule in RULES}


def unhonoured(config: Config, defaults: Config) -> list[str]:
    """The settings in ``config`` that asyncssh cannot honour, as ``Word value``; none means all is well."""
    found = []
    for word, values in config.items():
        if word in _PRINTED:
            continue
        rule = _BY_WORD.get(word)
        if rule is None:
            if values != defaults.get(word, ()):
                found.append("{} {}".format(word, " ".join(values)))
        elif rule.only is not None and not all(value.lower() in rule.only for value in values):
            found.append("{} {}".format(rule.name, " ".join(values)))
    return found
