"""The pages whose blocks are held by tests: README, the guides, and the pages that are guides by another name."""

from __future__ import annotations

from tests.guides import Page, parse_page
from tools.dev_tree import ROOT

ALONE = ("README.md", "docs/awx.md", "docs/testing-roles.md", "docs/ci.md", "docs/audit.md")


def pages() -> tuple[Page, ...]:
    """All of them that are there, README first."""
    named = (ROOT / name for name in ALONE)
    paths = [path for path in named if path.exists()] + sorted((ROOT / "docs" / "guides").glob("*.md"))
    return tuple(parse_page(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)
