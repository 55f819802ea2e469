# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where the documents of one fleet live: a folder.

    <store>/<fleet>/plans/plan-3f9c….json       latest-plan      names the last one made
                    snapshots/snapshot-….jsonl   latest-snapshot  names the last one taken
                    journals/plan-3f9c….jsonl    one for each plan that was applied
                    reports/plan-3f9c….html, .md
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
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..module_utils._errors import ArgumentError, FleetError
from ..module_utils._fleet.document import short
from ..module_utils._fleet.plan_file import PLAN_ID, parse_plan, plan_id, render_plan
from ..module_utils._fleet.snapshot import parse_snapshot, render_snapshot
from ..module_utils._model.fleet import FleetPlan, Snapshot
from ._journal import Journal, now

_FLEET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)


def open_store(fleet: str, location: str | None = None) -> Store:
    """The store of that fleet; its folders are made when something is first written.

    ``location`` is a local folder, None for the default. Raises ArgumentError.
    """
    if not _FLEET.fullmatch(fleet):
        raise ArgumentError(f"{fleet!r} cannot be the name of a fleet; use letters, digits, dots, dashes, underscores.")
    if location and "://" in location:
        raise ArgumentError(f"The store {location!r} is not a local folder; give a path.")
    base = Path(location).expanduser() if location else default_location()
    return Store(base.absolute() / fleet, fleet)


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
    """Raises ArgumentError where a document does not exist, ParseError where it is not one, FleetError where
    the folder cannot be used."""

    def __init__(self, root: Path, fleet: str) -> None:
        self.root = root
        self.fleet = fleet

    @undisturbed()
    def save_plan(self, plan: FleetPlan) -> Path:
        """Keep the plan; it is the one ``load_plan()`` gives from now on."""
        name = plan_id(plan)
        path = self._write("plans", f"{name}.json", render_plan(plan))
        self._write("", "latest-plan", f"{name}\n")
        return path

    @undisturbed()
    def load_plan(self, which: str | None = None) -> tuple[str, FleetPlan]:
        """A plan's id and the plan. ``which`` is an id, the path of a file, or None for the last one made."""
        if which is None:
            which = self._latest("latest-plan", "plan")
        path = self.root / "plans" / f"{which}.json" if PLAN_ID.match(which) else Path(which).expanduser()
        plan = parse_plan(self._read(path, "plan"), str(path))
        if plan.fleet != self.fleet:
            raise ArgumentError(f"{path}: this is a plan for the fleet {plan.fleet}, not for {self.fleet}.")
        return plan_id(plan), plan

    @undisturbed()
    def save_snapshot(self, snapshot: Snapshot) -> Path:
        text = "\n".join(render_snapshot(snapshot)) + "\n"
        name = short("snapshot", hashlib.sha256(text.encode("ascii")).hexdigest())
        path = self._write("snapshots", f"{name}.jsonl", text)
        self._write("", "latest-snapshot", f"{path.name}\n")
        return path

    @undisturbed()
    def load_snapshot(self, path: str | None = None) -> Snapshot:
        """The snapshot in that file, or the last one taken."""
        found = Path(path) if path else self.root / "snapshots" / self._latest("latest-snapshot", "snapshot")
        try:
            with found.open(encoding="utf-8") as lines:
                return parse_snapshot(lines, str(found))
        except OSError as error:
            raise _unreadable(found, "snapshot", error) from None
        except UnicodeDecodeError:
            raise ArgumentError(f"{found}: this is not a snapshot (it is not text).") from None

    def journal(self, plan: str, clock: Callable[[], str] = now, make: bool = True) -> Journal:
        """The journal of the plan with that id, empty where it was never applied. Without ``make`` it is only read."""
        folder = self._folder("journals") if make else self.root / "journals"
        return Journal(folder / f"{plan}.jsonl", plan, clock)

    def journals(self) -> tuple[str, ...]:
        """The ids of all plans that were ever applied, the one written to last at the end."""
        found = sorted(
            (self.root / "journals").glob("plan-*.jsonl"), key=lambda path: (path.stat().st_mtime_ns, path.name)
        )
        return tuple([path.stem for path in found])

    def save_report(self, plan: str, html: str, markdown: str) -> tuple[Path, Path]:
        return self._write("reports", f"{plan}.html", html), self._write("reports", f"{plan}.md", markdown)

    def request(self, word: str) -> str | None:
        """Why a person asks the run for a ``pause`` or an ``abort``; None where nobody does."""
        try:
            return (self.root / word).read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self.root / word, word, error) from None

    def save_request(self, word: str, why: str) -> Path:
        return self._write("", word, f"{why}\n")

    def drop_request(self, word: str) -> bool:
        """Whether there was one."""
        try:
            (self.root / word).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise FleetError(f"{self.root / word}: cannot remove it ({error.strerror}).") from None
        return True

    def _latest(self, pointer: str, what: str) -> str:
        try:
            return (self.root / pointer).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise ArgumentError(
                f"There is no {what} of the fleet {self.fleet} in {self.root} yet; make one first."
            ) from None
        except OSError as error:
            raise _unreadable(self.root / pointer, what, error) from None

    def _read(self, path: Path, what: str) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise _unreadable(path, what, error) from None
        except UnicodeDecodeError:
            raise ArgumentError(f"{path}: this is not a {what} (it is not text).") from None

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise FleetError(f"{folder}: cannot make this folder of the store ({error.strerror}).") from None
        return folder

    def _write(self, folder: str, name: str, text: str) -> Path:
        return write_file(self._folder(folder) / name, text)


def write_file(path: Path, text: str) -> Path:
    """Write a document whole or not at all. Raises FleetError."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise FleetError(f"{path}: cannot write it ({error.strerror}).") from None
    return path


def _unreadable(path: Path, what: str, error: OSError) -> ArgumentError:
    return ArgumentError(f"{path}: cannot read this {what} ({error.strerror}).")
