"""The four cloud modules speak alike: the same files, variables, defaults, refusals and outputs.

What one cloud needs beyond that is listed here, so that it is said on purpose.
"""

from __future__ import annotations

import re

import pytest

from tests.terraform.words import MODULES, Module, Variable, read

CLOUDS = tuple(name for name in ("aws", "azure", "gcp", "openstack") if (MODULES / name).is_dir())
SHARED = (
    "name", "pools", "zones", "machine_type", "disk_size", "disk_type", "user", "ssh_authorized_keys", "first_boot",
    "first_boot_by_host", "host_keys", "host_key_authority", "network", "network_cidr", "public_addresses", "ssh_from",
    "bastion", "jump", "balancer", "labels",
)  # fmt: skip
# variables and outputs that a cloud has for itself
OWN = {
    "aws": {"nat"},
    "azure": {"location", "resource_group_name", "egress_addresses", "encryption_at_host", "trusted_launch"},
    "gcp": {"project", "region", "secure_boot", "service_account"},
    "openstack": {"external_network", "dns_nameservers", "balancer_provider"},
}
OWN_OUTPUTS = {"azure": {"resource_group_name"}}
# shared words that mean something of the cloud's own: the ids of its networks, the names of its machines and disks
OWN_TYPE = {"network"}
# words inside of a shared object that one cloud has beyond the others
OWN_ATTRIBUTES = {
    ("gcp", "balancer"): "security_policy = optional(string)",
    ("openstack", "balancer"): "drain_seconds = optional(number, 10)",
}
# whose defaults are the cloud's own; OpenStack's disk is the flavor's, unless it is told a size
OWN_DEFAULT = {"machine_type": set(CLOUDS), "disk_type": set(CLOUDS), "disk_size": {"openstack"}}
OWN_RULES = {"network", "network_cidr", "zones", "machine_type", "disk_type"}
# a sentence with one of these is about this cloud's own rule
OWN_WORDS = {
    "aws": r"AWS|AMI|EC2|EBS|VPC",
    "azure": r"Azure|resource id|VM size",
    "gcp": r"Google Cloud|projects?|Cloud Armor|machine type",
    "openstack": r"OpenStack|Octavia|Nova|UUIDs?|flavor|volumes?",
}
FILES = {
    "versions.tf", "variables.tf", "variables_access.tf", "variables_network.tf", "locals.tf", "network.tf",
    "access.tf", "hosts.tf", "bastion.tf", "balancer.tf", "outputs.tf", "README.md",
}  # fmt: skip
TESTS = {"plan.tftest.hcl", "validation.tftest.hcl"}
OUTPUTS = {"fleet", "network_id", "balancer_address", "host_names"}


@pytest.fixture(params=CLOUDS)
def module(request: pytest.FixtureRequest) -> Module:
    return read(request.param)


def test_all_four_are_there() -> None:
    assert CLOUDS == ("aws", "azure", "gcp", "openstack")


def test_the_files_are_the_same(module: Module) -> None:
    """Below, there may be more tests, and modules of its own."""
    assert {name for name in module.files if "/" not in name} == FILES
    assert {f"tests/{name}" for name in TESTS} - module.files == set()


def test_the_variables_are_the_same(module: Module) -> None:
    assert set(module.variables) == {*SHARED, *OWN[module.name]}


def test_the_outputs_are_the_same(module: Module) -> None:
    assert set(module.outputs) == OUTPUTS | OWN_OUTPUTS.get(module.name, set())


def test_everything_is_described_in_sentences(module: Module) -> None:
    described = {**{name: one.description for name, one in module.variables.items()}, **module.outputs}
    assert [name for name, description in described.items() if not re.fullmatch(r"[A-Z].*\.", description)] == []


def test_every_input_that_can_be_wrong_is_held_to_a_rule(module: Module) -> None:
    free = {name for name, one in module.variables.items() if not one.sentences and one.type != "bool"}
    assert free == set()


def test_refusals_are_sentences(module: Module) -> None:
    sentences = [sentence for name in module.variables for sentence in module.sentences(name)]
    assert [sentence for sentence in sentences if not re.fullmatch(r"[A-Za-z].*\.", sentence)] == []


def shared_type(cloud: str, name: str) -> str:
    """A variable's type without what is listed as the cloud's own, which has to be there."""
    written = read(cloud).variables[name].type
    own = OWN_ATTRIBUTES.get((cloud, name))
    if own is None:
        return written
    assert f", {own}}}" in written
    return written.replace(f", {own}}}", "}")


def differing(said: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Of what clouds say by variable, what is not the same everywhere."""
    return {name: values for name, values in said.items() if len(set(values.values())) > 1}


def test_a_shared_word_is_of_one_type() -> None:
    shared = sorted(set(SHARED) - OWN_TYPE)
    assert differing({name: {cloud: shared_type(cloud, name) for cloud in CLOUDS} for name in shared}) == {}


@pytest.mark.parametrize("what", ["default", "nullable"])
def test_a_shared_word_has_one_default(what: str) -> None:
    said: dict[str, dict[str, object]] = {
        name: {
            cloud: getattr(read(cloud).variables[name], what)
            for cloud in CLOUDS
            if cloud not in OWN_DEFAULT.get(name, set())
        }
        for name in SHARED
    }
    assert differing(said) == {}


def test_a_shared_word_is_secret_everywhere_or_nowhere() -> None:
    said: dict[str, dict[str, object]] = {
        name: {cloud: read(cloud).variables[name].sensitive for cloud in CLOUDS} for name in SHARED
    }
    assert differing(said) == {}


@pytest.mark.parametrize("name", sorted(set(SHARED) - OWN_RULES))
def test_the_same_rule_is_told_in_the_same_sentence(name: str) -> None:
    """Every sentence that is not about a cloud's own rule stands in all four modules."""
    said = {cloud: read(cloud).sentences(name) for cloud in CLOUDS}
    everywhere = set.intersection(*said.values())
    assert {
        cloud: sorted(one for one in sentences - everywhere if not re.search(rf"\b({OWN_WORDS[cloud]})\b", one))
        for cloud, sentences in said.items()
    } == {cloud: [] for cloud in CLOUDS}


@pytest.mark.parametrize("name", SHARED)
def test_one_condition_has_one_sentence(name: str) -> None:
    said: dict[str, set[str]] = {}
    for cloud in CLOUDS:
        for condition, sentence in read(cloud).variables[name].sentences:
            said.setdefault(condition, set()).add(sentence)
    assert {condition: sentences for condition, sentences in said.items() if len(sentences) > 1} == {}


def test_a_variable_is_read() -> None:
    name = read("lab").variables["name"]
    assert isinstance(name, Variable)
    assert (name.type, name.nullable, name.sensitive) == ("string", False, False)
    assert name.sentences
