"""The fan-out from ansible-playbook to real OpenSSH servers on loopback, by every way to a host."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fanout import sshd
from tests.integration.fanout.play import Play
from tests.integration.lab import Lab, terraform_binary

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare")
WAYS = ("auto", "never")


@dataclass(frozen=True)
class World:
    """`target` is where scripts run, `jump` only forwards, `certified` shows a certificate as its host key."""

    folder: Path
    key: Path
    other_key: Path
    ca: Path
    target: sshd.Server
    jump: sshd.Server
    certified: sshd.Server

    def known(self, name: str, *lines: str) -> Path:
        file = self.folder / name
        file.write_text("".join(lines))
        return file


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    key, other, ca = (sshd.make_key(folder / name) for name in ("id", "other", "ca"))
    certified = sshd.make_key(folder / "certified")
    sign = ["ssh-keygen", "-q", "-s", str(ca), "-I", "test"]
    subprocess.run([*sign, "-h", "-n", "127.0.0.1,blue", f"{certified}.pub"], check=True)
    subprocess.run([*sign, "-n", "root", f"{other}.pub"], check=True)
    mine = sshd.public(key)
    with (
        sshd.server(folder / "target", f"{mine}\ncert-authority {sshd.public(ca)}\n", "AcceptEnv FLEET_*") as target,
        sshd.server(folder / "jump", f"restrict,port-forwarding {mine}\n") as jump,
        sshd.server(folder / "with-ca", mine, f"HostCertificate {certified}-cert.pub", host_key=certified) as with_ca,
    ):
        yield World(folder, key, other, ca, target, jump, with_ca)


def reach(world: World, server: sshd.Server, known: Path, *arguments: str, **variables: Any) -> dict[str, Any]:
    """The variables of a host at `server` whose key is looked up in `known`."""
    common = ["-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "GlobalKnownHostsFile=none", *arguments]
    quoted = " ".join(f"'{word}'" for word in common)
    return {
        "ansible_host": "127.0.0.1",
        "ansible_port": server.port,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(world.key),
        "ansible_ssh_common_args": quoted,
        **variables,
    }


def through(world: World, known: Path, style: str) -> tuple[str, ...]:
    """Arguments that lead through the jump host, which is looked up in `known`."""
    options = f"-F none -i {world.key} -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=none -p {world.jump.port}"
    command = f"ssh {options} -W [%h]:%p root@127.0.0.1"
    return ("-o", f"ProxyCommand={command}" if style == "ssh -W" else f"ProxyCommand={command} 2>/dev/null")


def told(host: dict[str, Any]) -> tuple[Any, ...]:
    reply = host["value"][0]
    return (reply["lost"], reply["rc"], reply["out"])


def test_every_way_to_a_host_in_one_task(world: World, tmp_path: Path) -> None:
    """Hosts that asyncssh honours and hosts that it does not, side by side; each with the answer that is right."""
    w = world
    good = w.known("good", w.target.known)
    jumps = w.known("jumps", w.jump.known)
    wrong = w.known("wrong", w.target.known.replace(sshd.public(w.target.host_key), sshd.public(w.other_key)))
    empty, written = w.known("empty", ""), w.known("written", "")  # OpenSSH adds what it was told not to check
    by_ca = w.known("by_ca", f"@cert-authority [127.0.0.1]:{w.certified.port} {sshd.public(w.ca)}\n")
    alias = w.known("alias", f"blue {sshd.public(w.target.host_key)}\n")
    by_alias_ca = w.known("alias_ca", f"@cert-authority blue,green {sshd.public(w.ca)}\n")
    revoked = w.known("revoked", w.target.known, f"@revoked * {sshd.public(w.target.host_key)}\n")
    escalate = tmp_path / "fake-sudo"
    escalate.write_text('#!/bin/sh\nwhile [ "$1" != -u ]; do shift; done\nexport FAKE_USER="$2"; shift 2; exec "$@"\n')
    escalate.chmod(0o755)
    (tmp_path / "enter").mkdir()
    ok, refused = (False, 0, "yes\n"), (True, -1, "")
    wide = ("-o", "StrictHostKeyChecking=no")
    both = ("ansible_become", "ansible_become_exe", "ansible_become_user")
    become = dict(zip(both, (True, str(escalate), "web"), strict=True))
    table: dict[str, tuple[dict[str, Any], str, tuple[Any, ...]]] = {
        "direct": (reach(w, w.target, good), "", ok),
        "jump": (reach(w, w.target, good, *through(w, jumps, "ssh -W")), "", ok),
        "jump-2": (reach(w, w.target, good, *through(w, jumps, "ssh -W")), "", ok),
        "jump-unknown": (reach(w, w.target, good, *through(w, empty, "ssh -W")), "", refused),
        "jump-by-shell": (reach(w, w.target, good, *through(w, jumps, "shell")), "", ok),
        "wrong-key": (reach(w, w.target, wrong), "", refused),
        "unknown-key": (reach(w, w.target, empty), "", refused),
        "revoked-key": (reach(w, w.target, revoked), "", refused),
        "revoked-unchecked": (reach(w, w.target, revoked, *wide), "", refused),
        "unchecked": (reach(w, w.target, written, *wide), "", ok),
        "authority": (reach(w, w.certified, by_ca), "", ok),
        "authority-of-another": (reach(w, w.target, by_ca), "", refused),
        "alias": (reach(w, w.target, alias, "-o", "HostKeyAlias=blue"), "", ok),
        "alias-authority": (reach(w, w.certified, by_alias_ca, "-o", "HostKeyAlias=blue"), "", ok),
        "not-its-principal": (reach(w, w.certified, by_alias_ca, "-o", "HostKeyAlias=green"), "", refused),
        "own-certificate": (reach(w, w.target, good, ansible_ssh_private_key_file=str(w.other_key)), "", ok),
        "not-let-in": (reach(w, w.target, good, ansible_ssh_private_key_file=str(w.ca)), "", refused),
        "nobody-there": ({**reach(w, w.target, good), "ansible_port": sshd.free_port()}, "", refused),
        "kex": (reach(w, w.target, good, "-o", "KexAlgorithms=ecdh-sha2-nistp256"), "", ok),
        "templated": ({**reach(w, w.target, good), "ansible_host": "{{ [127, 0, 0, 1] | join('.') }}"}, "", ok),
        "sudo": ({**reach(w, w.target, good), **become}, "", (False, 0, "web\n")),
        "accept-new": (reach(w, w.target, good, "-o", "StrictHostKeyChecking=accept-new"), "StrictHostKeyChecking", ok),
        "bound": (reach(w, w.target, good, "-o", "BindAddress=127.0.0.1"), "bindaddress 127.0.0.1", ok),
        "enter": ({"ansible_connection": "enter", "enter_folder": str(tmp_path / "enter")}, "plugin is enter", ok),
        "enter-lost": ({"ansible_connection": "enter", "enter_folder": "/nowhere"}, "plugin is enter", refused),
        "local": ({"ansible_connection": "local"}, "plugin is local", ok),
        "broken": ({**reach(w, w.target, good), "ansible_port": "{{ no_such }}"}, "", refused),
    }
    # Ansible's ssh shares a master between hosts of one address, which would pass over what is tested here.
    alone = {"ANSIBLE_SSH_ARGS": "-C"}
    play = Play(tmp_path, {name: row[0] for name, row in table.items()}, environment=alone)
    script = 'echo "${FAKE_USER:-yes}"'
    for way in WAYS:
        found = play.run([{"script": script}], fan_out=way)
        right = {name: row[2] for name, row in table.items()}
        if way == "never":
            right["revoked-unchecked"] = ok  # OpenSSH goes on where checking is off; asyncssh does not
        assert {name: told(found[name]) for name in table} == right, way
        if way == "auto":
            for name, (_variables, reason, _told) in table.items():
                assert reason in found[name]["reason"], name
                assert bool(reason) == bool(found[name]["reason"]), (name, found[name])
    assert "no_such" in found["broken"]["value"][0]["err"] + found["broken"]["problem"]


def test_with_v_the_way_and_its_reason_are_shown(tmp_path: Path) -> None:
    play = Play(tmp_path, {f"h{number}": {"ansible_connection": "local"} for number in range(5)})
    printed, _none = play.start([{"script": "true"}], "-v").communicate(timeout=120)
    said = "h0, h1, h2 and 2 more: through Ansible's connection plugin (its connection plugin is local)"
    assert said in printed


def test_refusals_say_why(world: World, tmp_path: Path) -> None:
    w = world
    empty = w.known("empty", "")
    wrong = w.known("wrong", w.target.known.replace(sshd.public(w.target.host_key), sshd.public(w.other_key)))
    good = w.known("good", w.target.known)
    hosts = {
        "unknown": reach(w, w.target, empty),
        "wrong": reach(w, w.target, wrong),
        "key": reach(w, w.target, good, ansible_ssh_private_key_file=str(w.ca)),
    }
    found = Play(tmp_path, hosts).run([{"script": "true"}])
    said = {name: host["value"][0]["err"] for name, host in found.items()}
    assert f"no host key is known for [127.0.0.1]:{w.target.port} in {empty}" in said["unknown"]
    assert "Host key is not trusted for host 127.0.0.1" in said["wrong"]
    assert "Permission denied for user root on host 127.0.0.1" in said["key"]


SCRIPTS = {
    "quotes": ("printf '%s|' \"it's\" '\"' '$HOME' '`id`' '; exit 9'", 0, "it's|\"|$HOME|`id`|; exit 9|"),
    "lines": ("set -eu\n# a remark\nfor i in 1 2\ndo echo $i; done\n# the end", 0, "1\n2\n"),
    "exit": ("echo out; echo err >&2; exit 7", 7, "out\n"),
    "input": ("cat; echo done", 0, "done\n"),
    "unicode": ("printf '\\303\\244 ä'", 0, "ä ä"),
    "large": ("head -c 3000000 /dev/zero | tr '\\0' x", 0, "x" * 3000000),
    "terminal": ("test -t 0 || test -t 1 || test -t 2 || echo none", 0, "none\n"),
    "killed": ("kill -KILL $$", None, ""),
}


@pytest.mark.parametrize("way", WAYS)
def test_scripts_give_the_same_by_every_way(world: World, tmp_path: Path, way: str) -> None:
    (tmp_path / "enter").mkdir()
    hosts = {
        "ssh": reach(world, world.target, world.known("good", world.target.known)),
        "enter": {"ansible_connection": "enter", "enter_folder": str(tmp_path / "enter")},
        "local": {"ansible_connection": "local"},
    }
    play = Play(tmp_path, hosts)
    found = play.run([{"script": script} for script, _rc, _out in SCRIPTS.values()], fan_out=way)
    for host in hosts:
        if (host, way) == ("ssh", "never"):
            # ssh reports a killed script as it reports its own failures: Ansible, and so we, cannot tell
            assert found[host]["value"].pop()["lost"]
        for (name, (_script, code, out)), reply in zip(SCRIPTS.items(), found[host]["value"], strict=False):
            assert (host, name, reply["out"], reply["lost"]) == (host, name, out, False)
            assert reply["rc"] == code or (code is None and reply["rc"] != 0), (host, name, reply["rc"])


def test_the_agent_is_used_as_openssh_would(world: World, tmp_path: Path) -> None:
    locked = sshd.make_key(tmp_path / "locked", passphrase="secret")
    shutil.copy(f"{world.key}.pub", tmp_path / "mine.pub")
    known = world.known("good", world.target.known)
    reached = {"ansible_ssh_private_key_file": ""}
    only = ("-o", "IdentitiesOnly=yes")
    with sshd.agent(tmp_path, world.key) as socket:
        hosts = {
            "any": reach(world, world.target, known, **reached),
            "named": reach(world, world.target, known, *only, ansible_ssh_private_key_file=str(tmp_path / "mine.pub")),
            "limited": reach(world, world.target, known, *only, ansible_ssh_private_key_file=f"{world.ca}.pub"),
            "none": reach(world, world.target, known, "-o", "IdentityAgent=none", **reached),
            "socket": reach(world, world.target, known, "-o", f"IdentityAgent={socket}", **reached),
            "locked": reach(world, world.target, known, ansible_ssh_private_key_file=str(locked)),
        }
        for way in WAYS:
            play = Play(tmp_path, hosts, environment={"SSH_AUTH_SOCK": str(socket), "HOME": str(tmp_path)})
            found = play.run([{"script": "true"}], fan_out=way)
            lost = {name for name, host in found.items() if host["value"][0]["lost"]}
            assert lost == {"limited", "none"}, way


def test_the_command_line_and_ansible_cfg_count(world: World, tmp_path: Path) -> None:
    known = world.known("good", world.target.known)
    (tmp_path / "ansible.cfg").write_text(
        f"[defaults]\nremote_port = {world.target.port}\n"
        f"[ssh_connection]\nssh_common_args = -F none -o UserKnownHostsFile={known} -o SetEnv=FLEET_A=1\n"
    )
    play = Play(tmp_path, {"a": {"ansible_host": "127.0.0.1"}}, keywords={"vars": {"ansible_user": "nobody"}})
    script = [{"script": "echo $FLEET_A"}]
    refused = play.run(script, "--private-key", str(world.key))
    assert told(refused["a"]) == (True, -1, "")
    options = ("--private-key", str(world.key), "-e", "ansible_user=root")
    assert told(play.run(script, *options)["a"]) == (False, 0, "1\n")
    play.keywords = {"remote_user": "nobody"}
    assert told(play.run(script, "--private-key", str(world.key))["a"])[0]
    play.keywords = {}
    assert told(play.run(script, "--private-key", str(world.key), "-u", "root")["a"]) == (False, 0, "1\n")


def test_without_asyncssh_hosts_go_the_other_way(world: World, tmp_path: Path) -> None:
    (tmp_path / "asyncssh.py").write_text("raise ImportError('not installed here')\n")
    hosts = {"a": reach(world, world.target, world.known("good", world.target.known))}
    found = Play(tmp_path, hosts, environment={"PYTHONPATH": str(tmp_path)}).run([{"script": "echo yes"}])
    assert told(found["a"]) == (False, 0, "yes\n")
    assert found["a"]["reason"] == "the Python package asyncssh cannot be used: not installed here"


def test_one_connection_for_a_talk_and_a_fresh_one_when_asked(world: World, tmp_path: Path) -> None:
    script = "echo $SSH_CONNECTION"
    steps = [{"script": script}, {"script": script}, {"script": script, "fresh": True}, {"script": script}]
    play = Play(tmp_path, {"a": reach(world, world.target, world.known("good", world.target.known))})
    first, second, third, fourth = (reply["out"] for reply in play.run(steps)["a"]["value"])
    assert first == second != third == fourth


def test_passwords_for_logging_in_and_for_sudo(world: World, tmp_path: Path) -> None:
    asks = tmp_path / "fake-sudo"
    asks.write_text(
        "#!/bin/sh\n"
        'while [ "$1" != -p ]; do shift; done\nprintf %s "$2" >&2\nread -r given\n'
        '[ "$given" = "open sesame" ] || { echo "Sorry, try again." >&2; exit 1; }\n'
        'while [ "$1" != -u ]; do shift; done\nshift 2\nexec "$@"\n'
    )
    asks.chmod(0o755)
    sudo = {"ansible_become": True, "ansible_become_exe": str(asks), "ansible_become_user": "web"}
    allow = ("PasswordAuthentication yes", "PermitRootLogin yes")
    with sshd.server(tmp_path / "asking", sshd.public(world.key), *allow) as asking:
        known = world.known("asking", asking.known)
        no_key = {"ansible_ssh_private_key_file": ""}
        right, wrong = {"ansible_password": sshd.PASSWORD}, {"ansible_password": "wrong"}
        wide = ("-o", "StrictHostKeyChecking=no")
        hosts = {
            "right": reach(world, asking, known, **no_key, **right),
            "wrong": reach(world, asking, known, **no_key, **wrong),
            "unchecked": reach(world, asking, known, *wide, **no_key, **right),
            "sudo": reach(world, asking, known, **sudo, ansible_become_password="open sesame"),
            "sudo-wrong": reach(world, asking, known, **sudo, ansible_become_password="wrong"),
            # Ansible does not become who it is already
            "same-user": reach(world, asking, known, **{**sudo, "ansible_become_user": "root"}),
        }
        play = Play(tmp_path, hosts, environment={"ANSIBLE_SSH_ARGS": "-C", "HOME": str(tmp_path)})
        found = {way: play.run([{"script": "cat; echo in; echo aside >&2"}], fan_out=way) for way in WAYS}
    for way in WAYS:
        answers = {name: told(host) for name, host in found[way].items()}
        inside, outside = (False, 0, "in\n"), (True, -1, "")
        refused = {"wrong", "sudo-wrong"}
        assert answers == {name: outside if name in refused else inside for name in hosts}, way
    reasons = {name: host["reason"] for name, host in found["auto"].items() if host["reason"]}
    assert reasons == {
        "unchecked": "a password with unchecked host keys is left to OpenSSH",
        "sudo": "privilege escalation asks for a password",
        "sudo-wrong": "privilege escalation asks for a password",
    }
    assert sshd.PASSWORD not in json.dumps(found)


def test_where_openssh_knows_other_ways_to_log_in_it_has_the_last_word(world: World, tmp_path: Path) -> None:
    known = world.known("good", world.target.known)
    refused = {"ansible_ssh_private_key_file": str(world.ca)}
    hosts = {
        "gssapi": reach(world, world.target, known, "-o", "GSSAPIAuthentication=yes", **refused),
        "none": reach(world, world.target, known, "-o", "GSSAPIAuthentication=no", **refused),
    }
    found = Play(tmp_path, hosts, environment={"ANSIBLE_SSH_ARGS": "-C"}).run([{"script": "true"}] * 2)
    said = {name: [reply["err"] for reply in host["value"]] for name, host in found.items()}
    assert all(
        "Failed to connect to the host via ssh: root@127.0.0.1: Permission denied" in one for one in said["gssapi"]
    )
    assert said["none"] == ["Permission denied for user root on host 127.0.0.1"] * 2


def test_a_jump_host_that_was_lost_is_reached_again(world: World, tmp_path: Path) -> None:
    known = world.known("good", world.target.known)
    with sshd.server(tmp_path / "frail", sshd.public(world.key)) as frail:
        jumps = world.known("frail", frail.known)
        options = f"-F none -i {world.key} -o UserKnownHostsFile={jumps} -o GlobalKnownHostsFile=none -p {frail.port}"
        through_it = ("-o", f"ProxyCommand=ssh {options} -W [%h]:%p root@127.0.0.1")
        hosts = {name: reach(world, world.target, known, *through_it) for name in ("a", "b", "c")}
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        steps = [
            {"script": "echo one"},
            {"script": f"echo begun > {pipe}; sleep 60", "timeout": 50},
            {"script": "echo two", "fresh": True, "until_answer": 100},
        ]
        play = Play(tmp_path, hosts)
        main = play.start(steps)
        with pipe.open("rb", buffering=0) as stream:
            begun = 0
            while begun < len(hosts):
                begun += stream.read(4096).count(b"begun")
        frail.stop()
        frail.start()
        main.communicate(timeout=120)
        found = json.loads(play.result_file.read_text())["hosts"]
        logins = frail.log().count("Accepted publickey")
    for name, host in found.items():
        replies = [(reply["lost"], reply["out"]) for reply in host["value"]]
        assert replies == [(False, "one\n"), (True, ""), (False, "two\n")], name
    assert logins == 2  # one before and one after, for three hosts


@pytest.mark.parametrize("way", WAYS)
def test_lost_in_the_middle_and_back(world: World, tmp_path: Path, way: str) -> None:
    """A host that hangs up in the middle of a script, one that answers too late; then it is there again."""
    with sshd.server(tmp_path / "mortal", sshd.public(world.key)) as mortal:
        parent = "$(ps -o ppid= -p $PPID)" if shutil.which("ps") else "$PPID"
        steps = [
            {"script": f"echo begun; kill -KILL {parent if way == 'never' else '$PPID'}; sleep 60", "timeout": 20},
            {"script": "echo again", "fresh": True},
            {"script": "echo late; sleep 60", "timeout": 1},
            {"script": "echo back", "fresh": True},
        ]
        host = reach(world, mortal, world.known("mortal", mortal.known))
        replies = Play(tmp_path, {"a": host}).run(steps, fan_out=way)["a"]["value"]
    assert [(reply["lost"], reply["out"]) for reply in replies][1:] == [
        (False, "again\n"),
        (True, ""),
        (False, "back\n"),
    ]
    assert replies[0]["lost"]
    assert replies[2]["err"] == "no answer within 1 seconds"


def test_twenty_four_hosts_in_threads(world: World, tmp_path: Path) -> None:
    host = reach(world, world.target, world.known("good", world.target.known))
    hosts = {f"h{number}": {**host, "ansible_ssh_extra_args": f"-o SetEnv=FLEET_N={number}"} for number in range(24)}
    play = Play(tmp_path, hosts, environment={"ANSIBLE_SSH_ARGS": "-C"})
    found = play.run([{"script": "echo $FLEET_N; echo $((FLEET_N * 2))"}] * 2, fan_out="never")
    answers = {name: [reply["out"] for reply in host["value"]] for name, host in found.items()}
    assert answers == {f"h{number}": [f"{number}\n{number * 2}\n"] * 2 for number in range(24)}


# -- the lab ----------------------------------------------------------------------------------------


@pytest.mark.lab
def test_real_hosts_as_the_inventory_plugin_describes_them(tmp_path: Path) -> None:
    """Two hosts directly and one behind the bastion, over asyncssh; rebooted, they are lost and come back."""
    if shutil.which("systemd-nspawn") is None or terraform_binary() is None:
        pytest.skip("the lab needs systemd-nspawn and Terraform or OpenTofu")
    lab = Lab("fan", Path("/var/tmp/atomic-fleet-tests/fan"))
    lab.down()
    try:
        lab.up({"blue": {"size": 3}}, jump_hosts=["fan-blue-3"])
        inventory = tmp_path / "lab.fleet.yml"
        inventory.write_text(json.dumps({"plugin": "atomic.fleet.terraform", "state": str(lab.state)}))
        key = ("--private-key", str(lab.directory / "id_ed25519"))
        play = Play(tmp_path, {}, prefix=("ip", "netns", "exec", lab.name), inventory=inventory)
        boot_id = {"script": "cat /proc/sys/kernel/random/boot_id"}
        before = play.run([boot_id], *key)
        told_before = {name: (host["reason"], host["value"][0]["lost"]) for name, host in before.items()}
        assert told_before == dict.fromkeys(lab.names(), ("", False))
        reboot = {"script": "nohup systemctl reboot >/dev/null 2>&1 & sleep 60", "timeout": 30}
        up_again = {**boot_id, "fresh": True, "timeout": 5, "until_answer": 100}
        after = play.run([reboot, up_again], *key)
        for name, host in after.items():
            gone, back = host["value"]
            assert (gone["lost"], back["lost"]) == (True, False), name
            assert back["out"] != before[name]["value"][0]["out"], name
    finally:
        lab.down()


# -- stopping ---------------------------------------------------------------------------------------


class Begun:
    """Scripts say in a file of their own that they began; a named pipe tells when the first one did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "begun"
        self.folder.mkdir()
        self.pipe = folder / "pipe"
        os.mkfifo(self.pipe)
        self.release = folder / "release"
        os.mkfifo(self.release)

    def steps(self) -> list[dict[str, Any]]:
        """A first script that waits until it is released, a pause, and a second script that must not begin."""
        first = f"echo > {self.folder}/first-$$; echo begun > {self.pipe}; read -r line < {self.release}; true"
        second = f"echo > {self.folder}/second-$$"
        return [{"script": first, "timeout": 120}, {"script": second}, {"pause": 1}, {"script": second}]

    def count(self, which: str) -> int:
        return len(list(self.folder.glob(f"{which}-*")))

    def wait(self, number: int) -> None:
        with self.pipe.open("rb", buffering=0) as stream:
            got = 0
            while got < number:
                got += stream.read(4096).count(b"begun")

    def let_go(self) -> None:
        """Lets the first scripts, which nobody listens to any more, come to their end."""
        with contextlib.suppress(OSError):
            descriptor = os.open(self.release, os.O_RDWR | os.O_NONBLOCK)
            os.write(descriptor, b"go\n" * 100)
            os.close(descriptor)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Begun]:
    one = Begun(tmp_path)
    yield one
    one.let_go()


