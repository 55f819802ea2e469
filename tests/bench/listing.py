"""What an inventory of 10,000 hosts costs: ours, a script's with raw attributes of the same state, Ansible's own."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, goal
from tests.bench.measure import Cost, alternating, cost, median, spread

ROOT = Path(__file__).resolve().parents[2]
HOSTS = 10_000
OURS, RAW, LEAN = "fleet.yml (atomic.fleet.terraform)", "script (raw attributes)", "script (four variables)"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"

# What people use who have no contract: every instance of the state with all that the provider wrote down of it.
RAW_SCRIPT = """#!{python}
import json
state = json.load(open({state!r}))
groups, hosts = {{}}, {{}}
for resource in state["resources"]:
    for instance in resource["instances"]:
        attributes = instance["attributes"]
        tags = attributes["tags"]
        hosts[tags["Name"]] = dict(attributes, ansible_host=attributes["private_ip"], ansible_user="core")
        for group in ("type_" + resource["type"], "pool_" + tags["pool"], "zone_" + attributes["availability_zone"]):
            groups.setdefault(group.replace("-", "_"), {{"hosts": []}})["hosts"].append(tags["Name"])
print(json.dumps({{"_meta": {{"hostvars": hosts}}, **groups}}))
"""
LEAN_SCRIPT = """#!{python}
print(open({document!r}).read())
"""


def run(runs: int, patience: float, tell: Callable[[str], None]) -> list[Figure]:
    """Each inventory ``runs`` times, in turn. Loading alone is ``ansible all --list-hosts``."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = _inventories(folder)
        size = (folder / "terraform.tfstate").stat().st_size
        tell(f"inventory: {HOSTS} hosts, a state of {size / 1e6:.1f} MB, {runs} runs, after one that does not count")
        figures: list[Figure] = []
        for words, title in (
            (("ansible", "all", "--list-hosts"), "load 10,000 hosts"),
            (("ansible-inventory", "--list"), "list 10,000 hosts"),
        ):
            contestants = {name: _contest(folder, path, words) for name, path in paths.items()}
            if not figures:
                alternating(1, contestants, lambda line: None)
            figures += _figures(title, alternating(runs, contestants, tell, patience), size)
        return figures


def _figures(title: str, costs: dict[str, list[Cost]], size: int) -> list[Figure]:
    ours, raw, lean = (median(costs[name]) for name in (OURS, RAW, LEAN))
    peaks = {name: statistics.median(one.memory for one in found) for name, found in costs.items()}
    basis: dict[str, Any] = {
        "hosts": HOSTS,
        "state bytes": size,
        "wall seconds, cpu seconds, peak bytes": {
            name: [[round(one.wall, 3), round(one.cpu, 3), one.memory] for one in found]
            for name, found in costs.items()
        },
        "spread of wall": {name: round(spread([one.wall for one in found]), 2) for name, found in costs.items()},
    }
    return [
        goal(f"{title}: times faster than raw attributes", raw.wall / ours.wall, at_least=8, basis=basis),
        goal(f"{title}: times less CPU than raw attributes", raw.cpu / ours.cpu),
        goal(f"{title}: times less memory than raw attributes", peaks[RAW] / peaks[OURS], at_least=5),
        goal(f"{title}: times the seconds of four variables from a script", ours.wall / lean.wall, at_most=3),
        goal(f"{title}: times the CPU of four variables from a script", ours.cpu / lean.cpu),
        goal(f"{title}: MB at the peak", peaks[OURS] / 1e6),
        goal(f"{title}: CPU seconds", ours.cpu),
    ]


def _contest(folder: Path, inventory: Path, words: tuple[str, ...]) -> Callable[[], Cost]:
    program = str(Path(sys.executable).with_name(words[0]))
    environment = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(folder / "known_hosts"),
    }
    return lambda: cost([program, *words[1:], "-i", str(inventory)], environment, folder)


def _inventories(folder: Path) -> dict[str, Path]:
    state = folder / "terraform.tfstate"
    state.write_text(json.dumps(document(HOSTS), separators=(",", ":")), encoding="utf-8")
    ours = folder / "ours.fleet.yml"
    ours.write_text("plugin: atomic.fleet.terraform\nstate: terraform.tfstate\n", encoding="utf-8")
    lean = folder / "lean.json"
    names = [_name(number) for number in range(HOSTS)]
    variables = {
        name: {"ansible_host": _address(number), "ansible_user": "core", "ansible_port": 22, "pool": _pool(number)}
        for number, name in enumerate(names)
    }
    lean.write_text(json.dumps({"_meta": {"hostvars": variables}, "fleet": {"hosts": names}}), encoding="utf-8")
    scripts = {
        RAW: RAW_SCRIPT.format(python=sys.executable, state=str(state)),
        LEAN: LEAN_SCRIPT.format(python=sys.executable, document=str(lean)),
    }
    paths = {OURS: ours}
    for number, (name, text) in enumerate(scripts.items()):
        paths[name] = folder / f"script-{number}"
        paths[name].write_text(text, encoding="utf-8")
        paths[name].chmod(0o755)
    return paths


def document(hosts: int) -> dict[str, Any]:
    """A state as the provider aws writes it: the contract with its type, and instances with all their attributes."""
    value, kind = contract(hosts)
    return {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 7,
        "lineage": "5b1c1c0e-6d0f-4a57-9e0c-6d5d3f1b7d55",
        "outputs": {"fleet": {"value": value, "type": kind}},
        "resources": [
            {
                "module": "module.fleet",
                "mode": "managed",
                "type": "aws_instance",
                "name": "host",
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                "instances": [_instance(number) for number in range(hosts)],
            }
        ],
        "check_results": None,
    }


