"""What a poller saw, added up: how many hosts were down at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def most_down(changes: Iterable[Mapping[str, Any]]) -> tuple[int, tuple[str, ...]]:
    """The most hosts that were down at one instant, and which they were.

    To our disadvantage: a host is down from the beginning of the first look that failed to the end of the first that
    did not.
    """
    moments = sorted((one["ended"] if one["up"] else one["began"], one["up"], one["host"]) for one in changes)
    down: set[str] = set()
    most: tuple[str, ...] = ()
    for _at, up, host in moments:
        if up:
            down.discard(host)
        else:
            down.add(host)
        if len(down) > len(most):
            most = tuple(sorted(down))
    return len(most), most
