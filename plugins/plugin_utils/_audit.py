# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an audit reads (catalogues, waivers, the plan, the audit before) and writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._fleet.audit import compared
from ..module_utils._fleet.audit_document import audit_id, parse_before, render_audit
from ..module_utils._fleet.audit_markdown import render_audit_markdown
from ..module_utils._fleet.catalogue import parse_catalogue
from ..module_utils._fleet.document import laid_out
from ..module_utils._fleet.oscal import render_oscal
from ..module_utils._fleet.sarif import render_code_scanning, render_sarif
from ..module_utils._fleet.waivers import Waivers, parse_waivers
from ..module_utils._model.audit import Audit, Catalogue
from ..module_utils._model.fleet import FleetPlan
from ._files import Address, write_file
from ._store import Store
from ._yaml_file import parse_yaml, read_text

DATA = Path(__file__).parent / "data" / "audit"
CATALOGUES = ("nist_800_53", "pci_dss_4", "hipaa_164_312")
# the formats beside JSON, and how the names of their files end
OSCAL = "oscal"
ENDS = {
    "markdown": ".md",
    "sarif": ".sarif",
    "code_scanning": "-code-scanning.sarif",
    OSCAL: "-oscal.json",
}


def load_catalogue(name: str) -> Catalogue:
    path = DATA / f"{name}.json"
    return parse_catalogue(json.loads(path.read_text(encoding="utf-8")), str(path))


def load_waivers(path: str | None, today: date, groups: Mapping[str, Sequence[str]]) -> Waivers:
    """The waivers in that file, on that day. Raises ArgumentError."""
    if path is None:
        return Waivers((), today)
    data, lines = parse_yaml(read_text(path, "file of waivers"), path)
    return Waivers(parse_waivers(data, path, lines), today, groups, path)


def groups_of(hosts: Sequence[str], groups: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """The groups of each host, of all groups' hosts."""
    wanted = set(hosts)
    found: dict[str, list[str]] = {}
    for group, members in groups.items():
        for host in wanted.intersection(members):
            found.setdefault(host, []).append(group)
    return found


def planned(store: Store, which: str | None) -> tuple[str, FleetPlan] | None:
    """The plan that is given, else the last one that was applied to what hosts boot; None where there is none."""
    if which is not None:
        return store.load_plan(which)
    for name in reversed(store.journals()):
        try:
            found = store.load_plan(name)
        except ArgumentError:
            # its journal is there, the plan was given as a file elsewhere
            continue
        if not found[1].layers:
            return found
    return None


def since(audit: Audit, store: Store, previous: str | None) -> Audit:
    """The audit with what changed since the one that is given, else the last one in the store."""
    found = store.load_audit(previous)
    return audit if found is None else compared(audit, *parse_before(*found))


class Documents:
    """The texts of an audit by the end of their files' names."""

    def __init__(self, audit: Audit, formats: Sequence[str], assessment_plan: str = "") -> None:
        self.name = audit_id(audit)
        self._audit = audit
        self._assessment_plan = assessment_plan
        self._formats = formats
        self._same = {
            ".json": render_audit(audit),
            **{ENDS[kind]: self._made(kind) for kind in formats if kind != OSCAL},
        }

    def named(self, stem: str) -> Mapping[str, str]:
        """With what the files' names begin with: one of them refers to another."""
        if OSCAL not in self._formats:
            return self._same
        made = render_oscal(self._audit, self.name, f"{stem}.json", self._assessment_plan)
        # a line for each observation, risk and finding
        return {**self._same, ENDS[OSCAL]: laid_out(made, 5) + "\n"}

    def _made(self, kind: str) -> str:
        if kind == "markdown":
            return render_audit_markdown(self._audit)
        made = (render_sarif if kind == "sarif" else render_code_scanning)(self._audit, self.name)
        # a line for each result
        return laid_out(made, 4) + "\n"


def write_into(folder: Path, files: Mapping[str, str]) -> Mapping[str, Address]:
    """The documents as ``audit.json`` and so on in a folder, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FleetError(f"{folder}: cannot make this folder ({error.strerror}).") from None
    return {end: write_file(folder / f"audit{end}", text) for end, text in files.items()}


def collection_version() -> str:
    """Of this collection: as it was built, or as its sources say."""
    root = Path(__file__).parents[2]
    for name, keys in (("MANIFEST.json", ("collection_info", "version")), ("galaxy.yml", ("version",))):
        path = root / name
        if path.is_file():
            found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
            for key in keys:
                found = found[key]
            return str(found)
    return ""
