# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: learns host keys: waits for consoles to show them, and asks sshd for those they show."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible.module_utils.basic import missing_required_lib

from ..module_utils._errors import ArgumentError, FleetError, HostError, ParseError
from ..module_utils._fleet.choice import few
from ..module_utils._host.trust import trusted_keys
from ..module_utils._model.host_key import KINDS, HostKey, Machine, ShownKeys
from ..module_utils._parse.console import parse_console
from ..module_utils._parse.public_key import parse_public_key
from ._console.choose import open_console
from ._console.model import Console
from ._transport.ansible_way import is_ssh
from ._transport.background import in_thread
from ._transport.dial import Dialer, NoKnownHostKey
from ._transport.keys import MISSING, KeyRing
from ._transport.model import Connection, SshSettings
from ._transport.watch import Watch

# Seconds between two looks, which grow; clouds count what they are asked.
_FIRST, _MOST = 2.0, 20.0
_BEAT = 15.0


@dataclass
class Learnt:
    """The keys that were taken, by host, and why none was of the others."""

    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, FleetError] = field(default_factory=dict)


def is_known(connection: Connection, ring: KeyRing) -> bool:
    """Whether nothing has to be learnt: a key or an authority is known for the host, or it is not reached by ssh."""
    if connection.ssh is None:
        return not connection.problem and not is_ssh(connection.plugin)
    hosts, authorities, _revoked = ring.known(connection.ssh)
    return bool(hosts or authorities)


def need_asyncssh() -> None:
    """Raises ArgumentError, in Ansible's own words, where asyncssh is not there."""
    if MISSING:
        raise ArgumentError(missing_required_lib("asyncssh", reason="to ask hosts for their keys"))


