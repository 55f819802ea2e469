# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the reboot, arranged so that its trigger is answered before the host goes down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._model.host import OUR_UNITS
from .observe import RUN, observe_script
from .quote import command
from .sections import BEGIN, END, PRELUDE

REBOOT_UNIT = OUR_UNITS + "reboot"
REFUSED = RUN + "/reboot-refused"
STILL_OLD = 75


def reboot_argv(command: Sequence[str] = ("systemctl", "reboot"), delay: float = 1.0) -> Sequence[str]:
    """A timer of the host's own: it fires whether or not anybody is still connected. What a refused reboot says is
    kept where ``settled_script`` finds it."""
    return (
        "systemd-run",
        "--quiet",
        "--collect",
        f"--unit={REBOOT_UNIT}",
        f"--on-active={delay}",
        "--timer-property=AccuracySec=100ms",
        "sh",
        "-c",
        '"$@" >"$0.new" 2>&1 || mv "$0.new" "$0"',
        REFUSED,
        *command,
    )


def trigger_script(boot_id: str, before: Sequence[Sequence[str]] = (), reboot: Sequence[str] = ()) -> str:
    """Runs ``before`` and arranges the reboot, once: asked again it finds the timer set, or the new boot.

    Sections: ``boot-id`` with status 1 where the host has been rebooted since it was observed (nothing is
    done then), ``before`` and ``reboot``.
    """
    work = " && ".join(command(argv) for argv in before) or "true"
    return (
        PRELUDE
        + BEGIN
        + '_same() { cat /proc/sys/kernel/random/boot_id; [ "$(cat /proc/sys/kernel/random/boot_id)" = '
        + command([boot_id])
        + " ]; }\n_before() { "
        + work
        + f"; }}\n_reboot() {{ rm -f {REFUSED}; mkdir -p {RUN}; systemctl is-active -q "
        + REBOOT_UNIT
        + ".timer || "
        + command(reboot or reboot_argv())
        + "; }\n"
        + "say boot-id _same\n"
        + "if [ $_rc = 0 ]; then say before _before; if [ $_rc = 0 ]; then say reboot _reboot; fi; fi\n"
        + END
    )


def settled_script(old_boot_id: str, patience: float, extra: Iterable[tuple[str, tuple[str, ...]]] = ()) -> str:
    """Looks at a host that is to come up: exit status STILL_OLD while the old boot still answers, else an
    observation, with the sections of ``extra``, once the host has finished starting or ``patience`` seconds have
    passed."""
    before = (
        f'if [ "$(cat /proc/sys/kernel/random/boot_id)" = {command([old_boot_id])} ]; then\n'
        f"  if [ -s {REFUSED} ]; then cat {REFUSED}; fi; exit {STILL_OLD}\nfi\n"
        f"timeout {max(1, int(patience))} systemctl is-system-running --wait >/dev/null 2>&1\n"
    )
    return observe_script(extra, before)
