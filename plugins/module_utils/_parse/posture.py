# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the sections of one look at how a host is secured -> HostPosture.

What cannot be learned is a gap with its reason, and the rest is known all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Callable

from .._errors import ParseError
from .._model.host import HostState
from .._model.host_posture import Drift, Driver, Firewall, HostPosture
from .._model.packages import Advisory
from .bootc import TOOL as BOOTC
from .gates import lockdown_mode, selinux_mode
from .json_fields import Fields, load
from .observation import last_line
from .package_diff import parse_advisories
from .posture_files import kept, parse_changes, parse_usr, parse_walk
from .posture_firewall import parse_iptables, parse_nft
from .rpm_ostree import TOOL as RPM_OSTREE
from .sections import Section

Sections = Mapping[str, Section]
Reading = Callable[[HostState, Sections], Any]
_CUT = (124, 137, 143)


def parse_posture(state: HostState, sections: Sections) -> HostPosture:
    """What is known of the host beside its state."""
    known: dict[str, Any] = {}
    gaps: dict[str, str] = {}
    for name, read in _READ.items():
        value, why = _learned(read, state, sections)
        if why is None:
            known[name] = value
        else:
            gaps[name] = why
    return replace(HostPosture(state.host, gaps=gaps, state=state), **known)


def _learned(read: Reading, state: HostState, sections: Sections) -> tuple[Any, str | None]:
    """What is read, or why it cannot be."""
    try:
        return read(state, sections), None
    except (ParseError, ValueError, OverflowError) as error:
        text = error.message if isinstance(error, ParseError) else str(error)
        return None, _plain(text.removeprefix(f"{state.host}: "))


def _plain(text: str) -> str:
    words = " ".join(text.split())
    return "".join([one if one.isprintable() else "?" for one in words])[:300]


def _said(sections: Sections, name: str, tool: str) -> str:
    """What a tool said. ParseError with its last words where it is not there, failed, or took too long."""
    section = sections.get(name)
    if section is None:
        raise ParseError(f"{tool} is not on the host")
    if section.rc in _CUT:
        raise ParseError(f"{tool} did not answer in time")
    if section.rc:
        raise ParseError(f"{tool} failed: {last_line(section.text)}")
    return section.text


def _file(sections: Sections, name: str) -> str | None:
    """A small file of the kernel's; None where it is not there."""
    section = sections.get(name)
    return None if section is None or section.rc else section.text


def _committed(state: HostState, sections: Sections) -> float:
    """Where packages are layered the commit is as young as the layer: what counts is the base."""
    if "rpm-ostree" in sections and state.backend != "bootc":
        status = load(state.host, RPM_OSTREE, sections["rpm-ostree"].text)
        for entry in status.each("deployments"):
            if entry.flag("booted"):
                return float(entry.whole("base-timestamp") or entry.whole("timestamp"))
    if state.backend == "bootc":
        text = _image_time(state.host, sections["bootc"].text)
        if text:
            return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    text = _said(sections, "committed", "ostree log").partition("Date:")[2].strip()
    if not text:
        raise ParseError("ostree knows no date of the commit that is booted")
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").timestamp()


def _image_time(host: str, text: str) -> str | None:
    fields: Fields | None = load(host, BOOTC, text)
    for name in ("status", "booted", "image"):
        fields = None if fields is None else fields.inner(name)
    return None if fields is None else fields.text("timestamp")


def _drift(state: HostState, sections: Sections) -> Drift:
    over = parse_walk(_said(sections, "over", "find"))
    if "read" in sections:
        changes = parse_changes(_said(sections, "read", "ostree diff"), "")
        return kept(_merged(over, changes), full=True)
    usr = parse_usr(_said(sections, "usr", "the table of mounts"))
    if usr.verity:
        return kept(over)
    if usr.composefs:
        raise ParseError("the root is an image without fs-verity (composefs): only to read all of /usr would tell")
    return kept(_merged(over, parse_walk(_said(sections, "drift", "find"))))


def _merged(*found: tuple[Any, ...]) -> list[Any]:
    by_path = {change.path: change for changes in reversed(found) for change in changes}
    return [by_path[path] for path in sorted(by_path)]


def _etc(state: HostState, sections: Sections) -> Drift:
    text = _said(sections, "etc", "ostree admin config-diff")
    return kept(parse_changes(text, "/etc"), most=2000)


