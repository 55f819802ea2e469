"""The inventory of what a real Terraform (or OpenTofu) applied: count, for_each, child modules, backends, the cache."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.contract_cases import KEY
from tests.unit.plugins.loopback import Loopback, Question, Reply

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = shutil.which("terraform") or shutil.which("tofu") or ""
pytestmark = pytest.mark.skipif(not TERRAFORM, reason="neither terraform nor tofu is installed")
Inventory = Callable[..., "subprocess.CompletedProcess[str]"]

# A fleet as anybody's module may make it: hosts by for_each, in a module that is called with count by another one
HOSTS = """
variable "pool" { type = string }
variable "zones" { type = set(string) }
variable "address" { type = string }
resource "terraform_data" "host" {
  for_each = var.zones
  input    = "hush-attribute"
}
output "hosts" {
  value = [for i, zone in sort([for h in keys(terraform_data.host) : h]) : {
    name = "${var.pool}-${zone}", address = "${var.address}.${i + 1}", user = "core", port = 22, jump = [],
    host_keys = ["KEY"], cloud = "aws", pool = var.pool, zone = zone, image = "ami-1",
    id = terraform_data.host[zone].id, labels = {}
  }]
}
""".replace("KEY", KEY)
FLEET = """
variable "name" { type = string }
variable "pools" { type = number }
module "hosts" {
  source  = "../hosts"
  count   = var.pools
  pool    = "${var.name}${count.index}"
  zones   = ["a", "b"]
  address = "10.${length(var.name)}.${count.index}"
}
output "fleet" {
  value = {
    schema  = "atomic.fleet/fleet/v1"
    name    = var.name
    hosts   = flatten(module.hosts[*].hosts)
    pools   = { for i, m in module.hosts : "${var.name}${i}" => { image = "ami-1", size = 2, zones = ["a", "b"] } }
    traffic = []
  }
}
"""
PROJECT = """
BACKEND
variable "size" { default = 1 }
module "one" {
  source = "./modules/fleet"
  name   = "one"
  pools  = var.size
}
module "counted" {
  source = "./modules/fleet"
  count  = 2
  name   = "c${count.index + 10}${count.index == 0 ? "" : "x"}"
  pools  = 1
}
module "region" {
  source   = "./modules/fleet"
  for_each = { "eu-1" = "euro", "us" = "states" }
  name     = each.value
  pools    = 1
}
output "fleet" { value = module.one.fleet }
output "counted" { value = module.counted[*].fleet }
output "regions" {
  sensitive = true
  value     = { for k, m in module.region : k => m.fleet }
}
output "password" {
  sensitive = true
  value     = "hush-output"
}
"""
NAMES = {
    "fleet": ["one0-a", "one0-b"],
    "counted": ["c100-a", "c100-b", "c11x0-a", "c11x0-b"],
    "regions": ["euro0-a", "euro0-b", "states0-a", "states0-b"],
}


def terraform(folder: Path, *words: str, **environment: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TF_DATA", "TF_WORK", "TF_HTTP"))}
    done = subprocess.run(
        [TERRAFORM, *words], cwd=folder, env={**own, "TF_IN_AUTOMATION": "1", **environment}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def project(folder: Path, backend: str = "") -> Path:
    for name, text in (("hosts", HOSTS), ("fleet", FLEET)):
        (folder / "modules" / name).mkdir(parents=True)
        (folder / "modules" / name / "main.tf").write_text(text)
    (folder / "main.tf").write_text(PROJECT.replace("BACKEND", backend))
    return folder


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("project"))
    terraform(folder, "init", "-input=false")
    terraform(folder, "apply", "-input=false", "-auto-approve")
    for file, words in (("outputs", ("output", "-json")), ("shown", ("show", "-json"))):
        (folder / f"{file}.json").write_text(terraform(folder, *words))
    for output in NAMES:
        (folder / f"value-{output}.json").write_text(terraform(folder, "output", "-json", output))
    return folder


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    """ansible-inventory --list --export on a file of that text."""

    def run(text: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "fleet.yml"
        path.write_text(f"plugin: atomic.fleet.terraform\n{text}\n")
        own = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
        program = Path(sys.executable).with_name("ansible-inventory")
        return subprocess.run(
            [str(program), "-i", str(path), "--list", "--export", *words],
            env={
                **own,
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
                "ANSIBLE_LOCALHOST_WARNING": "false",
                "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(tmp_path / "known_hosts"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def hosts(done: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["_meta"]["hostvars"]
    assert "hush" not in done.stdout + done.stderr
    return {name: found[name] for name in sorted(found)}


@pytest.mark.parametrize("output", NAMES)
def test_instances_of_modules(applied: Path, inventory: Inventory, output: str) -> None:
    found = [
        hosts(inventory(f"{source}\noutput: {output}"))
        for source in (
            f"state: {applied}/terraform.tfstate",
            f"outputs: {applied}/outputs.json",
            f"outputs: {applied}/shown.json",
            f"outputs: {applied}/value-{output}.json",
            f"project: {applied}",
        )
    ]
    assert list(found[0]) == NAMES[output]
    own = [{name: variables["atomic_fleet_id"] for name, variables in one.items()} for one in found]
    assert len(own[0].values()) == len(set(own[0].values()))
    assert own[1:] == own[:1] * 4


def test_outputs_of_one_state_side_by_side(applied: Path, inventory: Inventory) -> None:
    sources = "".join(f"  - {{state: {applied}/terraform.tfstate, output: {output}}}\n" for output in NAMES)
    assert list(hosts(inventory(f"fleets:\n{sources}"))) == sorted(name for names in NAMES.values() for name in names)


def test_a_saved_plan(applied: Path, inventory: Inventory) -> None:
    terraform(applied, "plan", "-input=false", "-out=saved.tfplan", "-var=size=2")
    (applied / "plan.json").write_text(terraform(applied, "show", "-json", "saved.tfplan"))
    for text in (f"outputs: {applied}/plan.json", f"outputs: {applied}/saved.tfplan"):
        done = inventory(text)
        assert done.returncode != 0
        assert "plan, whose hosts are not there yet: apply it" in " ".join(done.stderr.split())
        assert "hush" not in done.stderr


def test_a_workspace(tmp_path: Path, inventory: Inventory) -> None:
    folder = project(tmp_path / "project")
    terraform(folder, "init", "-input=false")
    terraform(folder, "workspace", "new", "stage")
    terraform(folder, "apply", "-input=false", "-auto-approve", "-var=size=2")
    terraform(folder, "workspace", "select", "default")
    text = f"project: {folder}\nworkspace: \"{{{{ stage | default('stage') }}}}\""
    assert list(hosts(inventory(text))) == ["one0-a", "one0-b", "one1-a", "one1-b"]
    assert list(hosts(inventory(f"project: {folder}", TF_WORKSPACE="stage"))) == [
        "one0-a",
        "one0-b",
        "one1-a",
        "one1-b",
    ]
    for words in ((), ("-e", "stage=gone")):
        done = inventory(text if words else f"project: {folder}", *words)
        assert done.returncode != 0
        name = f"Terraform project {folder}, workspace 'gone'" if words else f"Terraform project {folder}"
        assert f"{name} has no output 'fleet' (it has: none): " in " ".join(done.stderr.split())


HTTP = """
terraform {
  backend "http" {
    address        = "URL"
    lock_address   = "URL"
    lock_method    = "PUT"
    unlock_address = "URL"
    unlock_method  = "DELETE"
  }
}
"""
USER, PASSWORD = "reader", "hush-password"


class Remote:
    """What Terraform's http backend speaks to: a state behind a password, and who locked it."""

    def __init__(self) -> None:
        self.state: bytes | None = None
        self.methods: list[str] = []

    def answer(self, question: Question) -> Reply:
        self.methods.append(question.method)
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if question.headers.get("authorization") != wanted:
            return Reply(401)
        if question.method == "POST":
            self.state = question.body
        if question.method == "GET":
            return Reply(404) if self.state is None else Reply(200, self.state)
        return Reply(200)


