"""Where a host on a stream goes next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.stream import build_graph, next_release, wariness_of
from ansible_collections.atomic.fleet.plugins.module_utils._model.stream import (
    CURRENT,
    DEAD_END,
    UNKNOWN,
    UPDATE,
    WAIT,
    IndexedRelease,
    NextRelease,
    Release,
    ReleaseUpdate,
    Rollout,
    UpdateGraph,
)

DAY = 86400.0
# one to seven: 1 leads nowhere, 3 is a barrier, 6 is out, 7 comes over two days from the tenth on
INDEX = [IndexedRelease(str(i), {"x86_64": f"c{i}"}) for i in range(1, 8)]
SAID = [
    ReleaseUpdate("1", dead_end="https://example.org/keys"),
    ReleaseUpdate("3", barrier="https://example.org/boot"),
    ReleaseUpdate("6", rollout=Rollout(0.0, 1.0)),
    ReleaseUpdate("7", rollout=Rollout(10 * DAY, 0.2, 2 * DAY)),
]
GRAPH = build_graph("stable", "x86_64", INDEX, SAID)


@pytest.mark.parametrize(
    "version,wariness,day,verdict,to,reason",
    [
        ("1", 0.0, 20, DEAD_END, None,
         "1 is a dead end of stable (https://example.org/keys): such a host is set up anew."),
        ("2", 0.0, 20, UPDATE, "3",
         "3 is a barrier of stable, to be booted before anything newer (https://example.org/boot)."),
        ("3", 1.0, 20, UPDATE, "7", "7 is the newest release of stable that this host may have."),
        ("3", 1.0, 11, UPDATE, "6", "6 is the newest release of stable that this host may have."),
        ("4", 0.6, 11, UPDATE, "7", "7 is the newest release of stable that this host may have."),
        ("5", 0.0, 9, UPDATE, "6", "6 is the newest release of stable that this host may have."),
        ("6", 0.0, 9, WAIT, None, "7 is being rolled out, and comes to hosts of wariness 0 at 1970-01-11 00:00 UTC."),
        ("6", 0.2, 10, UPDATE, "7", "7 is the newest release of stable that this host may have."),
        ("6", 0.6, 10, WAIT, None,
         "7 is being rolled out, and comes to hosts of wariness 0.6 at 1970-01-12 00:00 UTC."),
        ("6", 1.0, 12, UPDATE, "7", "7 is the newest release of stable that this host may have."),
        ("7", 0.0, 20, CURRENT, None, "stable has nothing newer than 7."),
        ("8", 0.0, 20, UNKNOWN, None,
         "8 is no release of stable for this architecture."),
    ],
)  # fmt: skip
def test_where_a_host_goes(version: str, wariness: float, day: int, verdict: str, to: str | None, reason: str) -> None:
    found = next_release(GRAPH, version, wariness, day * DAY)
    assert (found.verdict, found.release and found.release.version, found.reason) == (verdict, to, reason)


def test_a_rollout_that_has_stopped_is_said_to_have() -> None:
    releases = (Release("1", "a"), Release("2", "b", rollout=Rollout(0.0, 0.3)))
    found = next_release(UpdateGraph("next", releases, ((0, 1),)), "1", 0.5, DAY)
    assert found == NextRelease(WAIT, "The rollout of 2 has stopped before hosts of wariness 0.5.")


@pytest.mark.parametrize(
    "edges", [((0, 2),), ((2, 0),), ((0, 0),), ((0, 3),)], ids=["past a barrier", "back", "nowhere", "into a dead end"]
)
def test_a_way_that_may_not_be_taken_is_not_taken_whoever_drew_it(edges: tuple[tuple[int, int], ...]) -> None:
    releases = (Release("1"), Release("2", barrier="b"), Release("3"), Release("4", dead_end="d"))
    graph = UpdateGraph("next", releases, edges)
    start = releases[edges[0][0]].version
    assert next_release(graph, start, 0.0, DAY).verdict == CURRENT


@st.composite
def graphs(draw: st.DrawFn) -> UpdateGraph:
    """Streams as their files have them, and now and then with ways somebody else drew."""
    count = draw(st.integers(1, 8))
    reason = st.none() | st.just("because")
    times = st.floats(0, 100, allow_nan=False)
    rollout = st.none() | st.builds(Rollout, times, st.floats(0, 1), st.none() | st.floats(1, 100))
    updates = [
        ReleaseUpdate(str(i), barrier, dead_end, out)
        for i in range(count)
        for barrier, dead_end, out in [draw(st.tuples(reason, reason, rollout))]
    ]
    graph = build_graph("s", "x86_64", [IndexedRelease(str(i), {"x86_64": "c"}) for i in range(count)], updates)
    places = st.integers(0, count - 1)
    extra = draw(st.lists(st.tuples(places, places), max_size=6))
    return UpdateGraph("s", graph.releases, (*graph.edges, *extra))


moments = st.floats(0, 300, allow_nan=False)


@given(graphs(), st.data(), st.floats(0, 1), moments)
def test_a_step_goes_forward_past_no_barrier_into_no_dead_end_and_only_into_what_is_rolled_out(
    graph: UpdateGraph, data: st.DataObject, wariness: float, now: float
) -> None:
    here = data.draw(st.integers(0, len(graph.releases) - 1))
    found = next_release(graph, str(here), wariness, now)
    assert (found.release is not None) == (found.verdict == UPDATE)
    if found.release is None:
        return
    there = int(found.release.version)
    assert there > here
    assert all(release.barrier is None for release in graph.releases[here + 1 : there])
    assert graph.releases[here].dead_end is None
    assert found.release.dead_end is None
    rollout = found.release.rollout
    assert rollout is None or (now >= rollout.at and wariness <= (rollout.share(now) or 0.0))


@given(graphs(), st.data(), st.floats(0, 1), moments, moments)
def test_later_a_host_goes_as_far_or_further(
    graph: UpdateGraph, data: st.DataObject, wariness: float, one: float, other: float
) -> None:
    here = str(data.draw(st.integers(0, len(graph.releases) - 1)))
    soon, late = (next_release(graph, here, wariness, now) for now in sorted((one, other)))
    if soon.release is not None:
        assert late.release is not None
        assert int(late.release.version) >= int(soon.release.version)


@given(graphs(), st.data(), st.floats(0, 1), st.floats(0, 1), moments)
def test_who_is_less_wary_goes_as_far_or_further(
    graph: UpdateGraph, data: st.DataObject, one: float, other: float, now: float
) -> None:
    here = str(data.draw(st.integers(0, len(graph.releases) - 1)))
    bold, wary = (next_release(graph, here, wariness, now) for wariness in sorted((one, other)))
    if wary.release is not None:
        assert bold.release is not None
        assert int(bold.release.version) >= int(wary.release.version)


# a share that is all but everybody rounds to everybody
@given(st.floats(0, 1), st.floats(0, 0.999) | st.just(1.0), st.floats(1, 100))
def test_a_host_that_waits_may_go_when_it_was_told(wariness: float, start: float, duration: float) -> None:
    releases = (Release("1"), Release("2", rollout=Rollout(200.0, start, duration)))
    graph = UpdateGraph("s", releases, ((0, 1),))
    found = next_release(graph, "1", wariness, 199.0)
    assert (found.verdict, found.at is not None) == (WAIT, True)
    assert next_release(graph, "1", wariness, (found.at or 0.0) + 0.001).verdict == UPDATE
    assert found.at == 200.0 or next_release(graph, "1", wariness, (found.at or 0.0) - 0.001).verdict == WAIT


@given(graphs(), st.floats(0, 1), moments)
def test_a_host_comes_to_an_end_step_by_step(graph: UpdateGraph, wariness: float, now: float) -> None:
    here, steps = "0", 0
    while (found := next_release(graph, here, wariness, now)).release is not None:
        here, steps = found.release.version, steps + 1
    assert steps < len(graph.releases)


def test_wariness_is_even_over_a_fleet_and_the_same_ever_after() -> None:
    found = [wariness_of(f"edge-{i}") for i in range(1000)]
    assert all(0 <= share <= 1 for share in found)
    assert 350 < sum(share < 0.4 for share in found) < 450
    assert wariness_of("edge-1") == found[1]
    assert wariness_of("edge-1", 0.25) == 0.25
    with pytest.raises(ArgumentError, match="wariness: 2 is not from 0"):
        wariness_of("edge-1", 2.0)
