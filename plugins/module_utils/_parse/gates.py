# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the sections of gates say -> why the host does not pass, for each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Optional

from .._errors import ParseError
from .._model.gate import Gate
from .firewall import firewall
from .sections import Section

# As timeout ends: by itself, by a KILL, and as that of old BusyBox does.
_CUT = (124, 137, 143)
_MOST = 200
Predicate = Callable[[Mapping[str, Any], Sequence[str]], Optional[str]]


def section_of(index: int) -> str:
    return f"gate-{index}"


def key_of(gate: Gate) -> str:
    """What a gate is called where a host's answer is kept: the same for the same question."""
    return json.dumps([gate.kind, gate.words], sort_keys=True)


def parse_gates(host: str, sections: Mapping[str, Section], gates: Sequence[Gate]) -> Mapping[str, str]:
    """Why the host does not pass each of the gates, by their keys; nothing for those it passes. ParseError where
    one was not answered at all."""
    found = {}
    for index, gate in enumerate(gates):
        section = sections.get(section_of(index))
        if section is None:
            raise ParseError(f"{host}: the gate {gate.kind} is missing from the host's answer")
        words = " ".join((_why(gate, section) or "").split())
        found[key_of(gate)] = "".join([one if one.isprintable() else "?" for one in words])[: 2 * _MOST]
    return found


def _why(gate: Gate, section: Section) -> str | None:
    lines = section.text.splitlines()
    if section.rc in _CUT:
        return f"no answer within {gate.timeout:g} s"
    if section.rc:
        return f"it could not be asked: {_last(lines)}"
    for line in lines:
        word, _blank, rest = line.partition(" ")
        if word == "missing":
            return f"{rest} is not on the host"
        if word == "failed":
            return rest
    return PREDICATES[gate.kind](gate.words, lines)


def _last(lines: Sequence[str]) -> str:
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][-_MOST:] if said else "it said nothing"


def _units(words: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in _blocks(lines)]
    if len(blocks) != len(words["names"]):
        return f"systemctl cannot be understood: {_last(lines)}"
    ill = []
    for name, said in zip(words["names"], blocks):
        if said.get("LoadState") == "not-found":
            ill.append(f"{name} is not on the host")
        elif said.get("ActiveState") not in ("active", "reloading", "refreshing"):
            ill.append(f"{name} is {said.get('ActiveState')} ({said.get('SubState')})")
    return ", ".join(ill) or None


def _blocks(lines: Sequence[str]) -> list[str]:
    return [block for block in "\n".join(lines).split("\n\n") if block.strip()]


def outputs(lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    """What was run one after the other: the exit status of each, and its output (behind a >)."""
    found: list[tuple[int, list[str]]] = []
    for line in lines:
        if line.startswith("status "):
            found.append((int(line[7:]), []))
        elif line.startswith(">") and found:
            found[-1][1].append(line[1:])
    return found


def _command(words: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    ((status, said),) = outputs(lines) or [(-1, list(lines))]
    return f"{words['argv'][0]} ended with status {status}: {_last(said)}" if status else None


def escaped(path: str) -> str:
    """As the kernel writes a path in its table of mounts."""
    return "".join(f"\\{ord(one):03o}" if one in " \t\n\\" else one for one in path)


def _mounts(words: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    # what was mounted last is what is there
    kinds = dict([line.split(" ", 1) for line in lines if " " in line])
    ill, wanted = [], words.get("fstype")
    for path in words["paths"]:
        kind = kinds.get(escaped(path))
        if kind is None:
            ill.append(f"{path} is not mounted")
        elif wanted and kind != wanted:
            ill.append(f"{path} is {kind} instead of {wanted}")
        elif kind == "autofs" and not wanted:
            ill.append(f"{path} is an automount that nobody has used yet")
    return ", ".join(ill) or None


def _firewall(words: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    ((status, said),) = outputs(lines) or [(-1, list(lines))]
    return firewall(words, status, said, _last(said[:1]))


def _runtime(words: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    runtime = next((line.partition(" ")[2] for line in lines if line.startswith("runtime ")), "")
    if runtime == "auto":
        return "no container runtime is active"
    done = outputs(lines)
    if not done:
        return f"the container runtime cannot be understood: {_last(lines)}"
    for status, said in done:
        if status:
            return f"{runtime} does not answer: {_last(said)}"
    wanted = words.get("running", ())
    if runtime in ("docker", "podman"):
        there = {name.strip() for _status, said in done[1:] for line in said for name in line.split(",")}
    else:
        there = {name for name, (_status, said) in zip(wanted, done[1:]) if any(line.strip() for line in said)}
    missing = [name for name in wanted if name not in there]
    return f"not running: {', '.join(missing)}" if missing else None


def selinux_mode(text: str) -> str | None:
    """Of /sys/fs/selinux/enforce, or ``absent``."""
    return {"1": "enforcing", "0": "permissive", "absent": "disabled"}.get(text.strip())


def _selinux(words: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    mode = selinux_mode("".join(lines)) or _last(lines)
    return None if mode == words["mode"] else f"SELinux is {mode} instead of {words['mode']}"


LOCKDOWN = ("none", "integrity", "confidentiality")


def lockdown_mode(text: str) -> str | None:
    """``none [integrity] confidentiality``: the mode that is in force stands in brackets."""
    mode = text.partition("[")[2].partition("]")[0]
    return mode if mode in LOCKDOWN else None


def _lockdown(words: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    text = " ".join(lines)
    if text == "absent":
        return "the kernel says nothing of lockdown"
    mode = lockdown_mode(text)
    if mode is None:
        return f"lockdown cannot be understood: {_last(lines)}"
    return None if LOCKDOWN.index(mode) >= LOCKDOWN.index(words["mode"]) else f"lockdown is {mode}, not {words['mode']}"


PREDICATES: Mapping[str, Predicate] = {
    "units": _units,
    "command": _command,
    "mounts": _mounts,
    "firewall": _firewall,
    "container_runtime": _runtime,
    "selinux": _selinux,
    "lockdown": _lockdown,
}
