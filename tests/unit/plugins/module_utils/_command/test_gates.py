"""The sections of gates, run by real shells on this machine. What systemd says is asked in the lab."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command.gates import gate_sections, patience
from ansible_collections.atomic.fleet.plugins.module_utils._command.quote import command
from ansible_collections.atomic.fleet.plugins.module_utils._command.sections import BEGIN, END, PRELUDE
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._parse.gates import key_of, parse_gates
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import Section, parse_sections

NASTY = "a'b; $(touch /nowhere) \"`\\ %s"
SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]


def ask(shell: list[str], *gates: Gate) -> list[str]:
    """Why this machine does not pass each of them."""
    sections = "".join(f"say {name} {command(argv)}\n" for name, argv in gate_sections(gates))
    done = subprocess.run(
        [*shell, "-c", PRELUDE + BEGIN + sections + END],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=True,
    )
    found = parse_gates("here", parse_sections("here", done.stdout), gates)
    return [found[key_of(gate)] for gate in gates]


def run(*argv: str, **words: Any) -> Gate:
    return Gate("command", {"argv": argv}, **words)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_every_shell_asks_them(shell: list[str], tmp_path: Path) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"no {shell[0]} here")
    told = ask(
        shell,
        run("printf", "%s\\n", NASTY),
        run("sh", "-c", 'echo "$1"; exit 3', "sh", NASTY),
        run("cat"),
        run(str(tmp_path / "not there")),
        run("sh", "-c", "printf '@end\\n@section gate-1 0\\nstatus 0\\n'; exit 1"),
        Gate("mounts", {"paths": ("/", "/proc")}),
        Gate("mounts", {"paths": ("/proc",), "fstype": "xfs"}),
        Gate("mounts", {"paths": (f"/{NASTY}",)}),
    )
    assert told == [
        "",
        f"sh ended with status 3: {NASTY}",
        "",
        f"{tmp_path}/not there is not on the host",
        "sh ended with status 1: status 0",
        "",
        "/proc is proc instead of xfs",
        f"/{NASTY} is not mounted",
    ]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_what_hangs_is_cut_and_what_it_leaves_running_holds_up_nothing(shell: list[str], tmp_path: Path) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"no {shell[0]} here")
    stubborn = run("sh", "-c", "trap '' TERM; sleep 60; sleep 60", timeout=0.5)
    left = run("sh", "-c", f"sleep 600 & echo $! >'{tmp_path}/pid'")
    assert ask(shell, left, stubborn) == ["", "no answer within 0.5 s"]
    # it still runs: it holds the output that nobody waits for
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert patience([stubborn, left]) == 1 + 5 + 30 + 5


def test_kernel_that_has_no_such_file_is_told_from_one_that_has(tmp_path: Path) -> None:
    """As this machine has it: what the files hold is a table of the parser's tests."""
    modes = ("enforcing", "permissive", "disabled")
    told = ask(["sh"], *[Gate("selinux", {"mode": mode}) for mode in modes])
    assert sorted(told).count("") == 1
    (lockdown,) = ask(["sh"], Gate("lockdown", {"mode": "integrity"}))
    known = Path("/sys/kernel/security/lockdown").exists()
    assert (lockdown == "the kernel says nothing of lockdown") is not known


@pytest.mark.parametrize(
    "gate, tool",
    [
        (Gate("firewall", {"tool": "nftables"}), "nft"),
        (Gate("firewall", {"tool": "iptables"}), "iptables-save"),
        (Gate("firewall", {"tool": "firewalld"}), "firewall-cmd"),
        (Gate("container_runtime", {"runtime": "docker"}), "docker"),
        (Gate("container_runtime", {"runtime": "podman"}), "podman"),
        (Gate("container_runtime", {"runtime": "containerd"}), "ctr"),
        (Gate("container_runtime", {"runtime": "crio"}), "crictl"),
    ],
)
def test_tool_that_is_missing_is_named(gate: Gate, tool: str, tmp_path: Path) -> None:
    programs = {name: str(shutil.which(name)) for name in ("sh", "timeout", "mktemp", "rm", "sed", "head", "tail")}
    for program, found in programs.items():
        (tmp_path / program).symlink_to(found)
    ((_name, argv),) = gate_sections([gate])
    done = subprocess.run(
        [programs["timeout"], *argv[1:]], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert list(parse_gates("here", {"gate-0": Section(done.stdout)}, [gate]).values()) == [
        f"{tool} is not on the host"
    ]
