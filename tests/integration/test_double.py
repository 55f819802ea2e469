"""The double of rpm-ostree and bootc does to a real host what it says: others build their tests on that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import registry
from tests.integration import double
from tests.integration.lab import Lab, lacking

pytestmark = pytest.mark.lab
NAME = "dbl"
HOST = f"{NAME}-blue-1"
REFSPEC = "lab:lab/x86_64/stable"
HTOP = {"name": "htop", "evr": "3.2-1", "files": {"/usr/bin/htop": "#!/bin/sh\necho htop runs\n"}}
VIM = {"name": "vim", "evr": "2:9.1-1", "provides": ["editor"], "conflicts": ["htop"]}
BUSY = """\
error: Transaction in progress: kargs --append=held=1
 You can cancel the current transaction with `rpm-ostree cancel`
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@dataclass
class Host:
    """The lab's one host, with what a test asks of it."""

    lab: Lab
    images: registry.Registry | None = None

    def run(self, command: str) -> Answer:
        done = self.lab.run([*self.lab.ssh_arguments(HOST), command], timeout=120)
        return Answer(done.returncode, done.stdout, done.stderr)

    def do(self, command: str) -> str:
        return self.lab.ssh(HOST, command)

    def refused(self, command: str, code: int = 1) -> str:
        answer = self.run(command)
        assert answer.code == code, answer
        return answer.err

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.do("rpm-ostree status --json"))
        return document

    def order(self) -> list[str]:
        """Versions in boot order: * booted, s staged, l staged and locked."""
        return [mark(entry) + entry["version"] for entry in self.status()["deployments"]]

    def bootc(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.do("bootc status --json --format-version=1"))
        return document

    def reboot(self, command: str = "systemctl reboot") -> None:
        last = self.lab.boot_id(HOST)
        self.run(command)
        self.lab.wait(HOST, other_than=last)

    def settle(self) -> None:
        """Nothing pending, no faults, the tool as it is."""
        self.lab.wait(HOST)
        double.clear(self.lab, HOST)
        double.configure(self.lab, HOST)
        self.do("rpm-ostree cleanup -p")


def mark(entry: dict[str, Any]) -> str:
    if entry["booted"]:
        return "*"
    return "l" if entry.get("finalization-locked") else "s" if entry["staged"] else ""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    why = lacking() or registry.lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    try:
        lab.up({"blue": {"size": 1}}, variant="python", published="2.0")
        folder = tmp_path_factory.mktemp("double") / "registry"
        with registry.Registry(folder, address="10.88.0.1", namespace=NAME) as images:
            double.install(lab, HOST, ("rpm-ostree", "bootc", "rpm"))
            double.catalogue(lab, HOST, HTOP, VIM, base_provides={"webserver": "lab-web"})
            yield Host(lab, images)
    finally:
        lab.down()


@pytest.fixture
def host(made: Host) -> Iterator[Host]:
    yield made
    made.settle()


def test_an_upgrade_is_staged_and_boots(host: Host) -> None:
    assert host.order() == ["*1.0"]
    assert host.do("rpm-ostree upgrade --check").startswith("AvailableUpdate:\n        Version: 2.0 ")
    assert host.status()["cached-update"]["version"] == "2.0"
    assert "lab-web 1.0 -> 2.0" in host.do("rpm-ostree upgrade --unchanged-exit-77")
    assert host.order() == ["s2.0", "*1.0"]
    assert host.run("rpm-ostree upgrade --unchanged-exit-77") == Answer(77, "No upgrade available.\n", "")
    assert host.run("rpm-ostree status --pending-exit-77").code == 77
    host.reboot()
    assert host.order() == ["*2.0", "1.0"]
    booted = host.status()["deployments"][0]
    assert booted["checksum"] == host.lab.versions()["2.0"]
    assert (booted["origin"], host.status()["cached-update"]) == (REFSPEC, None)
    assert host.run("rpm-ostree upgrade --check").code == 77


