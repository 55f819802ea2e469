"""known_hosts and our own keys, with keys of the real ssh-keygen and the real ssh-agent."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.keys import KeyRing, supported
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.model import SshSettings
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.settings import NotHonoured

pytest.importorskip("asyncssh")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, kind, words in (
        ("one", "ed25519", ["-N", ""]),
        ("two", "ed25519", ["-N", ""]),
        ("ca", "ed25519", ["-N", ""]),
        ("locked", "ed25519", ["-N", "secret"]),
        ("short", "rsa", ["-N", "", "-b", "1024"]),
    ):
        path = str(folder / name)
        subprocess.run(["ssh-keygen", "-q", "-t", kind, *words, "-C", "", "-f", path], check=True)
    sign = ["ssh-keygen", "-q", "-s", str(folder / "ca"), "-I", "x", "-n", "root"]
    subprocess.run([*sign, str(folder / "two.pub")], check=True)
    return folder


@pytest.fixture
def agent(tmp_path: Path, keys: Path) -> Iterator[Path]:
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    while not path.exists():
        time.sleep(0.01)
    env = {**os.environ, "SSH_AUTH_SOCK": str(path)}
    for name in ("one", "two"):
        (tmp_path / name).write_bytes((keys / name).read_bytes())
        (tmp_path / name).chmod(0o600)
        subprocess.run(["ssh-add", "-q", str(tmp_path / name)], env=env, check=True, stdin=subprocess.DEVNULL)
    yield path
    process.terminate()
    process.wait()


def public(keys: Path, name: str) -> str:
    return " ".join((keys / f"{name}.pub").read_text().split()[:2])


@pytest.mark.parametrize(
    "lines, change, found",
    [
        (["host-1 {one}"], {}, "1 0 0"),
        (["host-2 {one}"], {}, "0 0 0"),
        (["HOST-1 {one}", "garbage", "host-1 ssh-ed25519 AAAA"], {}, "0 0 0"),
        (["host-1,10.0.0.1 {one}", "host-* {two}", "!host-1,* {two}"], {}, "2 0 0"),
        (["@cert-authority *.example,host-* {ca}"], {}, "0 1 0"),
        (["@cert-authority * {ca}"], {"ca_algorithms": ("rsa-sha2-512",)}, "0 0 0"),
        (["@revoked * {one}", "host-1 {two}"], {}, "1 0 1"),
        (["host-1 {short}"], {}, "1 0 0"),
        (["host-1 {short}"], {"required_rsa_bits": 2048}, "0 0 0"),
        (["[host-1]:2201 {one}"], {"lookup_port": 2201}, "1 0 0"),
        (["[host-1]:2201 {one}"], {}, "0 0 0"),
        (["host-1 {one}"], {"lookup_port": 2201}, "1 0 0"),
        (["@revoked [host-1]:2201 {one}", "host-1 {one}"], {"lookup_port": 2201}, "1 0 1"),
    ],
)
def test_known(tmp_path: Path, keys: Path, lines: list[str], change: dict[str, object], found: str) -> None:
    names = {name: public(keys, name) for name in ("one", "two", "ca", "short")}
    (tmp_path / "known").write_text("\n".join(lines).format(**names) + "\n")
    settings = SshSettings(
        hostname="10.0.0.1",
        user="root",
        lookup="host-1",
        known_hosts=(str(tmp_path / "missing"), str(tmp_path / "known")),
        **{"ca_algorithms": ("ssh-ed25519",), **change},  # type: ignore[arg-type]
    )
    assert " ".join(str(len(part)) for part in KeyRing().known(settings)) == found


def test_hashed_names(tmp_path: Path, keys: Path) -> None:
    known = tmp_path / "known"
    known.write_text(f"host-1 {public(keys, 'one')}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    assert "host-1" not in known.read_text()
    settings = SshSettings(hostname="h", user="u", lookup="host-1", known_hosts=(str(known),))
    assert len(KeyRing().known(settings)[0]) == 1


def test_only_kinds_that_are_known_are_offered(tmp_path: Path, keys: Path) -> None:
    (tmp_path / "known").write_text(f"host-1 {public(keys, 'one')}\nhost-2 {public(keys, 'short')}\n")
    every = ("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256")
    ring = KeyRing()
    offered = {}
    for host in ("host-1", "host-2", "host-3"):
        settings = SshSettings(
            hostname=host, user="u", lookup=host, known_hosts=(str(tmp_path / "known"),), host_key_algorithms=every
        )
        offered[host] = ring.host_key_algorithms(settings, ring.known(settings))
    assert offered == {"host-1": ["ssh-ed25519"], "host-2": ["rsa-sha2-512", "rsa-sha2-256"], "host-3": []}


def order(settings: SshSettings, keys: Path) -> list[str]:
    """The names of the key pairs that would be tried, with how they are held."""
    names = {public(keys, name).split()[1]: name for name in ("one", "two", "ca", "locked", "short")}

    async def ask() -> list[str]:
        found = []
        for pair in await KeyRing().identities(settings):
            name = names[base64.b64encode(pair.key_public_data).decode()] if not pair.has_cert else "cert"
            found.append(f"{pair.get_key_type()}:{name}")
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "identities, change, with_agent, expected",
    [
        (["one"], {}, False, ["local:one"]),
        (["one", "missing"], {}, False, ["local:one"]),
        (["two"], {}, False, ["local:cert", "local:two"]),
        ([], {}, True, ["agent:one", "agent:two"]),
        (["two", "one"], {}, True, ["agent:cert", "agent:two", "agent:one"]),
        (["two"], {"identities_only": True}, True, ["agent:cert", "agent:two"]),
        (["short"], {}, True, ["agent:one", "agent:two", "local:short"]),
        (["short"], {"required_rsa_bits": 2048}, False, []),
        (["one"], {"methods": ("password",)}, True, []),
        (["locked"], {}, False, []),
    ],
)
def test_order_of_our_keys(
    keys: Path, agent: Path, identities: list[str], change: dict[str, object], with_agent: bool, expected: list[str]
) -> None:
    settings = SshSettings(
        hostname="h",
        user="u",
        identities=tuple(str(keys / name) for name in identities),
        agent=str(agent) if with_agent else None,
        **change,  # type: ignore[arg-type]
    )
    assert order(settings, keys) == expected


def test_a_named_key_that_needs_a_passphrase_goes_the_other_way(keys: Path) -> None:
    settings = SshSettings(hostname="h", user="u", identities=(str(keys / "locked"),), identities_given=True)
    with pytest.raises(NotHonoured, match="locked"):
        KeyRing().check(settings)


def test_asyncssh_has_what_is_in_use_everywhere() -> None:
    have = supported()
    assert "curve25519-sha256" in have.kex
    assert {"ssh-ed25519", "rsa-sha2-512"} <= have.signatures
    assert "ssh-ed25519-cert-v01@openssh.com" in have.host_keys - have.signatures
