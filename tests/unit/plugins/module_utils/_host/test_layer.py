"""All extensions of a plan on one host, as one talk."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._host.layer import layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.layer import Layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
from tests.unit.plugins.talking import answered, fixture, hold

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
BODY = fixture("ostree-2022.7-booted.txt")


def looked(checksum: str, *found: str) -> Reply:
    there = f"yes {checksum} /var/lib/extensions/tools"
    told = ("extension", 0, "\n".join([f"checksum {checksum}", *found, "service enabled"]))
    return answered(("extensions", 0, there), told, body=BODY)


def done(checksum: str) -> Reply:
    there = f"yes {checksum} /var/lib/extensions/tools"
    return answered(("state", 0, "done"), ("rc", 0, "0"), ("out", 0, ""), ("extensions", 0, there), body=BODY)


def test_what_was_there_is_told() -> None:
    wanted = (Layer("tools", TWO, "https://x/tools.tar", ("tools.service",)),)
    held = hold(layer("h1", wanted, 60, keep=True), [looked(ONE), done(TWO), looked(TWO)])
    assert held.error is None
    assert held.value.before == (Layer("tools", ONE, None, ("tools.service",)),)
    assert held.value.after.extensions[0].checksum == TWO


@pytest.mark.parametrize(
    "wanted, replies, words",
    [
        (Layer("tools", "unknown"), [], "h1: what tools was before is not known"),
        (Layer("tools", TWO), [looked(ONE)], "h1: has no extension tools of this checksum, and none is kept"),
    ],
)
def test_what_cannot_be_put_back(wanted: Layer, replies: list[Reply], words: str) -> None:
    held = hold(layer("h1", (wanted,), 60, keep=False), replies)
    assert words in str(held.error)


def test_what_was_kept_needs_no_address() -> None:
    held = hold(
        layer("h1", (Layer("tools", TWO),), 60, keep=False), [looked(ONE, f"kept {TWO}"), done(TWO), looked(TWO)]
    )
    assert held.value.after.extensions[0].checksum == TWO
