"""The jump host: a real sshd between the main and the private network, on the image's own programs."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from . import daemon, machine
from .paths import Lab, write_atomically
from .run import run

CONFIGURATION = """\
HostKey /run/bastion/ssh_host_ed25519_key
AuthorizedKeysFile /run/bastion/authorized_keys
AllowUsers jump
AuthenticationMethods publickey
PermitTTY no
AllowAgentForwarding no
X11Forwarding no
UseDNS no
UsePAM no
PidFile none
ForceCommand /usr/sbin/nologin
"""


def prepare(lab: Lab) -> None:
    """Its keys and configuration: made once, kept as long as the lab."""
    lab.bastion.mkdir(mode=0o755, exist_ok=True)
    key = lab.bastion / "ssh_host_ed25519_key"
    if not key.with_suffix(".pub").exists():
        key.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key])
    write_atomically(lab.bastion / "authorized_keys", lab.identity.with_suffix(".pub").read_text())
    write_atomically(lab.bastion / "sshd_config", CONFIGURATION)


def serve(lab: Lab, unit: str) -> None:
    tree = next(iter(sorted(lab.golden.glob("*/ostree/deploy/*/deploy/*.?"))), None)
    if tree is None:
        sys.exit(f"{lab.golden} holds no tree to run the bastion on: terraform destroy, then apply.")
    machine.prepare()
    daemon.report(lab, unit)
    guest: list[subprocess.Popen[bytes]] = []

    def end(*_: object) -> None:
        for process in guest:
            machine.kill_guest(process)

    signal.signal(signal.SIGTERM, end)
    guest.append(
        machine.spawn(
            Path(tree),
            lab.jump_namespace,
            lab.jump_namespace,
            [
                "--read-only",
                "--as-pid2",
                "--tmpfs=/var",
                "--tmpfs=/run/sshd:mode=755",
                f"--bind-ro={lab.bastion}:/run/bastion",
            ],
            ["/usr/sbin/sshd", "-D", "-e", "-f", "/run/bastion/sshd_config"],
            lab.logs / "bastion.log",
        )
    )
    guest[0].wait()
