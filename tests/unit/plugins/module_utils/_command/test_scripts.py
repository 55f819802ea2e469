"""The scripts are POSIX sh: every shell here reads them, and none says what a user might have put in."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command import (
    cleanup,
    driver,
    drop_in,
    extension,
    kernel_argument,
)
from ansible_collections.atomic.fleet.plugins.module_utils._command.gates import gate_sections
from ansible_collections.atomic.fleet.plugins.module_utils._command.observe import observe_script
from ansible_collections.atomic.fleet.plugins.module_utils._command.ostree import resolve_script, write_origin
from ansible_collections.atomic.fleet.plugins.module_utils._command.packages import compare_script, preview_script
from ansible_collections.atomic.fleet.plugins.module_utils._command.posture import posture_script
from ansible_collections.atomic.fleet.plugins.module_utils._command.reboot import settled_script, trigger_script
from ansible_collections.atomic.fleet.plugins.module_utils._command.remote import keys_script
from ansible_collections.atomic.fleet.plugins.module_utils._command.unit import idle_script, unit_name, work_script
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate

NASTY = "a'b; $(touch /nowhere) \"`\n"
GATES = [
    Gate("command", {"argv": (NASTY, NASTY)}),
    Gate("units", {"names": (NASTY,)}),
    Gate("mounts", {"paths": (NASTY,)}),
    Gate("firewall", {"tool": "nftables", "table": NASTY, "chain": NASTY}),
    Gate("container_runtime", {"running": (NASTY,)}),
    Gate("lockdown", {"mode": "integrity"}),
]
SCRIPTS = {
    "observe": observe_script(extra=[("gate", ("echo", NASTY))]),
    "gates": observe_script(gate_sections(GATES)),
    "posture": posture_script(["usr"]),
    "resolve-latest": resolve_script("lab", "a/b", None, None, 60),
    "resolve-version": resolve_script("lab", "a/b", NASTY, None, 60),
    "resolve-checksum": resolve_script("lab", "a/b", None, "0" * 64, 60),
    "compare": compare_script("0" * 64, "1" * 64),
    "preview": preview_script("0" * 64, "1" * 64, "lab", "a/b", ("1" * 64,)),
    "work": work_script("atomic-fleet-x", [("echo", NASTY), ("true",)], 20),
    "idle": idle_script(20),
    "trigger": trigger_script("1234", [("echo", NASTY)]),
    "settled": settled_script("1234", 20),
    "keys": keys_script("lab", "QUJD"),
    "hold": driver.write(["x.service"])[4],
    "unhold": driver.unwrite(["x.service"])[4],
    "kargs": kernel_argument.read()[2],
    "disk": cleanup.read()[2],
    "record": driver.record("me", None, ["x.service"])[2],
    "stop": driver.stop(["x.service"])[2],
    "start": driver.start(["x.service"])[2],
    "drop-in-look": drop_in.look(NASTY)[2],
    "drop-in-attempt": drop_in.attempt(NASTY, "0644", "-", [NASTY])[2],
    "drop-in-attempt-apart": drop_in.attempt(NASTY, "0644", "-", [NASTY])[7],
    "drop-in-write": drop_in.write(NASTY, "0644", "-", (NASTY,))[2],
    "drop-in-back": drop_in.write(NASTY, "0644", "-", (NASTY,))[8],
    "drop-in-apply": drop_in.apply_new(NASTY, (NASTY,), 3)[2],
    "drop-in-prove": drop_in.prove_script(NASTY),
    "extension-look": extension.look(NASTY)[2],
    "extension-fetch": extension.fetch(NASTY, NASTY, "tar", "url", NASTY)[2],
    "extension-put": extension.put(NASTY, "new", [NASTY])[2],
    "extension-merge": extension.merge(NASTY, [NASTY])[2],
    "extension-drop": extension.drop(NASTY, "/etc/extensions", [NASTY])[2],
}
SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_every_shell_reads_it(shell: list[str], name: str) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"no {shell[0]} here")
    done = subprocess.run([*shell, "-n"], input=SCRIPTS[name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_fits_into_one_argument_of_a_command_line(name: str) -> None:
    assert len(SCRIPTS[name].encode()) < 64 * 1024


def test_the_same_work_has_the_same_name_and_other_work_another() -> None:
    one = unit_name("stage", [("a", "b"), ("c",)])
    assert one == unit_name("stage", [("a", "b"), ("c",)])
    assert one != unit_name("stage", [("a", "b c")])
    assert one.startswith("atomic-fleet-stage-")


def test_an_origin_is_written_as_it_is(tmp_path) -> None:
    argv = list(write_origin("0" * 64, "lab:a/b"))
    argv[-1] = str(tmp_path / "origin")
    subprocess.run(argv, check=True)
    assert (tmp_path / "origin").read_text() == "[origin]\nrefspec=lab:a/b\n"


def test_a_changed_boot_id_stops_the_trigger(tmp_path) -> None:
    """Run for real: this machine has another boot id than the one named."""
    done = subprocess.run(
        ["sh", "-c", trigger_script("not-this-boot", [("touch", str(tmp_path / "done"))])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "@section boot-id 1" in done.stdout
    assert "@section reboot" not in done.stdout
    assert not (tmp_path / "done").exists()


@pytest.mark.slow
def test_work_whose_start_systemd_has_not_come_to_yet_is_not_lost(tmp_path) -> None:
    """systemd-run --no-block returns before the unit is there: is-active still says inactive."""
    binaries, asked = tmp_path / "bin", tmp_path / "asked"
    binaries.mkdir()
    (binaries / "systemd-run").write_text("#!/bin/sh\n")
    units = f"{tmp_path}/units/atomic-fleet-x"
    started = f'[ "$(wc -l <{asked})" -lt 4 ] || sh {units}/job {units}'
    (binaries / "systemctl").write_text(
        f'#!/bin/sh\n[ "$1" = is-active ] || exit 0\necho >>{asked}\n{started}\necho inactive\n'
    )
    for one in binaries.iterdir():
        one.chmod(0o755)
    script = work_script("atomic-fleet-x", [("echo", "all", "done")], 20).replace("/run/atomic-fleet", str(tmp_path))
    run = subprocess.run(
        ["sh"],
        input=script,
        env={"PATH": f"{binaries}:{os.environ['PATH']}"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert "@section state 0\n|done\n@section rc 0\n|0\n@section out 0\n|all done\n" in run.stdout
