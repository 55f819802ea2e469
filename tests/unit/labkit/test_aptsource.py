"""The mirror is found in the machine's own apt sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from labkit.aptsource import DEFAULT_MIRROR, find

DEB822 = """\
Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://mirror.example/debian http://other.example/debian
Suites: bookworm bookworm-updates
Components: main
"""


@pytest.mark.parametrize(
    "name,text,mirror",
    [
        ("sources.list.d/debian.sources", DEB822, "http://mirror.example/debian"),
        ("sources.list", "deb http://one.example/debian bookworm main contrib\n", "http://one.example/debian"),
        ("sources.list", "deb [signed-by=/k.gpg] https://two.example/d bookworm main\n", "https://two.example/d"),
        ("sources.list.d/x.list", "deb http://three.example/d bookworm main\n", "http://three.example/d"),
        ("sources.list", "# deb http://no.example/d bookworm main\n", DEFAULT_MIRROR),
        ("sources.list", "deb http://ubuntu.example/ubuntu noble main\n", DEFAULT_MIRROR),
        ("sources.list.d/nodejs.list", "deb http://node.example nodistro main\n", DEFAULT_MIRROR),
    ],
)
def test_find(tmp_path: Path, name: str, text: str, mirror: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert find(tmp_path).mirror == mirror
