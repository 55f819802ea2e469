"""provision and retire, as a user runs them: real hosts come and go, and the guard keeps those that serve."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lab import CACHE, EXAMPLE, REPOSITORY, Lab, lacking

NAME = "prov"
HOME = Path("/var/tmp/atomic-fleet-tests") / NAME
# where the playbook lab keeps the state of a lab, so that it can take this one away
RECORDS = HOME / "lab" / "terraform"
BLUE = [f"{NAME}-blue-1", f"{NAME}-blue-2"]
GREEN = [f"{NAME}-green-1"]
# the lab's network is a namespace of its own; Terraform makes it, so it runs outside, and ssh goes in
INVENTORY = f"""
plugin: atomic.fleet.terraform
state: {RECORDS}/terraform.tfstate
known_hosts_directory: known_hosts
ssh_common_args: -o ProxyCommand="ip netns exec {NAME} busybox nc %h %p"
compose:
  ansible_ssh_private_key_file: "'{HOME}/lab/id_ed25519'"
"""
_FATAL = re.compile(r"^fatal: \[.*?\]: FAILED! => (\{.*\})$", re.M)

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Site:
    """A folder with an inventory, and what the project is planned with."""

    folder: Path

    def play(self, playbook: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        given = {
            "terraform_project": str(EXAMPLE),
            "terraform_backend_config": {"path": f"{RECORDS}/terraform.tfstate"},
            "terraform_data_directory": f"{RECORDS}/data",
            "fleet_store": f"{self.folder}/store",
            **variables,
        }
        check = given.pop("check", False)
        words = [Path(sys.executable).with_name("ansible-playbook"), "-i", "fleet.yml", f"atomic.fleet.{playbook}"]
        return subprocess.run(
            [*map(str, words), "-e", json.dumps(given), *(["--check"] if check else [])],
            cwd=self.folder,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY),
                "ANSIBLE_HOST_KEY_CHECKING": "true",
                "ANSIBLE_LOCALHOST_WARNING": "false",
            },
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def hosts(self) -> list[str]:
        state = json.loads((RECORDS / "terraform.tfstate").read_text())
        return [host["name"] for host in state["outputs"]["fleet"]["value"]["hosts"]]


def pools(**changes: dict[str, Any]) -> dict[str, Any]:
    sizes = {"blue": {"size": 2}, "green": {"size": 1}}
    whole = {pool: {**given, **changes.get(pool, {})} for pool, given in sizes.items()}
    return {"name": NAME, "directory": f"{HOME}/lab", "cache": str(CACHE), "pools": whole}


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    (found,) = _FATAL.findall(done.stdout)
    return str(json.loads(found)["msg"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, HOME)
    lab.down()
    site = Site(tmp_path_factory.mktemp("site"))
    (site.folder / "fleet.yml").write_text(INVENTORY)
    yield site
    gone = site.play("lab", state="absent", lab_name=NAME, lab_directory=f"{HOME}/lab", lab_pools=pools()["pools"])
    lab.down()
    assert gone.returncode == 0, gone.stdout
    assert lab.leftovers() == []


def test_hosts_are_made_and_answer(site: Site) -> None:
    done = site.play("provision", terraform_variables=pools())
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.hosts() == [*BLUE, *GREEN]
    assert re.search(
        rf'  created module\.lab\.terraform_data\.running\["{BLUE[0]}"\] \(\d+ s\), \d+ of \d+', done.stdout
    )
    for host in (*BLUE, *GREEN):
        assert re.search(rf"{host} .* 1\.0 ", done.stdout), done.stdout
    again = site.play("provision", terraform_variables=pools())
    assert again.returncode == 0, again.stdout
    assert "changed=0" in again.stdout


def test_a_new_image_for_the_pool_that_serves_is_refused(site: Site) -> None:
    before = site.hosts()
    for check in (True, False):
        done = site.play("provision", terraform_variables=pools(blue={"release": "2.0"}), serving=["blue"], check=check)
        assert done.returncode == 2, done.stdout
        said = sentence(done)
        assert said.startswith("The plan is refused, and nothing was touched")
        for host in BLUE:
            assert f"{host} of pool blue takes traffic, and would be replaced" in said
    assert site.hosts() == before
    unchanged = site.play("provision", terraform_variables=pools(), serving=["blue"])
    assert "changed=0" in unchanged.stdout


def test_a_new_image_for_the_idle_pool_is_a_new_pool(site: Site) -> None:
    done = site.play("provision", terraform_variables=pools(green={"release": "2.0"}), serving=["blue"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"{GREEN[0]} .* 2\.0 ", done.stdout), done.stdout
    assert re.search(rf"{BLUE[0]} .* 1\.0 ", done.stdout), done.stdout


def test_the_idle_pool_is_retired_and_the_other_is_not(site: Site) -> None:
    variables = pools(green={"release": "2.0"})
    refused = site.play("retire", pool="blue", terraform_variables=variables, serving=["blue"])
    assert sentence(refused).startswith("The plan is refused")
    check = site.play("retire", pool="green", terraform_variables=variables, serving=["blue"], check=True)
    assert "1 hosts of green would go" in check.stdout
    assert site.hosts() == [*BLUE, *GREEN]
    done = site.play("retire", pool="green", terraform_variables=variables, serving=["blue"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 hosts of green are gone" in done.stdout
    assert site.hosts() == BLUE


def test_a_swap_makes_its_pool_first_and_the_old_one_is_retired(site: Site) -> None:
    variables = pools(green={"release": "2.0", "size": 2})
    done = site.play("swap", terraform_variables=variables, swap_bake_time="1s", swap_drain_time="5s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.hosts() == [*BLUE, *GREEN, f"{NAME}-green-2"]
    assert "Swap: green runs the target, and has 0 % of the traffic." in done.stdout
    assert "web: blue 0, green 100" in done.stdout
    refused = site.play("swap", terraform_variables=pools(green={"release": "1.0", "size": 2}))
    assert f"{GREEN[0]} of pool green takes traffic, and would be replaced" in sentence(refused)
    gone = site.play("retire", pool="blue", terraform_variables=variables, serving=["green"])
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert site.hosts() == [*GREEN, f"{NAME}-green-2"]


@pytest.mark.parametrize(
    "playbook,variables,said",
    [
        ("provision", {"terraform_project": "/nowhere"}, "/nowhere is not there, or no folder"),
        ("retire", {"pool": "red", "terraform_variables": pools()}, "has no pool 'red' (it has: blue, green)"),
        ("retire", {}, "Name the folder of a Terraform project and a pool of it"),
        ("provision", {"terraform_variables": {**pools(), "pools": {"'; rm -rf": {}}}}, "Every pool's name must be"),
        ("provision", {"terraform_variables": pools(), "disruption_budget": "lots"}, "disruption_budget is 'lots'"),
    ],
)
def test_bad_input_is_one_sentence(site: Site, playbook: str, variables: dict[str, Any], said: str) -> None:
    done = site.play(playbook, **variables)
    assert done.returncode == 2, done.stdout
    assert said in sentence(done)
    assert "Traceback" not in done.stdout + done.stderr