def test_a_locked_deployment_boots_by_finalize_alone(host: Host) -> None:
    assert "Resolving version '1.0'" in host.do("rpm-ostree deploy version=1.0 --lock-finalization")
    assert host.order()[:2] == ["l1.0", "*2.0"]
    host.reboot()
    assert host.order() == ["*2.0", "1.0"]
    host.do("rpm-ostree deploy 1.0 --lock-finalization")
    wrong = host.refused("rpm-ostree finalize-deployment cafe")
    old = host.lab.versions()["1.0"]
    assert wrong == f"error: Expected staged base checksum cafe, but found {old}\n"
    host.reboot(f"rpm-ostree finalize-deployment {old}")
    assert host.order() == ["*1.0", "2.0"]
    assert host.refused("rpm-ostree finalize-deployment cafe") == "error: No pending staged deployment found\n"


def test_rollback_reorders_what_is_there(host: Host) -> None:
    host.do("rpm-ostree rollback")
    assert host.order() == ["2.0", "*1.0"]
    host.do("rpm-ostree rollback")
    assert host.order() == ["*1.0", "2.0"]
    host.do("rpm-ostree deploy 1.0 --unchanged-exit-77 || [ $? = 77 ]; rpm-ostree kargs --append=x=1")
    assert host.refused("rpm-ostree rollback") == "error: Staged deployment (remove with cleanup -p)\n"
    host.do("rpm-ostree cleanup -p")
    host.reboot("rpm-ostree rollback -r")
    assert host.order() == ["*2.0", "1.0"]


def test_packages_are_layered_for_real(host: Host) -> None:
    assert host.refused("rpm-ostree install emacs") == "error: Packages not found: emacs\n"
    provided = 'error: "webserver" is already provided by: lab-web-2.0.x86_64. Use --allow-inactive to explicitly'
    assert host.refused("rpm-ostree install webserver") == f"{provided} require it.\n"
    host.do("rpm-ostree install htop lab-agent --allow-inactive")
    layered = host.status()["deployments"][0]
    assert sorted(layered["requested-packages"]) == ["htop", "lab-agent"]
    assert (layered["packages"], layered["base-version"]) == (["htop"], "2.0")
    assert layered["layered-commit-meta"]["rpmostree.clientlayer"] is True
    assert host.refused("rpm-ostree install htop") == "error: Package/capability 'htop' is already requested\n"
    assert host.run("rpm-ostree install htop --idempotent --unchanged-exit-77").code == 77
    assert "vim-2:9.1-1.x86_64 conflicts with htop" in host.refused("rpm-ostree install editor")
    host.reboot()
    assert host.do("htop; rpm -q htop") == "htop runs\nhtop-3.2-1.x86_64\n"
    words = f"{layered['base-checksum']} {layered['checksum']}"
    difference = json.loads(host.do(f"rpm-ostree db diff --format=json {words}"))["pkgdiff"]
    assert difference == [["htop", 0, {"NewPackage": ["htop", "3.2-1", "x86_64"]}]]


def test_an_upgrade_layers_anew_and_overrides_stay(host: Host) -> None:
    host.lab.publish("5.0")
    host.do("rpm-ostree override remove lab-agent --uninstall lab-agent")
    host.do("rpm-ostree upgrade")
    entry = host.status()["deployments"][0]
    assert (entry["base-version"], entry["packages"]) == ("5.0", ["htop"])
    assert [nevra[0] for nevra in entry["base-removals"]] == ["lab-agent-1.0.x86_64"]
    host.reboot()
    assert host.run("htop; rpm -q lab-agent").out == "htop runs\npackage lab-agent is not installed\n"
    assert host.refused("bootc upgrade").startswith("error: Upgrading: Deployment contains local rpm-ostree modifi")
    host.do("rpm-ostree reset")
    entry = host.status()["deployments"][0]
    assert (entry["checksum"], entry["requested-packages"]) == (host.lab.versions()["5.0"], [])
    host.reboot()
    assert host.refused("htop", 127)


