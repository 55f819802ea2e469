# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the sections of one observation -> HostState."""

from __future__ import annotations

from collections.abc import Mapping

from .._errors import HostError, NotAtomicError, ParseError
from .._model.host import OUR_UNITS, STATUS_PATIENCE, UPDATE_DRIVERS, Health, Hold, HostState, Space, Unit
from .aleph import parse_aleph
from .bootc import TOOL as BOOTC
from .bootc import parse_bootc
from .driven import Driven, drive
from .extension import CAPABILITY, parse_extensions
from .hold import parse_hold
from .keyfile import parse_remotes
from .ostree import parse_capabilities, parse_status, parse_version, parse_word
from .rpm_ostree import TOOL as RPM_OSTREE
from .rpm_ostree import parse_rpm_ostree
from .sections import Section
from .systemd import parse_active, parse_failed, parse_system
from .zincati import node_id


def parse_observation(host: str, sections: Mapping[str, Section]) -> HostState:
    """One host as it is. HostError where it is no ostree host, ParseError where its tools talk nonsense."""
    if _section(host, sections, "booted").rc != 0:
        raise NotAtomicError(host, "is not booted from an ostree deployment (/run/ostree-booted is missing)")
    tool = _section(host, sections, "tool").text
    variant = parse_word("variant", tool)
    driven = _driven(host, sections, variant)
    hold = parse_hold(host, sections["hold"].text, driven.deployments) if "hold" in sections else None
    boot_id, uptime, arguments = _boot(host, _section(host, sections, "boot").text)
    extensions = sections.get("extensions")  # missing where systemd-sysext is
    aleph = sections.get("aleph")
    return HostState(
        host=host,
        backend=driven.backend,
        boot_id=boot_id,
        deployments=driven.deployments,
        health=Health(
            system=parse_system(_section(host, sections, "system").text),
            failed_units=parse_failed(_section(host, sections, "failed").text, OUR_UNITS),
            greenboot=parse_greenboot(_section(host, sections, "greenboot").text),
        ),
        space=parse_space(_section(host, sections, "space").text),
        remotes=parse_remotes(_section(host, sections, "config").text),
        kernel_arguments=arguments,
        capabilities=parse_capabilities(tool) + (() if extensions is None else (CAPABILITY,)),
        tool_version=parse_version(tool),
        update_driver=_driver(driven, hold, _section(host, sections, "updaters").text),
        units=parse_units(host, _section(host, sections, "units").text),
        uptime=uptime,
        transaction=driven.transaction,
        cached_update=driven.cached_update,
        architecture=parse_word("arch", tool),
        variant=variant,
        hold=hold,
        extensions=() if extensions is None else parse_extensions(host, extensions.text),
        node_id=node_id(parse_word("machine", tool) or ""),
        installed=None if aleph is None else parse_aleph(aleph.text),
    )


def _driver(driven: Driven, hold: Hold | None, updaters: str) -> str | None:
    """rpm-ostree keeps naming a driver that has been stopped, and heeds it no more."""
    if driven.driver is not None and (hold is None or driven.driver not in hold.units):
        return driven.driver
    return parse_active(updaters, UPDATE_DRIVERS)


def _driven(host: str, sections: Mapping[str, Section], variant: str | None) -> Driven:
    """What the tools on the host say, and which of them drives it."""
    locked = _section(host, sections, "locked").rc == 0
    text = _said(host, sections, "status", "ostree admin status")
    plain = parse_status(host, text or "", locked)
    text = _said(host, sections, "rpm-ostree", RPM_OSTREE)
    rpm = None if text is None else parse_rpm_ostree(host, text, locked)
    text = _said(host, sections, "bootc", BOOTC, needed=rpm is None)
    driven = drive(plain, rpm, None if text is None else parse_bootc(host, text), variant)
    if sum(entry.booted for entry in driven.deployments) != 1:
        raise ParseError(f"{host}: {driven.backend} names no booted deployment")
    return driven


def _said(host: str, sections: Mapping[str, Section], name: str, tool: str, needed: bool = True) -> str | None:
    """What a tool that may not be there said. HostError where it failed."""
    section = sections.get(name)
    if section is None or (section.rc != 0 and not needed):
        return None
    if section.rc == 124:
        raise HostError(host, f"{tool} did not answer within {STATUS_PATIENCE} s; look at its service on the host")
    if section.rc != 0:
        raise HostError(host, f"{tool} failed: {last_line(section.text)}")
    return section.text


def parse_greenboot(text: str) -> str | None:
    """green, red or None out of greenboot's message of the day."""
    for word in ("RED", "GREEN"):
        if f"Boot Status is {word}" in text:
            return word.lower()
    return None


def parse_space(text: str) -> tuple[Space, ...]:
    """File systems out of ``df -kP``, in bytes."""
    found = []
    for line in text.splitlines():
        words = line.split(None, 5)
        if len(words) == 6 and words[1].isdigit() and words[3].isdigit():
            found.append(Space(mount=words[5], total=int(words[1]) * 1024, free=int(words[3]) * 1024))
    return tuple(found)


def parse_units(host: str, text: str) -> tuple[Unit, ...]:
    """Our transient units: a line each of name, systemd's word, and the exit status once there is one."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) not in (2, 3) or not words[-1].lstrip("-").isalnum():
            raise ParseError(f"{host}: a line about our own units cannot be read: {line!r}")
        active = words[1] in ("active", "activating", "deactivating", "reloading")
        finished = len(words) == 3 and words[2].isdigit()
        status = int(words[2]) if finished else 0
        result = "success" if finished and status == 0 else "exit-code" if finished else "running" if active else "lost"
        found.append(Unit(name=words[0], active=active and not finished, result=result, exit_status=status))
    return tuple(found)


def last_line(text: str) -> str:
    """The last line that says something, as tools put their reason last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _boot(host: str, text: str) -> tuple[str, float, tuple[str, ...]]:
    lines = text.splitlines()
    try:
        return lines[0].strip(), float(lines[1].split()[0]), tuple(lines[2].split())
    except (IndexError, ValueError):
        raise ParseError(f"{host}: boot id, uptime and kernel arguments cannot be read: {text[:80]!r}") from None


def _section(host: str, sections: Mapping[str, Section], name: str) -> Section:
    try:
        return sections[name]
    except KeyError:
        raise ParseError(f"{host}: section {name} is missing from the host's answer") from None
