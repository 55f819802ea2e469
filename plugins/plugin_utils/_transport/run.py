# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: drives many talks at once, each with its host."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from ...module_utils._errors import ArgumentError, FleetError, HostError
from ...module_utils._model.talk import Ask, Pause, Reply, Talk
from .channel import LONGEST_SCRIPT, Channel, PluginChannel, Refused, SshChannel, Unfinished, lost
from .model import Connection, Outcome
from .watch import Watch

Result = TypeVar("Result")
_LIMIT = 64
_SPARE_DESCRIPTORS = 128
# Seconds for threads to notice, at the end, that nobody waits for them any more.
_TO_FINISH = 1.0


def run_talks(
    talks: Mapping[str, Talk[Result]],
    connections: Mapping[str, Connection],
    *,
    watch: Watch,
    limit: int = _LIMIT,
    on_note: Callable[[str, str], None] | None = None,
    on_done: Callable[[str, Outcome[Result]], None] | None = None,
) -> dict[str, Outcome[Result]]:
    """Holds every talk to its end, at most ``limit`` asks at a time, and returns how each one ended.

    ``on_note`` and ``on_done`` are called in this thread while others go on. When ``watch`` stops the work,
    no talk takes another step: those not finished end with Outcome.stopped. A mistake in a talk's own code
    is raised after the others have ended; what a listener raises stops everything and is raised.
    """
    if limit < 1:
        raise ArgumentError(f"limit is {limit}; it must be at least 1.")
    fan = _Fan(talks, connections, watch, limit, on_note, on_done)
    loop = asyncio.new_event_loop()
    try:
        with watch.signals():
            loop.run_until_complete(fan.run())
    except _ListenerFailed as failed:
        raise failed.error from None
    finally:
        _finish(loop)
    if fan.mistakes:
        host, error = fan.mistakes[0]
        raise RuntimeError(f"the talk with {host} failed by a mistake of its own: {error!r}") from error
    return {host: fan.outcomes[host] for host in talks}


class _ListenerFailed(BaseException):
    """on_note or on_done raised. Not a matter of any one talk: everything stops."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Lets what is still under way in connections notice that it is over, and closes the loop."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=_TO_FINISH))
    loop.close()


class _Fan(Generic[Result]):
    def __init__(
        self,
        talks: Mapping[str, Talk[Result]],
        connections: Mapping[str, Connection],
        watch: Watch,
        limit: int,
        on_note: Callable[[str, str], None] | None,
        on_done: Callable[[str, Outcome[Result]], None] | None,
    ) -> None:
        self.outcomes: dict[str, Outcome[Result]] = {}
        self.mistakes: list[tuple[str, Exception]] = []
        self._talks = talks
        self._connections = connections
        self._watch = watch
        self._slots = asyncio.Semaphore(limit)
        self._on_note = on_note
        self._on_done = on_done
        self._dialer: Any = None
        self._unfinished = Unfinished()
        self._idle: OrderedDict[Channel, None] = OrderedDict()
        self._most_idle = max(limit, _descriptors(limit + len(talks)) - _SPARE_DESCRIPTORS - limit)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        tasks = [asyncio.ensure_future(self._hold(host, talk)) for host, talk in self._talks.items()]

        def stop() -> None:
            for task in tasks:
                task.cancel()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: all is over anyway
                loop.call_soon_threadsafe(stop)

        with self._watch.telling(tell):
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
                stop()
                await asyncio.wait(tasks)
        if self._dialer is not None:
            await self._dialer.close()
        await self._unfinished.finish(_TO_FINISH)
        for host, task in zip(self._talks, tasks, strict=True):
            if task.cancelled():  # before it began
                self._talks[host].close()
                self.outcomes[host] = Outcome(stopped=self._watch.reason or "cancelled")
            else:
                task.result()

    # -- one talk ---------------------------------------------------------------------------------

    async def _hold(self, host: str, talk: Talk[Result]) -> None:
        channel: list[Channel] = []
        try:
            outcome = await self._steps(host, talk, channel)
        except asyncio.CancelledError:
            outcome = Outcome(stopped=self._watch.reason or "cancelled")
        except FleetError as error:
            outcome = Outcome(error=error)
        except Exception as error:  # kept, and raised when the other talks have ended
            self.mistakes.append((host, error))
            outcome = Outcome(error=HostError(host, f"internal mistake: {error!r}"))
        finally:
            talk.close()
            for one in channel:
                self._idle.pop(one, None)
                one.drop()
        self.outcomes[host] = outcome
        self._tell(self._on_done, host, outcome)

    async def _steps(self, host: str, talk: Talk[Result], channel: list[Channel]) -> Outcome[Result]:
        connection = self._connections.get(host)
        if connection is None:
            raise HostError(host, "no connection was resolved for it.")
        reply: Reply | None = None
        while True:
            self._may_go_on()
            try:
                step = next(talk) if reply is None else talk.send(reply)
            except StopIteration as end:
                return Outcome(value=end.value)
            if step.note:
                self._tell(self._on_note, host, step.note)
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                reply = Reply(at=asyncio.get_running_loop().time())
            else:
                reply = await self._ask(connection, step, channel)

    async def _ask(self, connection: Connection, ask: Ask, channel: list[Channel]) -> Reply:
        if connection.problem:
            return lost(connection.problem)
        if len(ask.script) > LONGEST_SCRIPT:
            raise HostError(connection.host, f"a script of {len(ask.script)} bytes is too long to be sent.")
        async with self._slots:
            self._may_go_on()
            if not channel:
                channel.append(self._channel(connection))
            self._idle.pop(channel[0], None)
            try:
                reply = await channel[0].ask(ask)
            except Refused as refused:
                note = f"{refused}: going through Ansible's {connection.plugin} plugin"
                self._tell(self._on_note, connection.host, note)
                channel[0] = PluginChannel(connection, self._unfinished)
                reply = await channel[0].ask(ask)
        self._rest(channel[0])
        return reply

    @staticmethod
    def _tell(listener: Callable[[str, Any], None] | None, host: str, what: Any) -> None:
        if listener is None:
            return
        try:
            listener(host, what)
        except Exception as error:
            raise _ListenerFailed(error) from error

    def _may_go_on(self) -> None:
        """Stops here and now, also in the moment between the watch's word and its being handed round."""
        if self._watch.reason:
            raise asyncio.CancelledError

    def _channel(self, connection: Connection) -> Channel:
        if connection.ssh is None:
            return PluginChannel(connection, self._unfinished)
        if self._dialer is None:
            from .dial import Dialer
            from .keys import KeyRing

            self._dialer = Dialer(KeyRing())
        return SshChannel(connection, self._dialer)

    def _rest(self, channel: Channel) -> None:
        """Between two asks a connection is kept, but no more of them than this process may have descriptors."""
        if not channel.open:
            return
        self._idle[channel] = None
        while len(self._idle) > self._most_idle:
            oldest, _none = self._idle.popitem(last=False)
            oldest.drop()


def _descriptors(wanted: int) -> int:
    """How many descriptors this process may have, after asking for as many as are of use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    useful = wanted + 2 * _SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < useful:
        raised = useful if hard == resource.RLIM_INFINITY else min(hard, useful)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    return soft if soft != resource.RLIM_INFINITY else useful
