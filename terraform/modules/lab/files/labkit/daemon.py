"""Long-running parts of the lab (supervisors, remote, bastion, balancer): they outlive Terraform, and are found again.

A unit's record, run/<unit>.json, says which process it is: pid, its start time and the machine's boot id, so that a
reused pid or an older boot is never taken for it. `generation` is the number Terraform asked for when it started the
unit: Terraform compares it with what it remembers, and a unit that is no longer alive gets the next number.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cgroup
from .errors import LabError
from .paths import Lab, write_atomically
from .run import run, search_path

PROGRAM = Path(__file__).resolve().parent.parent / "lab.py"


@dataclass(frozen=True)
class Record:
    """What is known of a unit; pid 0: a unit without a process (the network)."""

    pid: int
    start: str
    boot: str
    generation: int


def machine_boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> str:
    """The kernel's start time of a process; empty when there is none, or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except (OSError, IndexError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def record_path(lab: Lab, unit: str) -> Path:
    return lab.run / f"{unit}.json"


def read_record(lab: Lab, unit: str) -> Record | None:
    try:
        return Record(**json.loads(record_path(lab, unit).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_record(lab: Lab, unit: str, pid: int, generation: int) -> None:
    record = Record(pid, start_time(pid) if pid else "", machine_boot_id(), generation)
    write_atomically(record_path(lab, unit), json.dumps(record.__dict__) + "\n")


def last_generation(lab: Lab, unit: str) -> int:
    record = read_record(lab, unit)
    return record.generation if record else 0


def alive(record: Record | None) -> bool:
    return (
        record is not None
        and record.pid > 0
        and record.boot == machine_boot_id()
        and record.start != ""
        and start_time(record.pid) == record.start
    )


def systemd_runs() -> bool:
    return Path("/run/systemd/system").is_dir()


def systemd_unit(lab: Lab, unit: str) -> str:
    return f"{cgroup.PREFIX}{lab.name}-{unit}.service"


def group(lab: Lab, unit: str) -> str:
    """The control group's name, unlike that of any unit of another lab."""
    return f"{lab.name}-{unit}"


def start(lab: Lab, unit: str, verb: str) -> None:
    """Start `lab.py VERB DIRECTORY UNIT`, unless it runs, and return when it has reported.

    Nothing of ours stays open in it: an inherited pipe would keep Terraform waiting for its end.
    """
    lab.run.mkdir(exist_ok=True)
    record = read_record(lab, unit)
    if alive(record):
        return
    stop(lab, unit)
    argv = [sys.executable, "-B", str(PROGRAM), verb, str(lab.directory), unit]
    log = lab.logs / f"{unit}.log"
    log.parent.mkdir(exist_ok=True)
    # a mount namespace of its own, into which the removal of others' network namespaces still propagates
    argv = ["unshare", "--mount", "--propagation", "slave", "--", *argv]
    if systemd_runs():
        run([
            "systemd-run", "--quiet", "--collect", f"--unit={systemd_unit(lab, unit)}", "--property=Delegate=yes",
            "--property=KillMode=mixed", f"--property=StandardOutput=append:{log}",
            f"--property=StandardError=append:{log}", "--", *argv,
        ])  # fmt: skip
    else:
        with log.open("a") as output:
            subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
                env={"PATH": search_path(), "LC_ALL": "C"},
            )
    wait_until(lambda: alive(read_record(lab, unit)), 60, f"{unit} did not start: see {log}")


def report(lab: Lab, unit: str) -> None:
    """Called by the unit's own process: take its place among the control groups and say who it is."""
    if not systemd_runs():
        cgroup.enter(group(lab, unit))
    write_record(lab, unit, os.getpid(), last_generation(lab, unit))


def confirm(lab: Lab, unit: str, generation: int) -> None:
    """The unit does its work: from now on Terraform may take it for running."""
    record = read_record(lab, unit)
    if not alive(record) or record is None:
        raise LabError(f"{unit} ended while it was being started: see {lab.logs / unit}.log")
    write_record(lab, unit, record.pid, generation)


def stop(lab: Lab, unit: str) -> None:
    """End a unit and all it started; nothing to do when it is gone. Its record stays, and counts as dead."""
    record = read_record(lab, unit)
    if alive(record) and record is not None:
        end_process(record.pid)
    if systemd_runs():
        with contextlib.suppress(LabError):
            run(["systemctl", "stop", systemd_unit(lab, unit)])
    else:
        cgroup.clear(group(lab, unit))


def end_process(pid: int, patience: float = 5.0) -> None:
    """SIGTERM, and SIGKILL after so many seconds; returns when it is gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], seconds)[0]:
                return
    finally:
        os.close(handle)


def signal_unit(lab: Lab, unit: str, number: signal.Signals) -> None:
    record = read_record(lab, unit)
    if not alive(record) or record is None:
        raise LabError(f"{unit} does not run in lab {lab.name}: terraform apply starts it again.")
    os.kill(record.pid, number)


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Poll a condition; LabError with the given sentence when it stays false."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise LabError(otherwise)
        time.sleep(0.05)