def test_a_package_is_applied_live(host: Host) -> None:
    host.do("rpm-ostree install --apply-live --assumeyes htop")
    assert host.do("htop") == "htop runs\n"
    pending, booted = host.status()["deployments"][:2]
    assert (booted["unlocked"], booted["live-replaced"]) == ("transient", pending["checksum"])
    host.do("rpm-ostree uninstall htop")
    sentence = "error: packages would be removed: 1, enable replacement to override\n"
    assert host.refused("rpm-ostree apply-live") == sentence
    host.do("rpm-ostree cleanup -p")
    host.reboot()
    assert host.refused("htop", 127)


def test_kernel_arguments_are_in_the_boot_entry(host: Host) -> None:
    host.do("rpm-ostree kargs --append=console=tty0 --append-if-missing=quiet --delete-if-present=splash")
    assert host.do("rpm-ostree kargs").split()[-1] == "console=tty0"
    host.reboot()
    assert "console=tty0" in host.do("cat /proc/cmdline").split()
    assert host.run("rpm-ostree kargs --append-if-missing=console=tty0 --unchanged-exit-77").code == 77


def test_one_transaction_at_a_time(host: Host) -> None:
    double.hold(host.lab, HOST)
    with ThreadPoolExecutor(2) as clients:
        first = clients.submit(host.run, "rpm-ostree kargs --append=held=1")
        until_busy(host)
        assert host.status()["transaction"][0] == "KernelArgs"
        assert host.run("rpm-ostree install htop") == Answer(1, "", BUSY)
        second = clients.submit(host.run, "rpm-ostree kargs --append=held=1")
        double.release(host.lab, HOST)
        assert (first.result().code, second.result().code) == (0, 0)
    assert host.do("rpm-ostree kargs").split().count("held=1") == 1
    assert host.status()["transaction"] is None


def until_busy(host: Host) -> None:
    host.do("until rpm-ostree status | grep -q 'State: busy'; do :; done")


def test_a_transaction_outlives_its_client_and_ends_by_cancel(host: Host) -> None:
    double.hold(host.lab, HOST)
    host.do("rpm-ostree kargs --append=held=2 >/dev/null 2>&1 & client=$!; "
            "until rpm-ostree status | grep -q 'State: busy'; do :; done; kill -9 $client")  # fmt: skip
    assert host.status()["transaction"][0] == "KernelArgs"
    assert host.do("rpm-ostree cancel") == "Cancelling transaction: kargs --append=held=2\nCancelled.\n"
    assert host.do("rpm-ostree cancel") == "No active transaction.\n"
    assert "held=2" not in host.do("rpm-ostree kargs")


@pytest.mark.parametrize("place", ["start", "end"])
def test_a_daemon_that_dies_stages_nothing(host: Host, place: str) -> None:
    double.fault(host.lab, HOST, die=place)
    before = host.order()
    assert "Bus owner changed, aborting." in host.refused("rpm-ostree install htop")
    assert host.order() == before
    double.clear(host.lab, HOST)
    host.do("rpm-ostree install htop")


def test_a_driver_refuses_while_it_runs(host: Host) -> None:
    double.drive(host.lab, HOST)
    assert host.status()["update-driver"] == {"driver-name": "Zincati", "driver-sd-unit": "zincati.service"}
    said = host.refused("rpm-ostree upgrade")
    assert said.startswith("error: Updates and deployments are driven by Zincati (zincati.service)\n")
    assert "Use --bypass-driver to bypass Zincati" in said
    assert host.do("rpm-ostree upgrade --bypass-driver") == "No upgrade available.\n"
    host.do("systemctl disable --now -q zincati.service")
    assert host.do("rpm-ostree upgrade") == "No upgrade available.\n"


