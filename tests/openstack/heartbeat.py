"""Tells Octavia's health manager how members are, as an amphora does: where its machines are not real, nobody else
will.

A heartbeat is JSON, compressed, with an HMAC-SHA256 in hex after it, in one datagram.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any

_NOTHING = {"tx": 0, "rx": 0, "conns": 0, "totconns": 0, "ereq": 0}


def envelope(message: Mapping[str, Any], key: str) -> bytes:
    """What is sent of a message."""
    payload = zlib.compress(json.dumps(message).encode(), 9)
    return payload + hmac.new(key.encode(), payload, hashlib.sha256).hexdigest().encode()


def word(member: Mapping[str, Any], ill: bool) -> str:
    """HAProxy's word for a member, as it comes from an amphora."""
    if not member["admin_state_up"]:
        return "MAINT"
    if ill:
        return "DOWN"
    return "UP" if member["weight"] else "DRAIN"


class Heart:
    """Beats several times in a second until it is stopped. ``members`` gives what Octavia says of them, ``ill`` holds
    addresses."""

    def __init__(
        self,
        place: tuple[str, int],
        key: str,
        ids: Mapping[str, str],
        members: Callable[[], list[dict[str, Any]]],
    ) -> None:
        self.ill: set[str] = set()
        self._place, self._key, self._ids, self._members = place, key, ids, members
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(60)

    def _beat(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not self._stopped.wait(0.3):
                out.sendto(envelope(self._message(), self._key), self._place)

    def _message(self) -> dict[str, Any]:
        listener, pool = self._ids["listener_id"], self._ids["pool_id"]
        members = {one["id"]: word(one, one["address"] in self.ill) for one in self._members()}
        return {
            "id": self._ids["amphora_id"],
            "ver": 3,
            "seq": int(time.time()),
            "recv_time": time.time(),
            "listeners": {listener: {"status": "OPEN", "stats": _NOTHING}},
            "pools": {f"{pool}:{listener}": {"status": "UP", "members": members}},
        }
