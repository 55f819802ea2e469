# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the host keys that a machine's console shows.

cloud-init prints them when it has made them (the blocks ``SSH HOST KEY FINGERPRINTS`` and ``SSH HOST KEY KEYS``),
Fedora CoreOS before its login prompt at every boot (``SSH host key: SHA256:… (ED25519)``, by
console-login-helper-messages), others run ``ssh-keygen -l``.

Consoles carry what others log as well, and what is logged may hold words of anybody who can reach the host: the name
a stranger tried to log in with. So a line counts only as a whole, behind nothing but the marks that cloud-init's own
lines get. Names that are logged hold no line breaks: sshd escapes them.
"""

from __future__ import annotations

import re

from .._errors import ParseError
from .._model.host_key import HostKey, ShownKeys
from .public_key import parse_public_key

# CSI sequences, OSC sequences up to BEL or ST, and two-byte escapes
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>])")
_BOOT = re.compile(r"(?:\[ *0\.000000\](?: \[ *T?[0-9]+\])? )?Linux version [0-9]")
# <14>Jun  3 17:07:52 ec2:, Jun  3 17:07:52 host ec2:, [  317.197933] cloud-init[1278]:
_BEFORE = re.compile(
    r"(?:(?:<[0-9]{1,3}>)?[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} (?:[A-Za-z0-9.-]+ )?|\[ *[0-9]+\.[0-9]+\] )?"
    r"(?:ec2|cloud-init)(?:\[[0-9]+\])?: ?"
)
_PRINT = r"(?P<print>SHA256:[A-Za-z0-9+/]{43})"
_KIND = r"\((?P<kind>[A-Z0-9-]+)\)"
_ISSUE = re.compile(rf"SSH host key: {_PRINT} (?:[A-Za-z0-9.@_-]+ )?{_KIND}")
_KEYGEN = re.compile(rf"[0-9]{{3,5}} {_PRINT} (?:[^()]* )?{_KIND}")
_BEGIN, _END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"


def parse_console(text: str) -> ShownKeys:
    """What the console shows of host keys, as of the last boot that shows any; nothing where none does."""
    shown = ShownKeys()
    for boot in _boots(_ESCAPES.sub("", text)):
        found = _shown(boot)
        shown = found if found.fingerprints else shown
    return shown


def _boots(text: str) -> list[list[str]]:
    """The lines, as whole as they were printed, of each boot."""
    boots: list[list[str]] = [[]]
    for line in text.split("\n"):
        line = line.strip("\r\0 \t")
        if _BOOT.match(line):
            boots.append([])
        boots[-1].append(line)
    return boots


def _shown(lines: list[str]) -> ShownKeys:
    fingerprints: dict[str, str] = {}
    keys: list[HostKey] = []
    inside = False
    for line in lines:
        before = _BEFORE.match(line)
        bare = line[before.end() :].strip() if before else line
        if bare in (_BEGIN, _END):
            inside = bare == _BEGIN
            continue
        found = _ISSUE.fullmatch(bare) or _KEYGEN.fullmatch(bare)
        if found:
            fingerprints[found.group("print")] = found.group("kind")
        elif inside:
            try:
                key = parse_public_key(bare)
            except ParseError:
                continue  # of another kind, or torn by what the kernel said meanwhile
            keys.append(key)
            fingerprints[key.fingerprint] = key.kind
    return ShownKeys(fingerprints, tuple(dict.fromkeys(keys)))
