# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the checks of the kernel, the firewall, and what updates the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Callable

from .._model.host_posture import LOCKDOWN_MODES, Expected, HostPosture
from .._model.posture import FAIL
from .posture_verdict import Verdict, failed, gap, not_applicable, not_demanded, passed

_V6 = ("inet", "ip6")


def _selinux(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    mode = posture.selinux
    if mode is None:
        return gap(posture, "selinux")
    if mode == "enforcing":
        return passed("SELinux is enforcing.", mode=mode)
    if expected.selinux == "disabled" or mode == expected.selinux:
        return not_demanded(f"SELinux is {mode}")
    return failed(
        f"SELinux is {mode} instead of {expected.selinux}.",
        "Set SELINUX=enforcing in /etc/selinux/config, take selinux=0 and enforcing=0 off the kernel arguments.",
        mode=mode,
    )


def _lockdown(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    mode = posture.lockdown
    if mode is None:
        return not_demanded("Lockdown is not known") if expected.lockdown == "none" else gap(posture, "lockdown")
    if mode == "none" and expected.lockdown == "none":
        return not_demanded("The kernel is not locked down")
    if LOCKDOWN_MODES.index(mode) >= LOCKDOWN_MODES.index(expected.lockdown):
        return passed(f"The kernel is locked down ({mode}).", mode=mode)
    return failed(
        f"The kernel's lockdown is {mode}, not {expected.lockdown}.",
        f"Add lockdown={expected.lockdown} to the kernel arguments (atomic.fleet.kernel_argument), or use secure boot.",
        mode=mode,
    )


def _secure_boot(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    found = posture.secure_boot
    if found is None:
        return gap(posture, "secure_boot")
    if found == "on":
        return passed("Secure boot is on.")
    if found == "absent":
        return not_applicable("The machine has not booted by EFI.")
    if not expected.secure_boot:
        return not_demanded("Secure boot is off")
    return failed("Secure boot is off.", "Switch it on in the firmware, or make the machine of a type that has it.")


def _fips(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    if posture.fips is None:
        return gap(posture, "fips")
    if posture.fips:
        return passed("The kernel runs in FIPS mode.")
    if not expected.fips:
        return not_demanded("The kernel does not run in FIPS mode")
    return failed(
        "The kernel does not run in FIPS mode.",
        "Make the host anew of an image with fips=1 among its kernel arguments, and FIPS in its initramfs.",
    )


def _firewall(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    """By either address family that the host can be reached by."""
    firewall = posture.firewall
    if firewall is None:
        return gap(posture, "firewall")
    filtering = [chain for chain in firewall.chains if chain.filters]
    said = {"chains": "; ".join([f"{one.name} ({one.policy}, {one.rules} rules)" for one in firewall.chains])}
    remedy = "Have a chain that hooks input drop or reject what is not wanted (nftables, firewalld)."
    if not filtering:
        there = "what there is lets everything in" if firewall.chains else "there is none for what comes in"
        return failed(f"No rule filters what comes in: {there}.", remedy, **said)
    without = [] if any(one.family != "ip6" for one in filtering) else ["ipv4"]
    if firewall.ipv6 and not any(one.family in _V6 for one in filtering):
        without.append("ipv6")
    if not without:
        return passed("What comes in is filtered.", **said)
    return [
        Verdict(FAIL, f"What comes in by {name.replace('ip', 'IP')} is not filtered.", name, remedy, said)
        for name in without
    ]


def _driver(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    if posture.drivers is None:
        return gap(posture, "drivers")
    found = [
        Verdict(
            FAIL,
            f"{one.unit}, which updates the host, failed ({one.result}).",
            one.unit,
            f"Look at its journal (journalctl -u {one.unit}), and start it again.",
        )
        for one in posture.drivers
        if one.active == "failed" or one.result not in ("success", "")
    ]
    active = [one.unit for one in posture.drivers if one.active in ("active", "activating", "reloading")]
    # a timer and what it starts are one
    drivers = sorted({unit.rpartition(".")[0] for unit in active})
    state = posture.state
    hold = None if state is None else state.hold
    # what says of itself to rpm-ostree that it updates the host, and is new here
    if state is not None and state.update_driver not in (None, *[one.unit for one in posture.drivers]):
        drivers.append(str(state.update_driver))
    if len(drivers) > 1:
        remedy = "Disable all of them but one."
        found.append(Verdict(FAIL, f"Several things update the host: {', '.join(drivers)}.", "several", remedy))
    if hold is not None and (hold.missing or drivers):
        why = f"{drivers[0]} runs all the same" if drivers else f"{hold.missing[0]} does not say so"
        remedy = "Hold it once more (atomic.fleet.update_driver), or release it."
        found.append(Verdict(FAIL, f"{hold.owner} holds its updates, but {why}.", "hold", remedy))
    if found:
        return found
    if hold is not None:
        return passed(f"{hold.owner} holds its updates, since {hold.since}.", hold=hold.plan or "")
    if drivers:
        return passed(f"{drivers[0]} updates the host.")
    return passed("Nothing updates the host by itself: who runs this collection does.")


def _advisories(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    if posture.advisories is None:
        return gap(posture, "advisories")
    if not posture.advisories:
        return passed("rpm-ostree names no security advisory for the update that it knows of.")
    return [
        Verdict(
            FAIL,
            f"{one.id} ({one.severity}) is pending" + (f": {', '.join(one.cves)}." if one.cves else "."),
            one.id,
            "Roll out a release that has it (atomic.fleet.upgrade).",
            {"severity": one.severity, "cves": ", ".join(one.cves), "packages": ", ".join(one.packages)},
        )
        for one in posture.advisories
    ]


SYSTEM: Mapping[str, Callable[[HostPosture, Expected], Sequence[Verdict]]] = {
    "selinux": _selinux,
    "kernel-lockdown": _lockdown,
    "secure-boot": _secure_boot,
    "fips": _fips,
    "firewall": _firewall,
    "update-driver": _driver,
    "advisories": _advisories,
}
