# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: lines that let a person follow Terraform while it runs: one for each resource."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from ..module_utils._model.terraform import PlannedChange
from ..module_utils._parse.terraform_ui import UiEvent

_BEAT = 30.0
_NAMED = 3


class TerraformFollow:
    """What a TerraformProject tells its listener becomes lines: each resource that is done, at once, and every half a
    minute without one what is still under way. A context manager."""

    def __init__(
        self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic, beat: float = _BEAT
    ) -> None:
        self._say = say
        self._clock = clock
        self._beat = beat
        self._began = self._said = clock()
        self._planned = 0
        self._done = 0
        self._looked_at = 0
        self._doing: dict[str, str] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beats, name="terraform-follow", daemon=True)

    def __enter__(self) -> TerraformFollow:
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def done(self) -> int:
        """How many changes came to their end."""
        return self._done

    def expect(self, changes: Iterable[PlannedChange]) -> None:
        """How many changes there will be: a replacement is two."""
        self._planned = sum(2 if change.replaces else 1 for change in changes)

    def note(self, event: UiEvent) -> None:
        with self._lock:
            self._note(event)

    def _note(self, event: UiEvent) -> None:
        if event.kind == "apply_start":
            self._doing[event.address] = event.action
        elif event.kind == "apply_complete" and event.action != "read":
            self._doing.pop(event.address, None)
            self._done += 1
            of = f", {self._done} of {self._planned}" if self._planned else ""
            self._line(f"  {event.done} {event.address} ({event.seconds:.0f} s){of}")
        elif event.kind == "apply_errored":
            self._doing.pop(event.address, None)
            self._line(f"  failed: {event.address} ({event.seconds:.0f} s)")
        elif event.kind == "refresh_complete":
            self._looked_at += 1
        if self._clock() - self._said >= self._beat:
            self._line(self._still())

    def _still(self) -> str:
        seconds = self._clock() - self._began
        if not self._doing:
            return f"  Terraform: {self._looked_at} resources looked at; {seconds:.0f} s"
        first = list(self._doing)[:_NAMED]
        more = f" and {len(self._doing) - _NAMED} more" if len(self._doing) > _NAMED else ""
        return f"  still at {', '.join(first)}{more}; {seconds:.0f} s"

    def _line(self, text: str) -> None:
        self._said = self._clock()
        self._say(text)

    def _beats(self) -> None:
        while not self._over.wait(self._beat):
            with self._lock:
                if self._clock() - self._said >= self._beat:
                    self._line(self._still())
