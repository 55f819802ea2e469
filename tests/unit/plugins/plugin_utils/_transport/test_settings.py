"""From the words of `ssh -G` to settings: tables."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._transport import settings as subject
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.honour import Config
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.settings import (
    NotHonoured,
    Supported,
    Surroundings,
)

SUPPORTED = Supported(
    kex=frozenset({"curve25519-sha256", "ecdh-sha2-nistp256"}),
    ciphers=frozenset({"aes256-gcm@openssh.com"}),
    macs=frozenset({"hmac-sha2-256"}),
    signatures=frozenset({"ssh-ed25519", "rsa-sha2-512"}),
    host_keys=frozenset({"ssh-ed25519", "rsa-sha2-512", "ssh-ed25519-cert-v01@openssh.com"}),
)
AROUND = Surroundings("/home/ann", "ann", 1000, {"SSH_AUTH_SOCK": "/run/agent", "KEYS": "/keys"})
DEFAULTS = """host fleet-1
user ann
hostname fleet-1
port 22
addressfamily any
batchmode no
checkhostip no
compression no
gssapiauthentication no
hostbasedauthentication no
identitiesonly no
kbdinteractiveauthentication yes
passwordauthentication yes
pubkeyauthentication true
stricthostkeychecking ask
tcpkeepalive yes
connectionattempts 1
serveralivecountmax 3
serveraliveinterval 0
requiredrsasize 1024
ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com
hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519,sk-ssh-ed25519@openssh.com
kexalgorithms sntrup761x25519-sha512,curve25519-sha256,ecdh-sha2-nistp256
casignaturealgorithms ssh-ed25519,rsa-sha2-512
macs hmac-sha2-256
pubkeyacceptedalgorithms ssh-ed25519,rsa-sha2-512
identityfile ~/.ssh/id_ed25519
globalknownhostsfile /etc/ssh/ssh_known_hosts
userknownhostsfile /home/ann/.ssh/known_hosts /home/ann/.ssh/known_hosts2
connecttimeout none
forwardagent no
"""


def config(*lines: str) -> Config:
    """The defaults with some words replaced."""
    words = dict(subject.parse(DEFAULTS))
    given = subject.parse("\n".join(lines) + "\n")
    words.update(given)
    return words


def made(*lines: str, proxy: object = None, original: str = "fleet-1") -> object:
    return subject.settings(config(*lines), config(), original, SUPPORTED, AROUND, proxy)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "lines, name, expected",
    [
        ((), "hostname", "fleet-1"),
        ((), "lookup", "fleet-1"),
        ((), "lookup_port", None),
        (("port 2201",), "port", 2201),
        (("port 2201",), "lookup_port", 2201),
        (("hostname Ten.Example", "port 22"), "lookup", "ten.example"),
        (("hostkeyalias blue", "port 2201"), "lookup", "blue"),
        (("hostkeyalias blue", "port 2201"), "lookup_port", None),
        ((), "known_hosts", ("/home/ann/.ssh/known_hosts", "/home/ann/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts")),
        (("userknownhostsfile /k", "globalknownhostsfile none"), "known_hosts", ("/k",)),
        ((), "strict", True),
        (("stricthostkeychecking true",), "strict", True),
        (("stricthostkeychecking false",), "strict", False),
        ((), "identities", ("/home/ann/.ssh/id_ed25519",)),
        ((), "identities_given", False),
        (("identityfile ~/k_%r", "identityfile ${KEYS}/%h"), "identities", ("/home/ann/k_ann", "/keys/fleet-1")),
        (("identityfile /k",), "identities_given", True),
        (("identityfile none",), "identities", ()),
        (("certificatefile /c/%n",), "certificates", ("/c/fleet-1",)),
        (("identitiesonly yes",), "identities_only", True),
        ((), "agent", "/run/agent"),
        (("identityagent none",), "agent", None),
        (("identityagent SSH_AUTH_SOCK",), "agent", "/run/agent"),
        (("identityagent ~/sock",), "agent", "/home/ann/sock"),
        (("identityagent $NOWHERE",), "agent", None),
        # the default leads with one that asyncssh lacks: nobody asked for it
        ((), "kex", ("curve25519-sha256", "ecdh-sha2-nistp256")),
        (("kexalgorithms ecdh-sha2-nistp256,diffie-hellman-group14-sha1",), "kex", ("ecdh-sha2-nistp256",)),
        ((), "host_key_algorithms", ("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519")),
        (("requiredrsasize 3072",), "required_rsa_bits", 3072),
        (("compression yes",), "compression", True),
        ((), "connect_timeout", None),
        (("connecttimeout 10",), "connect_timeout", 10.0),
        (("connectionattempts 3",), "connect_attempts", 3),
        (("serveraliveinterval 15",), "alive_interval", 15),
        ((), "methods", ("publickey", "keyboard-interactive", "password")),
        (("preferredauthentications gssapi-with-mic,password,publickey",), "methods", ("password", "publickey")),
        (("passwordauthentication no", "kbdinteractiveauthentication no"), "methods", ("publickey",)),
        (("gssapiauthentication yes",), "other_methods", True),
        (("sendenv LANG", "sendenv LC_*"), "send_env", ("LANG", "LC_*")),
        (("setenv A=1",), "set_env", ("A=1",)),
        (("forwardagent yes",), "port", 22),
    ],
)
def test_settings(lines: tuple[str, ...], name: str, expected: object) -> None:
    assert getattr(made(*lines), name) == expected


@pytest.mark.parametrize(
    "lines, why",
    [
        (("stricthostkeychecking accept-new",), "StrictHostKeyChecking accept-new"),
        (("checkhostip yes",), "CheckHostIP yes"),
        (("hostbasedauthentication yes",), "HostbasedAuthentication yes"),
        (("knownhostscommand /bin/keys",), "knownhostscommand /bin/keys"),
        (("revokedhostkeys /r",), "revokedhostkeys /r"),
        (("bindaddress 10.0.0.1",), "bindaddress 10.0.0.1"),
        (("pkcs11provider /p.so",), "pkcs11provider /p.so"),
        (("somethingnew yes",), "somethingnew yes"),
        (("kexalgorithms mlkem768x25519-sha256,curve25519-sha256",), "prefers mlkem768x25519-sha256"),
        (("kexalgorithms diffie-hellman-group14-sha1",), "none of kexalgorithms diffie-hellman-group14-sha1"),
        (("ciphers 3des-cbc",), "none of ciphers 3des-cbc"),
        (("userknownhostsfile /a b/known",), "with a space"),
        (("identityfile ~/%C",), "token %C"),
        (("identityfile ${UNSET}/k",), "variable UNSET"),
        (("identityfile keys/k",), "not absolute"),
        (("user ann;reboot",), "unusual characters"),
        (("hostname $(reboot)",), "unusual characters"),
    ],
)
def test_what_asyncssh_cannot_honour_is_refused_with_its_name(lines: tuple[str, ...], why: str) -> None:
    with pytest.raises(NotHonoured) as refusal:
        made(*lines)
    assert why in str(refusal.value)


CHACHA, GCM, CTR = "chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr"


@pytest.mark.parametrize(
    ("configured", "used"),
    [
        (f"{CHACHA},{CTR},{GCM}", (GCM, CHACHA, CTR)),  # OpenSSH's own list: nobody chose an order
        (f"{CHACHA},{GCM}", (CHACHA, GCM)),
        (f"{CTR},{GCM}", (CTR, GCM)),
    ],
)
def test_of_openssh_s_own_ciphers_the_cheapest_comes_first(configured: str, used: tuple[str, ...]) -> None:
    default = {"ciphers": (f"{CHACHA},{CTR},{GCM}",)}
    assert subject.ciphers({"ciphers": (configured,)}, default, frozenset({CHACHA, GCM, CTR})) == used


@pytest.mark.parametrize(
    "spec, host, options",
    [
        ("jump", "jump", []),
        ("ann@jump", "jump", ["-l", "ann"]),
        ("ann@jump:2201", "jump", ["-l", "ann", "-p", "2201"]),
        ("[fd00::1]:22", "fd00::1", ["-p", "22"]),
        ("ssh://ann@jump:2201/", "jump", ["-l", "ann", "-p", "2201"]),
        ("ann@[fd00::1]", "fd00::1", ["-l", "ann"]),
    ],
)
def test_a_hop_of_proxyjump(spec: str, host: str, options: list[str]) -> None:
    assert subject.hop(spec) == (host, options)


def test_a_hop_that_cannot_be_read() -> None:
    with pytest.raises(NotHonoured, match="a:b:c"):
        subject.hop("a:b:c")


def test_expand_knows_percent_and_refuses_what_it_does_not_know() -> None:
    assert subject.expand("100%% %h", {"%": "%", "h": "x"}) == "100% x"
    with pytest.raises(NotHonoured, match="%T"):
        subject.expand("%T", {"%": "%"})
