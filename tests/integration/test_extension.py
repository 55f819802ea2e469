"""System extensions on real hosts: layered, changed, taken away, refused, put back."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.atomic.fleet.plugins.module_utils._command import extension
from ansible_collections.atomic.fleet.plugins.module_utils._command.quote import command
from tests.integration.fleet_helper import Fleet, sequence
from tests.integration.lab import Lab, lacking
from tests.integration.test_verbs import Verbs, until

pytestmark = pytest.mark.lab
NAME = "ext"
REMOTE = "http://10.88.0.1:8080/extensions"
UNIT = "lab-tools.service"
PLACE = "/var/lib/extensions"
ONE, TWO, THREE = (f"{NAME}-blue-{number}" for number in (1, 2, 3))


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    made = Verbs(lab, tmp_path_factory.mktemp(NAME))
    try:
        lab.up({"blue": {"size": 3}})
        made.prepare()
        yield made
    finally:
        for socket in (made.home / "cp").glob("*"):
            subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
        lab.down()


def sums(lab: Lab) -> dict[str, str]:
    lines = (lab.directory / "extensions/SHA256SUMS").read_text().splitlines()
    return {name: f"sha256:{digest}" for digest, name in (line.split() for line in lines)}


def wish(lab: Lab, version: str, **more: Any) -> dict[str, Any]:
    file = f"lab-tools-{version}.tar"
    wished = {"name": "lab-tools", "url": f"{REMOTE}/{file}", "checksum": sums(lab)[file], "units": [UNIT], **more}
    return {key: value for key, value in wished.items() if value is not None}


GONE = {"name": "lab-tools", "state": "absent", "units": [UNIT]}


def layered(lab: Lab, host: str) -> str:
    """What runs, by the host itself: the tool's word, and the unit's."""
    return lab.ssh(host, f"lab-tools 2>&1 || true; systemctl is-active {UNIT} || true")


def clean(lab: Lab, host: str) -> bool:
    """Whether nothing half-done is left."""
    found = lab.ssh(
        host, f"ls -A {PLACE} /var/lib/atomic-fleet/extensions/*/new /run/atomic-fleet/units 2>/dev/null || true"
    )
    return [line for line in found.split() if line not in ("lab-tools", f"{PLACE}:")] == ["/run/atomic-fleet/units:"]


def test_its_life(verbs: Verbs) -> None:
    lab = verbs.lab
    foretold = verbs.one(ONE, "system_extension", wish(lab, "1.0"), "--check", "--diff")
    assert lab.ssh(ONE, f"ls {PLACE} 2>/dev/null || true") == ""
    first = verbs.one(ONE, "system_extension", wish(lab, "1.0"), "--diff")
    assert first["kind"] == "ok", first["msg"]
    assert [step["verb"] for step in first["steps"]] == ["fetch", "put", "enable"]
    assert (first["changed"], first["diff"], first["steps"]) == (True, foretold["diff"], foretold["steps"])
    assert first["after"] == foretold["after"] == {
        "name": "lab-tools", "path": f"{PLACE}/lab-tools", "checksum": wish(lab, "1.0")["checksum"], "merged": True,
    }  # fmt: skip
    assert (first["before"], first["reboot_required"]) == (None, False)
    assert layered(lab, ONE) == "lab-tools 1.0\nactive\n"
    assert clean(lab, ONE)

    tasks = [wish(lab, "1.0"), {"name": "lab-tools", "state": "refreshed"}]
    again = verbs.many(ONE, *({"atomic.fleet.system_extension": task} for task in tasks))
    assert [(result["kind"], result["changed"], result["steps"]) for result in again] == [("ok", False, [])] * 2
    assert again[0]["diff"]["before"] == again[0]["diff"]["after"]

    newer = verbs.one(ONE, "system_extension", wish(lab, "1.1"), "--diff")
    assert (newer["changed"], newer["before"]["checksum"]) == (True, wish(lab, "1.0")["checksum"])
    assert layered(lab, ONE) == "lab-tools 1.1\nactive\n"
    (seen,) = verbs.one(ONE, "deployment_info")["host"]["extensions"]
    assert seen == newer["after"]

    # the one before is kept: no address is needed
    back = verbs.one(ONE, "system_extension", wish(lab, "1.0", url=None))
    assert ([step["verb"] for step in back["steps"]], layered(lab, ONE)) == (["put"], "lab-tools 1.0\nactive\n")

    gone = verbs.many(ONE, *[{"atomic.fleet.system_extension": GONE}] * 2)
    assert [(result["kind"], result["changed"], result["after"]) for result in gone] == [
        ("ok", True, None),
        ("ok", False, None),
    ]
    assert "not found" in layered(lab, ONE)
    assert lab.ssh(ONE, f"ls -A {PLACE} /var/lib/atomic-fleet/extensions; systemctl --failed --plain --no-legend") == (
        f"/var/lib/atomic-fleet/extensions:\n\n{PLACE}:\n"
    )


def test_what_somebody_else_did_is_seen(verbs: Verbs) -> None:
    lab = verbs.lab
    assert verbs.one(ONE, "system_extension", wish(lab, "1.0"))["kind"] == "ok"
    lab.ssh(ONE, "systemd-sysext unmerge")
    merged = verbs.one(ONE, "system_extension", {"name": "lab-tools", "state": "refreshed", "units": [UNIT]})
    assert ([step["verb"] for step in merged["steps"]], merged["after"]["merged"]) == (["merge"], True)
    lab.ssh(ONE, f"echo changed > {PLACE}/lab-tools/usr/bin/tampered; touch {PLACE}/lab-tools")
    changed = verbs.one(ONE, "system_extension", wish(lab, "1.0"))
    assert changed["changed"]
    assert changed["before"]["checksum"] != wish(lab, "1.0")["checksum"]
    assert lab.ssh(ONE, "ls /usr/bin/tampered 2>/dev/null || true") == ""
    # what stands in /etc comes before what we would put in place
    lab.ssh(ONE, f"mkdir -p /etc/extensions; mv {PLACE}/lab-tools /etc/extensions/; systemd-sysext refresh")
    same, other, gone = verbs.many(
        ONE,
        {"atomic.fleet.system_extension": wish(lab, "1.0")},
        {"atomic.fleet.system_extension": wish(lab, "1.1")},
        {"atomic.fleet.system_extension": GONE},
    )
    assert (same["kind"], same["changed"]) == ("ok", False)
    assert "/etc/extensions/lab-tools stands before anything in /var/lib/extensions" in other["msg"]
    assert (gone["changed"], lab.ssh(ONE, "ls -A /etc/extensions")) == (True, "")


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("9.0-foreign", {}, r"does not fit this host: Extension 'lab-tools' is for OS '9\.0', but deployed on top of '1"),
    ("1.1", {"checksum": "sha256:" + "0" * 64}, r"what came for lab-tools has the checksum sha256:[0-9a-f]{64}, not"),
    ("1.1", {"units": ["lab-nothing.service"]}, r"before is back: it brings no unit lab-nothing\.service"),
    ("1.1", {"url": f"{REMOTE}/none.tar"}, r"could not be fetched"),
    ("1.1", {"url": "http://me:hush@10.88.0.1:1/x.tar"}, r"could not be fetched"),
    ("1.1", {"url": None}, r"none is kept: say where it is with url or src"),
    ("1.1", {"url": f"{REMOTE}/x.zip"}, r"neither an image \(\.raw\) nor a tree"),
    ("1.1", {"name": "../x"}, r"an extension's name is"),
    ("1.1", {"checksum": "md5:1"}, r"must be sha256:"),
    ("1.1", {"checksum": None}, r"checksum"),
    ("1.1", {"url": f"{REMOTE}/$(touch /tmp/owned).tar"}, r"url cannot be used"),
]  # fmt: skip


def test_what_cannot_be_leaves_the_host_as_it_was(verbs: Verbs) -> None:
    lab = verbs.lab
    assert verbs.one(TWO, "system_extension", wish(lab, "1.0"))["kind"] == "ok"
    before = lab.ssh(TWO, f"cd /var/lib; find extensions atomic-fleet | sort; cat {PLACE}/lab-tools/usr/bin/lab-tools")
    tasks = [{"atomic.fleet.system_extension": wish(lab, version, **more)} for version, more, _words in REFUSED]
    results = verbs.many(TWO, *tasks)
    assert len(results) == len(REFUSED)
    for result, (_version, _more, words) in zip(results, REFUSED, strict=True):
        assert result["kind"] == "failed", result
        assert re.search(words, result["msg"]), result["msg"]
        assert "\n" not in result["msg"]
        assert "hush" not in str(result)
    assert (
        lab.ssh(TWO, f"cd /var/lib; find extensions atomic-fleet | sort; cat {PLACE}/lab-tools/usr/bin/lab-tools")
        == before
    )
    assert layered(lab, TWO) == "lab-tools 1.0\nactive\n"
    assert clean(lab, TWO)


def test_a_service_that_fails(verbs: Verbs) -> None:
    lab = verbs.lab
    broken = verbs.one(TWO, "system_extension", wish(lab, "2.0-broken"))
    assert (broken["kind"], broken["changed"]) == ("failed", True)
    assert broken["msg"] == f"{TWO}: lab-tools is merged, but {UNIT} failed to start"
    again = verbs.one(TWO, "system_extension", wish(lab, "2.0-broken"))
    assert (again["kind"], again["changed"]) == ("failed", False)
    way_back = {"atomic.fleet.system_extension": wish(lab, "1.0", url=None)}
    foretold, back = verbs.many(TWO, {**way_back, "check_mode": True}, way_back)
    assert (foretold["kind"], foretold["changed"]) == ("ok", True)
    assert (back["kind"], layered(lab, TWO)) == ("ok", "lab-tools 1.0\nactive\n")
    assert lab.ssh(TWO, "systemctl is-system-running") == "running\n"


def test_a_merge_that_fails_is_undone(verbs: Verbs) -> None:
    """Another extension, which cannot be mounted, fails every merge."""
    lab = verbs.lab
    assert verbs.one(TWO, "system_extension", wish(lab, "1.0"))["kind"] == "ok"
    lab.ssh(TWO, f"head -c 65536 /dev/zero >{PLACE}/rotten.raw")
    failed = verbs.one(TWO, "system_extension", wish(lab, "1.1"))
    assert failed["kind"] == "failed"
    assert "what was there before is back: Failed to" in failed["msg"]
    assert layered(lab, TWO) == "lab-tools 1.0\nactive\n"
    lab.ssh(TWO, f"rm {PLACE}/rotten.raw")
    again = verbs.one(TWO, "system_extension", wish(lab, "1.0"))
    assert (again["kind"], again["before"]["checksum"]) == ("ok", wish(lab, "1.0")["checksum"])
    assert clean(lab, TWO)


def test_a_file_from_the_controller(verbs: Verbs) -> None:
    lab = verbs.lab
    src = str(lab.directory / "extensions/lab-tools-1.1.tar")
    ours = wish(lab, "1.1", url=None, src=src)
    wrong, done, again = verbs.many(
        THREE,
        *({"atomic.fleet.system_extension": {**ours, **more}} for more in ({"checksum": "sha256:" + "1" * 64}, {}, {})),
    )
    assert (wrong["kind"], wrong["changed"]) == ("failed", False)
    assert "has the checksum sha256:" in wrong["msg"]
    assert (done["kind"], done["changed"], again["changed"]) == ("ok", True, False), done["msg"]
    assert layered(lab, THREE) == "lab-tools 1.1\nactive\n"
    boot_id = lab.boot_id(THREE)
    lab.power_cycle(THREE)
    lab.wait(THREE, other_than=boot_id)
    assert not verbs.one(THREE, "system_extension", ours)["changed"]
    assert lab.ssh(THREE, "lab-tools") == "lab-tools 1.1\n"
    assert lab.ssh(THREE, "find /root/.ansible/tmp -type f 2>/dev/null || true") == ""


@pytest.mark.parametrize("what", ["connection cut", "controller killed"])
def test_work_that_is_cut_off_is_found_again(verbs: Verbs, what: str) -> None:
    lab = verbs.lab
    assert verbs.one(THREE, "system_extension", GONE)["kind"] == "ok"
    lab.remote("slow", 150_000)
    try:
        process, results = verbs.start(THREE, [{"atomic.fleet.system_extension": wish(lab, "1.0")}])
        until("the download", lambda: lab.ssh(THREE, "ls /run/atomic-fleet/units 2>/dev/null || true"))
        if what == "controller killed":
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            lab.remote("up")
            again = verbs.one(THREE, "system_extension", wish(lab, "1.0"))
            assert again["kind"] == "ok", again["msg"]
        else:
            lab.cut(THREE)
            lab.restore(THREE)
            lab.remote("up")
            process.wait(120)
            assert '"kind": "ok"' in results.read_text(), results.read_text()
    finally:
        lab.remote("up")
    assert layered(lab, THREE) == "lab-tools 1.0\nactive\n"
    assert clean(lab, THREE)
    assert not verbs.one(THREE, "system_extension", wish(lab, "1.0"))["changed"]


def test_an_image(tmp_path: Path) -> None:
    """The same scripts on an image, in a mount namespace of this machine: the lab's hosts have no loop devices."""
    if lacking() or shutil.which("systemd-sysext") is None or not Path("/dev/loop-control").exists():
        pytest.skip("needs root, systemd-sysext and loop devices")
    told = {version: image(tmp_path, version) for version in ("1", "2")}
    show = "cat /usr/share/labimage/version /usr/.systemd-sysext/extensions; losetup -n -O BACK-FILE -l | wc -l"
    lines = ["mount --make-rshared / && mount -t tmpfs t /var/lib && mount -t tmpfs r /run && mount --make-rshared /"]
    for version, checksum in told.items():
        lines += [
            command(extension.fetch("labimage", checksum, "raw", "file", str(tmp_path / version / "labimage.raw")))
        ]
        lines += [command(extension.put("labimage", "new", [])), show]
    lines += [command(extension.put("labimage", "old", [])), show, command(extension.look("labimage"))]
    lines += [command(extension.drop("labimage", PLACE, [])), f"ls -A {PLACE} /var/lib/atomic-fleet/extensions"]
    script = " || exit 1\n".join(lines)
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout.splitlines()
    assert [shown[index] for index in (0, 1, 3, 4, 6, 7)] == ["1", "labimage", "2", "labimage", "1", "labimage"]
    assert shown[9:11] == [f"checksum {told['1']}", f"kept {told['2']}"]
    assert shown[-3:] == ["/var/lib/atomic-fleet/extensions:", "", f"{PLACE}:"]
    assert str(tmp_path) not in subprocess.run(["losetup", "-a"], capture_output=True, text=True, check=True).stdout


