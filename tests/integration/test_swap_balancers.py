"""A swap over two balancers, real HAProxys on loopback: both move, and what one of them refuses stops both."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._model.gate import Gate
from ansible_collections.atomic.fleet.plugins.module_utils._model.swap import BACK, FORWARD, SwapRules
from ansible_collections.atomic.fleet.plugins.plugin_utils._balancers import Behind
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import TrafficError
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import open_store
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap import Ended, Stopped, Swap
from ansible_collections.atomic.fleet.plugins.plugin_utils._swap_journal import SwapJournal
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch
from tests.traffic.haproxy_world import HAProxy, HAProxyWorld, running
from tests.traffic.web_app import until
from tests.traffic.world import BLUE, GREEN

pytestmark = pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")
RULES = SwapRules((5, 100), 0.0, (), 0.2, 0.0, 0.0, floor=2, budget=0)
BLUE_ALONE, FIVE, GREEN_ALONE = {"blue": 100, "green": 0}, {"blue": 95, "green": 5}, {"blue": 0, "green": 100}


class Site:
    """``web`` and ``api`` before the same two pools, and a fleet's store."""

    def __init__(self, web: HAProxyWorld, api: HAProxyWorld, folder: Path) -> None:
        self.web, self.api = web, api
        self.store = open_store("demo", str(folder))
        self.told: list[str] = []
        self.swaps = 0

    def swap(self, kind: str = FORWARD, to: str = "green", take_over: bool = False, **rules: object) -> Ended:
        behind = [Behind(self.web.balancer(), self.web.hosts())]
        behind += [Behind(replace(self.api.balancer(), name="api"), self.api.hosts())]
        self.swaps += 1
        journal = SwapJournal(self.store, f"swap-{self.swaps}", self.told.append)
        with Watch() as watch:
            self.watch = watch
            return Swap(behind, to, replace(RULES, **rules), 5.0, journal, watch).run(kind, take_over)  # type: ignore[arg-type]

    @property
    def shares(self) -> tuple[dict[str, int], dict[str, int]]:
        return self.web.shares(), self.api.shares()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        worlds = []
        for name in ("web", "api"):
            (tmp_path / name).mkdir()
            worlds.append(stack.enter_context(running(HAProxy(tmp_path / name))))
        yield Site(*worlds, tmp_path / "store")


@contextmanager
def meanwhile(when: Callable[[], bool], do: Callable[[], object]) -> Iterator[None]:
    """``do`` in a thread, as soon as ``when`` is true."""

    def wait() -> None:
        until(when)
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    yield
    thread.join(30)
    assert not thread.is_alive()


def test_both_move_step_by_step(site: Site) -> None:
    ended = site.swap()
    assert ended == Ended({"web": GREEN_ALONE, "api": GREEN_ALONE}, True)
    assert site.shares == (GREEN_ALONE, GREEN_ALONE)
    moved = [line for line in site.told if line.startswith(("web: ", "api: "))]
    assert moved == [
        "web: blue 100, green 0 at first", "api: blue 100, green 0 at first",
        "web: blue 95, green 5", "api: blue 95, green 5",
        "web: blue 0, green 100", "api: blue 0, green 100",
    ]  # fmt: skip


def test_what_one_refuses_stops_both_and_the_rerun_goes_on(site: Site) -> None:
    site.api.forbid()
    with pytest.raises(TrafficError) as caught:
        site.swap()
    assert caught.value.message.startswith("api: ")
    assert site.shares == (FIVE, BLUE_ALONE)
    site.api.mend()
    ended = site.swap()
    assert ended.back == ""
    assert site.shares == (GREEN_ALONE, GREEN_ALONE)


def test_a_host_that_one_of_them_finds_sick_keeps_all_traffic_away(site: Site) -> None:
    site.api.sicken(GREEN[1])
    ended = site.swap()
    assert f"api finds {GREEN[1]} of green not well" in ended.back
    assert site.shares == (BLUE_ALONE, BLUE_ALONE)
    assert site.web.writes() == site.api.writes() == 0


def test_it_waits_for_the_pool_to_be_well(site: Site) -> None:
    site.web.sicken(GREEN[0])
    site.web.haproxy.apps[GREEN[0]].sick = False
    ended = site.swap(health_timeout=20.0)
    assert ended.back == ""
    assert site.shares == (GREEN_ALONE, GREEN_ALONE)


