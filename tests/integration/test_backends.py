"""The verbs through rpm-ostree and through bootc, as their strict double takes them, on real reboots."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration import double
from tests.integration.lab import Lab, lacking
from tests.integration.verbs_helper import Verbs, until
from tests.registry import Registry
from tests.registry import lacking as lacking_registry

pytestmark = pytest.mark.lab
NAME = "back"
RPM, BOOTC = f"{NAME}-blue-1", f"{NAME}-blue-2"
REFSPEC, OTHER = "lab:lab/x86_64/stable", "lab/x86_64/unsigned"


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    why = lacking() or lacking_registry()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    made = Verbs(lab, tmp_path_factory.mktemp("verbs"))
    try:
        lab.up({"blue": {"size": 2}}, variant="python")
        lab.publish("5.0")
        double.install(lab, RPM, ("rpm-ostree",))
        double.install(lab, BOOTC, ("bootc",))
        made.prepare()
        yield made
    finally:
        made.end()
        lab.down()


@pytest.fixture(scope="module")
def registry(verbs: Verbs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    address = verbs.lab.fleet["hosts"][0]["address"].rsplit(".", 1)[0] + ".1"
    folder = tmp_path_factory.mktemp("registry") / "registry"
    with Registry(folder, address=address, namespace=verbs.lab.name) as made:
        yield made


def test_a_host_of_rpm_ostree_is_known_as_one(verbs: Verbs) -> None:
    host = verbs.one(RPM, "deployment_info")["host"]
    assert host["backend"] == "rpm-ostree"
    assert (host["booted"]["version"], host["booted"]["refspec"]) == ("1.0", REFSPEC)
    assert {"bypass-driver", "root", "rpm-ostree-lock"} <= set(host["capabilities"])
    assert (host["transaction"], host["architecture"]) == (None, "x86_64")


def test_rpm_ostree_held_back_booted_and_back(verbs: Verbs) -> None:
    wish = {"version": "2.0", "lock": True}
    foretold = verbs.one(RPM, "deployment", wish, "--check", "--diff")
    done = verbs.one(RPM, "deployment", wish, "--diff")
    assert done["kind"] == "ok", done["msg"]
    # which packages it brings is known only when it is there
    assert {**done["diff"], "prepared": ""} == {**foretold["diff"], "prepared": ""}
    assert done["steps"][0]["command"] == ["rpm-ostree", "deploy", "--lock-finalization", verbs.lab.versions()["2.0"]]
    assert (done["after"]["staged"]["locked"], done["reboot_required"]) == (True, False)
    again = verbs.one(RPM, "deployment", wish)
    assert (again["changed"], again["steps"]) == (False, [])

    booted = verbs.one(RPM, "boot", {}, "--diff")
    assert booted["verdict"] == {"kind": "well", "reason": "2.0 came up"}
    assert booted["steps"][-1]["command"][-3:-1] == ["rpm-ostree", "finalize-deployment"]
    assert verbs.status(RPM) == ["* 2.0", "1.0"]
    assert verbs.one(RPM, "boot")["steps"] == []

    verbs.lab.ssh(RPM, "echo left > /etc/left")
    back = verbs.one(RPM, "deployment", {"target": "previous", "state": "booted"})
    assert back["steps"][0]["command"] == ["rpm-ostree", "rollback"]
    assert back["verdict"]["kind"] == "well", back["msg"]
    assert verbs.lab.ssh(RPM, "cat /usr/share/lab/version") == "1.0\n"
    # the old deployment as it stands: its own /etc
    assert verbs.lab.ssh(RPM, "cat /etc/left 2>/dev/null || true") == ""


@pytest.fixture
def theirs(verbs: Verbs) -> Iterator[Verbs]:
    """Somebody else's transaction runs, to 2.0, until it is let go."""
    verbs.settle(RPM, "1.0")
    double.hold(verbs.lab, RPM)
    verbs.lab.ssh(RPM, f"systemd-run --quiet --collect rpm-ostree deploy {verbs.lab.versions()['2.0']}")
    until("their transaction", lambda: '"transaction": [' in verbs.lab.ssh(RPM, "rpm-ostree status --json"))
    yield verbs
    double.release(verbs.lab, RPM)