def _policy(state: HostState, sections: Sections) -> Mapping[str, tuple[str, ...]]:
    """The types of requirements by ``transport:scope``; only those are read, never keys."""
    text = _said(sections, "policy", "policy.json")
    if not text.strip():
        return {}
    try:
        document = json.loads(text)
        found = {"": _types(document["default"])}
        for transport, scopes in document.get("transports", {}).items():
            found.update({f"{transport}:{scope}": _types(needs) for scope, needs in scopes.items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ParseError(f"containers' policy.json cannot be read: {error}") from None
    return found


def _types(needs: Any) -> tuple[str, ...]:
    return tuple([str(need["type"]) for need in needs])


def _selinux(state: HostState, sections: Sections) -> str:
    text = _file(sections, "selinux")
    mode = selinux_mode("absent" if text is None else text)
    if mode is None:
        raise ParseError(f"SELinux's mode cannot be understood: {text!r:.60}")
    return mode


def _lockdown(state: HostState, sections: Sections) -> str:
    text = _file(sections, "lockdown")
    if text is None:
        raise ParseError("the kernel says nothing of lockdown")
    mode = lockdown_mode(text)
    if mode is None:
        raise ParseError(f"the kernel's lockdown cannot be understood: {text!r:.60}")
    return mode


def _secure_boot(state: HostState, sections: Sections) -> str:
    """Four bytes of attributes, and one that says it."""
    text = _said(sections, "secure-boot", "the firmware's variable SecureBoot").strip()
    if text == "absent":
        return text
    numbers = text.split()
    if len(numbers) != 5 or numbers[4] not in ("0", "1"):
        raise ParseError(f"the firmware's variable SecureBoot cannot be understood: {text!r:.60}")
    return "on" if numbers[4] == "1" else "off"


def _fips(state: HostState, sections: Sections) -> bool:
    """A kernel that can do none says nothing."""
    text = _file(sections, "fips")
    if text is not None and text.strip() not in ("0", "1"):
        raise ParseError(f"the kernel's FIPS mode cannot be understood: {text!r:.60}")
    return text is not None and text.strip() == "1"


def _firewall(state: HostState, sections: Sections) -> Firewall:
    tools: dict[str, Callable[[str], Any]] = {
        "nft": parse_nft,
        "iptables": lambda text: parse_iptables("ip", text),
        "ip6tables": lambda text: parse_iptables("ip6", text),
    }
    asked = [name for name in tools if name in sections]
    if not asked:
        raise ParseError("neither nft nor iptables-save is on the host to ask")
    answered = [name for name in asked if sections[name].rc == 0]
    if not answered:
        _said(sections, asked[0], asked[0])
    chains = [chain for name in answered for chain in tools[name](sections[name].text)]
    return Firewall(tuple(chains), bool((_file(sections, "ipv6") or "").strip()))


def _drivers(state: HostState, sections: Sections) -> tuple[Driver, ...]:
    text = _said(sections, "drivers", "systemctl")
    found = []
    for block in text.split("\n\n"):
        words = dict([line.split("=", 1) for line in block.splitlines() if "=" in line])
        if "Id" in words and "ActiveState" in words:
            found.append(Driver(words["Id"], words["ActiveState"], words.get("Result", "success")))
    if not found:
        raise ParseError(f"systemctl cannot be understood: {last_line(text)}")
    return tuple(found)


def _advisories(state: HostState, sections: Sections) -> tuple[Advisory, ...]:
    if "rpm-ostree" not in sections:
        raise ParseError(f"{state.backend} knows no advisories")
    update = load(state.host, RPM_OSTREE, sections["rpm-ostree"].text).inner("cached-update")
    if update is None:
        raise ParseError("rpm-ostree knows of no update: it is up to date, or has not looked")
    if "advisories" not in update.values:
        raise ParseError("rpm-ostree names no advisories of the update that it knows of: it may know no repositories")
    return tuple([one for one in parse_advisories(update) if one.kind == "security"])


def _sshd(state: HostState, sections: Sections) -> Mapping[str, str]:
    """A word and its value a line; the first counts, as with sshd. With ``match`` before it, a word is what it is for
    some alone: yes where it is that for any of them."""
    text = _said(sections, "sshd", "sshd -T")
    found: dict[str, str] = {}
    for line in text.splitlines():
        word, _blank, value = line.strip().partition(" ")
        found.setdefault(word.lower(), value.strip())
    if "permitrootlogin" not in found:
        raise ParseError(f"sshd -T cannot be understood: {last_line(text)}")
    for line in _said(sections, "match", "sshd_config").splitlines():
        word, _blank, value = line.strip().partition(" ")
        key, value = f"match {word}", value.strip().strip('"')
        if found.get(key) != "yes":
            found[key] = value
    return found


_READ: Mapping[str, Reading] = {
    "committed": _committed,
    "usr": lambda state, sections: parse_usr(_said(sections, "usr", "the table of mounts")),
    "drift": _drift,
    "etc": _etc,
    "policy": _policy,
    "selinux": _selinux,
    "lockdown": _lockdown,
    "secure_boot": _secure_boot,
    "fips": _fips,
    "firewall": _firewall,
    "drivers": _drivers,
    "advisories": _advisories,
    "sshd": _sshd,
}
