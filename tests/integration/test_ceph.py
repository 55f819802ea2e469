"""A real monitor of Ceph on loopback: whose flag it is, and what counts as well."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import create_server

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.ceph import Ceph, CephDrain, CephGate
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience, Served

pytestmark = pytest.mark.skipif(shutil.which("ceph-mon") is None, reason="ceph-mon is not installed")
CONFIG = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
run dir = {home}
log file = {home}/$name.log
admin socket = {home}/$name.asok
mon data = {home}/mon
keyring = {home}/keyring
mon data avail crit = 0
mon data avail warn = 0
mon warn on insecure global id reclaim allowed = false
"""
# a monitor alone has no manager and no disks, of which it says so after a while
ALONE = ("MGR_DOWN", "TOO_FEW_OSDS")


@pytest.fixture(scope="module")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """The command that reaches a cluster of one monitor."""
    home, fsid = tmp_path_factory.mktemp("ceph"), str(uuid.uuid4())
    with ExitStack() as stack:
        ports = [stack.enter_context(create_server(("127.0.0.1", 0))).getsockname()[1] for _number in range(2)]
    config = home / "ceph.conf"
    config.write_text(CONFIG.format(fsid=fsid, home=home, v2=ports[0], v1=ports[1]))
    addresses = f"[v2:127.0.0.1:{ports[0]},v1:127.0.0.1:{ports[1]}]"
    for argv in (
        ["ceph-authtool", "--create-keyring", "keyring", "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"],
        ["ceph-authtool", "keyring", "--gen-key", "-n", "client.admin", "--cap", "mon", "allow *"],
        ["monmaptool", "--create", "--addv", "a", addresses, "--fsid", fsid, "monmap"],
        ["ceph-mon", "-c", "ceph.conf", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring"],
    ):
        subprocess.run(argv, cwd=home, check=True, capture_output=True)
    with (home / "out").open("wb") as out:
        monitor = subprocess.Popen(["ceph-mon", "-c", config, "-i", "a", "-f"], stdout=out, stderr=out)
    try:
        command = ("ceph", "-c", str(config), "--connect-timeout", "20")
        subprocess.run([*command, "health"], check=True, capture_output=True, timeout=60)
        yield command
    finally:
        monitor.terminate()
        monitor.wait(30)


def host(command: tuple[str, ...], **words: object) -> Served:
    return Served("osd1", "127.0.0.1", {"command": command, **words})


def patience() -> Patience:
    return Patience(120.0, Clock(time.monotonic, time.sleep), lambda note: None)


def flags(command: tuple[str, ...]) -> list[str]:
    done = subprocess.run([*command, "osd", "dump", "--format", "json"], check=True, capture_output=True)
    return [flag for flag in json.loads(done.stdout)["flags"].split(",") if flag.startswith("no")]


def test_our_flag_is_set_and_unset_as_often_as_one_likes(ceph: tuple[str, ...]) -> None:
    drain, gate = CephDrain(), CephGate()
    drain.undrain(host(ceph), patience())
    assert [drain.needs(do, host(ceph), patience()) for do in ("drain", "undrain")] == [True, False]
    for _time in range(2):
        drain.drain(host(ceph), patience())
    assert [drain.needs(do, host(ceph), patience()) for do in ("drain", "undrain")] == [False, True]
    assert flags(ceph) == ["noout"]
    assert gate.ask(host(ceph, allow=ALONE), patience()) is None
    assert gate.ask(host(ceph, allow=ALONE, flag="norebalance"), patience()) == (
        "Ceph is in HEALTH_WARN: OSDMAP_FLAGS (noout flag(s) set)"
    )
    for _time in range(2):
        drain.undrain(host(ceph), patience())
    assert flags(ceph) == []
    assert gate.ask(host(ceph, allow=ALONE), patience()) is None


def test_a_flag_of_somebody_else_stays(ceph: tuple[str, ...]) -> None:
    subprocess.run([*ceph, "osd", "set", "noout"], check=True, capture_output=True)
    CephDrain().drain(host(ceph), patience())
    CephDrain().undrain(host(ceph), patience())
    assert [CephDrain().needs(do, host(ceph), patience()) for do in ("drain", "undrain")] == [False, False]
    assert flags(ceph) == ["noout"]
    subprocess.run([*ceph, "osd", "set", "norebalance"], check=True, capture_output=True)
    assert CephGate().ask(host(ceph, allow=ALONE), patience()) == (
        "Ceph is in HEALTH_WARN: OSDMAP_FLAGS (noout,norebalance flag(s) set)"
    )
    for flag in ("noout", "norebalance"):
        subprocess.run([*ceph, "osd", "unset", flag], check=True, capture_output=True)


def test_what_cannot_be_is_told(ceph: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(
        FleetError, match=r"^Ceph: `osd set nonsense` ended with 22 \(Error EINVAL|^Ceph: `osd set nonsense`"
    ):
        CephDrain().drain(host(ceph, flag="nonsense"), patience())
    with pytest.raises(FleetError, match=r"^Ceph: /nowhere/ceph cannot be run here \(No such file or directory\)"):
        CephGate().ask(host(("/nowhere/ceph",)), patience())
    with pytest.raises(FleetError, match=r"^Ceph: `health` gave no JSON"):
        CephGate().ask(host(("echo",)), patience())
    with pytest.raises(FleetError, match=r"^Ceph: `health --format json` did not answer within 0 s"):
        Ceph(["sh", "-c", "sleep 20"], 0.1).wrong("noout", ())
