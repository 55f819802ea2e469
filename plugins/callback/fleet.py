# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's own output, each line at once, and below it, in a terminal, live bars of the waves under way."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet
type: stdout
short_description: Ansible's own output, with live bars of the waves of a fleet
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - What P(ansible.builtin.default#callback) prints. Below it, while C(atomic.fleet.apply) works in a terminal, one bar
    for every wave, with a sign for every state of hosts, redrawn every second from the journal of the run.
  - Without a terminal there are no bars. Every line is written out at once, where Ansible leaves that to Python, which
    fills blocks of 8 KB first.
extends_documentation_fragment:
  - ansible.builtin.default_callback
  - ansible.builtin.result_format_callback
requirements:
  - Set as C(stdout_callback) in the configuration, as V(atomic.fleet.fleet).
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  stdout_callback = atomic.fleet.fleet
"""

import os
import shutil
import sys
import threading
import time
from typing import Any

from ansible import constants
from ansible.plugins.callback.default import CallbackModule as Default

from ..module_utils._errors import FleetError
from ..module_utils._fleet.bars import draw
from ..module_utils._fleet.estimate import pace_now, parse_pace
from ..module_utils._fleet.tally import left_words
from ..module_utils._model.journal import Progress
from ..plugin_utils._journal import now
from ..plugin_utils._run import Run, load_run, opened

_EVERY = 1.0
# reading a journal shall not take more of the time than this
_SHARE = 0.05


class CallbackModule(Default):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "atomic.fleet.fleet"

    def __init__(self) -> None:
        super().__init__()
        self._process = os.getpid()
        self._write = self._display.display
        # every line of Ansible goes through here, those of its workers too
        self._display.display = self._show
        self._drawn = 0
        self._bars: _Bars | None = None

    def v2_runner_on_ok(self, result: Any) -> None:
        super().v2_runner_on_ok(result)
        found = (getattr(result, "result", None) or result._result).get("ansible_facts", {}).get("atomic_fleet_run")
        if found and found.get("run") and self._bars is None and _is_watched():
            self._bars = _Bars(self, found)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        bars, self._bars = self._bars, None
        if bars is not None:
            bars.end()
            # what they showed last stays
            self._drawn = 0
        super().v2_playbook_on_stats(stats)

    def _show(self, *words: Any, **named: Any) -> None:
        if os.getpid() != self._process:
            # Ansible hands it on to the main process
            self._write(*words, **named)
            return
        with self._display._lock:
            self._clear()
            self._write(*words, **named)
            self._draw()
            sys.stdout.flush()

    def redraw(self) -> None:
        with self._display._lock:
            self._clear()
            self._draw()
            sys.stdout.flush()

    def _clear(self) -> None:
        if self._drawn:
            sys.stdout.write(f"\x1b[{self._drawn}A\r\x1b[J")
            # what comes next may be written to stderr
            sys.stdout.flush()
        self._drawn = 0

    def _draw(self) -> None:
        lines = self._bars.lines if self._bars is not None else []
        sys.stdout.write("".join([f"{line}\n" for line in lines]))
        self._drawn = len(lines)


def _is_watched() -> bool:
    """ansible-runner, which AWX runs jobs with, gives Ansible a terminal and writes down what would be drawn there."""
    return sys.stdout.isatty() and "AWX_ISOLATED_DATA_DIR" not in os.environ


class _Bars:
    """What is drawn of a run, kept up to date by a thread, for workers have the main process wait."""

    def __init__(self, callback: CallbackModule, facts: Any) -> None:
        self.lines: list[str] = []
        self._callback = callback
        self._facts = facts
        self._run: Run | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="fleet-bars", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            begun = time.monotonic()
            try:
                self.lines = self._look()
            except (FleetError, OSError):
                # whoever works is told; here the bars stay as they were
                continue
            finally:
                pause = max(_EVERY, (time.monotonic() - begun) / _SHARE)
            self._callback.redraw()

    def _look(self) -> list[str]:
        if self._run is None:
            self._run = load_run(self._facts, ())
        run = self._run
        journal = run.store.journal(run.name.plan, make=False)
        progress: Progress = journal.progress
        begun = parse_pace(opened(journal, run.name.run).get("pace"))
        pace = pace_now(begun, journal.events, bool(run.plan.layers))
        footer = left_words(run.plan, run.walk, progress, pace, journal.events, now())
        columns = shutil.get_terminal_size().columns
        return draw(run.plan, run.walk, progress, columns, footer, colour=not constants.ANSIBLE_NOCOLOR)
