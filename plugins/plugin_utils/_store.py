# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where the documents of one fleet live: a folder, or a URL.

    <store>/<fleet>/plans/plan-3f9c….json       latest-plan      names the last one made
                    snapshots/snapshot-….jsonl   latest-snapshot  names the last one taken
                    journals/plan-3f9c….jsonl    one for each plan that was applied, and each cell it was applied in;
                                                 at a URL a folder, see _segments
                    reports/plan-3f9c….html, .md
                    audits/audit-….json, .md, …  latest-audit    names the last one made
                    lock/                        see _lock
                    pause, abort                 what a person asks of the run; what stands in it is why

``<store>`` is $XDG_STATE_HOME/atomic.fleet, by default ~/.local/state/atomic.fleet. Documents are written
whole or not at all, and readable by their owner only.
"""

from __future__ import annotations

import gc
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.document import short
from ..module_utils._fleet.plan_file import PLAN_ID, parse_plan, plan_id, render_plan
from ..module_utils._fleet.snapshot import parse_snapshot, render_snapshot
from ..module_utils._model.fleet import FleetPlan, Snapshot
from ._files import Address, LocalFiles, unreadable
from ._journal import Journal, now
from ._objects import RemoteFiles, open_objects
from ._segments import SegmentJournal

_FLEET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)


def open_store(fleet: str, location: str | None = None) -> Store:
    """The store of that fleet; its folders are made when something is first written.

    ``location`` is a local folder or a URL of fsspec, None for the default. Raises ArgumentError.
    """
    if not _FLEET.fullmatch(fleet):
        raise ArgumentError(f"{fleet!r} cannot be the name of a fleet; use letters, digits, dots, dashes, underscores.")
    if location and is_url(location):
        # what only this machine has to know of a run is on this machine
        return Store(default_location() / fleet, fleet, open_objects(f"{location.rstrip('/')}/{fleet}"))
    if location and location.startswith("file:"):
        location = urlsplit(location).path
    base = Path(location).expanduser() if location else default_location()
    return Store(base.absolute() / fleet, fleet)


def is_url(location: str) -> bool:
    """Whether that is no path of this machine."""
    return "://" in location and not location.startswith("file:")


def default_location() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return base / "atomic.fleet"


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps the garbage collector from looking at 100,000 hosts over and over while they are read: none is garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Store:
    """``root`` is a folder of this machine: the store, where that is one, and always the place for the lock's pipe.

    Raises ArgumentError where a document does not exist, ParseError where it is not one, FleetError where the store
    cannot be used."""

    def __init__(self, root: Path, fleet: str, remote: RemoteFiles | None = None) -> None:
        self.root = root
        self.fleet = fleet
        self.remote = remote
        self._local = LocalFiles(root)
        self.files = remote or self._local

    @undisturbed()
    def save_plan(self, plan: FleetPlan) -> Address:
        """Keep the plan; it is the one ``load_plan()`` gives from now on."""
        name = plan_id(plan)
        place = self.files.write(f"plans/{name}.json", render_plan(plan))
        self.files.write("latest-plan", f"{name}\n")
        return place

    def save_changes(self, plan: str, text: str) -> Address:
        """What a pipeline reads of a plan."""
        return self.files.write(f"plans/{plan}.changes.json", text)

    @undisturbed()
    def load_plan(self, which: str | None = None) -> tuple[str, FleetPlan]:
        """A plan's id and the plan. ``which`` is an id, the path of a file, or None for the last one made."""
        if which is None:
            which = self._latest("latest-plan", "plan")
        place = self.files.address(f"plans/{which}.json") if PLAN_ID.match(which) else _given(which)
        plan = parse_plan(self._read(place, "plan"), str(place))
        if plan.fleet != self.fleet:
            raise ArgumentError(f"{place}: this is a plan for the fleet {plan.fleet}, not for {self.fleet}.")
        return plan_id(plan), plan

    @undisturbed()
    def save_snapshot(self, snapshot: Snapshot) -> Address:
        text = "\n".join(render_snapshot(snapshot)) + "\n"
        name = short("snapshot", hashlib.sha256(text.encode("ascii")).hexdigest())
        place = self.files.write(f"snapshots/{name}.jsonl", text)
        self.files.write("latest-snapshot", f"{name}.jsonl\n")
        return place

    @undisturbed()
    def load_snapshot(self, path: str | None = None) -> Snapshot:
        """The snapshot in that file, or the last one taken."""
        latest = "" if path else self._latest("latest-snapshot", "snapshot")
        place = _given(path) if path else self.files.address(f"snapshots/{latest}")
        return parse_snapshot(self._read(place, "snapshot").splitlines(), str(place))

    def journal(self, plan: str, clock: Callable[[], str] = now, make: bool = True, cell: str | None = None) -> Journal:
        """The journal of the plan with that id, or of a cell in it, empty where it was never applied there. Without
        ``make`` it is only read."""
        name = f"{plan}.{cell}" if cell else plan
        if self.remote is not None:
            return SegmentJournal(self.remote, f"journals/{name}", plan, clock)
        folder = self.root / "journals"
        return Journal((self._local.folder(folder) if make else folder) / f"{name}.jsonl", plan, clock)

    def journals(self) -> tuple[str, ...]:
        """The ids of all plans that were ever applied, the one written to last at the end."""
        if self.remote is None:
            paths = (self.root / "journals").glob("plan-*.jsonl")
            names = [path.name for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))]
        else:
            remote = self.remote
            chains = [name for name in remote.names("journals") if name.startswith("plan-")]
            names = sorted(chains, key=lambda name: (self._written(remote, name), name))
        return tuple(dict.fromkeys([name.partition(".")[0] for name in reversed(names)]))[::-1]

    def cells(self, plan: str) -> tuple[str | None, ...]:
        """In which cells the plan was applied; None stands for the whole fleet."""
        if self.remote is None:
            names = [path.stem for path in sorted((self.root / "journals").glob(f"{plan}*.jsonl"))]
        else:
            names = list(self.remote.names("journals"))
        chains = [name.partition(".") for name in names]
        return tuple([cell or None for name, _dot, cell in chains if name == plan])

    @staticmethod
    def _written(remote: RemoteFiles, chain: str) -> str:
        """When the last line of a journal was written."""
        segments = remote.names(f"journals/{chain}")
        last = remote.read(f"journals/{chain}/{segments[-1]}") if segments else None
        found = re.search(rb'"at":"([^"]*)"', (last or b"").splitlines()[-1] if last else b"")
        return found.group(1).decode() if found else ""

    def save_report(self, name: str, html: str, markdown: str) -> tuple[Address, Address]:
        """``name`` is the plan's id, with its cell where it has one."""
        return self.files.write(f"reports/{name}.html", html), self.files.write(f"reports/{name}.md", markdown)

    def save_audit(self, name: str, files: Mapping[str, str]) -> Mapping[str, Address]:
        """The documents of an audit by the end of their names (``.json`` has to be among them)."""
        places = {end: self.files.write(f"audits/{name}{end}", text) for end, text in files.items()}
        self.files.write("latest-audit", f"{name}.json\n")
        return places

    def load_audit(self, path: str | None = None) -> tuple[str, str] | None:
        """The text of an audit and where it is: that file, or the last one made; None where none was made yet."""
        if path is None:
            if self.files.read("latest-audit") is None:
                return None
            place = self.files.address("audits/" + self._latest("latest-audit", "audit"))
        else:
            place = _given(path)
        return self._read(place, "audit"), str(place)

    def request(self, word: str) -> str | None:
        """Why a person asks the run for a ``pause`` or an ``abort``; None where nobody does."""
        found = self.files.read(word)
        return None if found is None else found.decode("utf-8", "replace")

    def save_request(self, word: str, why: str) -> Address:
        return self.files.write(word, f"{why}\n")

    def drop_request(self, word: str) -> bool:
        """Whether there was one."""
        return self.files.remove(word)

    @property
    def place(self) -> str:
        """Where all of it is, for people."""
        return str(self.files.address("")).rstrip("/")

    def _latest(self, pointer: str, what: str) -> str:
        found = self.files.read(pointer)
        if found is None:
            raise ArgumentError(f"There is no {what} of the fleet {self.fleet} in {self.place} yet; make one first.")
        return found.decode("utf-8", "replace").strip()

    def _read(self, place: Address, what: str) -> str:
        """A document of the store by its address, or any other file."""
        inside = str(place).removeprefix(f"{self.place}/")
        try:
            found = Path(place).read_bytes() if inside == str(place) else self.files.read(inside)
        except OSError as error:
            raise unreadable(place, what, error.strerror) from None
        if found is None:
            raise unreadable(place, what, "No such file or directory")
        try:
            return found.decode("utf-8")
        except UnicodeDecodeError:
            raise ArgumentError(f"{place}: this is not a {what} (it is not text).") from None


def _given(which: str) -> Address:
    return which if is_url(which) else Path(which).expanduser()
