"""What is seen of a lab from outside while something happens in it: a constant load, and who can get requests.

Each watcher is a process of its own inside the lab's network; leaving the block ends it in order.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any, Self

from tests.integration.lab import REPOSITORY

PATIENCE = 30.0


class Watching:
    """A program that writes JSON lines and a summary. After the block: ``samples`` and ``summary``."""

    def __init__(self, namespace: str | None, program: str, *words: str) -> None:
        inside = ["ip", "netns", "exec", namespace] if namespace else []
        self._argv: Sequence[str] = [*inside, sys.executable, "-m", f"tools.{program}", *words]
        self._told = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._wrong = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._process: subprocess.Popen[str] | None = None
        self.samples: list[dict[str, Any]] = []
        self.summary: dict[str, Any] = {}

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "it was not started"
        return self._process

    def __enter__(self) -> Self:
        """Returns when it has written its first line: it watches."""
        self._process = subprocess.Popen(
            self._argv, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=self._told, stderr=self._wrong, text=True
        )
        try:
            end = time.monotonic() + PATIENCE
            while not os.fstat(self._told.fileno()).st_size:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"{self._argv} does not begin: {self._said(self._wrong)}")
                time.sleep(0.01)
        except BaseException:
            self._end()
            raise
        return self

    def so_far(self) -> list[dict[str, Any]]:
        """What it has written up to now, without moving the place where it writes."""
        place = self._told.fileno()
        text = os.pread(place, os.fstat(place).st_size, 0)
        return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]

    def stop(self) -> None:
        """End it in order before the block ends, to see what came of it."""
        if not self.summary:
            self._process_ended()
            self._read(None)

    def __exit__(self, *error: object) -> None:
        if not self.summary:
            self._process_ended()
            self._read(error[0])

    def _read(self, error: object) -> None:
        text, wrong = self._said(self._told), self._said(self._wrong)
        self._end()
        lines = [json.loads(line) for line in text.splitlines()]
        if not lines or not lines[-1].get("summary"):
            if error is None:
                raise AssertionError(f"{self._argv} did not end in order: {wrong or text[-2000:]}")
            return
        *self.samples, self.summary = lines

    def _process_ended(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._told.close()
        self._wrong.close()

    @staticmethod
    def _said(file: Any) -> str:
        file.seek(0)
        return str(file.read())


class Load(Watching):
    """A constant load on a URL, ``rate`` requests a second, from inside the lab's network (None: this machine's)."""

    def __init__(self, lab_name: str | None, url: str, rate: float = 250.0, seconds: float = 3600.0) -> None:
        super().__init__(lab_name, "load", url, "--rate", f"{rate:g}", "--seconds", f"{seconds:g}")

    @property
    def failed(self) -> dict[str, int]:
        """What failed, by kind. Empty is what a swap promises."""
        assert self.summary, "it has not ended"
        assert self.summary["missing"] == 0
        return dict(self.summary["failed"])


class Capacity(Watching):
    """The servers of a HAProxy, by its socket. It is a path, which no network namespace is in the way of."""

    def __init__(self, lab_name: str | None, path: str, backend: str | None = None, seconds: float = 3600.0) -> None:
        only = ["--backend", backend] if backend else []
        super().__init__(lab_name, "capacity", path, *only, "--seconds", f"{seconds:g}")

    @property
    def least(self) -> int:
        """The fewest servers that could get requests at any look; every look has to have seen something.

        Looks are some 50 ms apart (`longest_gap_ms` in the summary): what was shorter may not have been seen.
        """
        assert self.summary, "it has not ended"
        assert self.summary["blind"] == 0
        return int(self.summary["least"]["capacity"])
