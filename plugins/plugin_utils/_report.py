# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the report of an apply: one HTML file that needs nothing else, and Markdown.

What hosts said is untrusted: it is made printable, and escaped by the templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from ..module_utils._fleet.markdown import markdown
from ..module_utils._fleet.plan_file import plan_id
from ..module_utils._fleet.story import HostStory, Story, tell
from ..module_utils._fleet.text import policy_words, printable, span
from ..module_utils._fleet.time_line import Row, steps
from ..module_utils._host.package_words import advisory_line, change_line, package_summary
from ..module_utils._model.fleet import FleetPlan, Snapshot
from ..module_utils._model.journal import Event

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1120, 190, 24, 30, 14
LABELLED = 60
DRAWN = 500


@dataclass(frozen=True)
class Box:
    """A shape on the time line, in pixels."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """The time line, ready to be written as SVG. ``marks`` are boxes by their middle, without width."""

    height: float
    row: float
    labelled: bool
    boxes: tuple[Box, ...]
    marks: tuple[Box, ...]
    names: tuple[Box, ...]
    waves: tuple[Box, ...]
    idle: tuple[Box, ...]
    cuts: tuple[Box, ...]
    left_out: bool
    ticks: tuple[tuple[float, str], ...]


def render_report(
    plan: FleetPlan, events: Sequence[Event], before: Snapshot | None = None, after: Snapshot | None = None
) -> tuple[str, str]:
    """The report as HTML and as Markdown. ``before`` and ``after`` are the fleet as seen around the apply."""
    story = tell(plan, events, before, after)
    told: dict[str, Any] = {
        "plan": plan,
        "plan_id": plan_id(plan),
        "story": story,
        "policy": policy_words(plan.policy),
        "waved": [host for host in story.hosts if host.wave],
        "others": [host for host in story.hosts if not host.wave],
    }
    page = environment(html=True).get_template("report.html.j2").render(picture=draw(story), **told)
    return page, environment(html=False).get_template("report.md.j2").render(**told)


def environment(html: bool) -> jinja2.Environment:
    """What the templates of reports are read with: untrusted text in them is escaped and printable."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "data" / "report"),
        autoescape=html,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        span=span, clock=clock, md=markdown, summed=package_summary, advised=advisory_line, changed=change_line
    )
    return made


def _shown(value: Any) -> Any:
    """Text from hosts in one printable line; what a macro made stays as it is."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def clock(at: str) -> str:
    """ISO 8601 as people read it, to the second."""
    return at[:19].replace("T", " ") + (" UTC" if at.endswith("Z") else "")


def draw(story: Story) -> Picture:
    """One row a host, in the order of the waves; with very many hosts, those that did not come out well."""
    rows = {row.host: row for row in story.line.rows}
    waved = [host for host in story.hosts if host.wave]
    touched = [host for host in waved if host.name in rows]
    shown = _chosen(touched if len(waved) > LABELLED or not touched else waved)
    labelled = len(shown) <= LABELLED
    height = 26.0 if labelled else 7.0
    right = float(WIDTH - LEFT - RIGHT)
    scale = right / story.line.length
    boxes: list[Box] = []
    marks: list[Box] = []
    names: list[Box] = []
    idle: list[Box] = []
    tops: dict[str, tuple[float, float]] = {}
    top = float(TOP)
    for host in shown:
        if host.wave not in tops:
            top += 8 if tops else 0
            tops[host.wave] = (top, top)
        middle = top + height / 2
        if host.name in rows:
            _draw_row(rows[host.name], host, top, height, scale, boxes, marks)
        else:
            idle.append(Box("never", LEFT, middle, right, 0, "never touched"))
        names.append(Box(host.result, LEFT - 12, middle, 0, 0, host.name))
        top += height
        tops[host.wave] = (tops[host.wave][0], top)
    times = {story.waves[band.wave].name: band for band in story.line.bands if band.wave < len(story.waves)}
    waves = []
    for name, (start, end) in tops.items():
        band = times.get(name)
        left, width = (LEFT + band.start * scale, (band.end - band.start) * scale) if band else (LEFT, 0.0)
        waves.append(Box("wave", left, start, width, end - start, name))
    cuts = [
        Box("cut", LEFT + cut.start * scale, TOP, (cut.end - cut.start) * scale, top - TOP, span(cut.skipped))
        for cut in story.line.cuts
    ]
    ticks = () if cuts else tuple([(LEFT + at * scale, span(at)) for at in steps(story.line.length)])
    return Picture(
        top + BOTTOM,
        height,
        labelled,
        tuple(boxes),
        tuple(marks),
        tuple(names),
        tuple(waves),
        tuple(idle),
        tuple(cuts),
        len(shown) < len(touched),
        ticks,
    )


def _chosen(hosts: list[HostStory]) -> list[HostStory]:
    if len(hosts) <= DRAWN:
        return hosts
    first = {host.name for host in sorted(hosts, key=lambda host: host.result == "updated")[:DRAWN]}
    return [host for host in hosts if host.name in first]


_DOING = {
    "stage": "staging",
    "wait": "staged, waiting for its turn",
    "reboot": "rebooting and checked",
    "back": "going back",
}


def _draw_row(
    row: Row, host: HostStory, top: float, height: float, scale: float, boxes: list[Box], marks: list[Box]
) -> None:
    pad = 6.0 if height > 10 else 1.0
    for phase in row.phases:
        width = max(1.5, (phase.end - phase.start) * scale)
        title = f"{host.name}: {_DOING[phase.kind]}, {span(phase.end - phase.start)}"
        boxes.append(Box(phase.kind, LEFT + phase.start * scale, top + pad, width, height - 2 * pad, title))
    for mark in row.marks:
        title = f"{host.name}: {mark.kind.replace('_', ' ')} after {span(mark.at)}"
        title += f" ({host.reason})" if host.reason and mark.kind == "failed" else ""
        marks.append(Box(mark.kind, LEFT + mark.at * scale, top + height / 2, 0, 0, title))
