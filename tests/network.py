"""Ports, and network namespaces entered from within a test."""

from __future__ import annotations

import ctypes
import socket
import threading
from collections.abc import Callable
from typing import TypeVar

_CLONE_NEWNET = 0x40000000

Value = TypeVar("Value")


def within(namespace: str | None, work: Callable[[], Value]) -> Value:
    """What `work` returns in a network namespace: a thread of its own enters it, so that nobody else does."""
    if namespace is None:
        return work()
    done: list[Value] = []
    failed: list[BaseException] = []

    def enter() -> None:
        try:
            with open(f"/run/netns/{namespace}", "rb") as place:
                if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"no way into the network namespace {namespace}")
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def free_port(address: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        sock.bind((address, 0))
        return int(sock.getsockname()[1])
