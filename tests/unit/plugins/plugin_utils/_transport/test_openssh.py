"""How OpenSSH is asked: with the real `ssh -G`, and how seldom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.model import SshSettings
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.openssh import (
    OpenSsh,
    Telling,
    ask_ssh,
    telling,
    without_sharing,
)
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.settings import (
    NotHonoured,
    Supported,
    Surroundings,
)

ANY = Supported(
    kex=frozenset({"curve25519-sha256"}),
    ciphers=frozenset({"aes256-gcm@openssh.com"}),
    macs=frozenset({"hmac-sha2-256"}),
    signatures=frozenset({"ssh-ed25519"}),
    host_keys=frozenset({"ssh-ed25519"}),
)


class Asked:
    """The real ssh -G, with a configuration file of the test in place of the user's and the system's."""

    def __init__(self, folder: Path, configuration: str = "") -> None:
        (folder / ".ssh").mkdir()
        self.file = folder / ".ssh" / "config"
        self.file.write_text(configuration)
        self.times = 0
        around = Surroundings(str(folder), "ann", 1000, {})
        self.openssh = OpenSsh(ANY, around, self._ask, system=str(folder / "none"))

    def _ask(self, argv: Sequence[str]) -> str:
        if "-F" not in argv:
            self.times += 1
            argv = [argv[0], "-F", str(self.file), *argv[1:]]
        return ask_ssh(argv)

    def settings(self, host: str, *options: str) -> SshSettings:
        return self.openssh.settings(("ssh", *options), host)


@pytest.mark.parametrize(
    "configuration, options, times",
    [
        ("", (), 1),
        ("Host *\n  User x\n", (), 1),
        ("Host github.com\n  User git\n", (), 1),
        ("Host host-1 !host-2\n  User one\n", (), 3),
        ("Host host-* other\n  User one\n", (), 1),
        ("Host host-1* other\n  User one\n", (), 2),
        ("Match all\n  User one\n", (), 1),
        ("Match host host-1\n  User one\n", (), 3),
        ("UserKnownHostsFile ~/known_%h\n", (), 3),
        ("IdentityFile ~/keys/%h\n", (), 1),
        ("ControlPath ~/%C\nProxyCommand nc %h %p\n", (), 1),
        ("Host host-1\n  HostName host-2\n", (), 3),
        ("", ("-o", "UserKnownHostsFile=/k/%h"), 3),
        ("", ("-o", "ProxyCommand=nc %h %p"), 1),
        ("", ("-o", "HostName=10.0.0.1"), 3),
    ],
)
def test_openssh_is_asked_once_for_hosts_it_cannot_tell_apart(
    tmp_path: Path, configuration: str, options: tuple[str, ...], times: int
) -> None:
    asked = Asked(tmp_path, configuration)
    for host in ("host-1", "host-2", "host-3"):
        shared = asked.settings(host, *options)
        alone = OpenSsh(ANY, Surroundings(str(tmp_path), "ann", 1000, {}), asked._ask, str(tmp_path / "none"))
        asked.times -= 1
        assert shared == alone.settings(("ssh", *options), host)
    assert asked.times == times


def test_what_a_pattern_says_counts_for_its_hosts_only(tmp_path: Path) -> None:
    asked = Asked(tmp_path, "Host blue-*\n  User blue\n  Port 2201\nHost *\n  User all\n")
    found = {host: asked.settings(host) for host in ("blue-1", "blue-2", "green-1")}
    assert {host: (one.hostname, one.user, one.port) for host, one in found.items()} == {
        "blue-1": ("blue-1", "blue", 2201),
        "blue-2": ("blue-2", "blue", 2201),
        "green-1": ("green-1", "all", 22),
    }


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", Telling()),
        ("# Host a\nHost *\n", Telling()),
        ('Host "a b" !c\n', Telling(("a", "b", "c"))),
        ("Host=a\nHostName = B.example\n", Telling(("a",), ("b.example",))),
        ("Match exec true\n", Telling(undecidable=True)),
        ("SetEnv A=%h\n", Telling(undecidable=True)),
        ("Include ~/.ssh/%h\n", Telling(undecidable=True)),
    ],
)
def test_telling(tmp_path: Path, text: str, expected: Telling) -> None:
    (tmp_path / "config").write_text(text)
    assert telling([str(tmp_path / "config"), str(tmp_path / "missing")], str(tmp_path)) == expected


def test_included_files_are_read_too(tmp_path: Path) -> None:
    (tmp_path / ".ssh" / "more").mkdir(parents=True)
    (tmp_path / ".ssh" / "more" / "one").write_text("Host a\n")
    (tmp_path / ".ssh" / "config").write_text("Include more/*\nInclude ~/.ssh/config\nHost b\n")
    assert telling([str(tmp_path / ".ssh" / "config")], str(tmp_path)) == Telling(("a", "b"))


@pytest.mark.parametrize(
    "options, hops",
    [
        (("-J", "ann@jump:2201"), [("jump", "ann", 2201)]),
        (("-J", "one,two"), [("two", "me", 22), ("one", "me", 22)]),
        (("-o", "ProxyCommand=ssh -p 2201 -W [%h]:%p ann@jump"), [("jump", "ann", 2201)]),
        (("-o", "ProxyCommand=ssh -l bob -W %h:%p ann@jump"), [("jump", "bob", 22)]),
        (
            ("-o", "ProxyCommand=ssh -o ProxyCommand='ssh -W [%%h]:%%p outer' -W [%h]:%p jump"),
            [("jump", "me", 22), ("outer", "me", 22)],
        ),
        (("-o", "ProxyCommand=ssh -J outer -W [%h]:%p jump"), [("jump", "me", 22), ("outer", "me", 22)]),
    ],
)
def test_jump_hosts(tmp_path: Path, options: tuple[str, ...], hops: list[tuple[str, str, int]]) -> None:
    asked = Asked(tmp_path, "User me\n")
    found, here = [], asked.settings("fleet-1", *options).proxy
    while isinstance(here, SshSettings):
        found.append((here.hostname, here.user, here.port))
        here = here.proxy
    assert found == hops


def test_a_jump_host_is_checked_by_its_own_options_and_shared(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    options = ("-o", "UserKnownHostsFile=/hosts", "-o", "ProxyCommand=ssh -o UserKnownHostsFile=/jumps -W [%h]:%p j")
    one, two = asked.settings("fleet-1", *options), asked.settings("fleet-2", *options)
    assert one.known_hosts[0] == "/hosts"
    assert isinstance(one.proxy, SshSettings)
    assert one.proxy.known_hosts[0] == "/jumps"
    assert one.proxy == two.proxy


@pytest.mark.parametrize(
    "command, expected",
    [
        ("nc %h %p", "nc fleet-1 22"),
        ("ssh -W other:22 jump", "ssh -W other:22 jump"),
        ("ssh jump nc %h %p 2>/dev/null", "ssh jump nc fleet-1 22 2>/dev/null"),
    ],
)
def test_other_proxy_commands_are_run(tmp_path: Path, command: str, expected: str) -> None:
    assert Asked(tmp_path).settings("fleet-1", "-o", f"ProxyCommand={command}").proxy == expected


@pytest.mark.parametrize(
    "configuration, options, why",
    [
        ("", ("-o", "NoSuchOption=1"), "OpenSSH refuses"),
        ("", ("-J", "j", "-o", "VerifyHostKeyDNS=yes"), "VerifyHostKeyDNS"),
        ("Host j\n  CheckHostIP yes\n", ("-J", "j"), "jump host j: asyncssh cannot honour CheckHostIP yes"),
        ("Host j\n  ProxyJump k\nHost k\n  ProxyJump j\n", ("-J", "j"), "more than 8 jump hosts"),
    ],
)
def test_refusals(tmp_path: Path, configuration: str, options: tuple[str, ...], why: str) -> None:
    with pytest.raises(NotHonoured, match=why):
        Asked(tmp_path, configuration).settings("fleet-1", *options)


@pytest.mark.parametrize(
    "argv, left",
    [
        (("ssh", "-C", "-o", "ControlMaster=auto", "-o", "ControlPersist=60s"), ("ssh", "-C")),
        (("ssh", "-oControlPath=/x", "-i", "k"), ("ssh", "-i", "k")),
        (("ssh", "-o", 'ControlPath="/x y"', "-o", "User=a"), ("ssh", "-o", "User=a")),
        (("ssh", "-o", "controlpath /x"), ("ssh",)),
        (("ssh", "-o", "ProxyCommand=ssh -o ControlPath=/x -W a:1 b"),) * 2,
        (("ssh", "-i", "controlpath"),) * 2,
    ],
)
def test_what_shares_connections_is_left_out(argv: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert without_sharing(argv) == left