def contract(hosts: int) -> tuple[dict[str, Any], list[Any]]:
    """The output ``fleet`` and the type that Terraform writes beside it: once for each host."""
    entry = dict.fromkeys(("name", "address", "user", "cloud", "pool", "zone", "image", "id"), "string")
    kind = ["object", {**entry, "port": "number", "host_keys": ["tuple", ["string"]], "jump": ["tuple", []],
                       "labels": ["object", {"role": "string"}]}]  # fmt: skip
    value = {
        "schema": "atomic.fleet/fleet/v1",
        "name": "bench",
        "hosts": [_host(number) for number in range(hosts)],
        "pools": {
            name: {"image": "ami-0123456789abcdef0", "size": hosts // 2, "zones": list("abc")}
            for name in ("blue", "green")
        },
        "traffic": [],
    }
    return value, ["object", {"schema": "string", "name": "string", "hosts": ["tuple", [kind] * hosts]}]


def _host(number: int) -> dict[str, Any]:
    return {
        "name": _name(number),
        "address": _address(number),
        "user": "core",
        "port": 22,
        "jump": [],
        "host_keys": [f"{KEY}{number:043d}"],
        "cloud": "aws",
        "pool": _pool(number),
        "zone": _zone(number),
        "image": "ami-0123456789abcdef0",
        "id": f"i-{number:017x}",
        "labels": {"role": "web"},
    }


def _instance(number: int) -> dict[str, Any]:
    """The attributes that the provider aws 5 writes down of an aws_instance."""
    tags = {"Name": _name(number), "pool": _pool(number)}
    texts = (
        "host_id", "host_resource_group_arn", "iam_instance_profile", "instance_lifecycle", "outpost_arn",
        "password_data", "placement_group", "public_dns", "public_ip", "spot_instance_request_id",
    )  # fmt: skip
    no = (
        "disable_api_stop", "disable_api_termination", "ebs_optimized", "get_password_data", "monitoring",
        "associate_public_ip_address", "user_data_replace_on_change",
    )  # fmt: skip
    nothing = ("enable_primary_ipv6", "hibernation", "timeouts", "user_data_base64", "volume_tags")
    none = (
        "ebs_block_device", "ephemeral_block_device", "instance_market_options", "ipv6_addresses", "launch_template",
        "network_interface", "secondary_private_ips", "security_groups",
    )  # fmt: skip
    return {
        "index_key": _name(number),
        "schema_version": 1,
        "attributes": {
            **dict.fromkeys(texts, ""),
            **dict.fromkeys(no, False),
            **dict.fromkeys(nothing),
            **{name: [] for name in none},
            "ami": "ami-0123456789abcdef0",
            "arn": f"arn:aws:ec2:eu-central-1:123456789012:instance/i-{number:017x}",
            "availability_zone": _zone(number),
            "capacity_reservation_specification": [
                {"capacity_reservation_preference": "open", "capacity_reservation_target": []}
            ],
            "cpu_core_count": 1,
            "cpu_options": [{"amd_sev_snp": "", "core_count": 1, "threads_per_core": 2}],
            "cpu_threads_per_core": 2,
            "credit_specification": [{"cpu_credits": "unlimited"}],
            "enclave_options": [{"enabled": False}],
            "id": f"i-{number:017x}",
            "instance_initiated_shutdown_behavior": "stop",
            "instance_state": "running",
            "instance_type": "t3.medium",
            "ipv6_address_count": 0,
            "key_name": "fleet",
            "maintenance_options": [{"auto_recovery": "default"}],
            "metadata_options": [
                {
                    "http_endpoint": "enabled",
                    "http_protocol_ipv6": "disabled",
                    "http_put_response_hop_limit": 1,
                    "http_tokens": "required",
                    "instance_metadata_tags": "disabled",
                }
            ],
            "placement_partition_number": 0,
            "primary_network_interface_id": f"eni-{number:017x}",
            "private_dns": f"ip-{_address(number).replace('.', '-')}.eu-central-1.compute.internal",
            "private_dns_name_options": [
                {
                    "enable_resource_name_dns_a_record": False,
                    "enable_resource_name_dns_aaaa_record": False,
                    "hostname_type": "ip-name",
                }
            ],
            "private_ip": _address(number),
            "root_block_device": [
                {
                    "delete_on_termination": True,
                    "device_name": "/dev/xvda",
                    "encrypted": False,
                    "iops": 3000,
                    "kms_key_id": "",
                    "tags": {},
                    "tags_all": {},
                    "throughput": 125,
                    "volume_id": f"vol-{number:017x}",
                    "volume_size": 20,
                    "volume_type": "gp3",
                }
            ],
            "source_dest_check": True,
            "subnet_id": "subnet-0123456789abcdef0",
            "tags": tags,
            "tags_all": tags,
            "tenancy": "default",
            "user_data": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "vpc_security_group_ids": ["sg-0123456789abcdef0"],
        },
        "sensitive_attributes": [],
        "private": "eyJzY2hlbWFfdmVyc2lvbiI6IjEifQ==",
    }


def _name(number: int) -> str:
    return f"bench-{_pool(number)}-{number}"


def _address(number: int) -> str:
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


def _pool(number: int) -> str:
    return ("blue", "green")[number % 2]


def _zone(number: int) -> str:
    return "eu-central-1" + "abc"[number % 3]
