"""Host keys of new machines, from the contract to the first connection: real sshd, Ansible, boto3 against moto."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.ec2 import Ec2, ec2
from tests.integration.fanout import sshd
from tests.integration.fanout.play import PLAYBOOK, ROOT
from tests.integration.fleet_helper import until
from tests.integration.lab import terraform_binary
from tests.servers import S3_ENVIRONMENT

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare")
ZONE = "eu-central-1a"
PLAY = """
- name: Get to know new machines
  hosts: all
  gather_facts: false
  tasks:
    - name: Learn host keys from consoles
      atomic.fleet.host_keys:
        path: "{{ keys_file }}"
        timeout: "{{ patience | default(30) }}"
      run_once: true
      delegate_to: localhost
      register: learnt
    - name: Say them
      ansible.builtin.debug:
        msg: "LEARNT {{ learnt | to_json }} TNRAEL"
      run_once: true
"""


def printed(key: Path) -> list[str]:
    """What ssh-keygen says of a key: bits, fingerprint, comment, kind."""
    command = ["ssh-keygen", "-l", "-f", f"{key}.pub"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


# a root module as those of the examples: keys come in by a variable and go out by the contract
PROJECT = """
variable "host_keys" {
  type    = map(list(string))
  default = {}
}
locals {
  fleet = jsondecode(file("${path.module}/fleet.json"))
}
output "fleet" {
  value = merge(local.fleet, {
    hosts = [for host in local.fleet.hosts : merge(host, { host_keys = lookup(var.host_keys, host.name, []) })]
  })
}
"""


@dataclass(frozen=True)
class Done:
    rc: int
    text: str

    @property
    def learnt(self) -> dict[str, Any]:
        found = re.search(r"LEARNT (\{.*\}) TNRAEL", self.text)
        assert found, self.text
        said: dict[str, Any] = json.loads(json.loads(f'"{found.group(1)}"'))
        return said

    @property
    def failure(self) -> dict[str, Any]:
        found = re.search(r"^fatal: \[.*?\]: FAILED! => (\{.*\})$", self.text, re.M)
        assert found, self.text
        assert "Traceback" not in self.text
        said: dict[str, Any] = json.loads(found.group(1))
        return said


@dataclass
class World:
    """Two machines, one of them behind a jump host, with a contract that knows none of their keys."""

    folder: Path
    cloud: Ec2
    key: Path
    near: sshd.Server
    jump: sshd.Server
    far: sshd.Server
    instances: tuple[str, str]
    host_keys: dict[str, list[str]] = field(default_factory=dict)

    @property
    def keys_file(self) -> Path:
        return self.folder / "host_keys.auto.tfvars.json"

    def contract(self, jump_keys: list[str] | None = None) -> None:
        """What Terraform would put out, with the keys it was given."""
        hop = {"address": "127.0.0.1", "user": "root", "port": self.jump.port}
        hop["host_keys"] = [sshd.public(self.jump.host_key)] if jump_keys is None else jump_keys
        hosts = [
            {
                "name": name, "address": "127.0.0.1", "user": "root", "port": server.port,
                "jump": [hop] if server is self.far else [], "host_keys": self.host_keys.get(name, []),
                "cloud": "aws", "pool": "blue", "zone": ZONE, "image": "ami-1", "id": instance, "labels": {},
            }
            for name, server, instance in zip(("near", "far"), (self.near, self.far), self.instances, strict=True)
        ]  # fmt: skip
        pools = {"blue": {"image": "ami-1", "size": 2, "zones": [ZONE]}}
        fleet = {"schema": "atomic.fleet/fleet/v1", "name": "demo", "hosts": hosts, "pools": pools, "traffic": []}
        listing = {"fleet": {"sensitive": False, "type": "dynamic", "value": fleet}}
        (self.folder / "outputs.json").write_text(json.dumps(listing))
        source = {"plugin": "atomic.fleet.terraform", "outputs": "outputs.json"}
        (self.folder / "demo.fleet.yml").write_text(yaml.safe_dump(source))

    def shows(self, name: str, *keys: Path) -> None:
        """The machine's console shows these keys, as Fedora CoreOS prints them."""
        lines = ["[    0.000000] Linux version 6.15.4-200.fc44.x86_64", ""]
        for key in keys:
            said = printed(key)
            lines.append(f"SSH host key: {said[1]} {said[-1]}")
        self.cloud.consoles[self.instances[0 if name == "near" else 1]] = "\r\n".join([*lines, "login: "])

    def command(self, *words: str, **variables: Any) -> list[str]:
        given = {"keys_file": str(self.keys_file), **variables}
        (self.folder / "play.yml").write_text(PLAY)
        return [PLAYBOOK, "-i", "demo.fleet.yml", "play.yml", *words, "-e", json.dumps(given)]

    def run(self, *words: str, **variables: Any) -> Done:
        return self.ended(self.start(self.command(*words, **variables)))

    def ended(self, process: subprocess.Popen[str]) -> Done:
        text, _none = process.communicate(timeout=120)
        return Done(process.returncode, text)

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """In a process group of its own, as a shell starts it."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={
                **os.environ,
                **S3_ENVIRONMENT,
                "AWS_ENDPOINT_URL": self.cloud.url,
                "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
                "ANSIBLE_NOCOLOR": "true",
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
                "ANSIBLE_PRIVATE_KEY_FILE": str(self.key),
                "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"),
                "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(self.folder / "known_hosts"),
                "SSH_AUTH_SOCK": "",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ec2]:
    with ec2(tmp_path_factory.mktemp("ec2")) as state:
        yield state


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, sshd.Server, sshd.Server, sshd.Server]]:
    folder = tmp_path_factory.mktemp("sshd")
    key = sshd.make_key(folder / "id")
    more = sshd.make_key(folder / "ecdsa", kind="ecdsa")
    mine = sshd.public(key)
    with (
        sshd.server(folder / "near", mine, f"HostKey {more}") as near,
        sshd.server(folder / "jump", f"restrict,port-forwarding {mine}\n") as jump,
        sshd.server(folder / "far", mine) as far,
    ):
        yield key, near, jump, far


@pytest.fixture
def world(cloud: Ec2, servers: tuple[Path, sshd.Server, sshd.Server, sshd.Server], tmp_path: Path) -> World:
    key, near, jump, far = servers
    client = boto3.client(
        "ec2",
        region_name="eu-central-1",
        endpoint_url=cloud.url,
        aws_access_key_id=S3_ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=S3_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    )
    made = client.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)["Instances"]
    first, second = (one["InstanceId"] for one in made)
    cloud.nitro, cloud.looks = True, []
    world = World(tmp_path, cloud, key, near, jump, far, (first, second))
    world.contract()
    world.shows("near", near.host_key, near.folder.parent / "ecdsa")
    world.shows("far", far.host_key)
    return world


def test_from_keyless_machines_to_the_first_connection(world: World) -> None:
    done = world.run()
    assert done.rc == 0, done.text
    expected = {
        "near": [sshd.public(world.near.host_key), sshd.public(world.near.folder.parent / "ecdsa")],
        "far": [sshd.public(world.far.host_key)],
    }
    assert done.learnt["host_keys"] == expected
    assert done.learnt["changed"] is True
    assert json.loads(world.keys_file.read_text()) == {"host_keys": expected}
    assert world.keys_file.stat().st_mode & 0o777 == 0o644
    # the same again, as long as Terraform was not told
    again = world.run()
    assert again.learnt["changed"] is False
    # and when it was
    world.host_keys = json.loads(world.keys_file.read_text())["host_keys"]
    world.contract()
    looks = len(world.cloud.looks)
    known = world.run()
    assert known.learnt["changed"] is False
    assert known.learnt["known"] == ["near", "far"]
    assert len(world.cloud.looks) == looks
    ansible = str(Path(PLAYBOOK).with_name("ansible"))
    words = [ansible, "-i", "demo.fleet.yml", "all", "-m", "ansible.builtin.raw", "-a", "echo me voila"]
    first = world.ended(world.start(words))
    assert first.text.count("me voila") == 2, first.text


def test_check_mode_writes_nothing_and_diff_shows_it(world: World) -> None:
    world.keys_file.write_text('{"name": "demo"}')
    done = world.run("--check", "--diff")
    assert done.rc == 0, done.text
    assert done.learnt["changed"] is True
    assert f'+      "{sshd.public(world.far.host_key)}"' in done.text
    assert world.keys_file.read_text() == '{"name": "demo"}'
    world.run()
    assert json.loads(world.keys_file.read_text())["name"] == "demo"


def test_somebody_in_between_is_refused_with_both_fingerprints(world: World) -> None:
    other = sshd.make_key(world.folder / "other")
    world.shows("near", other)
    done = world.run()
    assert done.rc == 2
    shown, answers = (printed(key) for key in (other, world.near.host_key))
    assert done.failure["msg"] == (
        f"near: sshd answers with the ED25519 key {answers[1]}, and the machine's console shows {shown[1]}: somebody "
        "may stand in between, so no key of it is taken; find out who answers at its address. The keys of 1 other "
        "host were taken."
    )
    assert list(done.failure["refused"]) == ["near"]
    assert list(json.loads(world.keys_file.read_text())["host_keys"]) == ["far"]


def test_a_console_that_takes_its_time_is_waited_for(world: World) -> None:
    shown = world.cloud.consoles[world.instances[0]]
    assert isinstance(shown, str)
    world.cloud.consoles[world.instances[0]] = ["", "[    0.000000] Linux version 6.15\r\n", shown]
    world.cloud.nitro = False
    done = world.run("--limit", "near")
    assert done.rc == 0, done.text
    assert list(done.learnt["host_keys"]) == ["near"]
    # each look asks for the latest first, as nobody knows what an instance is
    assert world.cloud.looks == [(world.instances[0], latest) for _look in range(3) for latest in (True, False)]


def test_ctrl_c_ends_the_waiting_and_writes_nothing(world: World) -> None:
    world.cloud.consoles[world.instances[0]] = "login: "
    process = world.start(world.command(patience=300))
    until("looks at consoles", lambda: len(world.cloud.looks) >= 3)
    os.killpg(process.pid, signal.SIGINT)
    done = world.ended(process)
    assert done.rc != 0
    assert "Traceback" not in done.text
    assert not world.keys_file.exists()
    # the group is empty: no worker goes on
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_console_that_shows_nothing_is_given_up(world: World) -> None:
    world.cloud.consoles[world.instances[0]] = "login: "
    done = world.run("--limit", "near", patience=1)
    assert done.rc == 2
    assert done.failure["msg"].startswith("near: its console showed no host key within 1 s; see that its image prints")
    assert not world.keys_file.exists()


def test_a_jump_host_whose_key_is_not_known_is_not_entered(world: World) -> None:
    world.contract(jump_keys=[])
    done = world.run("--limit", "far", patience=5)
    assert done.rc == 2
    assert done.failure["msg"].startswith("far: the way to it leads by a jump host ")


@pytest.mark.skipif(shutil.which("busybox") is None, reason="needs busybox")
def test_a_way_of_ones_own_is_taken(world: World) -> None:
    source = {"plugin": "atomic.fleet.terraform", "outputs": "outputs.json"}
    source["ssh_common_args"] = '-o ProxyCommand="busybox nc %h %p"'
    (world.folder / "demo.fleet.yml").write_text(yaml.safe_dump(source))
    done = world.run("--limit", "near")
    assert done.rc == 0, done.text
    assert sshd.public(world.near.host_key) in done.learnt["host_keys"]["near"]


def test_what_the_cloud_refuses_is_a_sentence(world: World) -> None:
    world.instances = ("i-0123456789abcdef0", world.instances[1])
    world.contract()
    done = world.run("--limit", "near")
    assert done.rc == 2
    assert done.failure["msg"].startswith("near: its console on aws cannot be read: ")
    assert "InvalidInstanceID.NotFound" in done.failure["msg"]


@pytest.mark.parametrize(
    "content, sentence",
    [
        ("name = 1", "this holds no variables of Terraform's in JSON; name another file, or correct it."),
        ('{"host_keys": []}', "its host_keys are no lists of keys by host name; correct it."),
    ],
)
def test_a_file_that_is_something_else_is_left_alone(world: World, content: str, sentence: str) -> None:
    world.keys_file.write_text(content)
    done = world.run()
    assert done.failure["msg"] == f"{world.keys_file}: {sentence}"
    assert world.keys_file.read_text() == content
    assert not world.cloud.looks


@pytest.mark.skipif(terraform_binary() is None, reason="needs Terraform or OpenTofu")
def test_provision_learns_keys_and_goes_on_with_them(world: World) -> None:
    project = world.folder / "project"
    project.mkdir()
    world.contract()
    fleet = json.loads((world.folder / "outputs.json").read_text())["fleet"]["value"]
    (project / "fleet.json").write_text(json.dumps(fleet))
    (project / "main.tf").write_text(PROJECT)
    source = {"plugin": "atomic.fleet.terraform", "state": str(project / "terraform.tfstate")}
    (world.folder / "made.fleet.yml").write_text(yaml.safe_dump(source))
    given = {"terraform_project": str(project), "trust": "console", "fleet_store": str(world.folder / "store")}
    command = [PLAYBOOK, "-i", "made.fleet.yml", "atomic.fleet.provision", "-e", json.dumps({**given, "wait": 30})]
    # the state is made first, as an inventory needs one
    done = world.ended(world.start([terraform_binary() or "", f"-chdir={project}", "init", "-input=false"]))
    assert done.rc == 0, done.text
    done = world.ended(world.start([terraform_binary() or "", f"-chdir={project}", "apply", "-auto-approve"]))
    assert done.rc == 0, done.text
    done = world.ended(world.start(command))
    assert done.rc == 0, done.text
    state = json.loads((project / "terraform.tfstate").read_text())
    keys = {host["name"]: host["host_keys"] for host in state["outputs"]["fleet"]["value"]["hosts"]}
    assert keys["far"] == [sshd.public(world.far.host_key)]
    assert sshd.public(world.near.host_key) in keys["near"]
    # they were spoken to with these keys; test servers are no ostree hosts
    assert done.text.count("no deployment") >= 2, done.text
    again = world.ended(world.start(command))
    assert again.rc == 0, again.text
    assert "changed=0 " in again.text
    # and it need not be said again
    command[-1] = json.dumps({name: value for name, value in given.items() if name != "trust"})
    last = world.ended(world.start(command))
    assert last.rc == 0, last.text