def test_an_earlier_tool(host: Host) -> None:
    double.configure(host.lab, HOST, without=["staged", "update-driver", "lock-finalization", "download-only"])
    document = host.status()
    assert "update-driver" not in document
    assert "staged" not in document["deployments"][0]
    unknown = "error: Unknown option --lock-finalization\n"
    assert host.refused("rpm-ostree upgrade --lock-finalization") == unknown
    assert "unexpected argument '--download-only'" in host.refused("bootc upgrade --download-only", 2)


def test_an_image_is_switched_to_upgraded_and_taken_back(host: Host) -> None:
    images = host.images
    assert images is not None
    first, second = (double.publish_image(images, host.lab, tag, tag) for tag in ("1.0", "2.0"))
    images.tag("lab/os", "stable", first)
    name = f"{images.name}/lab/os:stable"
    assert host.refused("bootc upgrade") == "error: Upgrading: Missing image in specification\n"
    assert "manifest unknown" in host.refused(f"bootc switch {images.name}/lab/os:none")
    host.do(f"bootc switch {name}")
    assert host.do(f"bootc switch {name}") == "Image specification is unchanged.\n"
    host.reboot()
    booted = host.bootc()["status"]["booted"]
    assert (booted["image"]["imageDigest"], booted["image"]["version"]) == (first, "1.0")
    assert host.status()["deployments"][0]["container-image-reference"] == f"ostree-unverified-registry:{name}"
    assert host.do("bootc upgrade") == "No update available.\n"

    images.tag("lab/os", "stable", second)
    assert f"  Digest: {second}\n" in host.do("bootc upgrade --check")
    assert host.bootc()["status"]["booted"]["cachedUpdate"]["imageDigest"] == second
    host.do("bootc upgrade --download-only")
    staged = host.bootc()["status"]["staged"]
    assert (staged["image"]["imageDigest"], staged["downloadOnly"]) == (second, True)
    assert host.do("bootc upgrade --from-downloaded") == "Staged deployment will now be applied on reboot\n"
    host.reboot()
    assert host.bootc()["status"]["booted"]["image"]["imageDigest"] == second

    host.do("bootc rollback")
    assert host.bootc()["spec"]["bootOrder"] == "rollback"
    host.reboot()
    document = host.bootc()
    assert document["status"]["booted"]["image"]["imageDigest"] == first
    assert (document["spec"]["bootOrder"], document["status"]["rollbackQueued"]) == ("default", False)


def test_rpm_ostree_follows_an_image_by_digest(host: Host) -> None:
    images = host.images
    assert images is not None
    digest = double.publish_image(images, host.lab, "five", "5.0")
    reference = f"ostree-unverified-registry:{images.name}/lab/os@{digest}"
    host.do(f"rpm-ostree rebase {reference}")
    assert host.refused(f"rpm-ostree rebase {reference}") == f"error: Old and new refs are equal: {reference}\n"
    staged = host.status()["deployments"][0]
    assert staged["container-image-reference-digest"] == digest
    assert staged["base-commit-meta"]["ostree.manifest-digest"] == digest
    assert json.loads(staged["base-commit-meta"]["ostree.container.image-config"])["architecture"] == "amd64"
    assert "origin" not in staged
    assert re.search("Cannot look up version while tracking", host.refused("rpm-ostree deploy 1.0"))
    assert host.run("rpm-ostree upgrade --check").out == "No updates available.\n"


def test_bootc_of_the_first_form(host: Host) -> None:
    double.configure(host.lab, HOST, bootc_api="org.containers.bootc/v1alpha1")
    document = host.bootc()
    assert document["apiVersion"] == "org.containers.bootc/v1alpha1"
    assert document["status"].keys() == {"staged", "booted", "rollback", "type"}
    assert document["status"]["booted"].keys() == {"image", "incompatible", "pinned", "ostree"}
