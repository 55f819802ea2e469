# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: HAProxy's weights, by its runtime API. A server is named as its host in the inventory.

A connection speaks to one process to its end, also while that one is being replaced by a reload. So what was written is
read back by another one; what went to a process that is leaving is written again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from ...module_utils._errors import ArgumentError, ParseError
from ...module_utils._fleet.shares import percent, written
from ...module_utils._model.contract import Balancer
from ...module_utils._model.traffic import WEIGHTS, PoolHost, Standing
from ...module_utils._parse.haproxy import NAME, parse_stat, parse_state
from .._http import HttpError
from .._services.haproxy import Server
from .._services.haproxy_runtime import Runtime, Talk
from .._services.model import Patience
from .._services.rest import Torn
from .._services.said import answer_time
from .haproxy_file import StateFile
from .haproxy_weights import Backend, Look, Move, have_servers, look, weights_for
from .model import Limits, TrafficError, changed

_SETTINGS = ("backend", "socket", "state_file")
_LONGEST_ANSWER = 10.0
# seconds in which a reload is over, and HAProxy listens again
_RELOAD = 5.0
_FIRST_PAUSE = 0.1
# what a process says of its backends once another has taken over, and of one that is `disabled`
_LEAVING = "Proxy is disabled"


def open_adapter(balancer: Balancer, hosts: Sequence[PoolHost], limits: Limits) -> HAProxy:
    """Raises ArgumentError where a setting is missing, or none of HAProxy's."""
    settings = balancer.settings
    for name in ("socket", "backend"):
        if not settings.get(name):
            raise ArgumentError(f"{balancer.name}: its settings lack {name}; HAProxy's are {', '.join(_SETTINGS)}.")
    for name in settings:
        if name not in _SETTINGS:
            raise ArgumentError(
                f"{balancer.name}: {name!r} is no setting of HAProxy's; those are {', '.join(_SETTINGS)}."
            )
    if not NAME.match(settings["backend"]):
        raise ArgumentError(
            f"{balancer.name}: backend is {settings['backend']!r}; names there are letters, digits and any of _ . : -."
        )
    who, file = f"{balancer.name}: HAProxy at {settings['socket']}", settings.get("state_file")
    if file and not file.startswith("/"):
        raise ArgumentError(f"{balancer.name}: state_file is {file}; write the whole path, from / on.")
    backend = Backend(
        who,
        settings["backend"],
        tuple(share.pool for share in balancer.shares),
        {host.name: host.pool for host in hosts},
    )
    return HAProxy(backend, settings["socket"], StateFile(who, Path(file)) if file else None, limits)