def started(verbs: Verbs, wish: dict[str, object]) -> tuple[subprocess.Popen[bytes], Callable[[], str]]:
    process, _results = verbs.start(RPM, [{"atomic.fleet.deployment": wish}], "-vvv")
    log = verbs.home / f"log-{verbs.count}"
    return process, log.read_text


def test_a_transaction_of_somebody_else_is_waited_for(theirs: Verbs) -> None:
    """Theirs stages what we want: after it there is nothing to do."""
    process, log = started(theirs, {"version": "2.0"})
    until("it waits", lambda: "wait for the transaction" in log())
    double.release(theirs.lab, RPM)
    assert process.wait(60) == 0, log()
    assert "changed=0" in log()
    assert theirs.status(RPM) == ["staged 2.0", "* 1.0"]


def test_a_transaction_of_somebody_else_is_ended_only_when_told(theirs: Verbs) -> None:
    waited = theirs.one(RPM, "deployment", {"version": "5.0", "stage_timeout": 3})
    assert "rpm-ostree was busy with somebody else's Deploy for 3 s" in waited["msg"]
    process, log = started(theirs, {"version": "5.0", "cancel_transaction": True})
    until("theirs is over", lambda: "stage (" in log())
    double.release(theirs.lab, RPM)
    assert process.wait(60) == 0, log()
    assert "changed=1" in log()
    assert theirs.status(RPM) == ["staged 5.0", "* 1.0"]


FAULTS: list[tuple[str, dict[str, object], str]] = [
    ("die", {"die": "end"}, "stage failed: "),
    ("disk", {"disk_full": True}, "stage failed: "),
    ("status", {"status_hang": True}, "rpm-ostree status --json did not answer within 30 s"),
]


@pytest.mark.parametrize("name, fault, words", FAULTS, ids=[name for name, _fault, _words in FAULTS])
def test_a_tool_that_fails_says_so_and_nothing_is_left(
    verbs: Verbs, name: str, fault: dict[str, object], words: str
) -> None:
    verbs.settle(RPM, "1.0")
    double.fault(verbs.lab, RPM, **fault)
    try:
        result = verbs.one(RPM, "deployment", {"version": "5.0"})
    finally:
        double.clear(verbs.lab, RPM)
    assert result["kind"] == "failed"
    assert result["msg"].startswith(f"{RPM}: ")
    assert words in result["msg"]
    assert "\n" not in result["msg"]
    assert verbs.status(RPM) == ["* 1.0"]
    assert verbs.one(RPM, "deployment", {"version": "5.0"})["kind"] == "ok"


def test_an_old_rpm_ostree_is_held_back_by_ostree_s_own_lock(verbs: Verbs) -> None:
    verbs.settle(RPM, "1.0")
    double.configure(verbs.lab, RPM, without=["lock-finalization", "bypass-driver", "update-driver"])
    verbs.lab.ssh(RPM, "rm /run/atomic-fleet/tool")
    try:
        done = verbs.one(RPM, "deployment", {"version": "5.0", "lock": True})
        assert [step["verb"] for step in done["steps"]] == ["stage", "arm", "lock"]
        assert done["after"]["staged"]["locked"]
    finally:
        double.configure(verbs.lab, RPM)
        verbs.lab.ssh(RPM, "rm /run/atomic-fleet/tool")
    assert verbs.one(RPM, "boot")["verdict"]["kind"] == "well"


def test_a_host_that_zincati_updates_is_left_to_it_unless_told(verbs: Verbs) -> None:
    verbs.settle(RPM, "1.0")
    double.drive(verbs.lab, RPM)
    try:
        refused = verbs.one(RPM, "deployment", {"version": "2.0"})
        assert "kept up to date by zincati.service" in refused["msg"]
        done = verbs.one(RPM, "deployment", {"version": "2.0", "bypass_driver": True})
        assert "--bypass-driver" in done["steps"][0]["command"]
        assert verbs.one(RPM, "update_driver", {"state": "held"})["changed"]
        held = verbs.one(RPM, "deployment", {"version": "5.0"})
        assert held["kind"] == "ok", held["msg"]
        assert "--bypass-driver" not in held["steps"][0]["command"]
    finally:
        verbs.one(RPM, "update_driver", {"state": "released"})
        verbs.lab.ssh(RPM, "systemctl disable --now -q zincati.service; rm -f /etc/systemd/system/zincati.service")
        double.configure(verbs.lab, RPM)


