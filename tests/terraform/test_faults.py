"""What a cloud does to an apply, told by a table over the clouds: it fails half-way, forgets, or was changed by hand.

Every test has a copy of one standing fleet: two blue hosts that take the traffic, a green one, a balancer, a bastion.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.terraform import clouds
from tests.terraform.clouds import CLOUDS, NAME, Kind
from tests.terraform.contract import hold, inventory
from tests.terraform.project import Project, Ran, Resource
from tests.terraform.stand_in import REAL

BLUE = [f"{NAME}-blue-1", f"{NAME}-blue-2"]
GREEN = f"{NAME}-green-1"
HOST = re.compile(rf'\["({NAME}-(?:blue|green)-[0-9]+)"\]')
# more than the 1024 that range() gives at once
MANY = 1100
IGNITION = '{"ignition":{"version":"3.4.0"}}'


@dataclass(frozen=True)
class Fleet:
    """A project that stands, and how its hosts are found."""

    kind: Kind
    project: Project

    def set(self, **changes: Any) -> None:
        """Changes arguments of the module."""
        clouds.write(self.project.folder, self.kind, {**self.kind.module(), **changes})

    def hosts(self) -> dict[str, Resource]:
        """The hosts of the state by name, which is a key of for_each at some level; a bastion is none of them."""
        found = ((HOST.search(one.address), one) for one in self.project.resources(self.kind.host))
        return {named[1]: one for named, one in found if named}

    def ids(self) -> dict[str, str]:
        return {name: host.attributes["id"] for name, host in self.hosts().items()}

    def listed(self) -> list[str]:
        """The hosts that Ansible is told of."""
        return sorted(inventory(self.project.state_file, self.project.folder / "inventory"))

    def new_green_image(self) -> list[str]:
        """Gives green another image; what has to be said to Terraform besides."""
        pools = self.kind.pools()
        pools["green"]["image"] = self.kind.images[1]
        self.set(pools=pools)
        return [] if self.kind.replaces else [f"-replace={self.hosts()[GREEN].address}"]

    def settled(self) -> None:
        """Holds the output to the contract, and that nothing is left to do."""
        hold(self.project.outputs()["fleet"], self.kind.name)
        again = self.project.plan("-detailed-exitcode")
        assert (again.code, again.changes) == (0, {}), again.text


@pytest.fixture(
    scope="session",
    params=[pytest.param(kind, marks=pytest.mark.xdist_group(name), id=name) for name, kind in CLOUDS.items()],
)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Every cloud in turn; one process has all tests of a cloud, for they share its standing fleet."""
    found: Kind = request.param
    return found


@pytest.fixture(scope="session")
def standing(kind: Kind, tree: Path, stand_in: Path) -> Project:
    """The standing fleet of a cloud."""
    project = clouds.new(tree, stand_in, kind, kind.name)
    project.apply().ok()
    return project


@pytest.fixture
def fleet(kind: Kind, standing: Project, tmp_path: Path) -> Fleet:
    """A copy of the standing fleet, with an empty log."""
    project = standing.copy(f"{kind.name}-{tmp_path.name}")
    project.cloud.forget()
    return Fleet(kind, project)


def refused(ran: Ran, sentence: str) -> None:
    """Holds that Terraform failed, and with this sentence."""
    assert ran.code == 1, ran.text
    assert any(sentence in error for error in ran.errors), ran.errors or ran.text


