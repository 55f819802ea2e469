"""The report: whole, self-contained, and nothing a host said is more than text in it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import (
    FleetPlan,
    PlannedPackages,
    Snapshot,
    SnapshotHost,
    Target,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Event
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import (
    Advisory,
    FileChanges,
    PackageChange,
    PackageDiff,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount, Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._report import markdown, render_report

NASTY = "</title></svg><script>alert(1)</script> \" ' ` | * [x](y) \x1b[31m\x00\n# no"
VOID = {"meta"}


class Reader(HTMLParser):
    """Collects tags and attributes, and fails on a tag that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: dict[str, int] = {}
        self.values: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.values += [
            value or "" for name, value in attrs if name in ("href", "src", "style") or name.startswith("on")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def fleet(count: int, version: str = "1.0", name: str = "host") -> Snapshot:
    old = Deployment("a" * 64, "lab", version=version, booted=True)
    hosts = [
        SnapshotHost(f"{name}-{index:04}", HostState("", "ostree", "boot", (old,)), None, {"zone": "abc"[index % 3]})
        for index in range(count)
    ]
    return Snapshot((*hosts, SnapshotHost("lost", None, NASTY)), "demo")


def events(made: FleetPlan, bad: str | None = None, reason: str = "red") -> list[Event]:
    story: list[Event] = []

    def add(at: float, kind: str, host: str | None = None, wave: int | None = None, **data: Any) -> None:
        minutes, seconds = divmod(at, 60)
        story.append(Event(kind, f"2026-11-22T10:{int(minutes):02}:{seconds:06.3f}Z", "run-1", host, wave, data))

    add(0, "opened", plan=plan_id(made), by=NASTY, anew=True)
    for index, wave in enumerate(made.waves):
        start = 60.0 * index
        add(start, "wave_begun", wave=index)
        for name in wave.hosts:
            add(start + 1, "host_intended", name, index)
            add(start + 5, "host_staged", name, index)
            add(start + 6, "host_rebooting", name, index, boot_id="one")
            if name == bad:
                add(start + 30, "host_failed", name, index, reason=reason)
            else:
                add(start + 20, "host_verified", name, index)
        add(start + 31, "wave_finished", wave=index)
    add(60.0 * len(made.waves), "closed", outcome="done")
    return story


POLICY = Policy(max_unavailable=Amount(50, True), failure_budget=Amount(1))


def test_report_of_a_small_fleet() -> None:
    before = fleet(6)
    made = plan(before, Target("b" * 64, "2.0"), POLICY)
    page, text = render_report(made, events(made), before, fleet(6, "2.0"))
    reader = read(page)
    assert reader.tags["svg"] == 1
    assert reader.tags["circle"] == 6
    for told in ("Done", "6 of 6 hosts now run 2.0.", plan_id(made), "host-0003", "Skipped, or left as they are"):
        assert told in reader.text
    assert text.startswith("# Done: fleet demo to 2.0\n")
    assert "6 of 6 hosts now run 2.0." in text
    assert text.count("| updated |") == 6


def test_report_needs_nothing_from_anywhere() -> None:
    made = plan(fleet(6), Target("b" * 64, "2.0"), POLICY)
    page = render_report(made, events(made))[0]
    reader = read(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    assert all(re.fullmatch(r"flex-grow: \d+", value) for value in reader.values)
    assert "url(" not in page
    assert "@import" not in page
    assert "http" not in page


def test_what_hosts_say_is_only_text() -> None:
    made = plan(fleet(6, NASTY), Target("b" * 64, NASTY), POLICY)
    bad = made.waves[1].hosts[0]
    page, text = render_report(made, events(made, bad, NASTY), fleet(6, NASTY), fleet(6, NASTY))
    reader = read(page)
    assert "script" not in reader.tags
    assert "alert(1)" in reader.text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", page + text)
    assert not re.search(r"(?<!\\)<", text)
    assert "\n# no" not in text
    assert "[x](y)" not in text


@pytest.mark.parametrize("count, drawn", [(60, 60), (61, 0), (600, 0)])
def test_many_hosts_are_drawn_small(count: int, drawn: int) -> None:
    made = plan(fleet(count), Target("b" * 64, "2.0"), POLICY)
    last = made.waves[-1].hosts[-1]
    page = render_report(made, events(made, last, "did not come up"))[0]
    reader = read(page)
    assert reader.tags.get("circle", 0) == drawn
    assert page.count('class="m-') == drawn + (0 if drawn else min(count, 500))
    assert page.count('class="m-failed"') == 1
    assert ("Drawn are 500 of 600 hosts" in reader.text) is (count == 600)


KNOWN = PackageDiff(
    "rpm-ostree",
    tuple(PackageChange(f"{NASTY}{index}", "upgraded", "all", "1", NASTY) for index in range(30)),
    upgraded=30,
    advisories=(Advisory(NASTY, "security", "critical", (), (NASTY,)),),
)
SEEN = PackageDiff("files", files=FileChanges(1, 0, 2, (f"+ /usr/{NASTY}",)))


def test_packages_are_told_once_for_each_pair() -> None:
    target = Target("b" * 64, "2.0")
    made = plan(fleet(6), target, POLICY)
    told = (
        PlannedPackages("a" * 64, "1.0", target, KNOWN),
        PlannedPackages("c" * 64, "0.9", target, SEEN),
        PlannedPackages("d" * 64, None, target),
    )
    page, text = render_report(replace(made, packages=told), events(made))
    reader = read(page)
    for part in ("1.0 -> 2.0", "30 upgraded; 1 advisory", "30 packages by name", "files: 1 added, 2 modified"):
        assert part in reader.text
    assert "d" * 12 + " -> 2.0" in reader.text
    assert "unknown until staged" in text
    assert text.count("upgraded") == 1
    assert text.count("  - ") == 32
    assert "script" not in reader.tags
    assert not re.search(r"(?<!\\)<", text)


def test_report_of_a_plan_without_changes_and_of_one_never_begun() -> None:
    nothing = plan(Snapshot((), "demo"), Target("b" * 64, "2.0"), POLICY)
    assert "There was nothing to change." in read(render_report(nothing, [])[0]).text
    made = plan(fleet(3), Target("b" * 64, "2.0"), POLICY)
    reader = read(render_report(made, [])[0])
    assert "Not begun" in reader.text


def test_markdown_is_made_plain() -> None:
    assert markdown("a|b *c* <d> [e](f) `g`\nh") == r"a\|b \*c\* \<d\> \[e\]\(f\) \`g\`?h"