@pytest.fixture
def remote() -> Iterator[tuple[str, Remote]]:
    rules = Remote()
    with Loopback(rules.answer) as server:
        yield server.url, rules


def test_a_remote_state(tmp_path: Path, inventory: Inventory, remote: tuple[str, Remote]) -> None:
    url, rules = remote
    folder = project(tmp_path / "project", HTTP.replace("URL", f"{url}/state"))
    login = {"TF_HTTP_USERNAME": USER, "TF_HTTP_PASSWORD": PASSWORD, "TF_HTTP_RETRY_MAX": "0"}
    refused = inventory(f"project: {folder}", **login)
    assert (
        f"Terraform project {folder} is not initialised for the backend that it names: run `terraform init` (or `tofu "
        "init`) in it, with the same backend settings and `data_directory` as where it was applied."
    ) in " ".join(refused.stderr.split())

    terraform(folder, "init", "-input=false", **login)
    terraform(folder, "apply", "-input=false", "-auto-approve", **login)
    assert "PUT" in rules.methods
    rules.methods.clear()
    assert list(hosts(inventory(f"project: {folder}", **login))) == NAMES["fleet"]
    assert set(rules.methods) == {"GET"}, "reading locks nothing"

    (tmp_path / "pulled").write_text(terraform(folder, "state", "pull", **login))
    assert list(hosts(inventory("state: pulled"))) == NAMES["fleet"]

    without = " ".join(inventory(f"project: {folder}", TF_HTTP_RETRY_MAX="0").stderr.split())
    assert f"`{Path(TERRAFORM).name} output` in {folder} failed: " in without
    assert ": give this process what the backend logs in with, in the environment, as for `terraform plan`." in without
    assert "hush" not in refused.stderr + without


CACHE = "cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: cache"


def test_the_cache_spares_terraform(tmp_path: Path, inventory: Inventory) -> None:
    folder = project(tmp_path / "project")
    terraform(folder, "init", "-input=false")
    terraform(folder, "apply", "-input=false", "-auto-approve")
    counted = tmp_path / "counted"
    counted.write_text(f'#!/bin/sh\necho run >>"$0.runs"\nexec {TERRAFORM} "$@"\n')
    counted.chmod(0o755)
    cache = tmp_path / "cache"
    text = (
        f"project: {folder}\nbinary: {counted}\n{CACHE.replace('cache_connection: cache', '')}cache_connection: {cache}"
    )

    def runs() -> int:
        return len((tmp_path / "counted.runs").read_text().splitlines())

    before = hosts(inventory(text))
    assert hosts(inventory(text)) == before
    assert runs() == 1
    (kept,) = [path for path in cache.rglob("*") if path.is_file()]
    assert "hush" not in kept.read_text()

    terraform(folder, "apply", "-input=false", "-auto-approve", "-var=size=2")
    assert hosts(inventory(text)) == before, "the cache does not know of an apply"
    after = hosts(inventory(text, "--flush-cache"))
    assert len(after) == 4
    assert hosts(inventory(text)) == after, "what was read past the cache is cached"
    assert runs() == 2

    terraform(folder, "apply", "-input=false", "-auto-approve", "-var=size=1")
    os.utime(kept, (0, 0))  # older than cache_timeout
    assert hosts(inventory(text)) == before
    terraform(folder, "workspace", "new", "other")
    other = inventory(text)
    assert "(it has: none)" in " ".join(other.stderr.split()), "another workspace is another source"
