"""What changes in terms of packages, on a real host: in a verb's diff, in the plan and in the report."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import double
from tests.integration.lab import REPOSITORY, Lab, lacking
from tests.integration.verbs_helper import PLAYBOOK, Verbs

pytestmark = pytest.mark.lab
NAME = "pkg"
HOST = f"{NAME}-blue-1"
WEB = {"name": "lab-web", "kind": "downgraded", "arch": "all", "old": "2.0", "new": "1.0"}
METRICS = {"name": "lab-metrics", "kind": "removed", "arch": "all", "old": "1.1"}
COUNTED = {"added": 0, "removed": 1, "upgraded": 0, "downgraded": 1}
UNKNOWN = {"source": "unknown", "reason": "unknown until staged"}


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    """One host, that runs 1.0; it has Python for the double, which only the last test puts there."""
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    made = Verbs(lab, tmp_path_factory.mktemp(NAME))
    try:
        lab.up({"blue": {"size": 1}}, variant="python")
        lab.publish("2.0")
        made.prepare()
        yield made
    finally:
        for socket in (made.home / "cp").glob("*"):
            subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
        lab.down()


def deployments(verbs: Verbs, version: str, *tasks: dict[str, bool]) -> list[dict[str, Any]]:
    """The results of the verb, run with these keywords one after the other."""
    found = verbs.play(HOST, [{"atomic.fleet.deployment": {"version": version}, **task} for task in tasks])
    assert [result["kind"] for result in found] == ["ok"] * len(tasks), found
    return found


def playbook(verbs: Verbs, name: str, **variables: Any) -> str:
    """What a playbook of the fleet printed."""
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY),
        "ANSIBLE_NOCOLOR": "true",
    }
    given = {"fleet_store": str(verbs.home / "store"), **variables}
    argv = [PLAYBOOK, "-i", str(verbs.home / "inventory.yml"), f"atomic.fleet.{name}", "-e", json.dumps(given)]
    done = verbs.lab.run(argv, env=environment, cwd=REPOSITORY, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def plan(verbs: Verbs, version: str) -> tuple[str, dict[str, Any]]:
    path = verbs.home / "plan.json"
    return playbook(verbs, "plan", version=version, plan=str(path)), json.loads(path.read_text())


def test_what_is_not_on_disk_is_unknown_until_it_is_staged(verbs: Verbs) -> None:
    foretold, silent = deployments(verbs, "2.0", {"check_mode": True, "diff": True}, {"check_mode": True})
    assert foretold["packages"] == UNKNOWN
    assert "packages" not in silent
    text, document = plan(verbs, "2.0")
    assert "Packages:\n  1.0 -> 2.0: unknown until staged\n" in text
    versions = verbs.lab.versions()
    assert document["packages"] == [{"from": versions["1.0"], "from_version": "1.0", "to": "t1", **UNKNOWN}]


def test_the_report_says_what_the_plan_could_not(verbs: Verbs) -> None:
    playbook(verbs, "apply", plan=str(verbs.home / "plan.json"))
    (report,) = (verbs.home / "store").glob("*/reports/*.md")
    text = report.read_text().replace("\\", "")
    assert "- 1.0 -> 2.0: 1 added, 1 upgraded; files: 3 added, 1 removed, 39 modified\n" in text
    assert "  - + lab-metrics 1.1\n  - ~ lab-web 1.0 -> 2.0\n" in text


def test_the_way_back_is_on_disk_and_so_its_packages_are_known(verbs: Verbs) -> None:
    text, document = plan(verbs, "1.0")
    assert "  2.0 -> 1.0: 1 removed, 1 downgraded; files: 3 added, 1 removed, 39 modified\n" in text
    assert "    - lab-metrics 1.1\n    ~ lab-web 2.0 -> 1.0 (downgraded)\n" in text
    (pair,) = document["packages"]
    assert pair["source"] == "dpkg"
    assert pair["files"]["names"][0].startswith(("~ /usr/", "+ /usr/", "- /usr/"))


def test_the_verb_says_it_after_staging_and_only_when_asked(verbs: Verbs) -> None:
    staged, again, silent = deployments(verbs, "1.0", {"diff": True}, {"diff": True}, {"diff": False})
    told = staged["packages"]
    assert {key: told[key] for key in ("source", *COUNTED)} == {"source": "dpkg", **COUNTED}
    assert told["changes"] == [METRICS, WEB]
    assert len(told["files"]["names"]) == 20
    assert staged["diff"]["prepared"].startswith("packages: 1 removed, 1 downgraded; files: ")
    assert "\n~ lab-web 2.0 -> 1.0 (downgraded)\n" in staged["diff"]["prepared"]
    assert (again["changed"], again["packages"]) == (False, told)
    assert "prepared" not in again["diff"]
    assert "packages" not in silent


def test_rpm_ostree_is_asked_where_a_host_has_it(verbs: Verbs) -> None:
    double.install(verbs.lab, HOST)
    (result,) = deployments(verbs, "1.0", {"diff": True})
    told = result["packages"]
    assert {key: told[key] for key in ("source", *COUNTED)} == {"source": "rpm-ostree", **COUNTED}
    assert told["changes"] == [{**METRICS, "arch": "x86_64"}, {**WEB, "arch": "x86_64"}]
    assert "files" not in told
    text, document = plan(verbs, "1.0")
    assert (
        "  2.0 -> 1.0: 1 removed, 1 downgraded\n    - lab-metrics 1.1\n    ~ lab-web 2.0 -> 1.0 (downgraded)\n" in text
    )
    assert document["packages"][0]["source"] == "rpm-ostree"


def test_a_remote_that_lists_no_packages_is_asked_by_metadata_and_nothing_is_left_behind(verbs: Verbs) -> None:
    verbs.lab.publish("5.0")
    text, document = plan(verbs, "5.0")
    assert "  2.0 -> 5.0: unknown until staged\n" in text
    assert document["packages"][0]["reason"] == UNKNOWN["reason"]
    checksum = verbs.lab.versions()["5.0"]
    left = f"ls -d /run/atomic-fleet.* /ostree/repo/objects/{checksum[:2]}/{checksum[2:]}.commit* 2>/dev/null"
    assert verbs.lab.ssh(HOST, left, check=False) == ""