def test_bootc_boots_images_by_their_digests(verbs: Verbs, registry: Registry) -> None:
    first, second = (double.publish_image(registry, verbs.lab, version, version) for version in ("1.0", "2.0"))
    name = f"{registry.name}/lab/os"
    start = verbs.one(BOOTC, "deployment_info")["host"]
    assert start["backend"] == "ostree"
    verbs.lab.ssh(BOOTC, f"bootc switch --quiet {name}@{first}")
    booted = verbs.one(BOOTC, "boot")
    assert booted["verdict"]["kind"] == "well", booted["msg"]
    host = verbs.one(BOOTC, "deployment_info")["host"]
    assert (host["backend"], host["booted"]["digest"]) == ("bootc", first)
    assert host["booted"]["image"] == f"ostree-unverified-registry:{name}@{first}"

    wish = {"image": f"{name}@{second}", "lock": True}
    foretold = verbs.one(BOOTC, "deployment", wish, "--check", "--diff")
    done = verbs.one(BOOTC, "deployment", wish, "--diff")
    assert done["kind"] == "ok", done["msg"]
    assert [step["command"] for step in done["steps"]] == [step["command"] for step in foretold["steps"]]
    assert done["steps"][0]["command"] == ["bootc", "switch", "--quiet", f"{name}@{second}"]
    assert done["target"]["digest"] == second
    assert (done["after"]["staged"]["locked"], done["reboot_required"]) == (True, False)
    assert not verbs.one(BOOTC, "deployment", wish)["changed"]
    booted = verbs.one(BOOTC, "boot")
    assert "--from-downloaded" in booted["steps"][0]["command"]
    assert booted["verdict"] == {"kind": "well", "reason": "2.0 came up"}
    assert not verbs.one(BOOTC, "deployment", {"image": f"{name}@{second}"})["changed"]

    back = verbs.one(BOOTC, "deployment", {"target": "previous", "state": "booted"})
    assert back["steps"][0]["command"] == ["bootc", "rollback"]
    assert back["after"]["booted"]["digest"] == first
    assert back["verdict"]["kind"] == "well"


def test_a_tag_is_followed_and_one_that_moved_is_refused(verbs: Verbs, registry: Registry) -> None:
    name = f"{registry.name}/lab/os"
    reach = {"registry": {"insecure": [registry.name]}}
    digests = {version: double.publish_image(registry, verbs.lab, "edge", version) for version in ("2.0", "5.0")}
    for host, word in ((BOOTC, "switch"), (RPM, "rebase")):
        verbs.lab.wait(host)
        foretold = verbs.one(host, "deployment", {"image": f"{name}:edge", **reach}, "--check", "--diff")
        done = verbs.one(host, "deployment", {"image": f"{name}:edge", **reach}, "--diff")
        assert done["kind"] == "ok", done["msg"]
        assert done["steps"][0]["command"][1] == word
        assert done["target"]["digest"] == digests["5.0"] == foretold["target"]["digest"]
        assert done["after"]["staged"]["image"] == f"ostree-unverified-registry:{name}:edge"
        assert not verbs.one(host, "deployment", {"image": f"{name}:edge", **reach})["changed"]
    # the same tag is something else by the time the host pulls: what was asked for is not what was staged
    registry.tag("lab/os", "edge", digests["2.0"])
    wish = {"image": f"{name}@{digests['5.0']}"}
    assert not verbs.one(RPM, "deployment", wish)["changed"]
    assert verbs.one(RPM, "deployment", {"image": f"{name}:nowhere", **reach})["kind"] == "failed"


def test_bootc_refuses_what_it_cannot(verbs: Verbs) -> None:
    refused = verbs.one(BOOTC, "deployment", {"version": "4.0-dead"})
    assert refused["kind"] == "failed"
    assert "say image" in refused["msg"]