class HAProxy:
    grain: ClassVar[str] = WEIGHTS

    def __init__(self, backend: Backend, place: str, file: StateFile | None, limits: Limits) -> None:
        self._backend = backend
        self._limits = limits
        self._file = file
        self._lock = threading.Lock()
        self._runtime = Runtime(
            backend.who,
            place,
            limits.clock,
            timeout=min(_LONGEST_ANSWER, limits.timeout),
            again=min(_RELOAD, limits.timeout),
        )

    def observe(self) -> Standing:
        with _told():
            return self._runtime.asked_again(self._looked).standing

    def shift(self, shares: Mapping[str, int], seen: Standing) -> Standing:
        with _told():
            self._check_file()
            with self._lock:
                found = self._move(lambda found: self._begin(shares, seen, found))
            self._keep()
            return found.standing

    def take_out(self, host: str, patience: Patience) -> None:
        with _told():
            self._check_file()
            patience.note("sessions are ending")
            left = self._server(host, patience).drain(patience.timeout - 2 * answer_time(patience))
            if left:
                patience.note(f"{left} sessions had not ended")
            self._keep()

    def put_back(self, host: str, patience: Patience) -> None:
        with _told():
            self._check_file()
            ill: HttpError | None = None
            try:
                self._server(host, patience).undrain(patience.timeout - 2 * answer_time(patience))
            except Torn:
                raise
            except HttpError as error:
                ill = error
            with self._lock:
                self._move(lambda found: self._with_weight(host, found))
            self._keep()
            if ill:
                raise ill

    # -- one connection each

    def _looked(self) -> Look:
        with self._runtime.talk() as talk:
            return self._look(talk)

    def _look(self, talk: Talk) -> Look:
        name = self._backend.name
        states, stats = talk.say([f"show servers state {name}", f"show stat {name} 4 -1"])
        try:
            return look(self._backend, parse_state(states), parse_stat(stats))
        except ParseError as error:
            raise TrafficError(
                f"{self._backend.who}: its backend {name} cannot be looked at ({error.message}): see that it is called "
                "so."
            ) from None

    def _move(self, begin: Callable[[Look], Move]) -> Look:
        """What stands when it is done. Where a connection breaks, or a reload comes in between, it goes on."""
        clock, began, pause = self._limits.clock, self._limits.clock.now(), _FIRST_PAUSE
        move: Move | None = None
        writes = 0
        while True:
            until = began + (self._limits.timeout if writes else self._runtime.again)
            try:
                with self._runtime.talk() as talk:
                    found = self._look(talk)
                    move = move or begin(found)
                    if move.done(found):
                        return found
                    if not move.ours(found):
                        raise changed(self._backend.who, move.begun.standing, found.standing)
                    if writes and clock.now() > until:
                        raise self._half_way(found, "its weights do not stay as they are set")
                    writes += 1
                    self._write(talk, move, found)
                    if writes == 1:
                        continue
            except Torn as error:
                if clock.now() + pause > until:
                    raise self._unknown(error) if writes else error from None
            clock.sleep(pause)
            pause *= 2

    def _begin(self, shares: Mapping[str, int], seen: Standing, found: Look) -> Move:
        if found.standing.version != seen.version:
            raise changed(self._backend.who, seen, found.standing)
        have_servers(self._backend, shares, found)
        return Move(shares, found, weights_for(shares, found))

    def _with_weight(self, host: str, found: Look) -> Move:
        """A server that is new has weight 0, as one of a pool that serves nobody; here its pool may have a share."""
        shares = percent(found.standing.weights)
        idle = found.weights.get(host) == 0 and shares.get(self._backend.pool_of[host])
        return Move(shares, found, weights_for(shares, found) if idle else found.weights)

    def _write(self, talk: Talk, move: Move, found: Look) -> None:
        raised, lowered = move.raised(found), move.lowered(found)
        refused = self._set(talk, raised)
        if refused:
            self._set(talk, {name: found.weights[name] for name in raised if name not in refused})
        else:
            refused = self._set(talk, lowered)
        if refused:
            raise self._half_way(self._look(talk), next(iter(refused.values())))

    def _set(self, talk: Talk, weights: Mapping[str, int]) -> dict[str, str]:
        """Those that were refused, with HAProxy's words. Raises Torn where it is a process that is leaving."""
        said = talk.say([f"set server {self._backend.name}/{name} weight {weight}" for name, weight in weights.items()])
        refused = {name: words for name, words in zip(weights, said, strict=True) if words}
        if any(_LEAVING in words for words in refused.values()):
            raise Torn(
                f"{self._backend.who}: its backend {self._backend.name} is disabled, or HAProxy is leaving: see that "
                "it is enabled."
            )
        return refused

    def _server(self, host: str, patience: Patience) -> Server:
        if host not in self._backend.pool_of:
            raise ArgumentError(f"{self._backend.who}: {host} is no host of {', '.join(self._backend.pools)}.")
        runtime = Runtime(
            self._backend.who,
            self._runtime.place,
            patience.clock,
            timeout=min(_LONGEST_ANSWER, answer_time(patience)),
            again=min(_RELOAD, answer_time(patience)),
        )
        return Server(runtime, self._backend.name, host)

    # -- over a reload

    def _check_file(self) -> None:
        if self._file:
            self._file.check()

    def _keep(self) -> None:
        if self._file:
            with self._lock:
                self._file.write(self._runtime.run("show servers state"))

    # -- what went wrong

    def _half_way(self, found: Look, words: str) -> TrafficError:
        if "ermission denied" in words:
            way_out = "give its socket `level admin`"
        elif "static LB" in words:
            way_out = "give the backend a `balance` whose weights can change, such as roundrobin or leastconn"
        else:
            way_out = "see to it, look what stands, and start again"
        return TrafficError(
            f"{self._backend.who}: the weights of {self._backend.name} cannot be set "
            f"({' '.join(words.split())[:120].rstrip('.')}); its shares are {written(percent(found.standing.weights))} "
            f"now: {way_out}."
        )

    def _unknown(self, error: Torn) -> TrafficError:
        return TrafficError(
            f"{error.message.rstrip('.')}; some of the weights may have been set, and what stands is not known: look "
            "again before traffic is moved."
        )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except HttpError as error:
        raise TrafficError(error.message) from None
