"""known_hosts lines and ssh arguments, and that OpenSSH itself reads the same out of them."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import jinja2
import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.contract_cases import CA_KEY, KEY, OTHER_KEY, fleet, hop, host

from ansible_collections.atomic.fleet.plugins.module_utils._command import fleet_ssh
from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import parse_fleet

FILE = "/k/demo-1"
CHECKED = f"-o UserKnownHostsFile={FILE} -o StrictHostKeyChecking=yes"
TWO_HOPS = host(jump=[hop("10.88.0.2", port=2222), hop("fd00::3", user="other")], address="fd00::4")


def rendered(arguments: str, key: str = "") -> list[str]:
    """As Ansible does it: the template is rendered, and the text split into words."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    environment.filters["quote"] = shlex.quote
    return shlex.split(environment.from_string(arguments).render({fleet_ssh.JUMP_KEY_VARIABLE: key}))


@pytest.mark.parametrize(
    "entry,lines",
    [
        (host(), (f"10.88.0.11 {KEY}",)),
        (host(port=2022), (f"[10.88.0.11]:2022 {KEY}",)),
        (
            host(address="Web.Example", host_keys=[KEY + " a comment", OTHER_KEY]),
            (f"web.example {KEY}", f"web.example {OTHER_KEY}"),
        ),
        (host(host_keys=[], host_key_authority=CA_KEY + " ca"), (f"@cert-authority 10.88.0.11 {CA_KEY}",)),
        (host(host_keys=[]), ()),
        (host(address="fd00::4", jump=[hop(port=2222)]), (f"[10.88.0.2]:2222 {KEY}", f"fd00::4 {KEY}")),
    ],
)  # fmt: skip
def test_known_hosts(entry: dict[str, object], lines: tuple[str, ...]) -> None:
    assert fleet_ssh.known_hosts_lines(parse_fleet(fleet(entry), "x")) == lines


def test_a_jump_host_stands_once_in_known_hosts() -> None:
    document = fleet(host(jump=[hop()]), host("demo-blue-2", "10.88.0.12", jump=[hop()]))
    assert len(fleet_ssh.known_hosts_lines(parse_fleet(document, "x"))) == 3


def test_hosts_without_keys() -> None:
    document = fleet(
        host("known"),
        host("unknown", "10.88.0.12", host_keys=[]),
        host("signed", "10.88.0.13", host_keys=[], host_key_authority=CA_KEY),
        host("behind", "10.88.0.14", jump=[hop(host_keys=[])]),
    )
    assert fleet_ssh.hosts_without_keys(parse_fleet(document, "x")) == ("unknown", "behind")


def test_a_direct_host() -> None:
    (only,) = parse_fleet(fleet(host()), "x").hosts
    assert fleet_ssh.ssh_common_args(only, FILE) == CHECKED
    assert fleet_ssh.ssh_common_args(only, FILE, "-o 'X=a b'") == f"{CHECKED} -o 'X=a b'"


@pytest.mark.parametrize(
    "key,identity", [("", ""), ("/k/id", " -i /k/id"), ("/my keys/it's", """ -i '/my keys/it'"'"'s\'""")]
)
def test_one_hop(key: str, identity: str) -> None:
    (only,) = parse_fleet(fleet(host(jump=[hop()])), "x").hosts
    words = rendered(fleet_ssh.ssh_common_args(only, FILE, "-4"), key)
    command = f'ssh{identity} -o BatchMode=yes {CHECKED} -W "[%h]:%p" -p 22 jump@10.88.0.2'
    assert words == [*shlex.split(CHECKED), "-o", f"ProxyCommand={command}", "-4"]


def test_ssh_takes_a_chain_apart_hop_by_hop(tmp_path: Path) -> None:
    """What each ssh of the chain is asked to do, by `ssh -G`, with the percent tokens replaced as ssh does."""
    key = tmp_path / "it's my key"
    key.touch()
    (only,) = parse_fleet(fleet(TWO_HOPS), "x").hosts
    words = [*rendered(fleet_ssh.ssh_common_args(only, FILE), str(key)), "root@fd00::4"]
    outer = settings(words)
    assert outer["userknownhostsfile"] == FILE
    assert outer["stricthostkeychecking"] == "true"
    second = shlex.split(expanded(outer["proxycommand"], "fd00::4", "22"))
    assert second[0] == "ssh"
    assert second[-3:] == ["-p", "22", "other@fd00::3"]
    assert second[second.index("-W") + 1] == "[fd00::4]:22"
    inner = settings(second[1:])
    assert (inner["user"], inner["hostname"], inner["port"]) == ("other", "fd00::3", "22")
    assert (inner["userknownhostsfile"], inner["stricthostkeychecking"]) == (FILE, "true")
    assert inner["identityfile"] == str(key)
    first = shlex.split(expanded(inner["proxycommand"], "fd00::3", "22"))
    assert first[first.index("-W") + 1] == "[fd00::3]:22"
    last = settings(first[1:])
    assert (last["user"], last["hostname"], last["port"]) == ("jump", "10.88.0.2", "2222")
    assert (last["userknownhostsfile"], last["identityfile"]) == (FILE, str(key))
    assert "proxycommand" not in last


def settings(words: list[str]) -> dict[str, str]:
    command = ["ssh", "-F", "none", "-G", *words]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in printed.splitlines() if " " in line)


def expanded(text: str, hostname: str, port: str) -> str:
    return text.replace("%%", "\0").replace("%h", hostname).replace("%p", port).replace("\0", "%")


def test_control_paths_keep_fleets_apart() -> None:
    """Same address, port and user, but another fleet or another way: another master."""
    (direct,) = parse_fleet(fleet(host()), "x").hosts
    (behind,) = parse_fleet(fleet(host(jump=[hop()])), "x").hosts
    paths = {
        fleet_ssh.control_path(direct, FILE),
        fleet_ssh.control_path(direct, "/k/other-2"),
        fleet_ssh.control_path(behind, FILE),
    }
    assert len(paths) == 3
    assert all(len(path % {"directory": ""}) == len("/0123456789-%r") for path in paths)


@pytest.mark.parametrize("path", ["relative", "/with blank", "/a%h", "/a$x", "/a'b", "/a~", '/a"', "/a\n", "/a;b"])
def test_a_path_that_ssh_would_misread_is_refused(path: str) -> None:
    (only,) = parse_fleet(fleet(), "x").hosts
    with pytest.raises(
        ArgumentError, match="cannot be given to ssh as a known_hosts file: set `known_hosts_directory`"
    ):
        fleet_ssh.ssh_common_args(only, path)
