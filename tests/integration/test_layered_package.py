"""Layering on a real ostree host with the double of rpm-ostree: from a look to what runs after the reboot, and what
is refused, waited for and taken back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import double
from tests.integration.lab import Lab, lacking
from tests.integration.test_verbs import Task, Verbs, until

pytestmark = pytest.mark.lab
NAME = "lay"
HOST = f"{NAME}-blue-1"
AGENT = "/var/tmp/agent.rpm"
CATALOGUE: tuple[dict[str, Any], ...] = (
    {"name": "htop", "evr": "3.3.0-1", "files": {"/usr/bin/htop": "#!/bin/sh\necho htop\n"}},
    {"name": "tmux", "evr": "3.4-1", "files": {"/usr/bin/tmux": "#!/bin/sh\necho tmux\n"}},
    {"name": "strace", "evr": "6.8-1", "files": {"/usr/bin/strace": "#!/bin/sh\necho strace\n"}},
    {"name": "brawl", "evr": "1.0-1", "conflicts": ("bash",)},
)
ROLE = """
- name: What this service needs
  ansible.builtin.package:
    name: "{{ packages }}"
    state: "{{ wanted | default('present') }}"
"""


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    made = Verbs(lab, tmp_path_factory.mktemp(NAME))
    try:
        lab.up({"blue": {"size": 1}}, variant="python")
        made.prepare()
        double.install(lab, HOST, ("rpm",))
        double.catalogue(lab, HOST, *CATALOGUE, base_provides={"shell": "bash"})
        yield made
    finally:
        for socket in (made.home / "cp").glob("*"):
            subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
        lab.down()


def layer(name: Any = None, state: str = "present", **more: Any) -> Task:
    return {"atomic.fleet.layered_package": {"name": name or [], "state": state, **more}}


def status(verbs: Verbs) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(verbs.lab.ssh(HOST, "rpm-ostree status --json"))["deployments"]
    return found


def base(entry: dict[str, Any]) -> str:
    return str(entry.get("base-checksum") or entry["checksum"])


def afresh(verbs: Verbs) -> None:
    """Nothing pending, whatever a test before left."""
    double.clear(verbs.lab, HOST)
    double.configure(verbs.lab, HOST)
    verbs.lab.ssh(HOST, "rpm-ostree cleanup -p >/dev/null")


def test_hosts_that_cannot_layer_are_well_with_what_they_have(verbs: Verbs) -> None:
    there, missing = verbs.many(HOST, layer("bash,shell"), layer("htop"))
    assert (there["kind"], there["changed"], there["reboot_required"]) == ("ok", False, False)
    assert (missing["kind"], missing["changed"]) == ("failed", False)
    assert missing["msg"] == (
        f"{HOST}: is driven by ostree, which cannot layer packages: build them into the image, or use "
        "atomic.fleet.system_extension"
    )


def test_a_package_from_the_first_look_to_the_boot_after(verbs: Verbs) -> None:
    double.install(verbs.lab, HOST, ("rpm-ostree", "rpm"))
    before = verbs.all_of(HOST)
    found = verbs.many(HOST, layer("bash, shell", "latest"), {**layer("htop"), "check_mode": True})
    assert [(result["kind"], result["changed"]) for result in found] == [("ok", False), ("ok", True)]
    assert [step["verb"] for step in found[1]["steps"]] == ["install", "arm"]
    assert "+layered: htop" in _diff(found[1])
    assert verbs.all_of(HOST) == before

    came, again, other = verbs.many(
        HOST, layer(["htop", "bash"]), layer("htop", "installed"), layer("shell, htop", "latest")
    )
    assert (came["changed"], came["reboot_required"], came["live"]) == (True, True, False), came
    assert (came["packages"], came["inactive"]) == (["htop"], [])
    for result in (again, other):
        assert (result["kind"], result["changed"], result["reboot_required"]) == ("ok", False, True)
    staged, booted = status(verbs)
    assert base(staged) == base(booted)

    booting, after = verbs.many(HOST, {"atomic.fleet.boot": {}}, layer("htop"))
    assert (booting["kind"], booting["changed"]) == ("ok", True), booting["msg"]
    assert (after["changed"], after["reboot_required"], after["live"]) == (False, False, True)
    assert verbs.lab.ssh(HOST, "htop") == "htop\n"


def _diff(result: dict[str, Any]) -> str:
    diff = result["diff"][0] if isinstance(result["diff"], list) else result["diff"]
    old, new = diff["before"].splitlines(), diff["after"].splitlines()
    return "\n".join([f"-{line}" for line in old if line not in new] + [f"+{line}" for line in new if line not in old])


def test_the_exact_set_files_and_overrides(verbs: Verbs) -> None:
    double.package_file(verbs.lab, HOST, AGENT, name="agent", evr="1.0-1", files={"/usr/bin/agent": "1"})
    double.package_file(verbs.lab, HOST, f"{AGENT[:-4]}2.rpm", name="agent", evr="2.0-1")
    double.package_file(verbs.lab, HOST, "/var/tmp/tzdata.rpm", name="tzdata", evr="9999-1")
    exact = layer(["tmux", AGENT], "exact")
    overrides = layer("strace", overrides={"remove": ["findutils", "no-such"], "replace": ["/var/tmp/tzdata.rpm"]})
    reset = layer(overrides={"reset": ["findutils", "tzdata"]})
    tasks = [exact, exact, layer(f"{AGENT[:-4]}2.rpm"), overrides, overrides, reset, reset, layer("agent", "absent")]
    found = verbs.many(HOST, *tasks, layer("bash", "absent"), layer([], "exact"))
    assert [result["kind"] for result in found] == ["ok"] * 10, [result["msg"] for result in found]
    assert [result["changed"] for result in found] == [True, False, True, True, False, True, False, True, False, True]
    assert sorted(found[0]["packages"]) == ["agent-1.0-1.x86_64", "tmux"]
    assert sorted(found[2]["packages"]) == ["agent-2.0-1.x86_64", "tmux"]
    upcoming = found[3]["after"]["next_boot"]
    assert (upcoming["removed"], upcoming["replaced"]) == (["findutils"], ["tzdata-9999-1.x86_64"])
    assert "strace" in upcoming["requested_packages"]
    assert len([step for step in found[3]["steps"] if step["verb"] != "arm"]) == 1
    upcoming = found[5]["after"]["next_boot"]
    assert (upcoming["removed"], upcoming["replaced"]) == ([], [])
    assert "bash is still there, as part of the base" in found[8]["warnings"][0]
    assert found[9]["packages"] == []
    assert {base(entry) for entry in status(verbs)} == {base(status(verbs)[-1])}
    afresh(verbs)


def test_what_goes_wrong_is_one_sentence(verbs: Verbs) -> None:
    before = verbs.status(HOST)
    missing, fight, gone = verbs.many(HOST, layer("nosuch, tmux"), layer("brawl"), layer("/var/tmp/gone.rpm"))
    assert "Packages not found: nosuch; look at the names" in missing["msg"]
    assert "conflicts with bash" in fight["msg"]
    assert "/var/tmp/gone.rpm is not there or no RPM" in gone["msg"]
    double.fault(verbs.lab, HOST, disk_full=True)
    (full,) = verbs.many(HOST, layer("tmux"))
    assert "; make room on the host" in full["msg"], full["msg"]
    double.fault(verbs.lab, HOST, die="end")
    (died,) = verbs.many(HOST, layer("tmux"))
    assert "the daemon crashed" in died["msg"]
    for result in (missing, fight, gone, full, died):
        assert result["kind"] == "failed"
        assert result["msg"].startswith(f"{HOST}: ")
        assert "\n" not in result["msg"]
    assert verbs.status(HOST) == before
    afresh(verbs)


def test_another_s_transaction_is_waited_for(verbs: Verbs) -> None:
    double.hold(verbs.lab, HOST)
    verbs.lab.ssh(HOST, "systemd-run --quiet --collect --unit=theirs rpm-ostree install strace")
    until("their transaction", lambda: json.loads(verbs.lab.ssh(HOST, "rpm-ostree status --json"))["transaction"])
    process, results = verbs.start(HOST, [layer("tmux")], "-vvv")
    log = verbs.home / f"log-{verbs.count}"
    until("the verb to wait", lambda: "wait for the transaction" in log.read_text())
    double.release(verbs.lab, HOST)
    assert process.wait(120) == 0, log.read_text()
    result = json.loads(results.read_text())
    assert (result["kind"], result["changed"]) == ("ok", True)
    assert sorted(result["packages"]) == ["htop", "strace", "tmux"]
    afresh(verbs)


def test_an_os_that_would_move_is_taken_back(verbs: Verbs) -> None:
    before = status(verbs)
    verbs.lab.publish("2.0")
    double.fault(verbs.lab, HOST, install_moves_base=True)
    (moved,) = verbs.many(HOST, layer("tmux"))
    assert moved["kind"] == "failed"
    assert "layering would have moved the OS from 1.0 to 2.0, so it was taken away again" in moved["msg"], moved["msg"]
    assert [base(entry) for entry in status(verbs)] == [base(entry) for entry in before]
    assert status(verbs)[0]["booted"]
    afresh(verbs)
    (fine,) = verbs.many(HOST, layer("tmux"))
    staged, booted = status(verbs)[:2]
    assert fine["kind"] == "ok"
    assert base(staged) == base(booted)
    afresh(verbs)


def test_what_is_held_back_stays_held_back_under_the_layers(verbs: Verbs) -> None:
    verbs.lab.publish("2.0")
    verbs.lab.ssh(HOST, "rpm-ostree upgrade --lock-finalization >/dev/null")
    update = status(verbs)[0]
    (result, again) = verbs.many(HOST, layer("tmux"), layer("tmux, bash"))
    assert (result["kind"], result["changed"], again["changed"]) == ("ok", True, False), result["msg"]
    staged = status(verbs)[0]
    assert (staged["version"], base(staged), staged["finalization-locked"]) == ("2.0", base(update), True)
    assert result["reboot_required"] is False
    (live,) = verbs.many(HOST, layer("strace", apply_live=True))
    assert "2.0 boots next and would come with it" in live["msg"]
    afresh(verbs)


def test_a_package_for_the_running_system_at_once(verbs: Verbs) -> None:
    first, again = verbs.many(HOST, layer("strace", apply_live=True), layer("strace", apply_live=True))
    assert (first["kind"], first["changed"], first["live"], first["reboot_required"]) == ("ok", True, True, True)
    assert (again["changed"], again["live"], again["reboot_required"]) == (False, True, True)
    assert verbs.lab.ssh(HOST, "strace") == "strace\n"


def test_a_role_that_uses_package_runs_unchanged(verbs: Verbs) -> None:
    role = verbs.home / "roles" / "service" / "tasks"
    role.mkdir(parents=True)
    (role / "main.yml").write_text(ROLE)
    use = {"ansible_package_use": "atomic.fleet.layered_package"}

    def run(packages: Any, wanted: str = "present", **more: Any) -> Task:
        include = {"name": str(role.parent), "apply": {"diff": True, "ignore_errors": True, **more}}
        return {"ansible.builtin.include_role": include, "vars": {**use, "packages": packages, "wanted": wanted}}

    tasks = [
        run("tmux,bash", check_mode=True),
        run(["tmux", "bash"]),
        run(["tmux", "bash"], "latest"),
        run("tmux", "absent"),
        run("nosuch"),
    ]
    found = [result for result in verbs.play(HOST, tasks) if "needs" in result["task"]]
    assert [result["kind"] for result in found] == ["ok", "ok", "ok", "ok", "failed"], found
    assert [result["changed"] for result in found[:4]] == [True, True, False, True]
    assert [result["reboot_required"] for result in found[1:3]] == [True, True]
    assert "Packages not found: nosuch" in found[4]["msg"]
    afresh(verbs)


def test_the_role_layer_boots_with_them_once_and_goes_back_where_a_gate_fails(verbs: Verbs) -> None:
    def role(*packages: str, **more: Any) -> list[dict[str, Any]]:
        given = {"layer_packages": list(packages), "layer_gates": ["deployment", "failed_units"], **more}
        return verbs.play(HOST, [{"ansible.builtin.include_role": {"name": "atomic.fleet.layer"}, "vars": given}])

    def ran() -> tuple[str, str]:
        return verbs.lab.boot_id(HOST), status(verbs)[0]["checksum"]

    assert {result["kind"] for result in role("tmux", "strace")} == {"ok"}
    assert [verbs.lab.ssh(HOST, tool) for tool in ("tmux", "strace")] == ["tmux\n", "strace\n"]
    there = ran()
    assert not any(result["changed"] for result in role("tmux", "strace"))
    assert ran() == there
    ill = role("tmux", layer_packages_state="absent", layer_gates=[{"command": {"argv": ["false"], "timeout": 1}}])
    assert (ill[-1]["kind"], "it runs 1.0 again, which does not pass them either" in ill[-1]["msg"]) == ("failed", True)
    assert (ran()[1], verbs.lab.ssh(HOST, "tmux")) == (there[1], "tmux\n")