def image(folder: Path, version: str) -> str:
    """An ext4 image with an extension, and its checksum."""
    tree, file = folder / version / "tree", folder / version / "labimage.raw"
    release, content = (
        tree / "usr/lib/extension-release.d/extension-release.labimage",
        tree / "usr/share/labimage/version",
    )
    for path, text in ((release, "ID=_any\n"), (content, f"{version}\n")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    subprocess.run(["mkfs.ext4", "-q", "-d", str(tree), str(file), "4M"], capture_output=True, check=True)
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


# -- the fleet


@pytest.fixture(scope="module")
def fleet(verbs: Verbs, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """The same hosts without extensions, one store for what follows; the tests below follow each other."""
    lab, home = verbs.lab, tmp_path_factory.mktemp("layers")
    results = verbs.play("all", [{"atomic.fleet.system_extension": GONE}])
    assert {result["kind"] for result in results} == {"ok"}
    made = Fleet(lab, home, home / "store")
    (made.inventory / "group_vars").mkdir(parents=True)
    source = {"plugin": "atomic.fleet.terraform", "state": str(lab.state)}
    (made.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
    key = {"ansible_ssh_private_key_file": str(lab.directory / "id_ed25519")}
    (made.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))
    return made


def every(fleet: Fleet) -> set[str]:
    return set(fleet.everywhere(lambda name: layered(fleet.lab, name)).values())


def test_layering_in_waves(fleet: Fleet) -> None:
    boots = fleet.boots()
    done = fleet.play("layer", policy=fleet.policy(), extensions=[wish(fleet.lab, "1.0")])
    assert done.rc == 0, done.text
    assert "Plan: 3 to update, 0 to skip, 0 unchanged." in done.text
    assert every(fleet) == {"lab-tools 1.0\nactive\n"}
    assert (fleet.outcome, fleet.boots()) == ("done", boots)
    for name in fleet.hosts:
        assert sequence(fleet.kinds(name), "host_intended", "host_staged", "host_verified")
        assert "host_rebooting" not in fleet.kinds(name)
    assert [event["data"]["before"] for event in fleet.events("host_staged")] == [
        [{"name": "lab-tools", "units": [UNIT]}]
    ] * 3
    again = fleet.play("plan", policy=fleet.policy(), extensions=[wish(fleet.lab, "1.0")])
    assert (again.rc, "0 to update, 0 to skip, 3 unchanged" in again.text) == (0, True), again.text


def test_a_broken_release_ends_at_the_canary(fleet: Fleet) -> None:
    stopped = fleet.play("layer", policy=fleet.policy(), extensions=[wish(fleet.lab, "2.0-broken")])
    assert stopped.rc == 2, stopped.text
    assert "failed units: lab-tools.service" in stopped.text
    assert fleet.outcome == "rolled_back"
    (canary,) = {event["host"] for event in fleet.events("host_intended")}
    assert sequence(fleet.kinds(canary), "host_staged", "host_failed", "host_going_back", "host_went_back")
    assert every(fleet) == {"lab-tools 1.0\nactive\n"}


def test_one_for_another_system_is_never_layered(fleet: Fleet) -> None:
    stopped = fleet.play("layer", policy=fleet.policy(), extensions=[wish(fleet.lab, "9.0-foreign")])
    assert stopped.rc == 2
    assert "Extension 'lab-tools' is for OS '9.0', but deployed on top of '1.0'" in stopped.text
    assert every(fleet) == {"lab-tools 1.0\nactive\n"}


def test_a_killed_run_is_gone_on_with_and_taken_back(fleet: Fleet) -> None:
    fleet.lab.remote("slow", 200_000)
    try:
        running = fleet.start("layer", policy=fleet.policy(), extensions=[wish(fleet.lab, "1.1")])
        canary = fleet.when("host_intended")["host"]
        until("the download", lambda: fleet.lab.ssh(canary, "ls /run/atomic-fleet/units 2>/dev/null || true"))
        running.kill()
    finally:
        fleet.lab.remote("up")
    done = fleet.play("apply", fan_out="never")
    assert (done.rc, every(fleet)) == (0, {"lab-tools 1.1\nactive\n"}), done.text
    # no address is needed: the hosts kept it
    fleet.lab.remote("down")
    try:
        back = fleet.play("rollback", policy=fleet.policy())
    finally:
        fleet.lab.remote("up")
    assert (back.rc, every(fleet)) == (0, {"lab-tools 1.0\nactive\n"}), back.text


def test_what_was_taken_away_comes_back(fleet: Fleet) -> None:
    gone = fleet.play("layer", policy=fleet.policy(), extensions=[GONE])
    assert gone.rc == 0, gone.text
    assert all("not found" in said for said in every(fleet))
    back = fleet.play("rollback", policy=fleet.policy())
    assert (back.rc, every(fleet)) == (0, {"lab-tools 1.0\nactive\n"}), back.text


def test_a_playbook_without_a_wish_changes_nothing(fleet: Fleet) -> None:
    refused = fleet.play("layer")
    assert refused.refused("extensions names none"), refused.text
