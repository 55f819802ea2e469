"""Holds talks in tests: replies are a table, the clock is counted, nothing waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.atomic.fleet.plugins.module_utils._model.host import HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Ask, Pause, Reply
from ansible_collections.atomic.fleet.plugins.module_utils._parse.observation import parse_observation
from ansible_collections.atomic.fleet.plugins.module_utils._parse.sections import parse_sections

FIXTURES = Path(__file__).parent / "module_utils/_parse/fixtures"
LOST = Reply(rc=255, err="ssh: connect to host: Connection refused", lost=True)


def fixture(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def observed(name: str, host: str = "h1") -> HostState:
    """What one of the recorded answers says."""
    return parse_observation(host, parse_sections(host, fixture(name)))


def answered(*sections: tuple[str, int, str], body: str = "") -> Reply:
    """An answer with these sections (name, status, text), and with those of a recorded one."""
    lines = ["@begin"]
    for name, rc, text in sections:
        lines.append(f"@section {name} {rc}")
        lines.extend(f"|{line}" for line in text.splitlines())
    rest = body.split("@begin\n", 1)[1] if body else "@end\n"
    return Reply(out="\n".join(lines) + "\n" + rest)


@dataclass
class Held:
    """A talk that was held: what it asked, and how it ended."""

    asked: list[Ask] = field(default_factory=list)
    paused: float = 0.0
    value: Any = None
    error: Exception | None = None


def hold(talk: Any, replies: Iterable[Reply], seconds: float = 1.0) -> Held:
    """Sends the replies one by one; each takes ``seconds``. A talk that asks for more than there are fails the test."""
    held = Held()
    clock = 100.0
    left = list(replies)
    try:
        item = next(talk)
        while True:
            if isinstance(item, Pause):
                clock += item.seconds
                held.paused += item.seconds
                item = talk.send(Reply(at=clock))
                continue
            held.asked.append(item)
            if not left:
                raise AssertionError(f"nothing left to answer {item.note!r} with")
            clock += seconds
            item = talk.send(replace(left.pop(0), at=clock))
    except StopIteration as end:
        held.value = end.value
    except AssertionError:
        raise
    except Exception as error:
        held.error = error
    if left:
        raise AssertionError(f"{len(left)} replies were never asked for")
    return held