def test_a_host_that_falls_ill_while_it_is_watched_takes_everything_back(site: Site) -> None:
    with meanwhile(lambda: site.shares == (FIVE, FIVE), lambda: site.api.sicken(GREEN[2])):
        ended = site.swap(bake_time=30.0)
    assert f"api finds {GREEN[2]} of green not well" in ended.back
    assert site.shares == (BLUE_ALONE, BLUE_ALONE)
    assert any(line.startswith("all traffic is back within") for line in site.told)


def test_one_that_cannot_be_taken_back_is_told_and_the_other_is(site: Site) -> None:
    def spoil() -> None:
        site.web.forbid()
        site.api.sicken(GREEN[0])

    with meanwhile(lambda: site.shares == (FIVE, FIVE), spoil), pytest.raises(TrafficError) as caught:
        site.swap(bake_time=30.0)
    said = caught.value.message
    for words in ("A gate failed (api finds", "could not be taken back: web: ", "web: blue 95, green 5", "-e to=NAME"):
        assert words in said, said
    assert site.shares == (FIVE, BLUE_ALONE)
    site.web.mend()
    site.api.heal(GREEN[0])
    assert site.swap(BACK, "blue").shares == {"web": BLUE_ALONE, "api": BLUE_ALONE}


def test_too_few_for_all_of_the_traffic(site: Site) -> None:
    site.web.sicken(GREEN[0])
    site.web.sicken(GREEN[1])
    ended = site.swap(budget=2)
    assert "green has 1 hosts well behind web, and needs 2 for 100 % of the traffic" in ended.back
    assert site.shares == (BLUE_ALONE, BLUE_ALONE)


def test_stopped_it_stays_where_it_is(site: Site) -> None:
    end = meanwhile(lambda: site.shares == (FIVE, FIVE), lambda: site.watch.stop("SIGINT"))
    with end, pytest.raises(Stopped) as caught:
        site.swap(bake_time=30.0)
    assert "Stopped (SIGINT). Traffic stays at web: blue 95, green 5; api: blue 95, green 5" in caught.value.message
    assert site.shares == (FIVE, FIVE)


def test_a_gate_may_fail_for_as_long_as_it_says(site: Site) -> None:
    closed = Gate("tcp", {"host": "127.0.0.1", "port": 1}, 60.0)
    assert site.swap(gates=(closed,)).back == ""
    site.swap(BACK, "blue")
    ended = site.swap(gates=(replace(closed, timeout=0.5),), bake_time=5.0)
    assert "tcp: 127.0.0.1 port 1 does not answer" in ended.back
    assert site.shares == (BLUE_ALONE, BLUE_ALONE)


def test_what_somebody_else_did_since_wants_consent(site: Site) -> None:
    site.swap()
    site.swap(BACK, "blue")
    site.api.meddle({"blue": 50, "green": 50})
    with pytest.raises(FleetError) as caught:
        site.swap()
    assert "api: its shares are blue 50, green 50" in caught.value.message
    assert "left it at blue 100, green 0" in caught.value.message
    assert site.shares == (BLUE_ALONE, {"blue": 50, "green": 50})
    assert site.swap(take_over=True).back == ""
    assert site.shares == (GREEN_ALONE, GREEN_ALONE)


def test_nobody_well_to_go_back_to(site: Site) -> None:
    site.swap()
    for host in BLUE:
        site.web.sicken(host)
    with pytest.raises(TrafficError, match="web: no host of blue is well, so traffic stays at blue 0, green 100"):
        site.swap(BACK, "blue")
    assert site.shares == (GREEN_ALONE, GREEN_ALONE)


def test_a_gate_that_fails_does_not_send_everybody_to_the_sick(site: Site) -> None:
    def spoil() -> None:
        for host in BLUE:
            site.web.sicken(host)
        site.api.sicken(GREEN[0])

    with meanwhile(lambda: site.shares == (FIVE, FIVE), spoil), pytest.raises(TrafficError) as caught:
        site.swap(bake_time=60.0)
    assert "could not be taken back: web: no host of blue is well" in caught.value.message
    assert site.shares == (FIVE, BLUE_ALONE)
