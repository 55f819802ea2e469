# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a journal as a file that is only ever added to, on disk before anything else happens.

Every task opens it again; whoever adds to it first reads what others added meanwhile, under a file lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..module_utils._errors import FleetError
from ..module_utils._fleet.journal import Chain, Fold, append, belongs, verify
from ..module_utils._model.journal import Event, Progress


def now() -> str:
    """The time in UTC as ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Journal:
    """One plan's journal. A file that does not exist yet is an empty journal.

    Raises ParseError on opening or adding where the chain is broken, FleetError where the file cannot be used.
    """

    def __init__(self, path: Path, plan: str, clock: Callable[[], str] = now) -> None:
        self.path = path
        self.plan = plan
        self.clock = clock
        self.torn: str | None = None
        self._fold = Fold()
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = b""
        except OSError as error:
            raise self._unusable("read", error) from None
        self.chain = self._verified(data, Chain())
        belongs(self.chain, plan, str(path))

    @property
    def address(self) -> Path | str:
        return self.path

    @property
    def events(self) -> Sequence[Event]:
        return self.chain.events

    @property
    def progress(self) -> Progress:
        return self._fold.progress(self.chain.events)

    def follow(self) -> None:
        """Read what others added since."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.chain.size)
                self.chain = self._verified(file.read(), self.chain)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unusable("read", error) from None

    def write(self, kind: str, run: str, host: str | None = None, wave: int | None = None, **data: Any) -> Event:
        """Add one event, at the clock's time."""
        event = Event(kind, self.clock(), run, host, wave, data)
        self.append(event)
        return event

    def append(self, *events: Event) -> None:
        """Add events in one write, and return when they are on disk."""
        if not events:
            return
        try:
            new = not self.path.exists()
            with self.path.open("a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(self.chain.size)
                self.chain = self._verified(file.read(), self.chain)
                if self.torn is not None:
                    file.truncate(self.chain.size)
                self._add(file, events)
            if new:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise self._unusable("write", error) from None

    def _add(self, file: Any, events: tuple[Event, ...]) -> None:
        chain, lines = self.chain, []
        last = chain.last
        for seq, event in enumerate(events, len(chain.events) + 1):
            line, last = append(last, seq, event)
            lines.append(line + "\n")
        data = "".join(lines).encode("ascii")
        try:
            written = 0
            while written < len(data):
                written += file.write(data[written:])
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(chain.size)
            raise
        self.chain = Chain(chain.events.grown(events), last, chain.size + len(data))

    def _verified(self, data: bytes, before: Chain) -> Chain:
        chain = verify(data.decode("ascii", "replace"), str(self.path), before)
        if chain.torn is not None:
            self.torn = chain.torn
        return chain

    def _unusable(self, what: str, error: OSError) -> FleetError:
        return FleetError(f"{self.path}: cannot {what} the journal ({error.strerror}); nothing may go on without it.")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
