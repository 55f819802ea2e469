"""The report of a swap: true to what was counted, whole, self-contained, and nothing it was told is more than text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_picture import NARROW, WIDE, Picture, draw
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_report import pool_classes, render_swap, verdict
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_shapes import Paper, flags, scale
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_story import Swap, phases, read_swap

T = 1_800_000_000
NASTY = "</title></svg><script>alert(1)</script> <b> \" ' & \x1b[31m\x00\n"
SVG = re.compile(r"<svg.*?</svg>", re.S)


def shift(at: float, green: int, kind: str = "shares", balancer: str = "web", reason: str = "") -> dict[str, Any]:
    shares = {"blue": 100 - green, "green": green}
    return {"at": T + at, "kind": kind, "balancer": balancer, "shares": shares, "reason": reason}


def gate(at: float, reason: str = "") -> dict[str, Any]:
    return {"at": T + at, "kind": "gate", "balancer": "web", "reason": reason}


def second(at: int, ok: Mapping[str, int], failed: Mapping[str, int] | None = None, p99: float = 5.0) -> dict[str, Any]:
    bad = dict(failed or {})
    sent = sum(ok.values()) + sum(bad.values())
    return {"at": T + at, "sent": sent, "ok": dict(ok), "failed": bad, "p99_ms": p99, "max_ms": 2 * p99}


GOOD = [shift(1, 0), shift(10, 5), gate(18), shift(20, 25), gate(28), shift(30, 100), gate(38)]
STEPS = [(10, {"blue": 250}), (20, {"blue": 237, "green": 13}), (30, {"blue": 187, "green": 63}), (40, {"green": 250})]
LOAD = [second(at, next(ok for until, ok in STEPS if at < until)) for at in range(40)]
SICK = [shift(1, 0), shift(10, 5), gate(18, "3 requests failed"), shift(19, 0, "back", reason="3 requests failed")]


def pictures(page: str) -> list[ET.Element]:
    return [ET.fromstring(found) for found in SVG.findall(page)]


def of_class(svg: ET.Element, *names: str) -> list[ET.Element]:
    return [one for one in svg.iter() if set(names) <= set(one.get("class", "").split())]


def texts(svg: ET.Element, name: str) -> list[str]:
    return [one.text or "" for one in of_class(svg, name) if one.tag == "text"]


def test_a_good_swap_is_told_with_its_numbers() -> None:
    page = render_swap("demo", read_swap(GOOD, LOAD))
    assert "<title>Swapped: fleet demo, blue to green, 10,000 requests, 0 failed</title>" in page
    assert "All traffic goes to green. 10,000 requests, 0 failed." in page
    wide, narrow = pictures(page)
    for svg in (wide, narrow):
        assert len(of_class(svg, "area", "p-blue")) == 1
        assert len(of_class(svg, "area", "p-green")) == 1
        assert len(of_class(svg, "share", "p-blue")) == 3
        assert len(of_class(svg, "share", "p-green")) == 3
        assert len(of_class(svg, "latency")) == 1
        assert of_class(svg, "failed") == []
        assert texts(svg, "fine") == ["none failed"]
        assert texts(svg, "number") == ["1", "2", "3", "4", "5", "6", "7"]
    said = ["at first blue 100, green 0", "green 5 %", "gates passed", "green 25 %", "gates passed", "all to green"]
    assert texts(wide, "said") == [*said, "gates passed"]
    assert texts(narrow, "said") == []


def test_a_sick_one_went_back_and_every_failure_is_seen() -> None:
    load = [
        second(at, {"blue": 249}, {"status 500": 1} if at in (15, 17) else {"reset": 1} if at == 16 else {})
        for at in range(30)
    ]
    swap = read_swap(SICK, load)
    page = render_swap("demo", swap)
    assert swap.failed == {"status 500": 2, "reset": 1}
    assert "Gone back" in page
    assert "All traffic went back to blue: 3 requests failed." in page
    assert "Failed: 2 status 500, 1 reset." in page
    wide = pictures(page)[0]
    assert len(of_class(wide, "failed")) == 3
    assert [title.text for one in of_class(wide, "failed") for title in one] == [
        "15 s: 1 status 500", "16 s: 1 reset", "17 s: 1 status 500",
    ]  # fmt: skip
    assert "gate failed: 3 requests failed" in texts(wide, "said")
    assert "all back to blue: 3 requests failed" in texts(wide, "said")


@pytest.mark.parametrize("form", [WIDE, NARROW], ids=lambda form: form.name)
def test_one_failure_among_millions_is_seen(form: Any) -> None:
    load = [
        second(at, {"blue": 1000}, {"reset": 1} if at == 3001 else {"timeout": 900} if at == 9 else {})
        for at in range(7200)
    ]
    made = picture([shift(0, 0)], load, form)
    bars = [one for one in made.bars if one.css == "failed"]
    assert len(bars) == 2
    assert min(one.height for one in bars) >= 4
    assert min(one.width for one in bars) >= 3
    assert made.grain > 1
    assert {word.text for word in made.words if word.css == "count"} == {"1", "900"}


def picture(journal: Sequence[Mapping[str, Any]], load: Sequence[Mapping[str, Any]], form: Any = WIDE) -> Picture:
    swap = read_swap(journal, load)
    return draw(swap, form, pool_classes(swap.pools))


def test_areas_stand_on_each_other_and_are_as_high_as_was_counted() -> None:
    made = picture([], [second(0, {"blue": 30, "green": 10, "": 5}), second(1, {"blue": 20})])
    panel = made.panels[0]
    each = (panel.ticks[0][0] - panel.ticks[-1][0]) / float(panel.ticks[-1][1])
    heights = []
    for path in made.paths[:3]:
        places = [tuple(map(float, one.split())) for one in path.points.strip("MZ ").split(" L")]
        assert places[:2] == [(52.0, places[0][1]), (579.0, places[0][1])]  # the first second, from end to end
        heights.append(
            [round((below[1] - above[1]) / each) for above, below in zip(places[:4], places[:3:-1], strict=True)]
        )
    assert [path.css for path in made.paths[:3]] == ["area p-blue", "area p-green", "area p-none"]
    assert heights == [[30, 30, 20, 20], [10, 10, 0, 0], [5, 5, 0, 0]]


def test_where_nobody_measured_nothing_is_drawn() -> None:
    load = [second(at, {"blue": 10}) for at in (0, 1, 2, 10, 11)]
    assert [path.css for path in picture([], load).paths] == ["area p-blue"] * 2 + ["latency"] * 2


def test_a_second_that_was_not_whole_is_counted_and_not_drawn_as_a_rate() -> None:
    load = [*(second(at, {"blue": 100}) for at in range(4)), {"summary": True, "began": T + 0.5, "seconds": 3.0}]
    swap = read_swap([], load)
    assert [one.whole for one in swap.seconds] == [False, True, True, False]
    assert swap.ok == 400
    (area,) = [path for path in draw(swap, WIDE, {"blue": "p-blue"}).paths if path.css == "area p-blue"]
    assert {place.split()[0].strip("M") for place in area.points.split(" L")} == {"315.5", "579.0", "842.5"}


def test_without_a_load_client_there_are_shares_and_events() -> None:
    page = render_swap("demo", read_swap(GOOD))
    wide, narrow = pictures(page)
    for svg in (wide, narrow):
        assert len(of_class(svg, "share")) == 6
        assert not of_class(svg, "area")
        assert texts(svg, "title") == ["Shares"]
    assert " requests" not in re.sub(r"<footer>.*</footer>", "", page)
    assert "nobody counted requests" in page
    assert "all to green" in page


def test_before_anything_happened_there_is_a_page() -> None:
    page = render_swap("demo", read_swap([]))
    assert "Not begun" in page
    assert pictures(page) == []


@pytest.mark.parametrize("load", [LOAD, []])
def test_what_was_told_is_only_text(load: list[dict[str, Any]]) -> None:
    nasty = {"blue": 40, NASTY: 60}
    journal = [
        {"at": T, "kind": NASTY, "balancer": NASTY, "shares": nasty, "reason": NASTY},
        {"at": T + 5, "kind": "shares", "balancer": "<b>", "shares": nasty, "reason": NASTY},
        gate(7, f"{NASTY} on <b>"),
    ]
    seconds = [*load, *([second(50, {NASTY: 3}, {NASTY: 2})] if load else [])]
    page = render_swap("<b>", read_swap(journal, seconds))
    assert "<script" not in page
    assert "<b>" not in re.sub(r"<b>[0-9.,]+( m?s)?</b>|<b>–</b>", "", page)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", page)
    for svg in pictures(page):
        assert {one.tag for one in svg.iter()} <= {"svg", "g", "text", "title", "path", "rect", "line", "circle"}
    assert any("<b>" in one for one in texts(pictures(page)[0], "said"))


def test_the_page_needs_nothing_from_anywhere() -> None:
    page = render_swap("demo", read_swap(GOOD, LOAD))
    for word in ("http", "url(", "@import", "<script", "<link", "<img", " src=", " href=", " on"):
        assert word not in re.sub(r"<text class=\"on |text\.on|>[^<]*<", "><", page), word


def test_every_number_is_in_the_tables() -> None:
    page = render_swap("demo", read_swap(GOOD, LOAD))
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    assert ["10 s", "10 s", "blue 95, green 5", "2,500", "0", "2,370", "130", "5 ms"] in cells
    assert ["30 s", "10 s", "blue 0, green 100", "2,500", "0", "0", "2,500", "5 ms"] in cells
    assert sum(1 for row in cells if len(row) == 7 and row[1] == "250") == 40


def test_phases_hold_every_request_once() -> None:
    swap = read_swap(GOOD, LOAD)
    told = phases(swap, T, T + 40)
    assert [(one.begins - T, one.ends - T, one.requests) for one in told] == [
        (0, 1, 250), (1, 10, 2250), (10, 20, 2500), (20, 30, 2500), (30, 40, 2500),
    ]  # fmt: skip
    assert [one.shares for one in told][:2] == ["", "blue 100, green 0"]


@pytest.mark.parametrize(
    "journal,tone,sentence",
    [
        ([], "new", "No traffic was shifted."),
        ([shift(0, 0)], "new", "All traffic goes to blue, as it did before."),
        ([shift(0, 0), shift(1, 5)], "running", "Traffic is shared: web: blue 95, green 5."),
        ([shift(0, 0), shift(1, 5), gate(2, "it burns.")], "halted", "A gate failed: it burns."),
        ([shift(0, 0), shift(1, 5), gate(2)], "running", "Traffic is shared: web: blue 95, green 5."),
        ([shift(0, 0), shift(1, 100)], "done", "All traffic goes to green."),
        (SICK, "rolled_back", "All traffic went back to blue: 3 requests failed."),
        ([*SICK, shift(30, 100)], "done", "All traffic goes to green."),
        (
            [shift(0, 0), shift(0, 0, balancer="api"), shift(1, 100)],
            "running",
            "Traffic is shared: web: blue 0, green 100; api: blue 100, green 0.",
        ),
    ],
)
def test_how_it_came_out(journal: list[dict[str, Any]], tone: str, sentence: str) -> None:
    found = verdict(read_swap(journal))
    assert (found.tone, found.sentence) == (tone, sentence)


def test_each_balancer_has_its_shares() -> None:
    journal = [shift(0, 0), shift(1, 0, balancer="api"), shift(5, 100), shift(6, 100, balancer="api")]
    page = render_swap("demo", read_swap(journal))
    wide = pictures(page)[0]
    assert texts(wide, "title") == ["Shares at web", "Shares at api"]
    assert len(of_class(wide, "share")) == 4
    assert "web: all to green" in texts(wide, "said")


@pytest.mark.parametrize("worded", [True, False])
@pytest.mark.parametrize("places", [[0], [0, 1, 2, 3], list(range(0, 1000, 9)), [998, 999, 1000], [500] * 12])
def test_labels_do_not_lie_on_each_other(places: list[int], worded: bool) -> None:
    paper = Paper(1100, 50, 50, 0, 1000)
    marks = [(paper.x(at), "shift", f"green {at} % because of something") for at in places]
    found = flags(marks, paper, 5, worded)
    assert [flag.number for flag in found] == list(range(1, len(places) + 1))
    shown = [flag for flag in found if flag.labelled]
    assert shown
    for index, one in enumerate(shown):
        assert one.left >= 0
        assert one.right <= 1100
        assert one.left <= one.x <= one.right
        for other in shown[:index]:
            assert one.y != other.y or one.left >= other.right or other.left >= one.right
            # the later one's line does not run through the earlier one's label
            assert not (other.y > one.y and other.left <= one.x <= other.right)


def test_labels_have_their_words_where_there_is_room() -> None:
    paper = Paper(1100, 50, 50, 0, 1000)
    found = flags([(paper.x(at), "shift", "all to green") for at in (0, 500, 1000)], paper, 5, True)
    assert [(flag.words, flag.leftward, flag.y) for flag in found] == [
        ("all to green", False, 4.0), ("all to green", False, 4.0), ("all to green", True, 4.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "highest,values",
    [(1, (0, 1)), (3, (0, 1, 2, 3)), (4.5, (0, 2, 4, 6)), (250, (0, 100, 200, 300)), (2_100, (0, 1000, 2000, 3000))],
)
def test_axes_have_round_numbers(highest: float, values: tuple[float, ...]) -> None:
    assert scale(highest) == values


def test_pools_have_their_colours() -> None:
    swap = Swap((), read_swap([], [second(0, {"": 1, "amber": 1, "green": 1, "blue": 1, "teal": 1})]).seconds)
    assert pool_classes(swap.pools) == {
        "blue": "p-blue", "green": "p-green", "amber": "p-0", "teal": "p-1", "": "p-none",
    }  # fmt: skip


@pytest.mark.parametrize(
    "journal,load,said",
    [
        ([{"at": T}], [], "The swap's journal, line 1: it has no kind."),
        (["x"], [], "The swap's journal, line 1: it is no object."),
        ([shift(0, 0), {"kind": "gate"}], [], "The swap's journal, line 2: at is no number that can be."),
        ([{"at": float("nan"), "kind": "gate"}], [], "The swap's journal, line 1: at is no number that can be."),
        ([{"at": True, "kind": "gate"}], [], "The swap's journal, line 1: at is no number that can be."),
        ([{"at": T, "kind": "shares"}], [], "The swap's journal, line 1: it is of kind shares and has none."),
        ([{"at": T, "kind": "gate", "reason": 1}], [], "The swap's journal, line 1: reason is no text."),
        (
            [{"at": T, "kind": "shares", "shares": {"blue": 101}}],
            [],
            "The swap's journal, line 1: shares are no whole numbers by name.",
        ),
        (
            [{"at": T, "kind": "shares", "shares": {"blue": 50, "green": 20}}],
            [],
            "The swap's journal, line 1: shares are blue 50, green 20; they have to be 100 in all, or all 0.",
        ),
        ([], [{"at": T}], "The load, line 1: sent is no number that can be."),
        ([], [{"at": T, "sent": 1, "ok": {"blue": -1}}], "The load, line 1: ok are no whole numbers by name."),
        ([], [{**second(0, {}), "p99_ms": "5"}], "The load, line 1: p99_ms is no number that can be."),
        ([], [{"summary": True, "began": T}], "The load's summary: seconds is no number that can be."),
    ],
)
def test_what_cannot_be_is_not_drawn(journal: list[Any], load: list[Any], said: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_swap(journal, load)
    assert caught.value.message == said


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_colours_can_be_read_and_told_from_the_page_in_light_and_dark() -> None:
    """WCAG AA: 4.5 for text, 3 for what is drawn."""
    page = render_swap("demo", read_swap(GOOD, LOAD))
    style = page[page.index("<style>") : page.index("</style>")]
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for block in re.findall(
        r"@media \(prefers-color-scheme: dark\) \{\s*:root \{.*?\}\s*\}|:root \{.*?\}", style, re.S
    ):
        (dark if block.startswith("@") else light).update(re.findall(r"(--[a-z0-9-]+): (#[0-9a-f]{6})", block))
    texts_on = {"--ink": "--card", "--soft": "--card", "--bad": "--card", "--good": "--card"}
    texts_on |= {f"--on-tone on {one}": one for one in ("--ink", "--soft", "--good", "--bad", "--back")}
    texts_on |= {"--on-blue": "--p-blue", "--on-green": "--p-green", "--on-3": "--p-3"}
    texts_on |= {f"--on-other on {one}": f"--p-{one}" for one in ("0", "1", "2", "none")}
    for colours in (light, {**light, **dark}):
        for text, ground in texts_on.items():
            assert contrast(colours[text.split(" ")[0]], colours[ground]) >= 4.5, (text, ground)
        for drawn in [name for name in colours if name.startswith("--p-")] + ["--latency", "--bad"]:
            assert contrast(colours[drawn], colours["--card"]) >= 3, drawn