class Learner:
    """``say`` is for progress, ``timeout`` (seconds) for a console to show keys, and sshd to answer."""

    def __init__(
        self,
        watch: Watch,
        say: Callable[[str], None],
        timeout: float,
        at_once: int,
        consoles: Callable[[Machine], Console] = open_console,
    ) -> None:
        self._watch = watch
        self._say = say
        self._timeout = timeout
        self._at_once = at_once
        self._open = consoles
        self._consoles: dict[str, Console] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._waits: dict[str, str] = {}
        self._learnt = Learnt()

    def learn(self, machines: Sequence[Machine], connections: Mapping[str, Connection]) -> Learnt:
        """Every machine's keys. Raises FleetError where the work was stopped, ArgumentError where an SDK is missing."""
        with self._watch.signals():
            return asyncio.run(self._all(machines, connections))

    async def _all(self, machines: Sequence[Machine], connections: Mapping[str, Connection]) -> Learnt:
        loop = asyncio.get_running_loop()
        dialer = Dialer(KeyRing())
        slots = asyncio.Semaphore(self._at_once)
        self._waits = {machine.name: "its console" for machine in machines}
        tasks = [
            asyncio.ensure_future(self._one(machine, connections[machine.name], dialer, slots)) for machine in machines
        ]
        progress = asyncio.ensure_future(self._progress(len(machines)))

        def cancel() -> None:
            for task in tasks:
                task.cancel()

        def stop() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: all is over anyway
                loop.call_soon_threadsafe(cancel)

        with self._watch.telling(stop):
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
                cancel()
                await asyncio.wait(tasks)
        progress.cancel()
        await dialer.close()
        if self._watch.reason:
            raise FleetError(
                f"Learning host keys was stopped ({self._watch.reason}); nothing was written, start again."
            )
        for task in tasks:
            if not task.cancelled():
                task.result()
        # in the order of the machines, whoever was first
        keys, refused = self._learnt.keys, self._learnt.refused
        names = [machine.name for machine in machines]
        return Learnt(
            {name: keys[name] for name in names if name in keys},
            {name: refused[name] for name in names if name in refused},
        )

    async def _one(self, machine: Machine, connection: Connection, dialer: Dialer, slots: asyncio.Semaphore) -> None:
        """What is wrong with one host is its own matter; what is wrong with the controller ends all."""
        try:
            self._learnt.keys[machine.name] = await self._keys(machine, connection, dialer, slots)
        except ArgumentError:
            raise
        except FleetError as error:
            self._learnt.refused[machine.name] = error
        finally:
            del self._waits[machine.name]

    async def _keys(
        self, machine: Machine, connection: Connection, dialer: Dialer, slots: asyncio.Semaphore
    ) -> tuple[str, ...]:
        if connection.ssh is None:
            why = connection.problem or connection.reason
            raise HostError(
                machine.name, f"its sshd cannot be asked for keys ({why}); give its keys by hand as host_keys."
            )
        end = asyncio.get_running_loop().time() + self._timeout
        shown = await self._shown(machine, end)
        self._waits[machine.name] = "its sshd"
        async with slots:
            answered = await self._answered(machine, connection.ssh, shown, dialer, end)
        return trusted_keys(machine.name, shown, answered)

    async def _shown(self, machine: Machine, end: float) -> ShownKeys:
        """What the console shows, as soon as it shows a key."""
        pauses = _Pauses(end)
        lock = self._locks.setdefault(machine.cloud, asyncio.Lock())
        while True:
            async with lock:
                text = await in_thread(lambda: self._console(machine).read(machine))
            shown = parse_console(text)
            if shown.kinds:
                return shown
            if not await pauses.pause():
                raise HostError(
                    machine.name,
                    f"its console showed no host key within {self._timeout:.0f} s; see that its image prints them "
                    "(cloud-init, console-login-helper-messages), or give a longer timeout.",
                )

    def _console(self, machine: Machine) -> Console:
        if machine.cloud not in self._consoles:
            self._consoles[machine.cloud] = self._open(machine)
        return self._consoles[machine.cloud]

    async def _answered(
        self, machine: Machine, settings: SshSettings, shown: ShownKeys, dialer: Dialer, end: float
    ) -> tuple[HostKey, ...]:
        """The keys sshd answers with, of the kinds that the console shows; it may have to come up first."""
        import asyncssh

        pauses = _Pauses(end)
        while True:
            try:
                found = [await dialer.host_key(settings, KINDS[kind]) for kind in shown.kinds]
                return tuple([parse_public_key(key) for key in found if key is not None])
            except NoKnownHostKey as error:
                raise HostError(
                    machine.name,
                    f"the way to it leads by a jump host that nobody vouches for ({error}); see to that first.",
                ) from None
            except (asyncssh.PermissionDenied, asyncssh.HostKeyNotVerifiable) as error:
                raise HostError(
                    machine.name, f"the way to it leads by a jump host that is not entered: {_said(error)}."
                ) from None
            except ParseError as error:
                raise HostError(machine.name, f"sshd answers with what is no key: {error.message}") from None
            except (asyncssh.Error, OSError, TimeoutError) as error:
                if not await pauses.pause():
                    raise HostError(
                        machine.name,
                        f"its console shows its keys, and its sshd did not answer within {self._timeout:.0f} s: "
                        f"{_said(error)}.",
                    ) from None

    async def _progress(self, total: int) -> None:
        while True:
            await asyncio.sleep(_BEAT)
            waits = few([f"{name} ({what})" for name, what in sorted(self._waits.items())], 3)
            self._say(f"host keys: {total - len(self._waits)} of {total} hosts done, waiting for {waits}")


class _Pauses:
    """Longer and longer ones, up to an end."""

    def __init__(self, end: float) -> None:
        self._end = end
        self._next = _FIRST

    async def pause(self) -> bool:
        """False, at once, where the end has come."""
        left = self._end - asyncio.get_running_loop().time()
        if left <= 0:
            return False
        await asyncio.sleep(min(self._next, left))
        self._next = min(self._next * 1.5, _MOST)
        return True


def _said(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
