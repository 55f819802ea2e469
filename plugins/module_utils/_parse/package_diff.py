# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what the tools on a host say of the difference between two commits -> PackageDiff."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._errors import ParseError
from .._model.packages import (
    ADDED,
    DOWNGRADED,
    DPKG,
    FILES,
    KEPT_ADVISORIES,
    KEPT_CHANGES,
    KEPT_NAMES,
    KINDS,
    REMOVED,
    RPM_OSTREE,
    UPGRADED,
    Advisory,
    FileChanges,
    PackageChange,
    PackageDiff,
)
from .dpkg_version import newer
from .json_fields import Fields, load

TOOL = "rpm-ostree db diff"
# The words a script puts after what it had to cut short.
CUT = "cut"
_ADVISORY_KINDS = ("unknown", "security", "bugfix", "enhancement", "newpackage")
_SEVERITIES = ("none", "low", "moderate", "important", "critical")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_SIGNS = {"A": "+", "D": "-", "M": "~"}
_DECODER = json.JSONDecoder()


def parse_db_diff(host: str, text: str) -> PackageDiff:
    """What ``rpm-ostree db diff --format=json`` printed. Raises ParseError."""
    body, cut = _cut(text)
    if cut:
        return _diff(RPM_OSTREE, [_change(host, item) for item in _whole(body)], more=True)
    document = load(host, TOOL, body)
    if "pkgdiff" not in document.values:
        document.wrong("pkgdiff")
    changes = [_change(host, item) for item in _items(document, "pkgdiff")]
    return _diff(RPM_OSTREE, changes, parse_advisories(document))


def parse_advisories(document: Fields) -> tuple[Advisory, ...]:
    """What stands in ``advisories`` of an object that rpm-ostree printed, the worst first."""
    found = [_advisory(document, item) for item in _items(document, "advisories")]
    found.sort(key=lambda one: (-_SEVERITIES.index(one.severity), one.id))
    return tuple(found[:KEPT_ADVISORIES])


def parse_dpkg_diff(host: str, text: str) -> PackageDiff:
    """Lines of name, architecture, old and new version, with tabs between; a dash where there is none."""
    body, cut = _cut(text)
    changes = []
    for line in body.splitlines():
        words = line.split("\t")
        if len(words) != 4 or not all(words) or words[2] == words[3]:
            raise ParseError(f"{host}: a line about dpkg's packages cannot be read: {line[:80]!r}")
        name, arch, old, new = words
        if old == "-":
            changes.append(PackageChange(name, ADDED, arch, None, new))
        elif new == "-":
            changes.append(PackageChange(name, REMOVED, arch, old, None))
        else:
            changes.append(PackageChange(name, UPGRADED if newer(new, old) else DOWNGRADED, arch, old, new))
    return _diff(DPKG, changes, more=cut)


def parse_file_diff(host: str, text: str) -> PackageDiff:
    """Lines of ostree diff, the first few of them, and the number of each kind in the last one."""
    lines = text.splitlines()
    counts = lines[-1].split(" ") if lines else []
    if len(counts) != 4 or counts[0] != "total" or not all(word.isdecimal() for word in counts[1:]):
        raise ParseError(f"{host}: ostree diff printed what cannot be read: {text[-80:]!r}")
    names = []
    for line in lines[:-1]:
        sign, blank, name = line.partition(" ")
        if sign not in _SIGNS or not blank or not name:
            raise ParseError(f"{host}: a line of ostree diff cannot be read: {line[:80]!r}")
        names.append(f"{_SIGNS[sign]} {name}")
    added, removed, modified = (int(word) for word in counts[1:])
    return PackageDiff(FILES, files=FileChanges(added, removed, modified, tuple(names[:KEPT_NAMES])))


def _cut(text: str) -> tuple[str, bool]:
    body, _newline, last = text.rstrip("\n").rpartition("\n")
    return (body, True) if last == CUT else (text, False)


def _diff(
    source: str, changes: Sequence[PackageChange], advisories: tuple[Advisory, ...] = (), more: bool = False
) -> PackageDiff:
    count = Counter(change.kind for change in changes)
    ordered = sorted(changes, key=lambda one: (one.name, one.arch, one.kind))
    return PackageDiff(
        source,
        tuple(ordered[:KEPT_CHANGES]),
        count[ADDED],
        count[REMOVED],
        count[UPGRADED],
        count[DOWNGRADED],
        advisories,
        more=more,
    )


def _items(document: Fields, key: str) -> Sequence[Any]:
    value = document.values.get(key)
    if value is not None and not isinstance(value, list):
        document.wrong(key)
    return value or ()


def _whole(text: str) -> Iterator[Any]:
    """The packages that arrived whole of a document that was cut off."""
    at = text.find("[", text.find('"pkgdiff"')) + 1
    while True:
        while text[at : at + 1] in (" ", ",", "\n"):
            at += 1
        try:
            item, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield item


def _change(host: str, item: Any) -> PackageChange:
    """``[name, number of the kind, {"PreviousPackage": [name, evr, arch], "NewPackage": …}]``."""
    try:
        name, kind, sides = item
        old, new = _side(sides, "PreviousPackage"), _side(sides, "NewPackage")
        word = KINDS[kind]
    except (TypeError, ValueError, IndexError):
        raise _unreadable(host, "a package", item) from None
    if not isinstance(name, str) or kind < 0 or (old is None) is not (word == ADDED):
        raise _unreadable(host, "a package", item)
    if (new is None) is not (word == REMOVED):
        raise _unreadable(host, "a package", item)
    arch = (new or old or ("", ""))[1]
    return PackageChange(name, word, arch, old and old[0], new and new[0])


def _side(sides: Mapping[str, Any], key: str) -> tuple[str, str] | None:
    if key not in sides:
        return None
    _name, evr, arch = sides[key]
    if not isinstance(evr, str) or not isinstance(arch, str):
        raise TypeError
    return evr, arch


def _advisory(document: Fields, item: Any) -> Advisory:
    """``[id, kind, severity, packages, {"cve_references": [[title, address], …]}]``, by their numbers in libdnf
    and rpm-ostree. A number that is new counts as none."""
    try:
        name, kind, severity, packages, more = item
        inner = Fields(document.host, document.tool, {"packages": packages, "more": more}).inner("more")
        references = inner.values.get("cve_references") or () if inner else ()
        cves = [_cve(title, address) for title, address in references]
    except (TypeError, ValueError):
        raise _unreadable(document.host, "an advisory", item) from None
    texts = Fields(document.host, document.tool, {"packages": packages}).texts("packages")
    if not isinstance(name, str):
        raise _unreadable(document.host, "an advisory", item)
    return Advisory(
        name,
        _word(_ADVISORY_KINDS, kind),
        _word(_SEVERITIES, severity),
        tuple(sorted(texts)[:KEPT_NAMES]),
        tuple(list(dict.fromkeys(cves))[:KEPT_NAMES]),
    )


def _cve(title: str, address: str) -> str:
    found = _CVE.search(title) or _CVE.search(address)
    return found.group() if found else title


def _word(words: Sequence[str], number: Any) -> str:
    known = isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(words)
    return words[number] if known else words[0]


def _unreadable(host: str, what: str, item: Any) -> ParseError:
    return ParseError(f"{host}: {TOOL} printed {what} that cannot be read: {item!r:.80}")
