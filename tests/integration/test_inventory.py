"""From `ansible-playbook atomic.fleet.lab` to `ansible all`, with the project's own inventory and checked host keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NAME = "inv"
DIRECTORY = Path("/var/lib/atomic-fleet") / NAME
STATE = DIRECTORY / "terraform" / "terraform.tfstate"
LAB = {
    "lab_name": NAME,
    "lab_pools": {"blue": {"size": 2, "zones": ["a", "b"]}, "green": {"size": 1, "zones": ["c"]}},
    "lab_jump_hosts": [f"{NAME}-green-1"],
}
HOSTS = [f"{NAME}-blue-1", f"{NAME}-blue-2", f"{NAME}-green-1"]
INVENTORY = ROOT / "inventories" / "lab"
Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root"),
    pytest.mark.skipif(shutil.which("systemd-nspawn") is None, reason="the lab needs systemd-nspawn"),
    pytest.mark.skipif(
        not (shutil.which("terraform") or shutil.which("tofu")), reason="the lab needs Terraform or OpenTofu"
    ),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs Ansible's programs, where `inside` says so in the lab's network. No master connection outlives the tests."""
    own = tmp_path_factory.mktemp("a")
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(own / "cp"),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(own / "known_hosts"),
    }

    def run(program: str, *words: str | Path, inside: bool = False) -> subprocess.CompletedProcess[str]:
        command = [str(BIN / program), *map(str, words)]
        if inside:
            command = ["ip", "netns", "exec", NAME, *command]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )

    yield run
    for socket in (own / "cp").glob("*"):
        subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)


def lab(run: Run, *words: str) -> subprocess.CompletedProcess[str]:
    return run("ansible-playbook", "atomic.fleet.lab", "-e", json.dumps(LAB), *words)


