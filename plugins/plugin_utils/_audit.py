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
ENDS = {
    "markdown": ".md",
    "sarif": ".sarif",
    "code_scanning": "-code-scanning.sarif",
    "oscal": "-oscal.json",
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


def documents(audit: Audit, formats: Sequence[str], stem: str, assessment_plan: str) -> Mapping[str, str]:
    """The texts of an audit by the end of their files' names; ``stem`` is what these begin with."""
    name = audit_id(audit)
    made = {".json": render_audit(audit)}
    for kind in formats:
        made[ENDS[kind]] = _document(kind, audit, name, f"{stem}.json", assessment_plan)
    return made


def _document(kind: str, audit: Audit, name: str, evidence: str, assessment_plan: str) -> str:
    if kind == "markdown":
        return render_audit_markdown(audit)
    if kind == "oscal":
        made: Mapping[str, Any] = render_oscal(audit, name, evidence, assessment_plan)
    else:
        made = (render_sarif if kind == "sarif" else render_code_scanning)(audit, name)
    return json.dumps(made, indent=1) + "\n"


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
