"""The verbs through rpm-ostree and through bootc, as their strict double takes them, on real reboots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import double
from tests.integration.conftest import lacking
from tests.integration.lab import Lab
from tests.integration.verbs_helper import Verbs
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
    assert done["diff"] == foretold["diff"]
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
    assert [step["command"] for step in back["steps"]][0] == ["rpm-ostree", "rollback"]
    assert back["verdict"]["kind"] == "well", back["msg"]
    assert verbs.lab.ssh(RPM, "cat /usr/share/lab/version") == "1.0\n"
    # the old deployment as it stands: its own /etc
    assert verbs.lab.ssh(RPM, "cat /etc/left 2>/dev/null || true") == ""
