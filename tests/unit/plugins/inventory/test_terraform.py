"""The inventory plugin as Ansible runs it, on files as users write them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.contract_cases import KEY, fleet, hop, host

# each reads inventories in a process of Ansible's
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]
PLUGIN = "plugin: atomic.fleet.terraform\n"
POOLS = {name: {"image": "x", "size": 1, "zones": ["a"]} for name in ("blue", "green")}
BEHIND = host("demo-green-1", "10.88.1.12", pool="green", jump=[hop()])
Parse = Callable[..., Any]


def state(value: Any) -> str:
    return json.dumps({"version": 4, "outputs": {"fleet": {"value": value}}, "resources": []})


@pytest.fixture
def parse(tmp_path: Path) -> Parse:
    """Parses inventories, name to text; what else they read is in tmp_path. Relative paths start at their folder."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "demo.tfstate").write_text(
        state(
            fleet(
                host(labels={"role": "web"}),
                host("demo-green-1", "10.88.1.12", pool="green", jump=[hop()]),
                pools=POOLS,
            )
        )
    )
    (tmp_path / "s" / "two.json").write_text(
        json.dumps({"other": {"value": fleet(host("two-1", host_keys=[]), name="two"), "sensitive": False}})
    )

    def run(**inventories: str) -> Any:
        (tmp_path / "i").mkdir(exist_ok=True)
        paths = {name: tmp_path / "i" / f"{name}.fleet.yml" for name in inventories}
        for name, text in inventories.items():
            paths[name].write_text(text)
        command = [sys.executable, str(Path(__file__).with_name("parse_inventories.py")), str(ROOT)]
        environment = {
            **os.environ,
            "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(tmp_path / "known_hosts"),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "HOME": str(tmp_path),
        }
        done = subprocess.run(
            [*command, *map(str, paths.values())], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        results = json.loads(done.stdout)
        return {name: results[str(path)] for name, path in paths.items()}

    return run


def test_hosts_groups_and_known_hosts(parse: Parse, tmp_path: Path) -> None:
    found = parse(one=PLUGIN + "state: ../s/demo.tfstate\n")["one"]
    direct, behind = found["hosts"]["demo-blue-1"], found["hosts"]["demo-green-1"]
    (written,) = (tmp_path / "known_hosts").iterdir()
    assert written.stat().st_mode & 0o777 == 0o600
    assert written.read_text().splitlines()[1:] == [f"10.88.0.11 {KEY}", f"10.88.0.2 {KEY}", f"10.88.1.12 {KEY}"]
    checked = f"-o UserKnownHostsFile={written} -o StrictHostKeyChecking=yes"
    assert {key: value for key, value in direct.items() if key.startswith("ansible_")} == {
        "ansible_host": "10.88.0.11",
        "ansible_port": 22,
        "ansible_user": "root",
        "ansible_ssh_common_args": checked,
        "ansible_control_path": direct["ansible_control_path"],
    }
    assert behind["ansible_ssh_common_args"] == (
        f"{checked} -o 'ProxyCommand=ssh -i /k/id -o BatchMode=yes {checked} -W \"[%h]:%p\" -p 22 jump@10.88.0.2'"
    )
    assert direct["atomic_fleet_labels"] == {"role": "web"}
    assert (direct["atomic_fleet_name"], direct["atomic_fleet_id"]) == ("demo", "lab/demo/demo-blue-1")
    assert {name: hosts for name, hosts in found["groups"].items() if hosts} == {
        "fleet_demo": ["demo-blue-1", "demo-green-1"],
        "cloud_lab": ["demo-blue-1", "demo-green-1"],
        "pool_blue": ["demo-blue-1"],
        "pool_green": ["demo-green-1"],
        "zone_a": ["demo-blue-1", "demo-green-1"],
    }
    assert found["warnings"] == []


CONSTRUCTED = """
state: ../s/demo.tfstate
ssh_common_args: -o 'SendEnv=A B'
compose:
  rack: atomic_fleet_pool ~ '-rack'
groups:
  webs: atomic_fleet_labels.role | default('') == 'web'
keyed_groups:
  - {key: rack, separator: ''}
  - key: atomic_fleet_labels.role
leading_separator: false
"""


def test_what_constructed_inventories_can_do(parse: Parse) -> None:
    found = parse(one=PLUGIN + CONSTRUCTED, strict=PLUGIN + CONSTRUCTED + "strict: true\n")
    groups = found["one"]["groups"]
    assert (groups["webs"], groups["web"]) == (["demo-blue-1"], ["demo-blue-1"])
    assert (groups["blue_rack"], groups["green_rack"]) == (["demo-blue-1"], ["demo-green-1"])
    hosts = found["one"]["hosts"]
    assert hosts["demo-green-1"]["rack"] == "green-rack"
    assert all(entry["ansible_ssh_common_args"].endswith(" -o 'SendEnv=A B'") for entry in hosts.values())
    assert "demo-green-1" in found["strict"]["error"]


TWO = """
fleets:
  - state: ../s/demo.tfstate
  - outputs: ../s/two.json
    output: other
"""


def test_two_fleets_in_one_inventory(parse: Parse, tmp_path: Path) -> None:
    found = parse(both=PLUGIN + TWO)["both"]
    assert sorted(found["hosts"]) == ["demo-blue-1", "demo-green-1", "two-1"]
    assert found["groups"]["fleet_two"] == ["two-1"]
    assert len(list((tmp_path / "known_hosts").iterdir())) == 2
    (warning,) = found["warnings"]
    assert warning == (
        f"Outputs file {tmp_path}/s/two.json: no host key is known yet for two-1: connections are refused until there "
        "is one in the contract."
    )


def test_one_fleet_in_two_states(parse: Parse, tmp_path: Path) -> None:
    for pool in ("blue", "green"):
        document = fleet(host(f"demo-{pool}-1", pool=pool, jump=[hop()]), pools=POOLS)
        (tmp_path / "s" / f"{pool}.tfstate").write_text(state(document))
    found = parse(both=PLUGIN + "fleets: [{state: ../s/blue.tfstate}, {state: ../s/green.tfstate}]")["both"]
    assert found["groups"]["fleet_demo"] == ["demo-blue-1", "demo-green-1"]
    assert (found["groups"]["pool_blue"], found["groups"]["pool_green"]) == (["demo-blue-1"], ["demo-green-1"])
    # the same private address in two networks: each host's keys are in a file of its own source
    files = {entry["ansible_ssh_common_args"].split()[1] for entry in found["hosts"].values()}
    assert len(files) == 2


POOLED = """
fleets:
  - {state: ../s/demo.tfstate, pools: [blue]}
  - {state: ../s/demo.tfstate, pools: ["{{ 'green' }}"]}
"""


def test_pools(parse: Parse, tmp_path: Path) -> None:
    found = parse(
        blue=PLUGIN + "state: ../s/demo.tfstate\npools: [blue]",
        green=PLUGIN + "state: ../s/demo.tfstate\npools: \"{{ ['green'] }}\"",
        both=PLUGIN + POOLED,
        wrong=PLUGIN + "state: ../s/demo.tfstate\npools: [bleu]",
    )
    assert list(found["blue"]["hosts"]) == ["demo-blue-1"]
    assert "pool_green" not in found["blue"]["groups"]
    assert list(found["green"]["hosts"]) == ["demo-green-1"]
    assert sorted(found["both"]["hosts"]) == ["demo-blue-1", "demo-green-1"]
    assert len(list((tmp_path / "known_hosts").iterdir())) == 4, "the two sources of one inventory share a file"
    assert found["wrong"]["error"].endswith("has no pool 'bleu' (it has: blue, green): correct `pools`.")


def test_no_hosts(parse: Parse, tmp_path: Path) -> None:
    (tmp_path / "s" / "none.tfstate").write_text(state({**fleet(), "hosts": [], "pools": POOLS}))
    (tmp_path / "s" / "count.tfstate").write_text(state([]))
    found = parse(none=PLUGIN + "state: ../s/none.tfstate", count=PLUGIN + "state: ../s/count.tfstate")
    for name, groups in (("none", ["fleet_demo", "pool_blue", "pool_green"]), ("count", [])):
        assert found[name]["hosts"] == {}
        assert [group for group in found[name]["groups"] if group not in ("all", "ungrouped")] == groups
        path = tmp_path / "i" / f"{name}.fleet.yml"
        assert found[name]["warnings"] == [f"{path}: State file {tmp_path}/s/{name}.tfstate: no host is in it yet."]


@pytest.mark.slow
def test_five_thousand_hosts(parse: Parse, tmp_path: Path) -> None:
    hosts = [host(f"h{i}", f"10.0.{i // 256}.{i % 256}", zone="abc"[i % 3]) for i in range(5000)]
    (tmp_path / "s" / "many.tfstate").write_text(state(fleet(*hosts)))
    found = parse(many=PLUGIN + "state: ../s/many.tfstate")["many"]
    assert len(found["hosts"]) == len(found["groups"]["pool_blue"]) == 5000
    assert found["hosts"]["h4711"]["ansible_host"] == "10.0.18.103"


CACHED = "cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: ../cache\n"


def test_the_cache_answers_until_other_sources_are_asked_for(parse: Parse, tmp_path: Path) -> None:
    cached = CACHED.replace("../cache", str(tmp_path / "cache"))
    first = parse(one=PLUGIN + "state: ../s/demo.tfstate\n" + cached)["one"]
    assert sorted(first["hosts"]) == ["demo-blue-1", "demo-green-1"]
    (tmp_path / "s" / "demo.tfstate").unlink()
    assert parse(one=PLUGIN + "state: ../s/demo.tfstate\n" + cached)["one"] == first
    changed = parse(one=PLUGIN + "state: ../s/gone.tfstate\n" + cached)["one"]
    assert "gone.tfstate is not there" in changed["error"]


def test_a_changed_file_is_read_past_the_cache(parse: Parse, tmp_path: Path) -> None:
    text = PLUGIN + "state: ../s/demo.tfstate\n" + CACHED.replace("../cache", str(tmp_path / "cache"))
    parse(one=text)
    (tmp_path / "s" / "demo.tfstate").write_text(state(fleet(host("demo-blue-2"))))
    assert list(parse(one=text)["one"]["hosts"]) == ["demo-blue-2"]


SECRETS = {"value": "hush-output", "sensitive": True, "type": "string"}


def test_secrets_of_a_state_are_neither_cached_nor_told(parse: Parse, tmp_path: Path) -> None:
    document = json.loads((tmp_path / "s" / "demo.tfstate").read_text())
    document["outputs"]["fleet"]["sensitive"] = True
    document["outputs"]["password"] = SECRETS
    document["outputs"]["tokens"] = {"value": {"a": "hush-map", "schema": {"b": ["hush-list"]}}}
    document["resources"] = [{"module": "module.db", "instances": [{"attributes": {"password": "hush-attribute"}}]}]
    (tmp_path / "s" / "demo.tfstate").write_text(json.dumps(document))
    listing = {"values": {"outputs": document["outputs"]}, "format_version": "1.0"}
    (tmp_path / "s" / "shown.json").write_text(json.dumps(listing))
    cached = CACHED.replace("../cache", str(tmp_path / "cache"))
    inventories = {}
    for kind, name in (("state", "demo.tfstate"), ("outputs", "shown.json")):
        for output in ("fleet", "password", "tokens", "gone"):
            text = f"{PLUGIN}{kind}: ../s/{name}\noutput: {output}\n{cached}"
            inventories[f"{kind}_{output}"] = text
    found = parse(**inventories)
    assert sorted(name for name, one in found.items() if "hosts" in one) == ["outputs_fleet", "state_fleet"]
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(files) == 2, "only what is a contract may be cached"
    written = [path.read_text() for path in (*files, *(tmp_path / "known_hosts").iterdir())]
    assert "hush" not in json.dumps(found) + "".join(written)


CASES = {
    "nothing": ("", "I has no source: name one of `state`, `outputs` and `project`."),
    "two_kinds": ("state: a\noutputs: b", "I has `state` and `outputs`: name one of `state`, `outputs` and `project`."),
    "both_ways": ("state: a\nfleets: [{state: b}]", "I has both `state` and `fleets`: move it into the list."),
    "misspelt": ("statee: a", "I: 'statee' is no option of atomic.fleet.terraform."),
    "entry": ("fleets: [a]", "I: fleets[0] is no mapping: give it one of `state`, `outputs` and `project`."),
    "entry_option": (
        "fleets: [{state: a, path: b}]",
        (
            "I: fleets[0]: 'path' is no option of a source (state, outputs, project, output, binary, data_directory, "
            "workspace, pools)."
        ),
    ),
    "entry_type": ("fleets: [{state: 7}]", "I: fleets[0]: `state` must be a text and not empty."),
    "missing": ("state: gone", "State file D/i/gone is not there: run `terraform apply` first, or correct `state`."),
    "foreign": (
        "state: foreign.fleet.yml",
        "State file D/i/foreign.fleet.yml is not a Terraform state: it is not JSON ",
    ),
    "output": (
        "state: ../s/demo.tfstate\noutput: flet",
        "State file D/s/demo.tfstate has no output 'flet' (it has: fleet): ",
    ),
    "no_contract": ("state: ../s/other.tfstate", "State file D/s/other.tfstate: hosts is missing."),
    "same_host": (
        "fleets: [{state: ../s/demo.tfstate}, {state: ../s/demo.tfstate}]",
        "The host 'demo-blue-1' is in the state file D/s/demo.tfstate and in the state file D/s/demo.tfstate: ",
    ),
    "which": (
        "fleets: [{state: ../s/demo.tfstate}, {state: gone}]",
        "State file D/i/gone is not there: run `terraform apply` first, or correct `state`.",
    ),
    "plan": ("outputs: ../s/plan.json", "Outputs file D/s/plan.json is a plan, whose hosts are not there yet: "),
    "instance": ("state: ../s/regions.tfstate", 'State file D/s/regions.tfstate: fleet["eu"]: hosts is missing.'),
    "pools": ("state: ../s/demo.tfstate\npools: [1, '']", "I: `pools` must be a list of names."),
    "directory": (
        "state: ../s/demo.tfstate\nknown_hosts_directory: /tmp/with blank",
        "cannot be given to ssh as a known_hosts file: set `known_hosts_directory` to an absolute path ",
    ),
}


def test_what_is_wrong_is_said_in_one_sentence(parse: Parse, tmp_path: Path) -> None:
    (tmp_path / "s" / "other.tfstate").write_text(state({"schema": "atomic.fleet/fleet/v1", "name": "x"}))
    (tmp_path / "s" / "plan.json").write_text('{"format_version": "1.2", "planned_values": {}}')
    (tmp_path / "s" / "regions.tfstate").write_text(state({"eu": {"schema": "atomic.fleet/fleet/v1", "name": "x"}}))
    found = parse(**{name: PLUGIN + text + "\n" for name, (text, _sentence) in CASES.items()})
    for name, (_text, sentence) in CASES.items():
        path = str(tmp_path / "i" / f"{name}.fleet.yml")
        wanted = sentence.replace("D/", f"{tmp_path}/").replace("I ", f"{path} ").replace("I:", f"{path}:")
        assert found[name].get("kind") == "AnsibleParserError", (name, found[name])
        assert wanted in found[name]["error"], name
        assert "\n" not in found[name]["error"].strip(), name


def test_file_names(tmp_path: Path) -> None:
    names = {
        "fleet.yml": True,
        "lab.fleet.yaml": True,
        "terraform_fleet.yml": True,
        "hosts.yml": False,
        "fleet.ini": False,
    }
    paths = {name: str(tmp_path / name) for name in names}
    for path in paths.values():
        Path(path).write_text(PLUGIN)
    command = [sys.executable, str(Path(__file__).with_name("parse_inventories.py")), str(ROOT), *paths.values()]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert {name: found[path]["error"] != "not ours" for name, path in paths.items()} == names


def test_where_nothing_was_applied_yet(parse: Parse, tmp_path: Path) -> None:
    """An error that says so, unless it was allowed, as for the play that makes the hosts; what is damaged stays one."""
    (tmp_path / "s" / "new.tfstate").write_text('{"version": 4, "outputs": {}, "resources": []}')
    (tmp_path / "s" / "none.json").write_text("{}")
    (tmp_path / "s" / "others.tfstate").write_text('{"version": 4, "outputs": {"x": {"value": 1}}, "resources": []}')
    (tmp_path / "s" / "damaged.tfstate").write_text("{")
    absent = {
        "missing": "state: ../s/nowhere.tfstate",
        "new": "state: ../s/new.tfstate",
        "none": "outputs: ../s/none.json",
    }
    wrong = {"others": "state: ../s/others.tfstate", "damaged": "state: ../s/damaged.tfstate"}
    found = parse(**{name: f"{PLUGIN}{text}\n" for name, text in (absent | wrong).items()})
    assert all("error" in result for result in found.values()), found
    allowed = parse(**{name: f"{PLUGIN}{text}\nallow_absent: true\n" for name, text in (absent | wrong).items()})
    assert [name for name, result in allowed.items() if "error" in result] == list(wrong)
    assert all(allowed[name]["hosts"] == {} for name in absent)
