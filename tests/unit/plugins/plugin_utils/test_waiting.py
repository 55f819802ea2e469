"""Time that passes while a run waits or bakes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.estimate import render_pace
from ansible_collections.atomic.fleet.plugins.module_utils._model.pace import Pace
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch
from ansible_collections.atomic.fleet.plugins.plugin_utils._waiting import pace_of, pass_time


def test_time_passes_with_a_line_now_and_then() -> None:
    said: list[str] = []
    with Watch() as watch:
        pass_time(lambda: 3.0 - len(said), watch, said.append, lambda: "waiting", lambda: False, beat=0.0, look=0.01)
    # nothing is told any more when the time is over
    assert said == ["waiting"] * 3


def test_it_is_enough() -> None:
    asked: list[str] = []

    def enough() -> bool:
        asked.append("enough?")
        return len(asked) == 2

    with Watch() as watch:
        pass_time(lambda: 3600.0, watch, asked.append, lambda: "waiting", enough, look=0.01)
    assert asked == ["enough?"] * 2


def test_nobody_is_in_charge_any_more() -> None:
    with Watch() as watch:
        ended = threading.Event()

        def wait() -> None:
            pass_time(lambda: 3600.0, watch, print, lambda: "waiting", lambda: False, look=3600.0)
            ended.set()

        threading.Thread(target=wait, daemon=True).start()
        watch.stop("the lock of the fleet was lost")
        assert ended.wait(10)


@pytest.mark.parametrize("word", ["pause", "abort"])
def test_requests_are_files_of_the_store(word: str, tmp_path: Path) -> None:
    store = open_store("edge", str(tmp_path))
    assert store.request(word) is None
    assert store.drop_request(word) is False
    store.save_request(word, "by ada@home")
    assert (tmp_path / "edge" / word).read_text() == "by ada@home\n" == store.request(word)
    assert store.drop_request(word) is True
    assert store.request(word) is None
    (tmp_path / "edge" / word).write_bytes(b"by hand \xff")
    assert store.request(word) == "by hand \ufffd"


def test_pace_of_a_store_with_a_journal_that_is_broken(tmp_path: Path) -> None:
    store = open_store("edge", str(tmp_path))
    assert pace_of(store, layers=False) == Pace()
    for second, name in enumerate(("plan-00000000000a", "plan-00000000000b")):
        journal = store.journal(name, clock=iter([f"2026-11-22T10:00:{tick:02d}Z" for tick in (0, 4, 5, 30)]).__next__)
        for kind in ("host_intended", "host_staged", "host_rebooting", "host_verified"):
            journal.write(kind, "run-1", f"h{second}", 0, boot_id="one")
    learned = pace_of(store, layers=False)
    assert render_pace(learned) == {"stage": [4.0, 4.0, 4.0], "boot": [25.0, 25.0, 25.0], "hosts": 2}
    broken = tmp_path / "edge" / "journals" / "plan-00000000000b.jsonl"
    broken.write_bytes(broken.read_bytes().replace(b"host_staged", b"host_failed"))
    assert pace_of(store, layers=False).hosts == 1
