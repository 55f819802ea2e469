"""Which drains are undone, in which order."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.drains import (
    Round,
    settled_at_opening,
    shared,
    still_away,
    to_undrain,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.journal import Drained, HostProgress, Progress


def progress(**drained: list[tuple[int, int]]) -> Progress:
    """The drains (wave, place) that hosts have not been brought back from."""
    return Progress(
        drained={
            host: tuple([Drained(place, wave, f"kind{place}") for wave, place in begun])
            for host, begun in drained.items()
        }
    )


@pytest.mark.parametrize(
    "drained, names, rounds",
    [
        (progress(), None, ()),
        (
            progress(a=[(0, 0), (0, 1), (0, 2)]),
            None,
            (Round(0, 2, "kind2", ("a",)), Round(0, 1, "kind1", ("a",)), Round(0, 0, "kind0", ("a",))),
        ),
        (
            progress(a=[(0, 0), (0, 1)], b=[(0, 0)]),
            None,
            (Round(0, 1, "kind1", ("a",)), Round(0, 0, "kind0", ("a", "b"))),
        ),
        # waves may go by other policies
        (progress(a=[(0, 0)], b=[(1, 0)]), None, (Round(1, 0, "kind0", ("b",)), Round(0, 0, "kind0", ("a",)))),
        (progress(a=[(0, 0)], b=[(0, 0)]), ["b"], (Round(0, 0, "kind0", ("b",)),)),
        (progress(a=[(0, 0)]), [], ()),
    ],
)
def test_the_last_drain_of_each_host_is_undone_first(
    drained: Progress, names: list[str] | None, rounds: tuple[Round, ...]
) -> None:
    assert to_undrain(drained, names) == rounds


@pytest.mark.parametrize(
    "stage, walked, settled",
    [
        ("intended", ["a"], ("a",)),
        ("staged", ["a"], ("a",)),
        ("rebooting", ["a"], ()),
        ("rebooting", ["b"], ("a",)),  # --limit leaves it out
        ("going_back", ["a"], ()),
        ("failed", ["a"], ("a",)),
        ("verified", ["a"], ("a",)),
    ],
)
def test_who_serves_again_when_a_run_is_opened(stage: str, walked: list[str], settled: tuple[str, ...]) -> None:
    known = Progress(hosts={"a": HostProgress(stage)}, drained=progress(a=[(0, 0)]).drained)
    assert settled_at_opening(known, walked) == settled


def test_hosts_with_the_same_words_are_one_for_a_service_that_cares_for_no_more() -> None:
    said = [{"cluster": "x"}, {"cluster": "y"}, {"cluster": "x"}]
    assert shared(["a", "b", "c"], said) == (("a", "c"), ("b",))


def test_hosts_that_share_a_drain_with_one_that_comes_back() -> None:
    begun = progress(a=[(0, 0), (0, 1)], b=[(0, 0)], c=[(1, 0)], d=[])
    assert still_away(begun, Round(0, 0, "kind0", ("a",))) == ("b",)
    assert still_away(begun, Round(0, 1, "kind1", ("a",))) == ()
    assert still_away(begun, Round(0, 0, "kind0", ("a", "b"))) == ()
