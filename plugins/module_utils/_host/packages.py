# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how two systems differ, asked of one host in one round trip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .._command.ostree import split_refspec
from .._command.packages import PATIENCE, compare_script, preview_script
from .._command.quote import is_checksum
from .._errors import FleetError
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


def coming(state: HostState) -> tuple[str, str | None] | None:
    """What was prepared on this host, locked or not, and what it follows; None where that is what runs."""
    entry = state.staged or state.next_boot
    return None if entry is None or entry.booted else (entry.checksum, entry.refspec)


def difference(host: str, state: HostState, to: str, refspec: str | None) -> Talk[PackageDiff] | None:
    """What changes from what is booted to ``to``: with its layers where that is a deployment of its own, else below
    them. None where nothing does."""
    booted = state.booted
    if booted is None or booted.is_at(to):
        return None
    whole = any(entry.checksum == to for entry in state.deployments)
    old = booted.checksum if whole or booted.base_checksum is None else booted.base_checksum
    return package_diff(host, state, old, to, refspec)


def can_preview(state: HostState, refspec: str | None) -> bool:
    """Whether commits that are not on disk can be compared here: rpm-ostree's carry their package list."""
    return state.backend == "rpm-ostree" and refspec is not None and split_refspec(refspec)[0] is not None


def package_diff(
    host: str, state: HostState, old: str, new: str, refspec: str | None = None, timeout: float = 4.0 * PATIENCE
) -> Talk[PackageDiff]:
    """What changes from ``old`` to ``new``, each a commit or an image's digest. Nothing on the host is changed.

    Where one of them is not on disk, rpm-ostree is asked with the metadata that ``refspec`` offers; no other tool can
    tell. That nothing could be told is an answer. Raises UnreachableError, and ParseError where a tool talks nonsense.
    """
    commits = {one: commit_of(state, one) for one in (old, new)}
    missing = tuple([one for one, commit in commits.items() if commit is None])
    if not missing:
        script = compare_script(commits[old] or "", commits[new] or "")
    elif can_preview(state, refspec) and all(is_checksum(one) for one in missing):
        remote, ref = split_refspec(refspec or "")
        script = preview_script(commits[old] or old, commits[new] or new, remote or "", ref, missing)
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


def told_or_why(talk: Talk[PackageDiff], but: tuple[type[FleetError], ...] = ()) -> Talk[PackageDiff]:
    """The same, for those who go on without the answer: what went wrong is the reason that nothing is known. Errors
    of the kinds in ``but`` are raised all the same."""
    try:
        return (yield from talk)
    except but:
        raise
    except FleetError as error:
        return PackageDiff(UNKNOWN, reason=error.message)