def touched(ran: Ran, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a plan does to the instances named after a host, and what it does beyond."""
    own = {address: action for address, action in ran.changes.items() if f'["{name}' in address}
    return own, {address: action for address, action in ran.changes.items() if address not in own}


def test_the_standing_fleet_holds_to_the_contract(fleet: Fleet) -> None:
    fleet.settled()
    assert sorted(fleet.hosts()) == fleet.listed() == sorted([*BLUE, GREEN])


def test_a_replacement_that_cannot_be_created_leaves_the_old_host(fleet: Fleet) -> None:
    before = fleet.ids()
    words = fleet.new_green_image()
    failed = fleet.project.apply(*words, fail=f"{fleet.kind.host}:create")
    assert failed.code == 1
    assert failed.errors
    assert fleet.ids() == before
    assert fleet.project.cloud.find(fleet.kind.host, before[GREEN])
    assert fleet.listed() == sorted(before)
    assert {host["id"] for host in fleet.project.outputs()["fleet"]["hosts"]} == set(before.values())

    fleet.project.apply(*fleet.new_green_image()).ok()
    after = fleet.ids()
    assert after[GREEN] != before[GREEN]
    assert {name: after[name] for name in BLUE} == {name: before[name] for name in BLUE}
    with pytest.raises(LookupError):
        fleet.project.cloud.find(fleet.kind.host, before[GREEN])
    fleet.settled()


def test_a_replacement_is_created_before_the_old_host_is_deleted(fleet: Fleet) -> None:
    before = fleet.ids()
    fleet.project.apply(*fleet.new_green_image()).ok()
    after = fleet.ids()
    changes = [(operation, identity) for operation, _type, identity in fleet.project.cloud.changes(fleet.kind.host)]
    assert changes == [("create", after[GREEN]), ("delete", before[GREEN])]


def test_a_host_deleted_past_terraform_is_made_anew_and_nothing_else(fleet: Fleet) -> None:
    fleet.project.cloud.find(fleet.kind.host, fleet.ids()[GREEN]).delete()
    plan = fleet.project.plan().ok()
    own, beyond = touched(plan, GREEN)
    assert own[fleet.hosts()[GREEN].address] == "create"
    assert [action for action in own.values() if action == "delete"] == []
    # a group that lists its members by id learns the new one's
    assert [(address, action) for address, action in beyond.items() if action != "update"] == []
    assert [address for address in beyond if f".{fleet.kind.host}." in address] == []
    fleet.project.apply().ok()
    fleet.settled()


def test_a_quota_that_ends_half_way_leaves_what_was_made_and_a_rerun_finishes(fleet: Fleet) -> None:
    grown = [f"{NAME}-green-2", f"{NAME}-green-3"]
    pools = fleet.kind.pools()
    pools["green"]["size"] = 3
    fleet.set(pools=pools)
    fleet.project.apply(f"-target={fleet.hosts()[GREEN].address.replace(GREEN, grown[0])}").ok()
    before = fleet.ids()
    failed = fleet.project.apply(fail=f"{fleet.kind.host}:create")
    assert failed.code == 1
    assert fleet.ids() == before
    assert sorted(before) == sorted([*BLUE, GREEN, grown[0]])
    assert set(fleet.listed()) <= set(before)
    assert set(fleet.listed()) >= {*BLUE, GREEN}

    fleet.project.apply().ok()
    assert fleet.listed() == sorted([*BLUE, GREEN, *grown])
    assert {name: identity for name, identity in fleet.ids().items() if name in before} == before
    fleet.settled()


def without_hosts(kind: Kind) -> list[dict[str, Any]]:
    return [{}, {name: {**pool, "size": 0} for name, pool in kind.pools().items()}]


def test_a_fleet_may_have_no_host(kind: Kind, tree: Path, stand_in: Path) -> None:
    project = clouds.new(tree, stand_in, kind, f"{kind.name}-none")
    fleet = Fleet(kind, project)
    for pools in without_hosts(kind):
        fleet.set(pools=pools)
        project.apply().ok()
        contract = hold(project.outputs()["fleet"], kind.name)
        assert contract.hosts == ()
        assert sorted(pool.name for pool in contract.pools) == sorted(pools)
        fleet.settled()
    project.destroy().ok()
    assert project.cloud.objects() == []


def test_a_fleet_of_thousands_is_told_apart(kind: Kind, tree: Path, stand_in: Path) -> None:
    """Every host by name, as far as it is known before a plan: planning that many takes Terraform itself minutes."""
    pools = {"blue": {"image": kind.images[0], "size": MANY, "weight": 1}}
    project = clouds.new(tree, stand_in, kind, f"{kind.name}-many", pools=pools)
    assert project.evaluate("length(module.fleet.host_names)") == str(MANY)


def test_everything_that_carries_labels_has_them(fleet: Fleet) -> None:
    lacking = [one.address for one in fleet.project.resources() if not labelled(one.attributes, {"owner": "tests"})]
    assert lacking == []
    for name, host in fleet.hosts().items():
        pool = name.split("-")[1]
        assert labelled(host.attributes, {"atomic-fleet": NAME, "atomic-fleet-pool": pool}), host.address


def labelled(attributes: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a resource has these labels, or cannot carry any. Some have a mapping, some a list of words."""
    places = [attributes[place] for place in ("tags", "labels", "metadata") if place in attributes]
    if not places:
        return True
    wanted = [f"{name}={text}" for name, text in labels.items()]
    return any(
        labels.items() <= place.items() if isinstance(place, dict) else set(wanted) <= set(place)
        for place in places
        if place
    )


def turned(value: Any) -> Any:
    """The same attributes with all weights the other way round."""
    if isinstance(value, list):
        return [turned(entry) for entry in value]
    if isinstance(value, dict):
        return {
            name: 100 - entry if name == "weight" and isinstance(entry, int) else turned(entry)
            for name, entry in value.items()
        }
    return value


def shares(fleet: Any) -> dict[str, Any]:
    return {name: pool["share"] for balancer in fleet["traffic"] for name, pool in balancer["pools"].items()}


def test_weights_moved_by_a_swap_stay_and_are_seen(fleet: Fleet) -> None:
    expected = {"blue": 0, "green": 100} if fleet.kind.weights else {"blue": None, "green": None}
    for kind in fleet.kind.weights:
        for found in fleet.project.cloud.objects(kind):
            found.edit(turned(found.attributes))
    plan = fleet.project.plan().ok()
    assert plan.changes == {}
    assert shares(fleet.project.planned_fleet()) == expected
    fleet.project.apply().ok()
    assert fleet.project.cloud.changes() == []
    assert shares(fleet.project.outputs()["fleet"]) == expected


def test_a_name_that_is_a_command_is_refused(fleet: Fleet) -> None:
    fleet.set(pools={"'; rm -rf": {"image": fleet.kind.images[0]}})
    refused(
        fleet.project.plan(),
        "Every pool's name must be 1 to 11 lower-case letters and digits, beginning with a letter.",
    )
    assert fleet.project.cloud.changes() == []


@pytest.mark.parametrize("change", [{"first_boot": IGNITION}, {"first_boot_by_host": {GREEN: IGNITION}}], ids=str)
def test_another_first_boot_leaves_running_hosts_alone(fleet: Fleet, change: dict[str, Any]) -> None:
    fleet.set(**change)
    plan = fleet.project.plan().ok()
    assert plan.changes == {}


def test_a_real_provider_without_credentials_says_so(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = os.environ.get(REAL)
    if not named:
        pytest.skip(f"{REAL} names no CLI configuration with a real hashicorp/aws")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tree))
    project = clouds.new(tree, Path(named), CLOUDS["aws"], "aws-real")
    refused(project.plan(), "No valid credential sources found")
    assert not project.state_file.exists()
