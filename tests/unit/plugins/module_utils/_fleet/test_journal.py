"""The journal's chain, and what its events add up to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.journal import (
    GENESIS,
    Events,
    Fold,
    append,
    belongs,
    fold,
    verify,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import (
    ASIDE_KINDS,
    HOST_KINDS,
    KINDS,
    Drained,
    Event,
    HostProgress,
    Progress,
)

DATA = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "data"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DATA / "journal.schema.json").read_text()))


def text_of(events: list[Event]) -> str:
    prev, lines = GENESIS, []
    for seq, event in enumerate(events, 1):
        line, prev = append(prev, seq, event)
        lines.append(line + "\n")
    return "".join(lines)


def event(kind: str, host: str | None = None, wave: int | None = None, run: str = "run-1", **data: Any) -> Event:
    return Event(kind, "2026-11-22T10:00:00Z", run, host, wave, data)


STORY = [
    event("opened", plan="plan-0123456789ab", by="ada@home", anew=True),
    event("wave_begun", wave=0),
    event("host_intended", "a", 0),
    event("host_staged", "a", 0),
    event("host_rebooting", "a", 0, boot_id="one"),
    event("host_verified", "a", 0, boot_id="two"),
    event("wave_finished", wave=0),
]

values = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
kinds = st.sampled_from(KINDS)
events = kinds.flatmap(
    lambda kind: st.builds(
        Event,
        st.just(kind),
        st.text(min_size=1),
        st.text(min_size=1),
        st.text() if kind in (*HOST_KINDS, *ASIDE_KINDS) else st.none(),
        st.none() | st.integers(0, 9),
        st.dictionaries(st.text(), values, max_size=3),
    )
)


@pytest.mark.slow
@given(st.lists(events, max_size=6))
def test_every_journal_is_read_back_as_it_was_written(story: list[Event]) -> None:
    text = text_of(story)
    for line in text.splitlines():
        SCHEMA.validate(json.loads(line))
    chain = verify(text, "journal")
    assert list(chain.events) == story
    assert (chain.size, chain.torn) == (len(text), None)
    fold(chain.events)


@given(st.lists(events, min_size=1, max_size=6), st.data())
def test_journal_cut_off_anywhere_is_tolerated_up_to_its_last_whole_line(
    story: list[Event], data: st.DataObject
) -> None:
    text = text_of(story)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    chain = verify(cut, "journal")
    assert list(chain.events) == story[: cut.count("\n")]
    assert (chain.torn or "") == cut[chain.size :]


def test_journal_can_be_read_on_from_where_one_was() -> None:
    half, whole = text_of(STORY[:3]), text_of(STORY)
    first = verify(half, "journal")
    assert verify(whole[first.size :], "journal", first) == verify(whole, "journal")
    assert verify("", "journal", first) == first


def changed(line: int, **new: Any) -> str:
    lines = text_of(STORY).splitlines()
    lines[line] = json.dumps({**json.loads(lines[line]), **new})
    return "\n".join(lines) + "\n"


def rewritten() -> str:
    """The second event replaced by another, its own hash and number right: only the one after it tells."""
    lines = text_of(STORY).splitlines(keepends=True)
    prev = json.loads(lines[0])["hash"]
    lines[1] = append(prev, 2, event("wave_begun", wave=7))[0] + "\n"
    return "".join(lines)


LINES = text_of(STORY).splitlines(keepends=True)
BROKEN = "the chain of the journal is broken here: this line or one before it was changed or is missing."


@pytest.mark.parametrize(
    "text, told",
    [
        (changed(2, host="b"), f"j line 3: {BROKEN}"),
        (changed(6, wave=1), f"j line 7: {BROKEN}"),
        (changed(0, at="2020-01-01T00:00:00Z"), f"j line 1: {BROKEN}"),
        (changed(3, hash="0" * 64), f"j line 4: {BROKEN}"),
        (changed(3, data={"x": float("nan")}), f"j line 4: {BROKEN}"),
        (rewritten(), f"j line 3: {BROKEN}"),
        ("".join(LINES[1:]), f"j line 1: {BROKEN}"),
        ("".join(LINES[:2] + LINES[3:]), f"j line 3: {BROKEN}"),
        ("".join([LINES[1], LINES[0], *LINES[2:]]), f"j line 1: {BROKEN}"),
        ("".join([*LINES, LINES[-1]]), f"j line 8: {BROKEN}"),
        ("".join([*LINES[:2], "\n", *LINES[2:]]), "j line 3: this is not JSON (Expecting value)."),
        ("{}\n", "j line 1: hash is missing or not text."),
        (text_of([event("host_staged")]), "j line 1: an event of kind host_staged needs a host."),
        (text_of([event("opened", "a")]), "j line 1: an event of kind opened has no host."),
        (text_of([event("party")]), "j line 1: there are no events of kind party."),
    ],
)
def test_journal_that_was_changed_is_refused(text: str, told: str) -> None:
    with pytest.raises(ParseError) as error:
        verify(text, "j")
    assert error.value.message == told


def test_journal_of_another_plan_is_refused() -> None:
    chain = verify(text_of(STORY), "j")
    belongs(chain, "plan-0123456789ab", "j")
    with pytest.raises(ParseError, match=r"^j: this is the journal of plan-0123456789ab, not of plan-x\.$"):
        belongs(chain, "plan-x", "j")


def test_what_a_story_adds_up_to() -> None:
    assert fold(STORY) == Progress(
        "running",
        "plan-0123456789ab",
        "run-1",
        ("run-1",),
        {"a": HostProgress("verified", 0, "", "one")},
        (0,),
        (0,),
        touched=("a",),
        open=True,
    )


def test_run_is_open_until_it_is_closed() -> None:
    halted = [*STORY, event("halted", reason="budget")]
    closed = [*halted, event("closed", outcome="halted")]
    assert [fold(told).open for told in ([], halted, closed, [*closed, event("opened", run="run-2")])] == [
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "more, state, reason",
    [
        ([], "running", ""),
        ([event("halted", reason="budget")], "halted", "budget"),
        ([event("halted", reason="budget"), event("closed", outcome="rolled_back")], "rolled_back", "budget"),
        ([event("interrupted", reason="Ctrl-C")], "interrupted", "Ctrl-C"),
        ([event("halted", reason="budget"), event("interrupted", reason="Ctrl-C")], "halted", "budget"),
        ([event("interrupted", reason="Ctrl-C"), event("opened", run="run-2")], "running", ""),
        # the worker of a killed run has its last words when the next run is under way
        ([event("opened", run="run-2"), event("interrupted", reason="ansible-playbook is gone")], "running", ""),
        ([event("waiting", reason="paused")], "waiting", "paused"),
        ([event("waiting", reason="no window"), event("halted", reason="aborted")], "halted", "aborted"),
        ([event("waiting", reason="no window"), event("wave_begun", wave=1)], "running", ""),
        ([event("waiting", reason="paused"), event("opened", run="run-2")], "running", ""),
        ([event("waiting", reason="paused"), event("closed", outcome="waiting")], "waiting", "paused"),
        ([event("closed", outcome="done")], "done", ""),
        ([event("closed", outcome="aborted", reason="told to")], "aborted", "told to"),
        ([event("closed", outcome="party")], "running", ""),
    ],
)
def test_state_of_a_run(more: list[Event], state: str, reason: str) -> None:
    progress = fold(STORY + more)
    assert (progress.state, progress.reason) == (state, reason)


def test_when_what_is_waiting_may_go_on() -> None:
    waits = [*STORY, event("waiting", reason="no window", next_start="2026-11-28T00:00:00Z")]
    assert fold(waits).next_start == "2026-11-28T00:00:00Z"
    assert fold([*waits, event("closed", outcome="waiting")]).next_start == "2026-11-28T00:00:00Z"
    assert fold([*waits, event("wave_begun", wave=1)]).next_start == ""
    assert fold([*waits, event("opened", run="run-2")]).next_start == ""


def test_nothing_was_ever_done() -> None:
    assert fold([]) == Progress()


def test_budget_that_was_spent_stays_spent_until_opened_anew() -> None:
    failed = [*STORY, event("host_failed", "b", 1, reason="red"), event("host_verified", "b", 1)]
    assert fold(failed).failed == ("b",)
    assert fold(failed).stage("b") == "verified"
    resumed = fold([*failed, event("opened", run="run-2", anew=False)])
    assert (resumed.failed, resumed.runs) == (("b",), ("run-1", "run-2"))
    anew = fold([*failed, event("opened", run="run-2", anew=True)])
    assert (anew.failed, anew.runs, anew.hosts) == ((), ("run-2",), {})


def test_wave_that_is_begun_again_is_not_finished() -> None:
    again = fold([*STORY, event("wave_begun", wave=1), event("wave_finished", wave=1), event("wave_begun", wave=0)])
    assert (again.waves_begun, again.waves_finished) == ((1, 0), (1,))


def test_host_that_failed_before_anything_was_done_to_it_is_not_touched() -> None:
    assert fold([*STORY, event("host_failed", "b", 1, lost=True)]).touched == ("a",)


def test_lost_host_and_its_boot_id_are_remembered() -> None:
    story = [*STORY[:5], event("host_failed", "a", 0, reason="no answer", lost=True)]
    assert fold(story).hosts["a"] == HostProgress("failed", 0, "no answer", "one", True)


def drain(kind: str, host: str, place: int, wave: int = 0) -> Event:
    return event(kind, host, wave, drain=place, what="command")


FIRST, SECOND = Drained(0, 0, "command"), Drained(1, 0, "command")
A_DRAINED = [*STORY[:4], *[drain(kind, "a", at) for at in (0, 1) for kind in ("host_draining", "host_drained")]]


@pytest.mark.parametrize(
    "told, left",
    [
        ([], {}),
        (A_DRAINED[:5], {"a": (FIRST,)}),  # it began: nobody knows how far it came
        (A_DRAINED, {"a": (FIRST, SECOND)}),
        ([*A_DRAINED, drain("host_undrained", "a", 1)], {"a": (FIRST,)}),
        ([*A_DRAINED, drain("host_undrained", "a", 1), drain("host_undrained", "a", 0)], {}),
        ([*A_DRAINED, drain("host_draining", "a", 1)], {"a": (FIRST, SECOND)}),  # begun again after an interruption
        ([*A_DRAINED, event("opened", anew=True)], {"a": (FIRST, SECOND)}),
        ([*A_DRAINED, drain("host_undrained", "b", 0)], {"a": (FIRST, SECOND)}),
    ],
)
def test_drains_that_are_still_to_be_undone(told: list[Event], left: dict[str, tuple[Drained, ...]]) -> None:
    assert fold(told).drained == left


def test_what_is_told_beside_a_turn_leaves_its_stage() -> None:
    assert fold([*A_DRAINED, drain("host_undrained", "a", 1)]).stage("a") == "staged"


def test_events_that_grew_from_the_same_ones_do_not_see_each_other() -> None:
    one, two, three = (Event("closed", str(index), "run") for index in range(3))
    first = Events([one])
    left, right = first.grown([two]), first.grown([three])
    assert [list(some) for some in (first, left, right, left.grown(()))] == [
        [one],
        [one, two],
        [one, three],
        [one, two],
    ]
    assert (len(right), right[-1], right[1:], list(reversed(right))) == (2, three, [three], [three, one])
    assert left == (one, two) != right
    with pytest.raises(IndexError):
        first[1]


def test_what_was_counted_step_by_step_is_what_is_counted_at_once() -> None:
    grown = Events()
    counted, before = Fold(), Progress()
    for one in [*STORY, *STORY[:3]]:
        grown = grown.grown([one])
        kept = dict(before.hosts)
        now = counted.progress(grown)
        assert now == fold(grown)
        assert before.hosts == kept
        before = now
