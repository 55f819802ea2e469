"""The inventories people copy are read as they stand; what is said of the clouds' own plugins fits the contract."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import parse_fleet
from ansible_collections.atomic.fleet.plugins.plugin_utils._fleet_inventory import group_names, host_variables
from tests.unit.plugins.contract_cases import fleet, hop, host

ROOT = Path(__file__).resolve().parents[2]
INVENTORIES = ROOT / "inventories"
CLOUDS = ("aws", "azure", "gcp", "openstack")
TERRAFORM = shutil.which("terraform") or shutil.which("tofu") or ""
POOLS = {name: {"image": "x", "size": 1, "zones": ["a"]} for name in ("blue", "green")}
needs_terraform = pytest.mark.skipif(not TERRAFORM, reason="neither terraform nor tofu is installed")


def contract(cloud: str) -> dict[str, Any]:
    return fleet(
        host(f"{cloud}-blue-1", "10.0.0.1", cloud=cloud, zone=f"{cloud}-a"),
        host(f"{cloud}-green-1", "10.0.0.2", cloud=cloud, zone=f"{cloud}-b", pool="green", jump=[hop()]),
        name=cloud,
        pools=POOLS,
    )


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A project for each cloud that gives the contract, applied."""
    found = {}
    for cloud in CLOUDS:
        folder = found[cloud] = tmp_path_factory.mktemp(cloud)
        (folder / "fleet.json").write_text(json.dumps(contract(cloud)))
        (folder / "main.tf").write_text('output "fleet" { value = jsondecode(file("${path.module}/fleet.json")) }\n')
        own = {name: value for name, value in os.environ.items() if not name.startswith(("TF_DATA", "TF_WORK"))}
        for words in (("init", "-input=false"), ("apply", "-input=false", "-auto-approve")):
            subprocess.run([TERRAFORM, *words], cwd=folder, env=own, check=True, capture_output=True)
    return found


def listed(tmp_path: Path, inventory: str, *words: str) -> dict[str, Any]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-inventory")),
            "-i",
            str(INVENTORIES / inventory),
            "--list",
            *words,
        ],
        cwd=ROOT,
        env={**own, "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(tmp_path / "known_hosts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@needs_terraform
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud(tmp_path: Path, projects: dict[str, Path], cloud: str) -> None:
    found = listed(tmp_path, cloud, "-e", f"terraform_project={projects[cloud]}")
    assert sorted(found["_meta"]["hostvars"]) == [f"{cloud}-blue-1", f"{cloud}-green-1"]
    assert found[f"cloud_{cloud}"]["hosts"] == [f"{cloud}-blue-1", f"{cloud}-green-1"]


@needs_terraform
def test_all_clouds(tmp_path: Path, projects: dict[str, Path]) -> None:
    given = {f"{cloud}_project": str(folder) for cloud, folder in projects.items()}
    found = listed(tmp_path, "all_clouds", "-e", json.dumps(given))
    assert len(found["_meta"]["hostvars"]) == 8
    assert found["pool_green"]["hosts"] == [f"{cloud}-green-1" for cloud in CLOUDS]


@needs_terraform
def test_blue_and_green(tmp_path: Path, projects: dict[str, Path]) -> None:
    words = ("-e", f"terraform_project={projects['aws']}")
    for name, hosts in (
        ("blue.fleet.yml", ["aws-blue-1"]),
        ("green.fleet.yml", ["aws-green-1"]),
        ("", ["aws-blue-1", "aws-green-1"]),
    ):
        assert sorted(listed(tmp_path, f"blue_green/{name}", *words)["_meta"]["hostvars"]) == hosts


def test_every_example_says_how_it_is_used() -> None:
    names = sorted(path.name for path in INVENTORIES.iterdir())
    assert names == ["all_clouds", "aws", "azure", "blue_green", "gcp", "lab", "openstack"]
    for name in names:
        assert f"-i inventories/{name}" in (INVENTORIES / name / "README.md").read_text("utf-8")


# Variables as those plugins name them (amazon.aws 10.1, azure.azcollection 3.12, google.cloud 1.10, openstack.cloud
# 2.5: their sources), of a machine that the modules of this project make
TAGS = {"atomic-fleet": "demo", "atomic-fleet-pool": "blue"}
MACHINES: dict[str, dict[str, Any]] = {
    "aws": {
        "tags": {**TAGS, "Name": "demo-blue-1"}, "placement": {"availability_zone": "a"}, "image_id": "image",
        "instance_id": "id", "private_ip_address": "10.88.0.11",
    },
    "azure": {
        "tags": TAGS, "availability_zone": ["a"], "image": {"id": "image"}, "id": "id",
        "private_ipv4_addresses": ["10.88.0.11"],
    },
    "gcp": {
        "labels": TAGS, "zone": "a", "image": "image", "project": "p", "name": "demo-blue-1",
        "networkInterfaces": [{"networkIP": "10.88.0.11"}],
    },
    "openstack": {
        "openstack": {"metadata": TAGS, "availability_zone": "a", "image": {"id": "image"}, "id": "id"},
        "ansible_host": "10.88.0.11",
    },
}  # fmt: skip
LOST = {"ansible_port", "ansible_ssh_common_args", "ansible_control_path", "atomic_fleet_labels"}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_clouds_own_plugins_give_the_same_variables_and_groups(cloud: str) -> None:
    text = (INVENTORIES / cloud / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    shown = yaml.safe_load(block)
    templar = Templar(loader=DataLoader(), variables=MACHINES[cloud])

    def value(expression: Any) -> Any:
        return templar.template(trust_as_template("{{ " + str(expression) + " }}"))

    compose = shown.get("compose") or shown["hostvar_expressions"]
    made = {"ansible_host": MACHINES[cloud].get("ansible_host"), **{k: value(e) for k, e in compose.items()}}
    identity = "projects/p/zones/a/instances/demo-blue-1" if cloud == "gcp" else "id"
    parsed = parse_fleet(fleet(host(cloud=cloud, image="image", id=identity, user="core")), "x")
    ours = host_variables(parsed, parsed.hosts[0], "/k/x")
    assert made == {name: text for name, text in ours.items() if name not in LOST}
    groups = [f"{group['prefix']}_{value(group['key'])}" for group in shown["keyed_groups"]]
    groups += [name for name, when in (shown.get("groups") or shown["conditional_groups"]).items() if value(when)]
    assert sorted(groups) == sorted(group_names(parsed, parsed.hosts[0]))