def seconds_until_gone(pid: int) -> float:
    """How long a process of another parent still lives; fails after ten seconds."""
    began = time.monotonic()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return 0.0
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    gone = poller.poll(10_000)
    os.close(descriptor)
    assert gone, f"process {pid} is still there"
    return time.monotonic() - began


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry.name))
    return found


def hosts_to_stop(world: World, way: str) -> dict[str, dict[str, Any]]:
    """Eight hosts over ssh, of which the fan-out may speak with four at a time."""
    host = reach(world, world.target, world.known("good", world.target.known))
    return {f"h{number}": host for number in range(8)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT", "SIGTERM", "lease"])
def test_nothing_begins_after_the_stop(world: World, tmp_path: Path, begun: Begun, how: str, way: str) -> None:
    lease = tmp_path / "lease"
    os.mkfifo(lease)
    holder = os.open(lease, os.O_RDWR)
    play = Play(tmp_path, hosts_to_stop(world, way))
    main = play.start(begun.steps(), fan_out=way, limit=4, lease=str(lease))
    try:
        begun.wait(4)
        worker, parent = (int(part) for part in play.pid_file.read_text().split())
        assert parent == main.pid
        locals_before = children(worker)
        if how == "lease":
            os.write(holder, b"lost")
        else:
            main.send_signal(signal.Signals[how])
        assert seconds_until_gone(worker) < 1.5 if how != "SIGKILL" else seconds_until_gone(worker) < 1.0
        for pid in locals_before:  # the ssh processes of the threads
            assert seconds_until_gone(pid) < 1.0
        printed, _none = main.communicate(timeout=30)
    finally:
        os.close(holder)
        main.kill()
        main.wait()
    assert begun.count("first") == 4
    begun.let_go()
    # A connection made now sees everything that any earlier one did on the host before it.
    check = Play(tmp_path, hosts_to_stop(world, way)).run([{"script": f"ls {begun.folder}"}])
    assert {"second" in host["value"][0]["out"] for host in check.values()} == {False}
    assert begun.count("second") == 0
    if how == "lease":
        assert main.returncode == 0, printed