def is_unchanged(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode == 0 and " changed=0 " in done.stdout


@pytest.fixture(scope="module")
def fleet(run: Run) -> Iterator[str]:
    """The lab, up; what the playbook printed."""
    lab(run, "-e", "state=absent")
    up = lab(run)
    assert up.returncode == 0, up.stdout + up.stderr
    yield up.stdout
    down = lab(run, "-e", "state=absent")
    assert down.returncode == 0, down.stdout + down.stderr


def raw(run: Run, inventory: Path, *more: str) -> dict[str, str]:
    """What `ostree admin status` printed on each host, or why the host could not be reached."""
    words = ("all", "-i", inventory, "-e", f"lab_name={NAME}", "-m", "ansible.builtin.raw", "-a", "ostree admin status")
    done = run("ansible", *words, "--private-key", DIRECTORY / "id_ed25519", *more, inside=True)
    answers: dict[str, str] = {}
    name = ""
    for line in done.stdout.splitlines():
        if line.split(" | ")[0] in HOSTS:
            name = line.split(" | ")[0]
        answers[name] = answers.get(name, "") + line + "\n"
    return answers


def altered(path: Path, host: str, *, hop: bool) -> Path:
    """An inventory of its own whose contract has another host's key for a host, or for its jump host."""
    state = json.loads(STATE.read_text())
    hosts = {entry["name"]: entry for entry in state["outputs"]["fleet"]["value"]["hosts"]}
    other = next(entry for name, entry in hosts.items() if name != host)
    place = hosts[host]["jump"][0] if hop else hosts[host]
    place["host_keys"] = list(other["host_keys"])
    (path / "state").write_text(json.dumps(state))
    (path / "fleet.yml").write_text("plugin: atomic.fleet.terraform\nstate: state\n")
    return path / "fleet.yml"


def test_a_second_run_changes_nothing_and_the_checkout_stays_clean(run: Run, fleet: str) -> None:
    assert "3 hosts are up" in fleet
    again = lab(run)
    assert is_unchanged(again), again.stdout
    assert STATE.exists()
    assert STATE.parent.stat().st_mode & 0o777 == 0o700
    assert [
        path for path in (ROOT / "terraform").rglob("*") if ".terraform" in path.name or ".tfstate" in path.name
    ] == []


def test_the_inventory(run: Run, fleet: str) -> None:
    listed = json.loads(run("ansible-inventory", "-i", INVENTORY, "-e", f"lab_name={NAME}", "--list").stdout)
    assert sorted(listed["_meta"]["hostvars"]) == HOSTS
    assert listed["pool_blue"]["hosts"] == HOSTS[:2]
    assert listed["zone_c"]["hosts"] == HOSTS[2:]
    assert listed["_meta"]["hostvars"][HOSTS[2]]["ansible_host"].startswith("10.88.1.")


def test_a_task_on_every_host_the_one_behind_the_jump_host_too(run: Run, fleet: str) -> None:
    words = ("all", "-i", INVENTORY, "-e", f"lab_name={NAME}", "-m", "ansible.builtin.raw", "-a", "ostree admin status")
    done = run("ansible", *words, inside=True)  # the key comes from group_vars here
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Version: 1.0") == 3


def test_the_key_of_the_command_line_opens_the_jump_host_too(run: Run, fleet: str, tmp_path: Path) -> None:
    inventory = tmp_path / "fleet.yml"
    inventory.write_text(f"plugin: atomic.fleet.terraform\nstate: {STATE}\n")
    answers = raw(run, inventory)
    assert all("Version: 1.0" in answers[name] for name in HOSTS), answers


@pytest.mark.parametrize("host,hop", [(HOSTS[0], False), (HOSTS[2], False), (HOSTS[2], True)])
def test_another_host_key_is_refused(run: Run, fleet: str, tmp_path: Path, host: str, hop: bool) -> None:
    inventory = altered(tmp_path, host, hop=hop)
    answers = raw(run, inventory)  # while masters of the tests before are still there
    assert "UNREACHABLE" in answers[host]
    # a master that persists silences its ProxyCommand: without one, ssh says why
    why = raw(run, inventory, "-e", "ansible_ssh_args='-o ControlMaster=no'", "--limit", host)
    assert "Host key verification failed" in why[host]
    assert all("Version: 1.0" in answers[name] for name in HOSTS if name != host), answers


def test_project_and_outputs_say_what_the_state_says(run: Run, fleet: str, tmp_path: Path) -> None:
    example, data = ROOT / "terraform" / "examples" / "lab", DIRECTORY / "terraform" / "data"
    terraform = shutil.which("terraform") or shutil.which("tofu") or ""
    listing = subprocess.run(
        [terraform, "output", "-json"], cwd=example, env={**os.environ, "TF_DATA_DIR": str(data)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (tmp_path / "outputs.json").write_text(listing)
    sources = {
        "a.fleet.yml": f"state: {STATE}",
        "b.fleet.yml": "outputs: outputs.json",
        "c.fleet.yml": f"project: {example}\ndata_directory: {data}",
    }
    found = []
    for name, text in sources.items():
        (tmp_path / name).write_text(f"plugin: atomic.fleet.terraform\n{text}\n")
        done = run("ansible-inventory", "-i", tmp_path / name, "--list")
        assert done.returncode == 0, done.stderr
        variables = json.loads(done.stdout)["_meta"]["hostvars"]
        # named after the inventory that was read
        found.append({host: {k: v for k, v in own.items() if k[:11] != "ansible_ssh" and k != "ansible_control_path"}
                      for host, own in variables.items()})  # fmt: skip
    assert sorted(found[0]) == HOSTS
    assert found[1:] == found[:1] * 2


def test_without_the_modules(run: Run) -> None:
    done = run("ansible-playbook", "atomic.fleet.lab", "-e", "terraform_project=/nowhere")
    assert done.returncode != 0
    assert "/nowhere is no folder: the Terraform modules are not part of the installed collection" in done.stdout


def test_taking_it_away(run: Run, fleet: str) -> None:
    check = lab(run, "-e", "state=absent", "--check")
    assert check.returncode == 0, check.stdout
    assert STATE.exists()
    assert is_unchanged(lab(run)), "the check took something away"
    down = lab(run, "-e", "state=absent")
    assert down.returncode == 0, down.stdout
    assert not DIRECTORY.exists()
    assert NAME not in subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout.split()
    assert is_unchanged(lab(run, "-e", "state=absent"))
