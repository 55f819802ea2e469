# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a journal where nothing can be added to a file: a folder of numbered segments.

What is added at once is a segment, an object of its own that is never overwritten; the chain of the lines goes through
all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from ..module_utils._errors import FleetError, ParseError
from ..module_utils._fleet.journal import Chain, Fold, append, belongs, verify
from ..module_utils._model.journal import Event
from ._journal import Journal, now
from ._objects import RemoteFiles

_TRIES = 10


class SegmentJournal(Journal):
    """One chain of a plan's journal. Raises as Journal does."""

    def __init__(self, files: RemoteFiles, folder: str, plan: str, clock: Callable[[], str] = now) -> None:
        self.files = files
        self.folder = folder
        self.plan = plan
        self.clock = clock
        self.torn = None
        self._fold = Fold()
        self.chain = Chain()
        self.segments = 0
        self.follow()
        belongs(self.chain, plan, self.address)

    @property
    def address(self) -> str:
        return self.files.address(self.folder)

    def append(self, *events: Event) -> None:
        """Add events as one segment, and return when it is kept."""
        if not events:
            return
        for _try in range(_TRIES):
            lines, last = [], self.chain.last
            for seq, event in enumerate(events, len(self.chain.events) + 1):
                line, last = append(last, seq, event)
                lines.append(line + "\n")
            data = "".join(lines).encode("ascii")
            if self.files.create(f"{self.folder}/{_segment(self.segments + 1)}", data):
                self.segments += 1
                self.chain = Chain(self.chain.events.grown(events), last, self.chain.size + len(data))
                return
            self.follow()
        raise FleetError(f"{self.address}: cannot write the journal (others write to it all the time).")

    def follow(self) -> None:
        """Read what was added since."""
        names = self.files.names(self.folder)
        if names != tuple(_segment(number) for number in range(1, len(names) + 1)) or len(names) < self.segments:
            raise ParseError(f"{self.address}: segments of this journal are missing, or none of ours are among them.")
        fresh = names[self.segments :]
        text = b"".join(self.files.read_all([f"{self.folder}/{name}" for name in fresh])).decode("ascii", "replace")
        chain = verify(text, self.address, self.chain)
        if chain.torn is not None:
            raise ParseError(f"{self.address}: a segment of this journal is not whole.")
        self.chain, self.segments = chain, len(names)


def _segment(number: int) -> str:
    return f"{number:08}.jsonl"
