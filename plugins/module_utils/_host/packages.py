# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how two systems differ, asked of one host in one round trip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .._command.ostree import split_refspec
from .._command.packages import PATIENCE, compare_script, preview_script
from .._command.quote import check_checksum
from .._model.host import HostState
from .._model.packages import NOT_STAGED, UNKNOWN, PackageDiff
from .._model.talk import Ask, Talk
from .._parse.package_diff import parse_db_diff, parse_dpkg_diff, parse_file_diff
from .._parse.sections import Section, parse_sections
from .observe import answer
from .work import reason


def commit_of(state: HostState, wanted: str) -> str | None:
    """The commit on this host that ``wanted`` names: itself, or what an image became here. None: it is not on disk."""
    for entry in state.deployments:
        if entry.is_at(wanted):
            return wanted if wanted != entry.digest else entry.base_checksum or entry.checksum
    return None


def can_preview(state: HostState, refspec: str | None) -> bool:
    """Whether commits that are not on disk can be compared here: rpm-ostree's carry their package list."""
    return state.backend == "rpm-ostree" and refspec is not None and split_refspec(refspec)[0] is not None


def package_diff(
    host: str, state: HostState, old: str, new: str, refspec: str | None = None, timeout: float = 4.0 * PATIENCE
) -> Talk[PackageDiff]:
    """What changes from commit ``old`` to commit ``new``. Nothing on the host is changed.

    Where one of them is not on disk, rpm-ostree is asked with the metadata that ``refspec`` offers; no other tool can
    tell. That nothing could be told is an answer. Raises UnreachableError, and ParseError where a tool talks nonsense.
    """
    check_checksum(old)
    check_checksum(new)
    missing = tuple([one for one in (old, new) if commit_of(state, one) is None])
    if not missing:
        script = compare_script(old, new)
    elif can_preview(state, refspec):
        remote, ref = split_refspec(refspec or "")
        script = preview_script(old, new, remote or "", ref, missing)
    else:
        return NOT_STAGED
    reply = yield Ask(script, timeout=timeout, note=f"compare {old[:12]} with {new[:12]}")
    sections = parse_sections(host, answer(host, reply))
    return _preview(host, sections) if missing else _compared(host, sections)


def _preview(host: str, sections: Mapping[str, Section]) -> PackageDiff:
    """Commits of a compose that lists no packages in them cannot be told apart by metadata."""
    told = sections.get("rpm-ostree", Section("", 1))
    return parse_db_diff(host, told.text) if told.rc == 0 else NOT_STAGED


def _compared(host: str, sections: Mapping[str, Section]) -> PackageDiff:
    told = sections.get("rpm-ostree")
    if told is not None and told.rc == 0:
        return parse_db_diff(host, told.text)
    files, dpkg = sections.get("files", Section("", 1)), sections.get("dpkg", Section("", 1))
    seen = parse_file_diff(host, files.text) if files.rc == 0 else None
    if dpkg.rc == 0:
        return replace(parse_dpkg_diff(host, dpkg.text), files=seen.files if seen else None)
    if seen is not None:
        return seen
    return PackageDiff(UNKNOWN, reason=f"they could not be compared: {reason((told or files).text)}")
